"""A long chain of OR that IN would say."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import expression_to_aql
from certhound.qradar.aql.scope import Scope

_ENOUGH = 4


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.condition_nodes:
        if not isinstance(node, n.Or):
            continue
        same: dict[n.Expr, int] = {}
        for operand in node.operands:
            if isinstance(operand, n.Compare) and operand.op is n.CompareOp.EQ:
                same[operand.left] = same.get(operand.left, 0) + 1
        for subject, count in same.items():
            if count >= _ENOUGH:
                shown = expression_to_aql(subject)
                yield Hit(node.span, f"{count} comparisons of {shown} joined by OR", f"write {shown} IN (…)")


CHECK = Check(
    id="many-equals",
    severity=Severity.INFO,
    title="A chain of OR that IN would say",
    why="IN is shorter, cannot be misread beside an AND, and nests less deeply.",
    find=_find,
    fires=("SELECT qid FROM events WHERE (qid = 1 OR qid = 2 OR qid = 3 OR qid = 4)",),
    silent=("SELECT qid FROM events WHERE qid IN (1, 2, 3, 4)",),
)

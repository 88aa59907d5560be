"""Something that is true or false nowhere, in the place of a condition."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.catalogue import ArielType


def _find(scope: Scope) -> Iterator[Hit]:
    for whole in scope.conditions():
        pending: list[n.Expr] = [whole]
        while pending:
            node = pending.pop()
            if isinstance(node, n.And | n.Or):
                pending.extend(node.operands)
            elif isinstance(node, n.Not):
                pending.append(node.operand)
            elif not isinstance(node, n.TextSearch):
                kind = scope.type_of(node)
                if kind not in (None, ArielType.BOOLEAN):
                    yield Hit(node.span, f"this is no condition but a value ({kind})", "compare it with something")


CHECK = Check(
    id="not-a-condition",
    severity=Severity.ERROR,
    title="A value in the place of a condition",
    why="WHERE starttime LAST 30 MINUTES names a column and compares it with nothing. A time window needs no WHERE.",
    find=_find,
    fires=("SELECT qid FROM events WHERE starttime LAST 30 MINUTES", "SELECT qid FROM events WHERE qid = 1 AND 'x'"),
    silent=("SELECT qid FROM events WHERE hasoffense AND INCIDR('10.0.0.0/8', sourceip) AND DETECT::X(UTF8(payload))",),
)

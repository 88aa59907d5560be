"""LIKE without a wildcard."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Match) or not isinstance(node.pattern, n.Text):
            continue
        if node.op in (n.MatchOp.LIKE, n.MatchOp.ILIKE) and not set(node.pattern.value) & {"%", "_"}:
            yield Hit(node.pattern.span, f"{node.op} without % fits the whole value only", "write '%part%', or use =")
        elif (
            node.op in (n.MatchOp.LIKE, n.MatchOp.ILIKE) and "*" in node.pattern.value and "%" not in node.pattern.value
        ):
            yield Hit(node.pattern.span, "* is no wildcard of LIKE", "write %")


CHECK = Check(
    id="plain-pattern",
    severity=Severity.WARNING,
    title="LIKE without a wildcard",
    why="LIKE fits the whole value. Without % or _ it is a comparison, which = says and an index serves.",
    find=_find,
    fires=("SELECT qid FROM events WHERE username ILIKE 'root'", "SELECT qid FROM events WHERE username LIKE 'a*_'"),
    silent=("SELECT qid FROM events WHERE username ILIKE '%root%'",),
)

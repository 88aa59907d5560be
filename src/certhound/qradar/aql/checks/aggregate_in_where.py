"""An aggregate in WHERE."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    if scope.query.where is None:
        return
    for node in n.walk(scope.query.where):
        if isinstance(node, n.Call) and node in scope.aggregates(node):
            yield Hit(
                node.span, f"{node.upper} counts a group, and WHERE is asked before there are groups", "use HAVING"
            )
        elif isinstance(node, n.Name) and scope.aggregates(scope.meant(node)):
            yield Hit(
                node.span, f"{node.text} is an aggregate, and WHERE is asked before there are groups", "use HAVING"
            )


CHECK = Check(
    id="aggregate-in-where",
    severity=Severity.ERROR,
    title="An aggregate in WHERE",
    why="WHERE chooses records before they are grouped; HAVING chooses groups.",
    find=_find,
    fires=(
        "SELECT sourceip, COUNT(*) FROM events WHERE COUNT(*) > 5 GROUP BY sourceip",
        "SELECT sourceip, COUNT(*) AS c FROM events WHERE c > 5 GROUP BY sourceip",
    ),
    silent=("SELECT sourceip, COUNT(*) AS c FROM events GROUP BY sourceip HAVING c > 5",),
)

"""A column of a grouped query that is neither grouped nor counted."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    query = scope.query
    if not scope.grouped:
        return
    keys = [scope.meant(key) for key in query.group_by]
    names = {node.text.lower() for key in keys for node in n.walk(key) if isinstance(node, n.Name)}
    aliases = {key.text.lower() for key in query.group_by if isinstance(key, n.Name)}
    aliases |= {key.value.lower() for key in query.group_by if isinstance(key, n.Text)}
    for item in query.items:
        if isinstance(item.expr, n.Star):
            yield Hit(
                item.span, "* in a grouped query gives the values of one record of each group", "name what you need"
            )
            continue
        if (item.alias or "").lower() in aliases or item.expr in keys or scope.aggregates(item.expr):
            continue
        free = [
            node for node in n.walk(item.expr) if isinstance(node, n.Name) and not _fixed(scope, node, names | aliases)
        ]
        if free:
            text = (
                f"{free[0].text} is neither grouped nor aggregated: the result has the value of the first record read"
            )
            yield Hit(item.span, text, "add it to GROUP BY, or say which one: MIN, MAX, FIRST, LAST, UNIQUECOUNT")


def _fixed(scope: Scope, name: n.Name, grouped: set[str]) -> bool:
    if name.text.lower() in grouped:
        return True
    item = scope.aliases.get(name.text.lower())
    return item is not None and item.expr != name and bool(scope.aggregates(item.expr))


CHECK = Check(
    id="ungrouped-column",
    severity=Severity.INFO,
    title="A column that is neither grouped nor aggregated",
    why="AQL does not refuse it. It gives the value of the first record of the group in the order of reading, as "
    "FIRST_column, which another run may give differently.",
    find=_find,
    fires=(
        "SELECT sourceip, username, COUNT(*) FROM events GROUP BY sourceip",
        "SELECT * FROM events GROUP BY sourceip",
    ),
    silent=(
        "SELECT sourceip, MIN(starttime), COUNT(*) AS c, c / 5 FROM events GROUP BY sourceip",
        "SELECT QIDNAME(qid) AS 'Event', COUNT(*) FROM events GROUP BY qid",
    ),
)

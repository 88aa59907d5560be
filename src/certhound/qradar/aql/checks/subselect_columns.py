"""A sub-select in IN with other than one column."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    if not scope.in_list:
        return
    items = scope.query.items
    if len(items) != 1 or isinstance(items[0].expr, n.Star):
        yield Hit(items[-1].span, "a sub-select behind IN gives one column", "select the one that is compared")


CHECK = Check(
    id="subselect-columns",
    severity=Severity.ERROR,
    title="A sub-select behind IN with several columns",
    why="IN compares with the one column that its sub-select gives.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE sourceip IN (SELECT sourceip, qid FROM events LAST 1 HOURS) LIMIT 5 LAST 1 HOURS",
    ),
    silent=(
        "SELECT qid FROM events WHERE sourceip IN (SELECT sourceip FROM events LAST 1 HOURS) LIMIT 5 LAST 1 HOURS",
    ),
)

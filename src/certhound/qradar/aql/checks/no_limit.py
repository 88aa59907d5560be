"""A search without LIMIT."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.query.tree import Span


def _find(scope: Scope) -> Iterator[Hit]:
    query = scope.query
    single = scope.grouped and not query.group_by
    if not scope.outermost or query.limit is not None or single:
        return
    start = query.span.start
    ordered = scope.clause(n.Clause.ORDER_BY)
    text = "ORDER BY without LIMIT sorts everything that the window holds" if ordered else "the result has no LIMIT"
    severity = Severity.INFO if query.group_by and not ordered else None
    yield Hit(ordered or Span(start, start + 6), text, "put LIMIT n before the time window", severity)


CHECK = Check(
    id="no-limit",
    severity=Severity.WARNING,
    title="No LIMIT",
    why="A search without LIMIT gives all that its window holds, and may be refused or cancelled for its size.",
    find=_find,
    fires=("SELECT sourceip FROM events LAST 24 HOURS", "SELECT qid FROM events ORDER BY qid DESC LAST 1 HOURS"),
    silent=("SELECT sourceip FROM events LIMIT 10 LAST 24 HOURS", "SELECT COUNT(*) FROM events LAST 24 HOURS"),
)

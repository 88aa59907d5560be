"""A search without a time window."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.aql.windows import time_conditions
from certhound.query.tree import Span


def _find(scope: Scope) -> Iterator[Hit]:
    query = scope.query
    if query.window is not None or isinstance(query.source, n.Query) or time_conditions(scope):
        return
    start = query.span.start
    which = "this search" if scope.outermost else "this sub-select"
    advice = "a sub-select has a window of its own" if not scope.outermost else "end it with LAST n HOURS"
    yield Hit(
        Span(start, start + 6),
        f"{which} has no time window, so it reads the last 5 minutes (60 seconds over the REST API)",
        advice,
    )


CHECK = Check(
    id="no-time-window",
    severity=Severity.WARNING,
    title="No time window",
    why="Without LAST or START a console reads the last five minutes only; the REST API's page says 60 seconds. A "
    "sub-select does not inherit the window of the query round it.",
    find=_find,
    fires=(
        "SELECT sourceip FROM events LIMIT 10",
        "SELECT qid FROM events WHERE sourceip IN (SELECT destinationip FROM events) LIMIT 10 LAST 24 HOURS",
    ),
    silent=(
        "SELECT sourceip FROM events LIMIT 10 LAST 24 HOURS",
        "SELECT sourceip FROM (SELECT sourceip FROM events LAST 1 DAYS) LIMIT 10",
    ),
)

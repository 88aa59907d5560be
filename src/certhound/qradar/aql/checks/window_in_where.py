"""A time window that stands in WHERE alone."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.aql.windows import time_conditions


def _find(scope: Scope) -> Iterator[Hit]:
    if scope.query.window is not None or isinstance(scope.query.source, n.Query):
        return
    for node in time_conditions(scope)[:1]:
        yield Hit(
            node.span,
            "a time in WHERE only filters: without LAST or START the search still reads the last 5 minutes alone",
            "add START … STOP … or LAST n HOURS at the end; the condition may stay",
        )


CHECK = Check(
    id="window-in-where",
    severity=Severity.WARNING,
    title="A time window in WHERE only",
    why="What is scanned is decided by LAST, START or TIMES. A window of past hours given by a condition alone "
    "returned nothing on a console; with START and STOP added it returned all.",
    find=_find,
    fires=("SELECT sourceip FROM events WHERE starttime > NOW() - 3600000 LIMIT 10",),
    silent=("SELECT sourceip FROM events WHERE starttime > NOW() - 600000 LIMIT 10 LAST 1 HOURS",),
)

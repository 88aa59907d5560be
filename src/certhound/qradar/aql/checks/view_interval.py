"""An interval that saved views do not have."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_INTERVALS = ("NORMAL", "HOURLY", "DAILY")


def _find(scope: Scope) -> Iterator[Hit]:
    source = scope.query.source
    if isinstance(source, n.GlobalView) and source.interval.upper() not in _INTERVALS:
        yield Hit(source.span, f"there is no interval '{source.interval}'", f"one of {', '.join(_INTERVALS)}")


CHECK = Check(
    id="view-interval",
    severity=Severity.ERROR,
    title="An interval that a saved view does not have",
    why="GLOBALVIEW reads the series that QRadar keeps of a saved search: by minute (NORMAL), HOURLY or DAILY.",
    find=_find,
    fires=("SELECT time FROM GLOBALVIEW('Top users', 'WEEKLY') LAST 1 DAYS",),
    silent=("SELECT time FROM GLOBALVIEW('Top users', 'hourly') LAST 1 DAYS",),
)

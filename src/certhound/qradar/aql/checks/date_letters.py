"""Letters of date patterns that are taken for others."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.dates import letters, patterns
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for text in patterns(scope):
        runs = letters(text.value)
        first = {run[0] for run in runs}
        if "m" in first and "M" not in first and not first & {"H", "h", "K", "k"}:
            yield Hit(text.span, "mm is minutes, and there is no hour beside them", "write MM for the month")
        if "M" in first and runs.index(next(run for run in runs if run[0] == "M")) > 0:
            before = runs[runs.index(next(run for run in runs if run[0] == "M")) - 1]
            if before[0] in "Hh":
                yield Hit(text.span, "MM behind the hour is the month", "write mm for minutes")
        if "D" in first:
            yield Hit(text.span, "D is the day of the year, 1 to 366", "write dd for the day of the month")


CHECK = Check(
    id="date-letters",
    severity=Severity.WARNING,
    title="A letter of a date pattern that means something else",
    why="M is the month, m the minute, d the day of the month, D that of the year. A wrong one gives numbers that look "
    "right.",
    find=_find,
    fires=(
        "SELECT DATEFORMAT(starttime, 'yyyy-mm-dd') AS day FROM events",
        "SELECT DATEFORMAT(starttime, 'yyyy-MM-DD') AS day FROM events",
        "SELECT DATEFORMAT(starttime, 'HH:MM') AS t FROM events",
    ),
    silent=(
        "SELECT DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss') AS t, DATEFORMAT(starttime, 'dd-MMM') AS d FROM events",
    ),
)

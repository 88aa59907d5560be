"""YYYY, the year of the week."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.dates import letters, patterns
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for text in patterns(scope):
        runs = letters(text.value)
        if any(run[0] == "Y" for run in runs) and not any(run[0] == "w" for run in runs):
            right = text.value.replace("Y", "y")
            yield Hit(text.span, "YYYY is the year that the week belongs to: wrong round New Year", f"write '{right}'")


CHECK = Check(
    id="week-year",
    severity=Severity.WARNING,
    title="YYYY for yyyy",
    why="In Java's date patterns Y is the year of the week. In the last days of December and the first of January it "
    "is off by one; samples have it all the same.",
    find=_find,
    fires=("SELECT DATEFORMAT(starttime, 'YYYY-MM-dd') AS day FROM events",),
    silent=("SELECT DATEFORMAT(starttime, 'yyyy-MM-dd') AS day, DATEFORMAT(starttime, 'YYYY-ww') AS week FROM events",),
)

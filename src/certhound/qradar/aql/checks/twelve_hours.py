"""hh without a or p."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.dates import letters, patterns
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for text in patterns(scope):
        first = {run[0] for run in letters(text.value)}
        if "h" in first and "a" not in first:
            yield Hit(text.span, "hh counts to 12: 3 in the morning and 3 in the afternoon look the same", "write HH")


CHECK = Check(
    id="twelve-hours",
    severity=Severity.WARNING,
    title="hh without am or pm",
    why="In Java's date patterns h counts from 1 to 12, H from 0 to 23.",
    find=_find,
    fires=("SELECT DATEFORMAT(starttime, 'yyyy-MM-dd hh:mm') AS t FROM events",),
    silent=("SELECT DATEFORMAT(starttime, 'MMM dd hh:mm a') AS t, DATEFORMAT(starttime, 'HH:mm') AS u FROM events",),
)

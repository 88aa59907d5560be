"""LAST 1 HOUR."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    window = scope.query.window
    if isinstance(window, n.Last) and window.singular:
        text = f"a singular unit is refused by some consoles: LAST {window.count} {window.unit.value[:-1]}"
        yield Hit(window.span, text, f"write LAST {window.count} {window.unit.value}, also for one")


CHECK = Check(
    id="singular-unit",
    severity=Severity.WARNING,
    title="A unit in the singular",
    why="The documented units are SECONDS, MINUTES, HOURS and DAYS. LAST 1 HOUR is often written, and reported to be a "
    "syntax error.",
    find=_find,
    fires=("SELECT sourceip FROM events LIMIT 10 LAST 1 HOUR",),
    silent=("SELECT sourceip FROM events LIMIT 10 LAST 1 HOURS",),
)

"""A time text in a form that is not documented."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.aql.windows import is_documented


def _find(scope: Scope) -> Iterator[Hit]:
    window = scope.query.window
    if not isinstance(window, n.StartStop):
        return
    for bound in (window.start, window.stop):
        if isinstance(bound, n.Text) and not is_documented(bound.value):
            yield Hit(bound.span, "START and STOP are not documented to take this form", "write 'yyyy-MM-dd HH:mm:ss'")
        elif isinstance(bound, n.Number) and len(bound.text) in (9, 10):
            yield Hit(bound.span, "this looks like seconds", "START and STOP count in milliseconds: append 000")


CHECK = Check(
    id="time-format",
    severity=Severity.WARNING,
    title="A time in a form that is not documented",
    why="IBM lists yyyy-MM-dd HH:mm, the same with seconds, and forms with slashes or colons. Others may be refused or "
    "read otherwise. Numbers are epoch milliseconds.",
    find=_find,
    fires=("SELECT qid FROM events START '2017 01 01 9:00:00'", "SELECT qid FROM events START 1464744600"),
    silent=(
        "SELECT qid FROM events START '2026-01-01 00:00' STOP '2026/01/01 10:00:00'",
        "SELECT qid FROM events START PARSEDATETIME('1 day ago') STOP 1791212323905",
    ),
)

"""A range whose ends are reversed."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.implied import constant
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if isinstance(node, n.Between):
            low, high = constant(node.low), constant(node.high)
            if low is not None and high is not None and low > high:
                yield Hit(node.span, "nothing lies between these ends: the first is the larger", "turn them round")
    window = scope.query.window
    if isinstance(window, n.StartStop) and window.stop is not None and _after(window.start, window.stop):
        yield Hit(window.span, "this window ends before it starts", "turn START and STOP round")


def _after(start: n.Expr, stop: n.Expr) -> bool:
    if isinstance(start, n.Text) and isinstance(stop, n.Text):
        return len(start.value) == len(stop.value) and start.value > stop.value
    first, last = constant(start), constant(stop)
    return first is not None and last is not None and first > last


CHECK = Check(
    id="empty-range",
    severity=Severity.WARNING,
    title="A range with its ends reversed",
    why="BETWEEN takes the smaller end first, and START lies before STOP; else nothing is found.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE sourceip BETWEEN '10.255.0.0' AND '10.0.0.0'",
        "SELECT qid FROM events START '2026-02-01 00:00' STOP '2026-01-01 00:00'",
    ),
    silent=("SELECT qid FROM events WHERE magnitude BETWEEN 5 AND 8 START '2026-01-01 00:00' STOP '2026-02-01 00:00'",),
)

"""A direction that QRadar does not write so."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_DIRECTIONS = ("L2L", "L2R", "R2L", "R2R")
_COLUMNS = ("eventdirection", "flowdirection", "direction")


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        match node:
            case n.Compare(left=left, right=n.Text() as text) if scope.is_column(left, *_COLUMNS):
                yield from _judge(text)
            case n.In(operand=operand, options=tuple() as options) if scope.is_column(operand, *_COLUMNS):
                for option in options:
                    if isinstance(option, n.Text):
                        yield from _judge(option)


def _judge(text: n.Text) -> Iterator[Hit]:
    if text.value in _DIRECTIONS:
        return
    upper = text.value.upper()
    advice = f"write '{upper}'" if upper in _DIRECTIONS else f"directions are {', '.join(_DIRECTIONS)}"
    yield Hit(text.span, f"no record has the direction '{text.value}': = minds the case", advice)


CHECK = Check(
    id="direction-case",
    severity=Severity.WARNING,
    title="A direction in lower case",
    why="Directions are L2L, L2R, R2L and R2R. A comparison minds the case, so 'r2l' matches nothing.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE eventdirection = 'r2l'",
        "SELECT qid FROM flows WHERE flowdirection IN ('inbound')",
    ),
    silent=("SELECT qid FROM events WHERE eventdirection = 'R2L'",),
)

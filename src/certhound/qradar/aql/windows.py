"""Times in conditions, and the texts that START and STOP take."""

from __future__ import annotations

import re

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.scope import TIMES, Scope

DOCUMENTED = (
    re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"),
    re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d ?[zZ]"),
    re.compile(r"\d{4}/\d\d/\d\d[ -]\d\d:\d\d:\d\d"),
    re.compile(r"\d{4}:\d\d:\d\d-\d\d:\d\d:\d\d"),
)
"""``yyyy-MM-dd HH:mm[:ss]``, the first form with a zone, ``yyyy/MM/dd HH:mm:ss``, with a hyphen, and with colons."""


def is_documented(text: str) -> bool:
    """Whether a text has one of the forms that IBM's guide lists for START and STOP."""
    return any(form.fullmatch(text) for form in DOCUMENTED)


def time_conditions(scope: Scope) -> list[n.Expr]:
    """The comparisons of WHERE that bound a time column."""
    if scope.query.where is None:
        return []
    return [node for node in n.walk(scope.query.where) if _bounds_time(scope, node)]


def _bounds_time(scope: Scope, node: n.Expr) -> bool:
    match node:
        case n.Compare(op=op, left=left, right=right):
            sides: tuple[n.Expr, ...] = (left, right) if op not in (n.CompareOp.EQ, n.CompareOp.NE) else ()
        case n.Between(operand=operand):
            sides = (operand,)
        case _:
            return False
    return any(scope.is_column(side, *TIMES) for side in sides)

"""Clauses in another order than the documented one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_ORDER = list(n.Clause)


def _find(scope: Scope) -> Iterator[Hit]:
    marks = scope.query.clauses
    for before, mark in pairwise(marks):
        late = _ORDER.index(before.clause) > _ORDER.index(mark.clause)
        if late and (before.clause, mark.clause) != (n.Clause.WINDOW, n.Clause.LIMIT):
            text = f"{mark.clause} stands behind {before.clause}"
            yield Hit(mark.span, text, f"the order is {', '.join(_ORDER[1:])}; certhound aql fmt keeps what you wrote")


CHECK = Check(
    id="clause-order",
    severity=Severity.WARNING,
    title="Clauses out of order",
    why="Queries in the wild have GROUP BY or ORDER BY behind LAST. IBM documents one order; whether a console takes "
    "another is not known.",
    find=_find,
    fires=("SELECT sourceip FROM events LAST 1 HOURS GROUP BY sourceip", "SELECT qid FROM events LIMIT 5 ORDER BY qid"),
    silent=("SELECT sourceip FROM events GROUP BY sourceip ORDER BY sourceip LIMIT 10 LAST 1 HOURS",),
)

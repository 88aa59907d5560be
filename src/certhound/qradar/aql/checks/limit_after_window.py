"""LIMIT behind the time window."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    order = [mark.clause for mark in scope.query.clauses]
    if (
        n.Clause.LIMIT in order
        and n.Clause.WINDOW in order
        and order.index(n.Clause.WINDOW) < order.index(n.Clause.LIMIT)
    ):
        span = scope.clause(n.Clause.LIMIT)
        if span is not None:
            yield Hit(span, "LIMIT stands behind the time window", "LIMIT goes before LAST, START or TIMES")


CHECK = Check(
    id="limit-after-window",
    severity=Severity.WARNING,
    title="LIMIT behind LAST",
    why="IBM's grammar has LIMIT before the time window. Whether a console takes the other order is not documented.",
    find=_find,
    fires=("SELECT sourceip FROM events LAST 1 HOURS LIMIT 10",),
    silent=("SELECT sourceip FROM events LIMIT 10 LAST 1 HOURS",),
)

"""A score that every record gets."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_SCORE_WORDS = ("score", "risk", "severity", "priority", "confidence", "rating")


def _find(scope: Scope) -> Iterator[Hit]:
    for item in scope.query.items:
        named = any(word in (item.alias or "").lower() for word in _SCORE_WORDS)
        expr = item.expr
        if named and isinstance(expr, n.Number):
            yield Hit(item.span, "this score is the same for every record", "compute it, or leave it out")
        if isinstance(expr, n.Case) and isinstance(expr.default, n.Number) and (named or _sorted_by(scope, item)):
            yield from _floor(expr)


def _floor(expr: n.Case) -> Iterator[Hit]:
    values = [value.value for _, value in expr.branches if isinstance(value, n.Number)]
    floor = expr.default.value if isinstance(expr.default, n.Number) else 0
    if len(values) != len(expr.branches) or expr.default is None:
        return
    if floor > 0 and floor * 2 >= max(values, default=0):
        text = f"every record gets at least {floor} of {max(values, default=0)}, also where nothing was met"
        yield Hit(expr.default.span, text, "write ELSE 0, and drop what scores nothing in HAVING or WHERE")


def _sorted_by(scope: Scope, item: n.Item) -> bool:
    keys = {key.expr.text.lower() for key in scope.query.order_by if isinstance(key.expr, n.Name)}
    return item.alias is not None and item.alias.lower() in keys


CHECK = Check(
    id="constant-score",
    severity=Severity.WARNING,
    title="A score that does not discriminate",
    why="Where ELSE gives half the highest score, every record looks suspicious and the score says nothing.",
    find=_find,
    fires=(
        "SELECT CASE WHEN username = 'a' THEN 80 ELSE 50 END AS RiskScore FROM events",
        "SELECT 75 AS risk_score FROM events",
    ),
    silent=("SELECT CASE WHEN username = 'a' THEN 80 ELSE 0 END AS RiskScore FROM events",),
)

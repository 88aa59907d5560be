"""A score where only the first sign counts."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for item in scope.query.items:
        expr = item.expr
        if not isinstance(expr, n.Case) or len(expr.branches) < 2 or expr.operand is not None:
            continue
        numbers = all(isinstance(value, n.Number) for _, value in expr.branches)
        subjects = {_subject(condition) for condition, _ in expr.branches}
        patterns = all(_is_pattern(condition) for condition, _ in expr.branches)
        if numbers and patterns and len(subjects) == 1:
            yield Hit(
                expr.span,
                "the first branch that is met decides alone: signs do not add up",
                "add one CASE … ELSE 0 END for each sign: CASE … END + CASE … END AS score",
            )


def _parts(condition: n.Expr) -> tuple[n.Expr, ...]:
    return condition.operands if isinstance(condition, n.Or) else (condition,)


def _is_pattern(condition: n.Expr) -> bool:
    return all(isinstance(part, n.Match) for part in _parts(condition))


def _subject(condition: n.Expr) -> n.Expr | None:
    part = _parts(condition)[0]
    return part.operand if isinstance(part, n.Match) else None


CHECK = Check(
    id="first-match-score",
    severity=Severity.INFO,
    title="A score where only the first sign counts",
    why="CASE stops at its first true branch. A record that shows three signs gets the score of one of them.",
    find=_find,
    fires=(
        "SELECT CASE WHEN username LIKE '%a%' THEN 80 WHEN username LIKE '%b%' THEN 70 ELSE 0 END AS s FROM events",
    ),
    silent=(
        "SELECT CASE WHEN qid = 1 THEN 8 ELSE 0 END + CASE WHEN username LIKE '%b%' THEN 7 ELSE 0 END AS s FROM events",
    ),
)

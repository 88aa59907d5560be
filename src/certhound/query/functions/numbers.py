"""Arithmetic. An integer result beyond 64 bits and a division by zero are absent; doubles are those of IEEE 754.

Integers divide to an integer, cut towards zero, and a remainder has the sign of the dividend, as in Java and C.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload

I, D = Kind.INT, Kind.DOUBLE  # noqa: E741 (the two types that every line names)


def in_range(value: int) -> int | None:
    """The integer, or None when 64 bits do not hold it."""
    return value if -(2**63) <= value < 2**63 else None


def _whole(kind: type[exp.Binary]) -> Callable[..., exp.Expression]:
    def form(left: exp.Expression, right: exp.Expression) -> exp.Expression:
        return sql.try_cast(sql.binary(kind, sql.cast(left, sql.HUGEINT), sql.cast(right, sql.HUGEINT)), sql.BIGINT)

    return form


def _double(kind: type[exp.Binary]) -> Callable[..., exp.Expression]:
    return lambda left, right: sql.binary(kind, left, right)


def _or_null(node: exp.Expression) -> exp.Expression:
    return sql.call("nullif", node, sql.number(0))


def _basic(name: str, doc: str, kind: type[exp.Binary], python: Callable[[Any, Any], Any]) -> Function:
    whole = Overload((I, I), I, _whole(kind), lambda left, right: in_range(python(left, right)))
    return Function(name, doc, (whole, Overload((D, D), D, _double(kind), python)))


def _divided(left: int, right: int) -> int | None:
    if right == 0:
        return None
    size = abs(left) // abs(right)
    return in_range(size if (left < 0) == (right < 0) else -size)


def _remainder(left: int, right: int) -> int | None:
    size = abs(left) % abs(right) if right else None
    return size if size is None or left >= 0 else -size


def _over(left: float, right: float) -> float | None:
    return None if right == 0 else left / right


def _mod(left: float, right: float) -> float | None:
    if right == 0:
        return None
    return math.nan if math.isinf(left) else math.fmod(left, right)


def _absolute(node: exp.Expression) -> exp.Expression:
    return sql.try_cast(sql.call("abs", sql.cast(node, sql.HUGEINT)), sql.BIGINT)


def _is_plain(divisor: exp.Expression) -> bool:
    """Whether this is a constant from 1 on: then 64 bits hold the result and nothing is divided by zero."""
    return (
        isinstance(divisor, exp.Literal) and not divisor.is_string and divisor.name.isdecimal() and divisor.name != "0"
    )


def _quotient(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    if _is_plain(right):
        return sql.binary(exp.IntDiv, left, right)
    return _whole(exp.IntDiv)(left, _or_null(right))


def _whole_remainder(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    if _is_plain(right):
        return sql.binary(exp.Mod, left, right)
    return _whole(exp.Mod)(left, _or_null(right))


FUNCTIONS = (
    _basic("add", "sum of two numbers", exp.Add, operator.add),
    _basic("subtract", "the first number less the second", exp.Sub, operator.sub),
    _basic("multiply", "product of two numbers", exp.Mul, operator.mul),
    Function(
        "divide",
        "the first number by the second; absent for a division by zero",
        (
            Overload((I, I), I, _quotient, _divided),
            Overload((D, D), D, lambda left, right: sql.binary(exp.Div, left, _or_null(right)), _over),
        ),
    ),
    Function(
        "modulo",
        "what remains of the division, with the sign of the first number",
        (
            Overload((I, I), I, _whole_remainder, _remainder),
            Overload((D, D), D, lambda left, right: sql.binary(exp.Mod, left, _or_null(right)), _mod),
        ),
    ),
    Function(
        "absolute",
        "the number without its sign",
        (
            Overload((I,), I, _absolute, lambda value: in_range(abs(value))),
            Overload((D,), D, lambda value: sql.call("abs", value), abs),
        ),
    ),
)

"""Aggregates that follow an order which the query states, and deviations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload

I, D = Kind.INT, Kind.DOUBLE  # noqa: E741 (the two types that every line names)
_FAR = 1e150
"""Values beyond it are left out of deviations: their squares are no numbers, and an engine would stop there."""


def spread(values: list[float]) -> float:
    """Sum of the squared differences from the mean, value by value as engines add it up (Welford)."""
    mean, squares = 0.0, 0.0
    for count, value in enumerate(values, 1):
        last, mean = mean, mean + (value - mean) / count
        squares += (value - mean) * (value - last)
    return squares


def _deviation(less: int) -> Callable[[list[Any]], float | None]:
    def python(values: list[Any]) -> float | None:
        there = [float(value) for value in values if value is not None and abs(value) <= _FAR]
        if not there or len(there) <= less:
            return None
        return math.sqrt(spread(there) / (len(there) - less))

    return python


def _near(node: exp.Expression) -> exp.Expression:
    limit = sql.cast(exp.Literal.number(repr(_FAR)), sql.DOUBLE)
    near = exp.LTE(this=sql.call("abs", node.copy()), expression=limit)
    return exp.Case().when(near, node)


def _at(name: str, pick: Callable[..., int]) -> Overload:
    """The value, absent or not, of the row whose order is the smallest or the largest."""

    def python(values: list[Any], orders: list[int | None]) -> Any:
        known = [order for order in orders if order is not None]
        return values[orders.index(pick(known))] if known else None

    return Overload((None, I), None, lambda x, order: sql.call(name, x, order), python)


FUNCTIONS = (
    Function(
        "first_by",
        "the value, also an absent one, of the row with the smallest order; orders are all different",
        (_at("arg_min_null", min),),
        aggregate=True,
    ),
    Function(
        "last_by",
        "the value, also an absent one, of the row with the largest order; orders are all different",
        (_at("arg_max_null", max),),
        aggregate=True,
    ),
    Function(
        "deviation_of_sample",
        "standard deviation of a sample; absent for fewer than two values",
        (Overload((D,), D, lambda x: sql.call("stddev_samp", _near(x)), _deviation(1)),),
        aggregate=True,
    ),
    Function(
        "deviation",
        "standard deviation of a population",
        (Overload((D,), D, lambda x: sql.call("stddev_pop", _near(x)), _deviation(0)),),
        aggregate=True,
    ),
)

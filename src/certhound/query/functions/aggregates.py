"""Aggregates: one value out of a group. Absent values do not count; over no value all but counts are absent."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload
from certhound.query.functions.inet import key
from certhound.query.functions.numbers import in_range
from certhound.query.inet import inet_key
from certhound.query.order import sort_key

I, D = Kind.INT, Kind.DOUBLE  # noqa: E741 (the two types that sums are of)
_ORDERED = (Kind.INT, Kind.DOUBLE, Kind.TEXT, Kind.TIME, Kind.BOOL, Kind.BYTES)


def present(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _over(python: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """The form over the values that are there; absent when there are none."""
    return lambda values: python(present(values)) if present(values) else None


def _distinct(values: list[Any]) -> int:
    return len({tuple(value) if isinstance(value, list) else value for value in present(values)})


def _count_distinct(node: exp.Expression) -> exp.Expression:
    return exp.Count(this=exp.Distinct(expressions=[node]))


def _sum(values: list[int]) -> int | None:
    return in_range(sum(values))


def _double_sum(values: list[float]) -> float:
    """One after the other, as engines add; Python's own sum corrects the rounding in newer versions."""
    return reduce(lambda total, value: total + value, values, 0.0)


def _extreme(name: str, doc: str, pick: Callable[..., Any]) -> Function:
    plain = tuple(
        Overload((kind,), kind, lambda x: sql.call(name, x), _over(lambda values: pick(values, key=sort_key)))
        for kind in _ORDERED
    )

    def address(values: list[str]) -> str | None:
        known = [value for value in values if inet_key(value) is not None]
        return pick(known, key=lambda each: (inet_key(each), each)) if known else None

    def form(node: exp.Expression) -> exp.Expression:
        # of two spellings of one address the one that sorts so as text
        order = sql.call("row", key(node), node.copy())
        known = exp.Not(this=exp.Is(this=key(node.copy()), expression=exp.Null()))
        return exp.Filter(this=sql.call(f"arg_{name}", node.copy(), order), expression=exp.Where(this=known))

    # before that for text, which takes addresses too but has another order
    numbers, others = plain[:2], plain[2:]
    addresses = Overload((Kind.INET,), Kind.INET, form, _over(address))
    return Function(name, doc, (*numbers, addresses, *others), aggregate=True)


FUNCTIONS = (
    Function(
        "count",
        "number of rows; with an argument, of rows where it is not absent",
        (
            Overload((), I, lambda: exp.Count(this=exp.Star()), len),
            Overload((None,), I, lambda x: sql.call("count", x), lambda values: len(present(values))),
        ),
        aggregate=True,
    ),
    Function(
        "count_distinct",
        "number of different values (addresses by their spelling)",
        (Overload((None,), I, _count_distinct, _distinct),),
        aggregate=True,
    ),
    Function(
        "sum",
        "sum; of integers absent when 64 bits do not hold it",
        (
            Overload((I,), I, lambda x: sql.try_cast(sql.call("sum", x), sql.BIGINT), _over(_sum)),
            Overload((D,), D, lambda x: sql.call("sum", x), _over(_double_sum)),
        ),
        aggregate=True,
    ),
    Function(
        "avg",
        "mean",
        (
            Overload((I,), D, lambda x: sql.call("avg", x), _over(lambda values: sum(values) / len(values))),
            Overload((D,), D, lambda x: sql.call("avg", x), _over(lambda values: _double_sum(values) / len(values))),
        ),
        aggregate=True,
    ),
    _extreme("min", "smallest value", min),
    _extreme("max", "largest value", max),
    Function(
        "first",
        "value of the first row that the engine reads (any row, unless it keeps the order)",
        (Overload((None,), None, lambda x: sql.call("first", x), lambda values: values[0] if values else None),),
        aggregate=True,
    ),
    Function(
        "any_value",
        "a value that is not absent, of whichever row",
        (Overload((None,), None, lambda x: sql.call("any_value", x), _over(lambda values: values[0])),),
        aggregate=True,
    ),
)

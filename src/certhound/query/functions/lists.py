"""Lists of text and maps of text to text. Elements may be absent; positions count from 0."""

from __future__ import annotations

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Constant, Function, Overload

L, T, M = Kind.LIST, Kind.TEXT, Kind.MAP
_FAR = 2**31 - 2


def _element(items: exp.Expression, index: exp.Expression) -> exp.Expression:
    def body(value: exp.Expression) -> exp.Expression:
        within = exp.Between(this=value.copy(), low=sql.number(0), high=sql.number(_FAR))
        place = sql.binary(exp.Add, value.copy(), sql.number(1))
        return exp.Case().when(within, place)

    return sql.call("list_extract", items, sql.bound("i", [index], body))


def _element_of(items: list[str | None], index: int) -> str | None:
    return items[index] if 0 <= index < len(items) else None


def _contains(items: exp.Expression, value: exp.Expression) -> exp.Expression:
    # Whether an empty list holds NULL: NULL for DuckDB 2.0.0, false for 2.0.1.
    return exp.Case().when(
        exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null())), sql.call("list_contains", items, value)
    )


def _joined(items: exp.Expression, separator: str) -> exp.Expression:
    there = exp.Not(this=exp.Is(this=sql.variable("e"), expression=exp.Null()))
    return sql.call("array_to_string", sql.call("list_filter", items, sql.lambda_("e", there)), sql.text(separator))


FUNCTIONS = (
    Function(
        "list_length",
        "number of elements, absent ones too",
        (Overload((L,), Kind.INT, lambda x: sql.call("len", x), len),),
    ),
    Function(
        "list_contains",
        "whether a text is among the elements",
        (
            Overload(
                (L, T),
                Kind.BOOL,
                _contains,
                lambda items, value: value in items,
            ),
        ),
    ),
    Function("list_element", "the element at a position", (Overload((L, Kind.INT), T, _element, _element_of),)),
    Function(
        "list_join",
        "the elements with a constant between them; absent elements are left out",
        (
            Overload(
                (L, Constant(T)),
                T,
                _joined,
                lambda items, separator: separator.join(each for each in items if each is not None),
            ),
        ),
    ),
    Function(
        "map_get",
        "the value of a key; absent when the map has no such key",
        (
            Overload(
                (M, T),
                T,
                lambda pairs, key: sql.call("map_extract_value", pairs, key),
                lambda pairs, key: pairs.get(key),
            ),
        ),
    ),
    Function(
        "map_keys",
        "the keys of a map",
        (Overload((M,), L, lambda pairs: sql.call("map_keys", pairs), lambda pairs: list(pairs)),),
    ),
    Function(
        "map_values",
        "the values of a map, in the order of its keys",
        (Overload((M,), L, lambda pairs: sql.call("map_values", pairs), lambda pairs: list(pairs.values())),),
    ),
)

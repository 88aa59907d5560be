"""Look-ups in small tables that a query brings along: a constant holds them as JSON, the engine makes a join of it.

A constant in the text of the query needs no table of its own, so a look-up can stand wherever an expression can.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Constant, Function, Overload
from certhound.query.functions.inet import KEY
from certhound.query.inet import inet_key

T = Kind.TEXT
_FAR = 20_000
"""Widest range of numbers that is written out as a list."""


@lru_cache(maxsize=64)
def _table(text: str) -> dict[str, str]:
    return dict(json.loads(text))


@lru_cache(maxsize=64)
def _members(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _pairs_fault(text: str) -> str:
    return _fault(text, lambda data: all(isinstance(p, list) and len(p) == 2 and _texts(p) for p in data))


def _numbered_fault(text: str) -> str:
    """Keys of a table for numbers are numbers, each written in its one usual way."""
    return _pairs_fault(text) or _fault(text, lambda data: all(_is_number(pair[0]) for pair in data))


def _is_number(text: str) -> bool:
    return len(text) < 20 and text.lstrip("-").isdecimal() and str(int(text)) == text and -(2**63) <= int(text) < 2**63


def _texts_fault(text: str) -> str:
    return _fault(text, _texts)


def _texts(data: list[Any]) -> bool:
    return all(isinstance(each, str) for each in data)


def _fault(text: str, holds: Any) -> str:
    try:
        data = json.loads(text)
    except ValueError:
        return "a look-up's table is JSON"
    return "" if isinstance(data, list) and holds(data) else "a look-up's table is a JSON list of texts or of pairs"


def _rows(text: str, shape: str) -> exp.Expression:
    """The elements of a JSON list as rows of the column ``e``."""
    parsed = sql.call("from_json", sql.text(text), sql.text(shape))
    return exp.Subquery(
        this=exp.select(exp.alias_(sql.call("unnest", parsed), "e", quoted=True)),
        alias=exp.TableAlias(this=exp.to_identifier("lookup", quoted=True)),
    )


def _element(place: int) -> exp.Expression:
    return sql.call("list_extract", exp.column("e", table="lookup", quoted=True), sql.number(place))


def _lookup_number(key: exp.Expression, text: str) -> exp.Expression:
    """Numbers that lie close together are places in a list, which costs far less than a join."""
    table = {int(number): value for number, value in _table(text).items()}
    if not table or max(table) - min(table) > _FAR:
        return _lookup(key, text, number=True)
    low, high = min(table), max(table)
    dense = json.dumps([table.get(number) for number in range(low, high + 1)], ensure_ascii=False)

    def body(number: exp.Expression) -> exp.Expression:
        values = sql.call("from_json", sql.text(dense), sql.text('["VARCHAR"]'))
        place = sql.binary(exp.Sub, number.copy(), sql.number(low - 1))
        within = exp.Between(this=number.copy(), low=sql.number(low), high=sql.number(high))
        return exp.Case().when(within, sql.call("list_extract", values, place))

    return sql.bound("n", [key], body)


def _lookup(key: exp.Expression, text: str, *, number: bool = False) -> exp.Expression:
    known = sql.try_cast(_element(1), sql.BIGINT) if number else _element(1)
    same = exp.EQ(this=known, expression=sql.paren(key))
    return exp.Subquery(this=exp.select(_element(2)).from_(_rows(text, '[["VARCHAR"]]')).where(same))


def _nowhere(value: exp.Expression) -> exp.Expression:
    """False, and unknown for what is absent, which SQL's IN does not say of an empty list."""
    return exp.Paren(this=exp.Case().when(exp.Not(this=_absent(value)), exp.false()))


def _among(value: exp.Expression, text: str) -> exp.Expression:
    if not _members(text):
        return _nowhere(value)
    column = exp.column("e", table="lookup", quoted=True)
    inner = exp.Subquery(this=exp.select(column).from_(_rows(text, '["VARCHAR"]')))
    return exp.Paren(this=exp.In(this=sql.paren(value), query=inner))


def _absent(node: exp.Expression) -> exp.Expression:
    return exp.Is(this=node, expression=exp.Null())


def _names(items: exp.Expression, text: str) -> exp.Expression:
    """Each element by its name; a map of the engine serves here, for no join can stand inside a list."""
    table = _table(text)
    keys, values = (sql.array(*map(sql.text, part)) for part in (table.keys(), table.values()))
    element = sql.variable("e")
    if not table:
        return items
    name = sql.call("map_extract_value", sql.call("map", keys, values), element.copy())
    return sql.call("list_transform", items, sql.lambda_("e", sql.call("coalesce", name, element)))


FUNCTIONS = (
    Function(
        "lookup",
        "the value of a key in a constant table, a JSON list of pairs; absent where the table lacks the key",
        (
            Overload((T, Constant(T, _pairs_fault)), T, _lookup, lambda key, text: _table(text).get(key)),
            Overload(
                (Kind.INT, Constant(T, _numbered_fault)),
                T,
                _lookup_number,
                lambda key, text: _table(text).get(str(key)),
            ),
        ),
        joins=True,
    ),
    Function(
        "lookup_each",
        "every element of a list by its value in a constant table; itself where the table lacks it",
        (
            Overload(
                (Kind.LIST, Constant(T, _pairs_fault)),
                Kind.LIST,
                _names,
                lambda items, text: [None if each is None else _table(text).get(each, each) for each in items],
            ),
        ),
    ),
    Function(
        "among",
        "whether a text is in a constant list, a JSON list of texts",
        (Overload((T, Constant(T, _texts_fault)), Kind.BOOL, _among, lambda value, text: value in _members(text)),),
        joins=True,
    ),
    Function(
        "address_key",
        "a text that is the same for every spelling of an address; absent for what is no address",
        (
            Overload(
                (Kind.INET,),
                T,
                lambda x: sql.cast(sql.call(KEY, x), sql.VARCHAR),
                lambda value: None if inet_key(value) is None else str(inet_key(value)),
            ),
        ),
    ),
)

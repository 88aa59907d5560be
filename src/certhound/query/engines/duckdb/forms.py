"""Casts, literals and comparisons of addresses as DuckDB says them; each exactly as the reference evaluator has it."""

from __future__ import annotations

from datetime import datetime

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.casts import DOUBLE_TEXT, INT_TEXT, TIME_TEXT, naive
from certhound.query.functions import sql
from certhound.query.functions.inet import KEY, equals, key, key_literal
from certhound.query.inet import inet_key
from certhound.query.tree import Literal, Op

TYPES: dict[Kind, str] = {
    Kind.TEXT: "VARCHAR",
    Kind.INET: "VARCHAR",
    Kind.INT: "BIGINT",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOL: "BOOLEAN",
    Kind.TIME: "TIMESTAMP",
    Kind.LIST: "VARCHAR[]",
    Kind.MAP: "MAP(VARCHAR, VARCHAR)",
    Kind.BYTES: "BLOB",
    Kind.NULL: "VARCHAR",
}
"""The type in which DuckDB holds each kind. Times are without zone, in UTC."""

OPERATORS: dict[Op, type[exp.Binary]] = {
    Op.EQ: exp.EQ,
    Op.NE: exp.NEQ,
    Op.LT: exp.LT,
    Op.LE: exp.LTE,
    Op.GT: exp.GT,
    Op.GE: exp.GTE,
}


def literal(node: Literal) -> exp.Expression:
    value = node.value
    match value:
        case None:
            return exp.Null() if node.kind is Kind.NULL else sql.cast(exp.Null(), TYPES[node.kind])
        case bool():
            return exp.Boolean(this=value)
        case str():
            return sql.text(value)
        case datetime():
            moment = naive(value).isoformat(sep=" ", timespec="microseconds")
            return sql.cast(exp.Literal.string(moment), "TIMESTAMP")
        case bytes():
            return sql.call("unhex", exp.Literal.string(value.hex()))
        case int() if node.kind is Kind.INT:
            return sql.number(value)
        case _:
            return sql.cast(exp.Literal.string(repr(float(value))), sql.DOUBLE)


def cast(node: exp.Expression, kind: Kind, wanted: Kind) -> exp.Expression:
    """A value of one type as another; NULL for what cannot be read. See :mod:`certhound.query.casts`."""
    match kind, wanted:
        case (Kind.NULL, _):
            return sql.cast(node, TYPES[wanted])
        case _ if kind is wanted:
            return node
        case (Kind.INET, Kind.TEXT):
            return node
        case (Kind.TEXT, Kind.INT):
            return sql.try_cast(sql.call("regexp_extract", node, sql.text(INT_TEXT)), sql.BIGINT)
        case (Kind.TEXT, Kind.DOUBLE):
            return sql.try_cast(sql.call("regexp_extract", node, sql.text(DOUBLE_TEXT)), sql.DOUBLE)
        case (Kind.TEXT, Kind.TIME):
            found = sql.call("regexp_extract", node, sql.text(TIME_TEXT), sql.number(1))
            return sql.try_cast(found, "TIMESTAMP")
        case (Kind.TEXT, Kind.BOOL):
            return _bool_of_text(node)
        case (Kind.DOUBLE, Kind.TEXT):
            return sql.call("replace", sql.cast(node, sql.VARCHAR), sql.text("-nan"), sql.text("nan"))
        case (Kind.TEXT, Kind.INET):
            return sql.bound("a", [node], _inet_of_text)
        case (Kind.DOUBLE, Kind.INT):
            return sql.try_cast(sql.call("trunc", node), sql.BIGINT)
        case (Kind.TIME, Kind.TEXT):
            return sql.call("strftime", node, sql.text("%Y-%m-%dT%H:%M:%S.%fZ"))
        case _:
            return sql.cast(node, TYPES[wanted])


def _bool_of_text(node: exp.Expression) -> exp.Expression:
    words = (("true", True), ("1", True), ("false", False), ("0", False))
    branches = [exp.If(this=sql.text(word), true=exp.Boolean(this=value)) for word, value in words]
    return exp.Case(this=sql.lower(node), ifs=branches)


def _inet_of_text(value: exp.Expression) -> exp.Expression:
    known = exp.Not(this=exp.Is(this=sql.call(KEY, value.copy()), expression=exp.Null()))
    return exp.Case().when(known, value.copy())


# addresses


def inet_key_of(node: exp.Expression, literal_value: str | None) -> exp.Expression:
    """The key of an address, computed here where it is a literal."""
    known = None if literal_value is None else inet_key(literal_value)
    return key(node) if known is None else key_literal(known)


def same_address(
    left: exp.Expression, right: exp.Expression, left_literal: str | None, right_literal: str | None
) -> exp.Expression:
    """Whether two texts spell one address, or are the same text."""
    for node, value, other in ((left, left_literal, right), (right, right_literal, left)):
        if value is None:
            continue
        known = inet_key(value)
        if known is None:
            return sql.binary(exp.EQ, other, node)
        return equals(other, [known])

    def body(first: exp.Expression, second: exp.Expression) -> exp.Expression:
        keys = exp.EQ(this=sql.call(KEY, first.copy()), expression=sql.call(KEY, second.copy()))
        sure = sql.call("coalesce", keys, exp.false())
        return exp.Paren(this=exp.Or(this=exp.EQ(this=first.copy(), expression=second.copy()), expression=sure))

    return sql.bound("ab", [left, right], body)

"""Arguments of functions: each by the type that it must have, with QRadar's words where it has another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certhound.model.columns import Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import wrong_argument
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.typed import Typed, as_long, as_text, read_number
from certhound.query import tree as t
from certhound.query.inet import inet_key

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions


def text_of(to: Expressions, node: n.Expr) -> t.Expr:
    """Any value but bytes, as text."""
    value = to.value(node)
    to.no_bytes((value,), node)
    return as_text(value)


def bytes_of(to: Expressions, node: n.Expr) -> t.Expr:
    """A payload and nothing else."""
    value = to.value(node)
    if value.type is not ArielType.BYTES:
        raise to.error(
            wrong_argument(value.type, "byte[]"), node, "arguments", "only a payload is bytes; a text needs no UTF8()"
        )
    return value.expr


def whole_of(to: Expressions, node: n.Expr) -> t.Expr:
    """A number as a whole one; a quoted number counts as one."""
    value = to.value(node)
    if value.type.is_number:
        return as_long(value)
    number = read_number(value.quoted) if value.quoted is not None else None
    if number is not None and number == int(number):
        return t.Literal(int(number), Kind.INT, node.span)
    if value.type is ArielType.NULL:
        return t.Literal(None, Kind.INT, node.span)
    raise to.error(wrong_argument(value.type, "Number"), node, "arguments", "make a number of it: LONG(…)")


def address_of(to: Expressions, node: n.Expr) -> t.Expr:
    """An address: a column of addresses, a quoted one, or a text that may be one."""
    value = to.value(node)
    if value.type is ArielType.HOST:
        return value.expr
    if value.quoted is not None:
        if inet_key(value.quoted) is None:
            raise to.error(f"{value.quoted!r} is no address", node, "arguments")
        return t.Literal(value.quoted, Kind.INET, node.span)
    if value.type in (ArielType.STRING, ArielType.NULL):
        return t.Cast(as_text(value), Kind.INET, node.span)
    raise to.error(wrong_argument(value.type, "Host"), node, "arguments", "an address is wanted here")


def constant_of(to: Expressions, node: n.Expr, what: str) -> str:
    """A text in single quotes, which must stand in the query itself."""
    value = to.value(node)
    if isinstance(node, n.Number):
        return node.text
    if value.quoted is None:
        if value.type is ArielType.STRING:
            raise to.error(f"{what} is a text in single quotes", node, "arguments")
        advice = f"{what} is a text in single quotes"
        raise to.error(wrong_argument(value.type, "String"), node, "arguments", advice)
    return value.quoted


def called(name: str, kind: ArielType, node: n.Call, *arguments: t.Expr) -> Typed:
    """A call of a function of the query tree."""
    return Typed(t.Call(name, arguments, node.span), kind)


def constant(value: str | int) -> t.Literal:
    return t.Literal(value, Kind.TEXT if isinstance(value, str) else Kind.INT)

"""Lowered expressions with their Ariel types, and how AQL brings values of different types together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from certhound.model.columns import Kind
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.addresses import number_of
from certhound.query import tree as t
from certhound.query.inet import canonical, inet_key


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression and its type. ``ids``: of a list, that it has ids and not names."""

    expr: t.Expr
    type: ArielType
    ids: bool = False

    @property
    def quoted(self) -> str | None:
        """The text of a literal in quotes, which takes the type of what stands beside it."""
        value = self.expr.value if isinstance(self.expr, t.Literal) else None
        return value if self.type is ArielType.STRING and isinstance(value, str) else None

    @property
    def is_literal(self) -> bool:
        return isinstance(self.expr, t.Literal)


def text_literal(value: str, span: t.Span = t.NOWHERE) -> Typed:
    return Typed(t.Literal(value, Kind.TEXT, span), ArielType.STRING)


def number_literal(value: int | float, span: t.Span = t.NOWHERE) -> Typed:
    """A number; what 64 bits do not hold is a double."""
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        kind = ArielType.INTEGER if abs(value) < 2**31 else ArielType.LONG
        return Typed(t.Literal(value, Kind.INT, span), kind)
    return Typed(t.Literal(float(value), Kind.DOUBLE, span), ArielType.DOUBLE)


def null_literal(span: t.Span = t.NOWHERE) -> Typed:
    return Typed(t.Literal(None, Kind.NULL, span), ArielType.NULL)


def as_text(value: Typed) -> t.Expr:
    """The value as text, as QRadar shows it; a list with commas between. Not for bytes, which UTF8 reads."""
    match value.type.kind:
        case Kind.TEXT:
            return value.expr
        case Kind.NULL:
            return t.Literal(None, Kind.TEXT, value.expr.span)
        case Kind.LIST:
            return t.Call("list_join", (value.expr, t.Literal(", ", Kind.TEXT)), value.expr.span)
    if isinstance(value.expr, t.Literal) and type(value.expr.value) in (int, float):
        return t.Literal(str(value.expr.value), Kind.TEXT, value.expr.span)
    return t.Cast(value.expr, Kind.TEXT, value.expr.span)


def as_double(value: Typed) -> t.Expr:
    """A number, boolean or text as a double; absent where a text is no number."""
    if isinstance(value.expr, t.Literal) and type(value.expr.value) is int:
        return t.Literal(float(value.expr.value), Kind.DOUBLE, value.expr.span)
    if value.type is ArielType.BOOLEAN:
        return t.Cast(t.Cast(value.expr, Kind.INT), Kind.DOUBLE, value.expr.span)
    return value.expr if value.type is ArielType.DOUBLE else t.Cast(value.expr, Kind.DOUBLE, value.expr.span)


def as_long(value: Typed) -> t.Expr:
    """As a whole number: doubles are cut, texts read, IPv4 addresses are their 32 bits."""
    if value.type.kind is Kind.INT:
        return value.expr
    if value.type is ArielType.HOST:
        return number_of(value.expr, value.expr.span)
    if value.type is ArielType.STRING:  # through a double, for a text may have a point
        whole = t.Cast(value.expr, Kind.INT)
        cut = t.Cast(t.Cast(value.expr, Kind.DOUBLE), Kind.INT)
        return t.Call("coalesce", (whole, cut), value.expr.span)
    return t.Cast(value.expr, Kind.INT, value.expr.span)


def read_number(text: str) -> int | float | None:
    """The number that a quoted literal says."""
    plain = text.strip()
    try:
        return int(plain) if plain.lstrip("+-").isdecimal() and plain.isascii() else float(plain)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Together:
    """Expressions that can be compared. ``fold``: as texts whose case does not count (hardware addresses)."""

    parts: tuple[t.Expr, ...]
    fold: bool = False
    text: bool = False
    """Whether they are compared as texts because nothing else fits them all."""


def together(values: Sequence[Typed], *, ordered: bool = False) -> Together:
    """Bring values to one type. A literal in quotes takes the type of the others; what stays mixed goes by text.

    ``ordered``: they are compared by order. Addresses that are only compared for equality go by text too: in our tables
    each has one spelling (:func:`spelt`).
    """
    anchors: set[ArielType] = {value.type for value in values if value.quoted is None} - {ArielType.NULL}
    if anchors == {ArielType.HOST} and not ordered:
        return Together(tuple(_spelling(value) for value in values))
    converted = _by_type(values, anchors)
    if converted is not None:
        return Together(converted)
    return Together(tuple(as_text(value) for value in values), ArielType.MAC in anchors, text=True)


def _by_type(values: Sequence[Typed], anchors: set[ArielType]) -> tuple[t.Expr, ...] | None:
    if not anchors:
        return None
    if all(each.is_number for each in anchors):
        return _all(values, _number)
    if anchors == {ArielType.HOST}:
        return _all(values, _address)
    if ArielType.BOOLEAN in anchors and all(each is ArielType.BOOLEAN or each.is_number for each in anchors):
        return _all(values, _boolean)
    return None


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
DOTTED = rf"^{_OCTET}(?:\.{_OCTET}){{3}}$"
"""IPv4 addresses as our tables write them, for Python and for Arrow."""
_DOTTED = re.compile(DOTTED.replace("$", r"\Z"), re.ASCII).match


@lru_cache(maxsize=100_000)
def spelt(address: str) -> str:
    """The one spelling of an address in our tables: dotted for IPv4, RFC 5952 for IPv6; no address stays as it is."""
    if _DOTTED(address):
        return address
    key = inet_key(address)
    return address if key is None else canonical(key)


def _spelling(value: Typed) -> t.Expr:
    if value.quoted is not None:
        return t.Literal(spelt(value.quoted), Kind.TEXT, value.expr.span)
    return as_text(value)


def _all(values: Sequence[Typed], convert: Callable[[Typed], t.Expr | None]) -> tuple[t.Expr, ...] | None:
    found = [each for each in map(convert, values) if each is not None]
    return tuple(found) if len(found) == len(values) else None


def _number(value: Typed) -> t.Expr | None:
    if value.quoted is None:
        return value.expr
    number = read_number(value.quoted)
    if number is None or number != number:
        return None
    return number_literal(number, value.expr.span).expr


def _address(value: Typed) -> t.Expr | None:
    if value.quoted is None or inet_key(value.quoted) is not None:
        return value.expr
    return None


def _boolean(value: Typed) -> t.Expr | None:
    if value.type in (ArielType.BOOLEAN, ArielType.NULL):
        return value.expr
    word = value.quoted if value.quoted is not None else str(getattr(value.expr, "value", ""))
    known = {"true": True, "1": True, "false": False, "0": False}.get(word.lower())
    return None if known is None else t.Literal(known, Kind.BOOL, value.expr.span)


def common_type(values: Sequence[Typed]) -> ArielType:
    """The type that takes values of all: the widest number, else text."""
    kinds = {value.type for value in values} - {ArielType.NULL}
    if len(kinds) == 1:
        return next(iter(kinds))
    if not kinds:
        return ArielType.NULL
    if all(kind.is_number for kind in kinds):
        return ArielType.DOUBLE if ArielType.DOUBLE in kinds else ArielType.LONG
    return ArielType.STRING


def as_type(value: Typed, wanted: ArielType) -> t.Expr:
    """The value as one of a common type, see :func:`common_type`."""
    if value.type is wanted or wanted is ArielType.NULL:
        return value.expr
    if value.type is ArielType.NULL:
        return t.Literal(None, wanted.kind, value.expr.span)
    if wanted is ArielType.STRING:
        return as_text(value)
    return as_double(value) if wanted is ArielType.DOUBLE else value.expr

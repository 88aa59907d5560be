"""Addresses of our tables, each of which has one spelling, so that most questions need not look at all 128 bits."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.query import tree as t
from certhound.query.inet import MAPPED_FIRST, MAPPED_LAST, canonical, inet_key, network_keys


def number_of(address: t.Expr, span: t.Span = t.NOWHERE) -> t.Expr:
    """The 32 bits of an IPv4 address as a number, absent for others."""
    if isinstance(address, t.Column):
        return t.Call("ipv4_number", (address,), span)
    key = t.Cast(t.Call("address_key", (address,)), Kind.DOUBLE)
    low = t.Call("subtract", (key, t.Literal(float(MAPPED_FIRST), Kind.DOUBLE)))
    return t.Cast(low, Kind.INT, span)


def _bits(expr: t.Expr) -> int | None:
    """The 32 bits of a literal address of IPv4."""
    key = inet_key(expr.value) if isinstance(expr, t.Literal) and isinstance(expr.value, str) else None
    return key - MAPPED_FIRST if key is not None and MAPPED_FIRST <= key <= MAPPED_LAST else None


def compared(op: t.Op, left: t.Expr, right: t.Expr, span: t.Span) -> t.Expr:
    """A comparison of addresses by order: a column with an IPv4 address by their numbers, while the column has one."""
    whole = t.Compare(op, left, right, span=span)
    first, second = _bits(left), _bits(right)
    if second is not None and isinstance(left, t.Column):
        quick = t.Compare(op, number_of(left), t.Literal(second, Kind.INT), span=span)
    elif first is not None and isinstance(right, t.Column):
        quick = t.Compare(op, t.Literal(first, Kind.INT), number_of(right), span=span)
    else:
        return whole
    return t.Call("coalesce", (quick, whole), span)


def between(operand: t.Expr, low: t.Expr, high: t.Expr, span: t.Span) -> t.Expr:
    """BETWEEN over addresses; see :func:`compared`."""
    whole = t.Between(operand, low, high, span)
    first, last = _bits(low), _bits(high)
    if first is None or last is None or not isinstance(operand, t.Column):
        return whole
    quick = t.Between(number_of(operand), t.Literal(first, Kind.INT), t.Literal(last, Kind.INT), span)
    return t.Call("coalesce", (quick, whole), span)


def in_network(address: t.Expr, network: str, span: t.Span = t.NOWHERE) -> t.Expr:
    """Whether an address is in a network; of IPv4 by the beginning of its text where that settles it or comes first."""
    whole = t.Call("cidr_match", (address, t.Literal(network, Kind.TEXT)), span)
    octets, settled = _octets(network)
    if not octets or not isinstance(address, t.Column):
        return whole
    text = t.Cast(address, Kind.TEXT)
    starts = t.Call("starts_with", (text, t.Literal(octets, Kind.TEXT)), span)
    return starts if settled else t.And((starts, t.Match(text, t.Regex(_next_octet(network, octets)), span=span)), span)


def _next_octet(network: str, octets: str) -> str:
    """A pattern for the octet that a network has in part, behind those that it has whole."""
    first, last = (canonical(key).split(".") for key in network_keys(network) or (0, 0))
    place = octets.count(".")
    some = "|".join(map(str, range(int(first[place]), int(last[place]) + 1)))
    return f"^{octets.replace('.', chr(92) + '.')}(?:{some})" + (r"\." if place < 3 else "$")


def _octets(network: str) -> tuple[str, bool]:
    """What all addresses of a network of IPv4 begin with, and whether no others do; empty where there is nothing."""
    first, last = network_keys(network) or (0, 0)
    if not MAPPED_FIRST <= first <= last <= MAPPED_LAST:
        return "", False
    size = last - first + 1
    whole = next((count for count, bits in ((3, 1 << 8), (2, 1 << 16), (1, 1 << 24)) if size <= bits), 0)
    if size == 1 or not whole:
        return "", False
    return ".".join(canonical(first).split(".")[:whole]) + ".", size in (1 << 8, 1 << 16, 1 << 24)

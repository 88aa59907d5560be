"""The functions of the query language that Sigma needs, so that their names stand in one place."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.query.tree import Call, Cast, Compare, Expr, Literal, Op, Span


def text(value: str, span: Span) -> Literal:
    return Literal(value, Kind.TEXT, span)


def in_network(address: Expr, kind: Kind, network: str, span: Span) -> Expr:
    """An address lies in a network in CIDR notation; absent where a text is no address."""
    operand = address if kind is Kind.INET else Cast(address, Kind.INET, span)
    return Call("cidr_match", (operand, text(network, span)), span)


def is_empty(items: Expr, span: Span) -> Expr:
    """A list without elements."""
    return Compare(Op.EQ, Call("list_length", (items,), span), Literal(0, Kind.INT, span), span=span)


def holds(whole: Expr, part: Expr, start: bool, end: bool, span: Span) -> Expr:
    """Text begins with (``start``), ends with (``end``) or contains (both) another, case ignored."""
    name = {(True, True): "contains", (True, False): "starts_with", (False, True): "ends_with"}[start, end]
    return Call(f"{name}_fold", (whole, part), span)


def time_part(part: str, time: Expr, span: Span) -> Expr:
    """minute, hour, day of month, ISO week, month or year, of a time in UTC."""
    return Call(part, (time,), span)

"""``fieldref``: one field against another, by the kinds of both."""

from __future__ import annotations

from sigma.types import SigmaFieldReference

from certhound.model.columns import Kind
from certhound.query.tree import FALSE, AnyOf, Cast, Compare, Expr, Op, Span
from certhound.rules.lowering import calls
from certhound.rules.lowering.scope import Scope, Target

_NUMBERS = frozenset({Kind.INT, Kind.DOUBLE})


def match_reference(target: Target, value: SigmaFieldReference, span: Span, scope: Scope) -> Expr:
    """Equality, or with ``startswith``, ``endswith``, ``contains`` the other field's text inside this one's."""
    other = scope.target(value.field, span)
    if other is None:
        return FALSE
    if other.kind in (Kind.MAP, Kind.BYTES) or (target.kind is Kind.LIST and other.kind is Kind.LIST):
        scope.lack(span, "another field", f"a {target.kind} and a {other.kind} column cannot be compared")
        return FALSE
    if target.part or other.part:
        scope.lack(span, "the field as a column of its own", "a part of a column cannot be compared with another field")
        return FALSE
    if target.kind is Kind.LIST:
        return AnyOf(target.expr, _compare(target.element(), other, value, span), span)
    if other.kind is Kind.LIST:
        return AnyOf(other.expr, _compare(target, other.element(), value, span), span)
    return _compare(target, other, value, span)


def _compare(target: Target, other: Target, value: SigmaFieldReference, span: Span) -> Expr:
    if value.starts_with or value.ends_with:
        whole, part = _as_text(target, span), _as_text(other, span)
        return calls.holds(whole, part, value.starts_with, value.ends_with, span)
    kinds = {target.kind, other.kind}
    if (len(kinds) == 1 and Kind.TEXT not in kinds) or kinds <= _NUMBERS:
        return Compare(Op.EQ, target.expr, other.expr, span=span)
    return Compare(Op.EQ, _as_text(target, span), _as_text(other, span), fold=True, span=span)


def _as_text(target: Target, span: Span) -> Expr:
    return target.expr if target.kind is Kind.TEXT else Cast(target.expr, Kind.TEXT, span)

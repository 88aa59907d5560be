"""Whether one condition holds only where another one holds, as far as the text alone tells."""

from __future__ import annotations

import ipaddress

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.patterns import contained

_GREATER = (n.CompareOp.GT, n.CompareOp.GE)
_LESS = (n.CompareOp.LT, n.CompareOp.LE)


def implies(condition: n.Expr, earlier: list[n.Expr]) -> bool:
    """Whether whatever meets the condition meets one of the earlier ones. False also where it is not clear."""
    match condition:
        case n.Or(operands=operands):
            return all(implies(operand, earlier) for operand in operands)
        case n.And(operands=operands):
            return any(_within(condition, each) for each in earlier) or any(implies(each, earlier) for each in operands)
        case _:
            return any(_within(condition, each) for each in earlier)


def _within(narrow: n.Expr, wide: n.Expr) -> bool:
    if narrow == wide or wide == n.Boolean(True):
        return True
    match wide:
        case n.Or(operands=operands):
            return any(_within(narrow, operand) for operand in operands)
        case n.And(operands=operands):
            return all(_within(narrow, operand) for operand in operands)
        case n.Match():
            return _in_pattern(narrow, wide)
        case n.Compare():
            return _in_bound(narrow, wide)
        case n.In(operand=operand, options=tuple() as options, negated=False):
            return (
                isinstance(narrow, n.Compare)
                and narrow.op is n.CompareOp.EQ
                and (narrow.left == operand and narrow.right in options)
            )
        case n.IsNull(operand=operand, negated=True):
            return isinstance(narrow, n.Compare) and narrow.left == operand
        case _:
            return False


def _in_pattern(narrow: n.Expr, wide: n.Match) -> bool:
    if wide.negated or wide.op not in (n.MatchOp.LIKE, n.MatchOp.ILIKE) or not isinstance(wide.pattern, n.Text):
        return False
    part = contained(wide.pattern.value)
    if part is None:
        return wide.pattern.value.strip("%") == "" and isinstance(narrow, n.Match) and narrow.operand == wide.operand
    folds = wide.op is n.MatchOp.ILIKE
    match narrow:
        case n.Match(
            op=n.MatchOp.LIKE | n.MatchOp.ILIKE as op, operand=operand, pattern=n.Text(value=value), negated=False
        ):
            if operand != wide.operand or (op is n.MatchOp.ILIKE and not folds and part.lower() != part.upper()):
                return False
            runs = [run for piece in value.split("%") for run in piece.split("_")]
            return any(_has(run, part, folds) for run in runs)
        case n.Compare(op=n.CompareOp.EQ, left=left, right=n.Text(value=value)):
            return left == wide.operand and _has(value, part, folds)
        case _:
            return False


def _has(text: str, part: str, folds: bool) -> bool:
    return part.lower() in text.lower() if folds else part in text


def _in_bound(narrow: n.Expr, wide: n.Compare) -> bool:
    if not isinstance(narrow, n.Compare) or narrow.left != wide.left:
        return False
    inner, outer = constant(narrow.right), constant(wide.right)
    if inner is None or outer is None:
        return False
    strict = narrow.op in (n.CompareOp.GT, n.CompareOp.LT) or wide.op in (n.CompareOp.GE, n.CompareOp.LE)
    if wide.op in _GREATER and narrow.op in (*_GREATER, n.CompareOp.EQ):
        return inner > outer or (inner == outer and strict)
    if wide.op in _LESS and narrow.op in (*_LESS, n.CompareOp.EQ):
        return inner < outer or (inner == outer and strict)
    return False


def constant(expr: n.Expr) -> int | float | None:
    """The number that a constant says: a number, a signed or quoted one, an IPv4 address as its 32 bits."""
    match expr:
        case n.Number(value=value):
            return value
        case n.Unary(op=n.UnaryOp.MINUS, operand=n.Number(value=value)):
            return -value
        case n.Text(value=text) if text.isascii() and text.isdecimal() and len(text) < 40:
            return int(text)
        case n.Text(value=text):
            try:
                return int(ipaddress.IPv4Address(text))
            except ValueError:
                return None
        case _:
            return None

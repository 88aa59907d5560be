"""Arithmetic, bits and joining of text. Whole numbers divide to whole numbers: queries group by endtime/3600000."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certhound.model.columns import Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import wrong_argument
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.typed import Typed, as_double, as_long, as_text, number_literal
from certhound.query import tree as t

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions

_NUMBERS = {
    n.BinaryOp.ADD: "add",
    n.BinaryOp.SUB: "subtract",
    n.BinaryOp.MUL: "multiply",
    n.BinaryOp.DIV: "divide",
    n.BinaryOp.MOD: "modulo",
}
_BITS = {
    n.BinaryOp.BIT_AND: "bit_and",
    n.BinaryOp.BIT_OR: "bit_or",
    n.BinaryOp.BIT_XOR: "bit_xor",
    n.BinaryOp.SHIFT_LEFT: "shift_left",
    n.BinaryOp.SHIFT_RIGHT: "shift_right",
    n.BinaryOp.SHIFT_RIGHT_ZERO: "shift_right_zero",
}


def number(to: Expressions, value: Typed, node: n.Expr) -> Typed:
    """A value where a number is wanted; a quoted number is one."""
    if value.type.is_number:
        return value
    if value.quoted is not None:
        from certhound.qradar.running.typed import read_number

        found = read_number(value.quoted)
        if found is not None:
            return number_literal(found, node.span)
    if value.type is ArielType.NULL:
        return Typed(t.Literal(None, Kind.INT, node.span), ArielType.LONG)
    raise to.error(wrong_argument(value.type, "Number"), node, "arguments", "make a number of it: LONG(…) or DOUBLE(…)")


def unary(to: Expressions, node: n.Unary, operand: Typed) -> Typed:
    value = number(to, operand, node.operand)
    if node.op is n.UnaryOp.PLUS:
        return value
    if node.op is n.UnaryOp.BIT_NOT:
        return Typed(t.Call("bit_not", (as_long(value),), node.span), ArielType.LONG)
    literal = value.expr.value if isinstance(value.expr, t.Literal) else None
    if isinstance(literal, int | float):
        return number_literal(-literal, node.span)
    zero = number_literal(0).expr if value.type is not ArielType.DOUBLE else number_literal(0.0).expr
    return Typed(t.Call("subtract", (zero, value.expr), node.span), value.type)


def binary(to: Expressions, node: n.Binary, left: Typed, right: Typed) -> Typed:
    if node.op is n.BinaryOp.JOIN:
        to.no_bytes((left, right), node)
        return Typed(t.Call("concat", (as_text(left), as_text(right)), node.span), ArielType.STRING)
    left, right = number(to, left, node.left), number(to, right, node.right)
    if node.op is n.BinaryOp.POW:
        return Typed(t.Call("power", (as_double(left), as_double(right)), node.span), ArielType.DOUBLE)
    if node.op in _BITS:
        return Typed(t.Call(_BITS[node.op], (as_long(left), as_long(right)), node.span), ArielType.LONG)
    if ArielType.DOUBLE in (left.type, right.type):
        parts = (as_double(left), as_double(right))
        return Typed(t.Call(_NUMBERS[node.op], parts, node.span), ArielType.DOUBLE)
    return Typed(t.Call(_NUMBERS[node.op], (left.expr, right.expr), node.span), ArielType.LONG)

"""Bits of 64-bit integers in two's complement, and powers, as Java has them (shift counts are taken modulo 64)."""

from __future__ import annotations

import math

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload

I, D = Kind.INT, Kind.DOUBLE  # noqa: E741 (the two types that every line names)
_ALL = 2**64 - 1


def signed(value: int) -> int:
    """The lowest 64 bits of a number, read in two's complement."""
    value &= _ALL
    return value - 2**64 if value >= 2**63 else value


def _pair(name: str, doc: str, kind: type[exp.Binary], python: object) -> Function:
    form = Overload((I, I), I, lambda left, right: sql.binary(kind, left, right), python)  # type: ignore[arg-type]
    return Function(name, doc, (form,))


def _count(node: exp.Expression) -> exp.Expression:
    return sql.binary(exp.BitwiseAnd, node, sql.number(63))


def _wide(node: exp.Expression) -> exp.Expression:
    return sql.cast(node, sql.HUGEINT)


def _power_of_two(count: exp.Expression) -> exp.Expression:
    return sql.paren(
        exp.BitwiseLeftShift(this=sql.cast(sql.number(1), sql.HUGEINT), expression=sql.cast(_count(count), "INTEGER"))
    )


def _unsigned(node: exp.Expression) -> exp.Expression:
    """The 64 bits as a number from 0 on."""

    def body(value: exp.Expression) -> exp.Expression:
        negative = exp.LT(this=value.copy(), expression=sql.number(0))
        return exp.Case().when(negative, sql.binary(exp.Add, value.copy(), _two_to_64())).else_(value.copy())

    return sql.bound("u", [_wide(node)], body)


def _two_to_64() -> exp.Expression:
    return sql.cast(exp.Literal.string(str(2**64)), sql.HUGEINT)


def _signed(node: exp.Expression) -> exp.Expression:
    """A number of 0 to 2⁶⁴−1 as the 64 bits it is made of."""

    def body(value: exp.Expression) -> exp.Expression:
        high = exp.GTE(this=value.copy(), expression=sql.cast(exp.Literal.string(str(2**63)), sql.HUGEINT))
        return exp.Case().when(high, sql.binary(exp.Sub, value.copy(), _two_to_64())).else_(value.copy())

    return sql.cast(sql.bound("w", [node], body), sql.BIGINT)


def _shift_left(value: exp.Expression, count: exp.Expression) -> exp.Expression:
    """Multiplied by a power of two, of what stays within 64 bits: the rest is cut off first, so nothing overflows."""

    def body(number: exp.Expression, shift: exp.Expression) -> exp.Expression:
        room = sql.paren(
            exp.BitwiseLeftShift(
                this=sql.cast(sql.number(1), sql.HUGEINT), expression=sql.binary(exp.Sub, sql.number(64), shift.copy())
            )
        )
        kept = sql.binary(exp.Mod, _unsigned(number), room)
        factor = sql.paren(exp.BitwiseLeftShift(this=sql.cast(sql.number(1), sql.HUGEINT), expression=shift.copy()))
        return _signed(sql.binary(exp.Mul, kept, factor))

    return sql.bound("ns", [value, sql.cast(_count(count), "INTEGER")], body)


def _shift_right(value: exp.Expression, count: exp.Expression) -> exp.Expression:
    return sql.binary(exp.BitwiseRightShift, value, _count(count))


def _shift_right_zero(value: exp.Expression, count: exp.Expression) -> exp.Expression:
    return _signed(sql.binary(exp.IntDiv, _unsigned(value), _power_of_two(count)))


def _power(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    """Absent where no finite number results, for engines do not agree on what else to give."""

    def finite(value: exp.Expression) -> exp.Expression:
        return exp.Case().when(sql.call("isfinite", value.copy()), value.copy())

    def body(base: exp.Expression, exponent: exp.Expression) -> exp.Expression:
        return sql.bound("p", [sql.call("try", sql.call("pow", base, exponent))], finite)

    return sql.bound("be", [left, right], body)


def _power_of(left: float, right: float) -> float | None:
    try:
        value = math.pow(left, right)
    except (OverflowError, ValueError):
        return None
    return value if math.isfinite(value) else None


FUNCTIONS = (
    _pair("bit_and", "bits that both numbers have", exp.BitwiseAnd, lambda left, right: left & right),
    _pair("bit_or", "bits that one of the numbers has", exp.BitwiseOr, lambda left, right: left | right),
    Function(
        "bit_xor",
        "bits that only one of the numbers has",
        (Overload((I, I), I, lambda left, right: sql.call("xor", left, right), lambda left, right: left ^ right),),
    ),
    Function(
        "bit_not",
        "every bit turned over",
        (Overload((I,), I, lambda x: exp.Paren(this=exp.BitwiseNot(this=sql.paren(x))), lambda value: ~value),),
    ),
    Function(
        "shift_left",
        "bits moved towards the sign, which may come out otherwise",
        (Overload((I, I), I, _shift_left, lambda value, count: signed(value << (count & 63))),),
    ),
    Function(
        "shift_right",
        "bits moved away from the sign, which is kept",
        (Overload((I, I), I, _shift_right, lambda value, count: value >> (count & 63)),),
    ),
    Function(
        "shift_right_zero",
        "bits moved away from the sign, zeros coming in",
        (Overload((I, I), I, _shift_right_zero, lambda value, count: signed((value & _ALL) >> (count & 63))),),
    ),
    Function(
        "power",
        "the first number to the power of the second; absent where that is no finite number",
        (Overload((D, D), D, _power, _power_of),),
    ),
)

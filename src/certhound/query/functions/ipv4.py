"""IPv4 addresses as numbers of 32 bits, for arithmetic and quick comparisons."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload


def _octet(octets: exp.Expression, place: int) -> exp.Expression:
    octet = sql.try_cast(sql.call("list_extract", octets.copy(), sql.number(place + 1)), "UTINYINT")
    return sql.binary(exp.Mul, sql.cast(octet, sql.BIGINT), sql.number(256 ** (3 - place)))


def _number(address: exp.Expression) -> exp.Expression:
    def body(octets: exp.Expression) -> exp.Expression:
        parts = [_octet(octets, place) for place in range(4)]
        total = reduce(lambda sum, part: sql.binary(exp.Add, sum, part), parts)
        four = exp.EQ(this=sql.call("len", octets.copy()), expression=sql.number(4))
        return exp.Case().when(four, total)

    return sql.bound("o", [sql.call("string_split", address, sql.text("."))], body)


def _number_of(address: str) -> int | None:
    octets = address.split(".")
    if len(octets) != 4 or not all(each.isascii() and each.isdecimal() and int(each) < 256 for each in octets):
        return None
    first, second, third, fourth = map(int, octets)
    return (first << 24) + (second << 16) + (third << 8) + fourth


FUNCTIONS = (
    Function(
        "ipv4_number",
        "the 32 bits of an address that is written as four numbers with dots; absent for others",
        (Overload((Kind.INET,), Kind.INT, _number, _number_of),),
    ),
)

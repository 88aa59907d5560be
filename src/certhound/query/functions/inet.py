"""Addresses: membership in networks, and their version. Keys are those of :mod:`certhound.query.inet`."""

from __future__ import annotations

import ipaddress

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Constant, Function, Overload
from certhound.query.inet import MAPPED_FIRST, MAPPED_LAST, canonical, inet_key, network_keys

KEY = "certhound_inet_key"
"""Macro of the DuckDB connection: address text to its 128-bit key, NULL for what is no address."""


def key(node: exp.Expression) -> exp.Expression:
    """The key of an address expression."""
    return sql.bound("a", [node], lambda value: sql.call(KEY, value))


def key_literal(value: int) -> exp.Expression:
    """A key as a literal."""
    return sql.cast(exp.Literal.number(value), "UINT128")


def equals(address: exp.Expression, keys: list[int]) -> exp.Expression:
    """Whether an address has one of the given keys. IPv4 has one spelling, so only IPv6 needs its key computed."""

    def body(value: exp.Expression) -> exp.Expression:
        spelt = exp.In(this=value.copy(), expressions=[sql.text(canonical(each)) for each in keys])
        same = exp.In(this=sql.call(KEY, value.copy()), expressions=[key_literal(each) for each in keys])
        return exp.Or(this=spelt, expression=sql.paren(exp.And(this=_has_colon(value), expression=_sure(same, value))))

    return sql.paren(sql.bound("a", [address], body))


def _has_colon(value: exp.Expression) -> exp.Expression:
    return sql.call("contains", value.copy(), sql.text(":"))


def _sure(test: exp.Expression, value: exp.Expression) -> exp.Expression:
    """False instead of NULL where the value is there but no address; true where it is absent, for use behind an AND."""
    return sql.call("coalesce", test, exp.Is(this=value.copy(), expression=exp.Null()))


def _matches(address: exp.Expression, network: str) -> exp.Expression:
    first, last = network_keys(network) or (1, 0)

    def body(value: exp.Expression) -> exp.Expression:
        inside = exp.Between(this=sql.call(KEY, value.copy()), low=key_literal(first), high=key_literal(last))
        likely = _likely(value, first, last)
        if likely is None:
            there = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
            return exp.Case().when(there, sql.call("coalesce", inside, exp.false()))
        return exp.And(this=sql.paren(likely), expression=_sure(inside, value))

    return sql.paren(sql.bound("a", [address], body))


def _likely(value: exp.Expression, first: int, last: int) -> exp.Expression | None:
    """A cheap test that every spelling of an address of the network passes, for keys cost far more than a prefix."""
    if first > MAPPED_LAST or last < MAPPED_FIRST:
        return _has_colon(value)
    if first < MAPPED_FIRST or last > MAPPED_LAST or not _prefix(first, last):
        return None
    prefix = exp.Anonymous(this="starts_with", expressions=[value.copy(), sql.text(_prefix(first, last))])
    return exp.Or(this=prefix, expression=_has_colon(value))


def _octets(mapped: int) -> list[str]:
    return str(ipaddress.IPv4Address(mapped & 0xFFFFFFFF)).split(".")


def _prefix(first: int, last: int) -> str:
    """The octets that all addresses of a network have in common, as they are written."""
    shared = ""
    for octet, other in zip(_octets(first), _octets(last), strict=True):
        if octet != other:
            return shared
        shared += octet + "."
    return shared.removesuffix(".")


def _wrong_network(value: str) -> str:
    return "" if network_keys(value) else f"{value!r} is no network in CIDR form and no address"


def _contains(address: str, network: str) -> bool:
    first, last = network_keys(network) or (1, 0)
    found = inet_key(address)
    return found is not None and first <= found <= last


def _version(address: exp.Expression) -> exp.Expression:
    def body(value: exp.Expression) -> exp.Expression:
        is_text = exp.Not(this=exp.Is(this=sql.call(KEY, value.copy()), expression=exp.Null()))
        six = sql.call("contains", value.copy(), sql.text(":"))
        return exp.Case().when(exp.and_(is_text, six), sql.number(6)).when(is_text.copy(), sql.number(4))

    return sql.bound("a", [address], body)


def _version_of(address: str) -> int | None:
    return None if inet_key(address) is None else 6 if ":" in address else 4


FUNCTIONS = (
    Function(
        "cidr_match",
        "whether an address is in a network (CIDR form, or one address); false for what is no address",
        (Overload((Kind.INET, Constant(Kind.TEXT, _wrong_network)), Kind.BOOL, _matches, _contains),),
    ),
    Function(
        "inet_version",
        "4 or 6, by how the address is written",
        (Overload((Kind.INET,), Kind.INT, _version, _version_of),),
    ),
)

"""Addresses: membership in networks, and their version. Keys are those of :mod:`certhound.query.inet`."""

from __future__ import annotations

import ipaddress

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Constant, Function, Overload
from certhound.query.inet import MAPPED_FIRST, MAPPED_LAST, canonical, inet_key, network_keys

OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
"""A number of 0 to 255 without leading zeros."""

KEY = "certhound_inet_key"
"""Macro of the DuckDB connection: address text to its 128-bit key, NULL for what is no address."""

_FEW = 16
"""With more addresses than this one test for IPv6 is cheaper than one for each."""


def key(node: exp.Expression) -> exp.Expression:
    """The key of an address expression."""
    return sql.bound("a", [node], lambda value: sql.call(KEY, value))


def key_literal(value: int) -> exp.Expression:
    """A key as a literal."""
    return sql.cast(exp.Literal.number(value), "UINT128")


def equals(address: exp.Expression, keys: list[int]) -> exp.Expression:
    """Whether an address has one of the given keys. The usual spellings are looked for first: keys cost far more."""

    def body(value: exp.Expression) -> exp.Expression:
        spelt = exp.In(this=value.copy(), expressions=[sql.text(canonical(each)) for each in keys])
        same = exp.In(this=sql.call(KEY, value.copy()), expressions=[key_literal(each) for each in keys])
        other = exp.Case().when(_other_spellings(value, keys), _sure(same)).else_(exp.false())
        return exp.Or(this=spelt, expression=other)

    return sql.paren(sql.bound("a", [address], body))


def _other_spellings(value: exp.Expression, keys: list[int]) -> exp.Expression:
    """A test that every other spelling of the addresses passes: IPv4 has one, inside IPv6 it has a group ``ffff``."""
    if len(keys) > _FEW:
        return _has_colon(value)
    if all(MAPPED_FIRST <= each <= MAPPED_LAST for each in keys):
        return _mapped(value)
    patterns = {":[fF]{4}:" if MAPPED_FIRST <= each <= MAPPED_LAST else _first_group(each, each) for each in keys}
    tests = [
        sql.call("regexp_matches", value.copy(), sql.text(each)) if each else _has_colon(value) for each in patterns
    ]
    return sql.paren(exp.And(this=_has_colon(value), expression=sql.balanced(exp.Or, tests)))


def _has_colon(value: exp.Expression) -> exp.Expression:
    return sql.call("contains", value.copy(), sql.text(":"))


def _sure(test: exp.Expression) -> exp.Expression:
    """False instead of NULL: what is no address is in no network."""
    return sql.call("coalesce", test, exp.false())


def _matches(address: exp.Expression, network: str) -> exp.Expression:
    """CASE, for unlike AND it never computes the key of a row that the cheap test has ruled out."""
    first, last = network_keys(network) or (1, 0)

    def body(value: exp.Expression) -> exp.Expression:
        there = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
        inside, likely = _sure(_inside(value, first, last)), _likely(value, first, last)
        if likely is None:
            return exp.Case().when(there, inside)
        if _aligned(first, last):
            dotted = sql.call("starts_with", value.copy(), sql.text(_prefix(first, last)))
            whole = sql.call("regexp_matches", value.copy(), sql.text(_dotted(first, last)))
            return exp.Case().when(dotted, whole).when(_mapped(value), inside).when(there, exp.false())
        return exp.Case().when(likely, inside).when(there, exp.false())

    return sql.paren(sql.bound("a", [address], body))


def _inside(value: exp.Expression, first: int, last: int) -> exp.Expression:
    """Whether the key is in a network, with one mention of it: the quotient by the network's size."""
    size = last - first + 1
    node = sql.call(KEY, value.copy())
    if size > 2**127:
        return exp.Not(this=exp.Is(this=node, expression=exp.Null()))
    if size > 1:
        node = sql.binary(exp.IntDiv, node, key_literal(size))
    return exp.EQ(this=node, expression=key_literal(first // size))


def _likely(value: exp.Expression, first: int, last: int) -> exp.Expression | None:
    """A cheap test that every spelling of an address of the network passes; None where there is none."""
    if first > MAPPED_LAST or last < MAPPED_FIRST:
        pattern = _first_group(first, last)
        return sql.call("regexp_matches", value.copy(), sql.text(pattern)) if pattern else _has_colon(value)
    if first < MAPPED_FIRST or last > MAPPED_LAST or not _prefix(first, last):
        return None
    dotted = sql.call("starts_with", value.copy(), sql.text(_prefix(first, last)))
    return exp.Or(this=dotted, expression=_mapped(value))


def _mapped(value: exp.Expression) -> exp.Expression:
    """Whether this may be an IPv4 address inside IPv6."""
    group = sql.call("regexp_matches", value.copy(), sql.text(":[fF]{4}:"))
    return sql.paren(exp.And(this=_begins_with_zeros(value), expression=group))


def _begins_with_zeros(value: exp.Expression) -> exp.Expression:
    """Whether a text begins with ``0`` or ``:``, as every mapped address does; comparing is cheaper than searching."""
    ranges = [
        exp.And(
            this=exp.GTE(this=value.copy(), expression=sql.text(low)),
            expression=exp.LT(this=value.copy(), expression=sql.text(high)),
        )
        for low, high in ("01", ":;")
    ]
    return sql.balanced(exp.Or, [sql.paren(each) for each in ranges])


def _aligned(first: int, last: int) -> bool:
    """Whether a network is of IPv4 and ends with an octet, so that its addresses can be told by their text alone."""
    return MAPPED_FIRST <= first <= last <= MAPPED_LAST and last - first + 1 in (1 << 24, 1 << 16, 1 << 8)


def _dotted(first: int, last: int) -> str:
    """The pattern of an address of an aligned network."""
    known = _prefix(first, last).split(".")[:-1]
    return "^" + r"\.".join([*known, *[OCTET] * (4 - len(known))]) + "$"


def _first_group(first: int, last: int) -> str:
    """A pattern for the first group of a network's IPv6 addresses as they may be written; empty if there is none."""
    low, high = first >> 112, last >> 112
    if low == high == 0:
        return "^[0:]"
    if low == high:
        digits = f"{low:x}"
        return f"^0{{0,{4 - len(digits)}}}{''.join(map(_either_case, digits))}:"
    if low < 0x1000:
        return ""
    shown = ""
    for one, other in zip(f"{low:x}", f"{high:x}", strict=True):
        between = "0123456789abcdef"[int(one, 16) : int(other, 16) + 1]
        shown += _either_case(one) if one == other else f"[{between}{between.upper()}]"
    return f"^{shown}:"


def _either_case(digit: str) -> str:
    return digit if digit.isdigit() else f"[{digit}{digit.upper()}]"


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

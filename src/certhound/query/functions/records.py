"""What the records of logs need on their way to columns: times, booleans, names and numbers as devices write them.

Each is total: what cannot be read becomes absent. The sources' mappings are made of these, so that the bulk reader of
an engine and the careful reader in Python end in the same values.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import chain

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload
from certhound.query.functions.time import EPOCH, FIRST, LAST
from certhound.query.text import simple_lower

T, L = Kind.TEXT, Kind.LIST

# --- times ---------------------------------------------------------------------------------------------------------

ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{0,9})?(Z|[+-]\d\d(:?\d\d)?)?"
_YEAR_10000_S = 253_402_300_800.0
MAGNITUDES = ((_YEAR_10000_S, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3))
"""Below the first number an epoch is in seconds, then milli-, micro-, nanoseconds; the second takes it to microseconds.

Certificates without an end are valid until the last second of 9999, so seconds reach that far; what this takes from
milliseconds is the years before 1978.
"""
FIRST_US, LAST_US = ((moment - EPOCH) // timedelta(microseconds=1) for moment in (FIRST, LAST))


def _record_time(text: exp.Expression) -> exp.Expression:
    return sql.bound("ve", [text, sql.try_cast(text.copy(), sql.DOUBLE)], _time_read)


def _time_read(value: exp.Expression, epoch: exp.Expression) -> exp.Expression:
    """Seconds, which nearly every log writes, come first and cost no more than their arithmetic."""
    seconds = exp.Between(this=epoch.copy(), low=_double(FIRST_US / 1e6), high=_double(_YEAR_10000_S - 1))
    micros = sql.call("floor", sql.binary(exp.Add, sql.binary(exp.Mul, epoch.copy(), _double(1e6)), _double(0.5)))
    odd = sql.call("certhound_odd_time", value.copy(), epoch.copy())
    return exp.Case().when(seconds, sql.call("make_timestamp", sql.cast(micros, sql.BIGINT))).else_(odd)


def _double(value: float) -> exp.Expression:
    literal = sql.cast(exp.Literal.number(repr(abs(value))), sql.DOUBLE)
    return sql.paren(exp.Neg(this=literal)) if value < 0 else literal


def record_time(text: str) -> datetime | None:
    """The time that a device wrote: an epoch in whichever unit its magnitude tells, or ISO 8601 (no zone: UTC)."""
    try:
        return _epoch_of(float(text if text.isascii() else ""))
    except ValueError:
        return _iso_of(text)


def _time_read_of(text: str | None, number: float | None) -> datetime | None:
    return _epoch_of(number) if number is not None else _iso_of(text) if text is not None else None


def _epoch_of(epoch: float) -> datetime | None:
    factor = next((factor for below, factor in MAGNITUDES if abs(epoch) < below), None)
    if factor is None:
        return None
    micros = math.floor(epoch * factor + 0.5)
    return EPOCH + timedelta(microseconds=micros) if FIRST_US <= micros <= LAST_US else None


def _iso_of(text: str) -> datetime | None:
    found = re.fullmatch(ISO, text, re.ASCII)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(_six_digits(text))
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def _six_digits(text: str) -> str:
    """Fractions cut to microseconds, as DuckDB does; Python before 3.11.4 is choosy about their length."""
    return re.sub(r"\.(\d*)", lambda fraction: "." + (fraction.group(1) + "000000")[:6], text)


# --- booleans and versions -----------------------------------------------------------------------------------------

_YES, _NO = ("T", "true", "True", "TRUE", "t", "1", "yes"), ("F", "false", "False", "FALSE", "f", "0", "no")


def _record_bool(text: exp.Expression) -> exp.Expression:
    """A chain of comparisons; DuckDB makes a join of IN with so many words, which costs more."""
    words = [
        (word, value) for pair in zip(_YES, _NO, strict=True) for word, value in zip(pair, (True, False), strict=True)
    ]
    ifs = [exp.If(this=sql.text(word), true=exp.Boolean(this=value)) for word, value in words]
    return exp.Case(this=text.copy(), ifs=ifs)


def _record_bool_of(text: str) -> bool | None:
    return True if text in _YES else False if text in _NO else None


_VERSIONS: dict[str, str] = {
    **{f"tls1{minor}": f"1.{minor}" for minor in range(4)},
    **{f"dtls1{minor}": f"dtls1.{minor}" for minor in (0, 2, 3)},
    **{f"0x030{minor + 1}": f"1.{minor}" for minor in range(4)},
    **{str(769 + minor): f"1.{minor}" for minor in range(4)},
    "tls1": "1.0", "dtls1": "dtls1.0", "ssl2": "ssl2.0", "ssl3": "ssl3.0", "ssl20": "ssl2.0", "ssl30": "ssl3.0",
    "0x0300": "ssl3.0", "768": "ssl3.0", "0x0002": "ssl2.0", "65279": "dtls1.0", "65277": "dtls1.2",
    "0xfeff": "dtls1.0", "0xfefd": "dtls1.2", "0xfefc": "dtls1.3",
}  # fmt: skip
_COMMON = {"TLSv12": "1.2", "TLSv13": "1.3", "TLSv10": "1.0", "TLSv11": "1.1"}
_NOISE = r"[ _/.v]|-?draft.*"


def _tls_version(text: exp.Expression) -> exp.Expression:
    bare = sql.call("regexp_replace", sql.lower(text.copy()), sql.text(_NOISE), sql.text(""), sql.text("g"))

    def body(value: exp.Expression) -> exp.Expression:
        return _choice(value, _VERSIONS)

    return _choice(text, _COMMON).else_(sql.bound("b", [bare], body))


def _choice(node: exp.Expression, words: dict[str, str]) -> exp.Case:
    chosen = exp.Case()
    for word, meaning in words.items():
        chosen = chosen.when(exp.EQ(this=node.copy(), expression=sql.text(word)), sql.text(meaning))
    return chosen


def _tls_version_of(text: str) -> str | None:
    return _COMMON.get(text) or _VERSIONS.get(re.sub(_NOISE, "", simple_lower(text)))


# --- addresses, names, serials -------------------------------------------------------------------------------------

_MAPPED = r"(?i)^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$"
_COMMON_NAME = r"(?i)(?:^|[,/] ?)CN=((?:[^,/\\]|\\[^\n])*)"
_BACKSLASHES = r"\\+"


def _inet_text(text: exp.Expression) -> exp.Expression:
    mapped = sql.call("regexp_replace", text.copy(), sql.text(_MAPPED), sql.text(r"\1"))
    return exp.Case().when(sql.call("starts_with", text.copy(), sql.text("::")), mapped).else_(text.copy())


def _inet_text_of(text: str) -> str:
    return re.sub(_MAPPED, r"\1", text, flags=re.ASCII) if text.startswith("::") else text


def _dn_text(text: exp.Expression) -> exp.Expression:
    single = sql.call("regexp_replace", text.copy(), sql.text(_BACKSLASHES), sql.text("\\\\"), sql.text("g"))
    return exp.Case().when(sql.call("contains", text.copy(), sql.text("\\")), single).else_(text.copy())


def _dn_text_of(text: str) -> str:
    return re.sub(_BACKSLASHES, r"\\", text)


def _dn_common_name(text: exp.Expression) -> exp.Expression:
    found = sql.call("regexp_extract", _dn_text(text), sql.text(_COMMON_NAME), sql.number(1))
    bare = sql.call("replace", found, sql.text("\\"), sql.text(""))
    return sql.call("nullif", bare, sql.text(""))


def _dn_common_name_of(text: str) -> str | None:
    found = re.search(_COMMON_NAME, _dn_text_of(text))
    return (found.group(1).replace("\\", "") or None) if found else None


def _serial_text(text: exp.Expression) -> exp.Expression:
    bare = sql.call("regexp_replace", sql.lower(text.copy()), sql.text(r"[: ]|^0x"), sql.text(""), sql.text("g"))
    return sql.call("regexp_replace", bare, sql.text(r"^(-?)0+([0-9a-f])"), sql.text(r"\1\2"))


def _serial_text_of(text: str) -> str:
    bare = re.sub(r"[: ]|^0x", "", simple_lower(text))
    return re.sub(r"^(-?)0+([0-9a-f])", r"\1\2", bare)


# --- lists ---------------------------------------------------------------------------------------------------------


def _list_concat(*lists: exp.Expression) -> exp.Expression:
    joined = lists[0].copy()
    absent: exp.Expression = exp.Is(this=lists[0].copy(), expression=exp.Null())
    for each in lists[1:]:
        joined = sql.call("list_concat", joined, each.copy())
        absent = exp.And(this=absent, expression=exp.Is(this=each.copy(), expression=exp.Null()))
    return exp.Case().when(absent, exp.Null()).else_(joined)


def _list_concat_of(*lists: list[str | None] | None) -> list[str | None] | None:
    there = [each for each in lists if each is not None]
    return list(chain.from_iterable(there)) if there else None


# --- numbers and hashes --------------------------------------------------------------------------------------------


def _is_epoch(text: exp.Expression) -> exp.Expression:
    return exp.Not(this=exp.Is(this=sql.try_cast(text, sql.DOUBLE), expression=exp.Null()))


def _is_epoch_of(text: str) -> bool:
    try:
        float(text if text.isascii() else "")
    except ValueError:
        return False
    return True


def _record_int(text: exp.Expression) -> exp.Expression:
    return exp.Case().when(
        sql.binary(exp.LT, sql.call("length", text.copy()), sql.number(19)),
        sql.try_cast(sql.call("nullif", text.copy(), sql.text("")), sql.BIGINT),
    )


def _record_int_of(text: str) -> int | None:
    if len(text) >= 19 or not text.isascii():
        return None
    try:
        return int(Decimal(text).quantize(Decimal(1), ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _hash_id(text: exp.Expression) -> exp.Expression:
    bare = sql.lower(text.copy())
    return exp.Case(
        this=sql.call("length", text.copy()),
        ifs=[
            exp.If(this=sql.number(64), true=bare),
            exp.If(this=sql.number(40), true=sql.binary(exp.DPipe, sql.text("sha1:"), bare.copy())),
            exp.If(this=sql.number(32), true=sql.binary(exp.DPipe, sql.text("md5:"), bare.copy())),
        ],
    )


def _hash_id_of(text: str) -> str | None:
    prefix = {64: "", 40: "sha1:", 32: "md5:"}.get(len(text))
    return None if prefix is None else prefix + simple_lower(text)


FUNCTIONS = (
    Function(
        "is_epoch",
        "whether a text is a number, as times since 1970 are",
        (Overload((T,), Kind.BOOL, _is_epoch, _is_epoch_of),),
    ),
    Function(
        "record_int",
        "a whole number as a device wrote it; fractions are rounded",
        (Overload((T,), Kind.INT, _record_int, _record_int_of),),
    ),
    Function(
        "hash_id",
        "the certificate id that a hash alone gives: SHA-256 as it is, SHA-1 and MD5 with their prefix",
        (Overload((T,), T, _hash_id, _hash_id_of),),
    ),
    Function(
        "record_time",
        "the time that a device wrote: an epoch in seconds to nanoseconds by its magnitude, or ISO 8601",
        (Overload((T,), Kind.TIME, _record_time, record_time),),
    ),
    Function(
        "record_time_read",
        "record_time for readers that have the text as a number already; absent where it is none",
        (Overload((T, Kind.DOUBLE), Kind.TIME, _time_read, _time_read_of),),
        strict=False,
    ),
    Function(
        "record_bool",
        "true or false as logs write them (T, true, 1, yes)",
        (Overload((T,), Kind.BOOL, _record_bool, _record_bool_of),),
    ),
    Function(
        "tls_version",
        "a TLS version in one spelling: 1.0 to 1.3, ssl2.0, ssl3.0, dtls1.0, dtls1.2, dtls1.3",
        (Overload((T,), T, _tls_version, _tls_version_of),),
    ),
    Function(
        "inet_text",
        "an address, with IPv4 inside IPv6 as IPv4",
        (Overload((T,), Kind.INET, _inet_text, _inet_text_of),),
    ),
    Function(
        "dn_text",
        "a distinguished name as text with its escapes undone to a single backslash",
        (Overload((T,), T, _dn_text, _dn_text_of),),
    ),
    Function(
        "dn_common_name",
        "the first common name of a distinguished name",
        (Overload((T,), T, _dn_common_name, _dn_common_name_of),),
    ),
    Function(
        "serial_text",
        "a serial number in lower-case hex without separators and leading zeros",
        (Overload((T,), T, _serial_text, _serial_text_of),),
    ),
    Function(
        "list_concat",
        "the elements of several lists; absent lists are left out",
        (Overload((L,), L, _list_concat, _list_concat_of, variadic=True),),
        strict=False,
    ),
)

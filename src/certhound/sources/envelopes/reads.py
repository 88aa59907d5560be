"""How a column of ``events`` is read from a record: by the names of its keys, or by a function of the record.

Each read is made for a whole batch at once, and what was converted once in a batch is not converted again. The first
key that has a value counts; placeholders such as ``-`` are no values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from itertools import chain
from typing import Any, TypeAlias

from certhound.sources.envelopes.record import ABSENT, Record
from certhound.sources.envelopes.times import UTC_CLOCK, Clock, read_time

Value: TypeAlias = str | int | float | bool | list[str] | None
Convert: TypeAlias = Callable[[str], Value]
Derived: TypeAlias = Callable[[Record], Value]
"""A column as a function of the record, where keys alone do not say it."""


class Values:
    """The values of a batch of records by key.

    Records of a log mostly have the same keys in the same order; then they are turned into columns all at once.
    """

    def __init__(self, rows: Sequence[dict[str, str]]) -> None:
        self.rows = rows
        keys = tuple(rows[0]) if rows else ()
        self.alike = all(len(row) == len(keys) and tuple(row) == keys for row in rows)
        self.present: AbstractSet[str] = frozenset(keys) if self.alike else set(chain.from_iterable(rows))
        self._columns: dict[str, Sequence[str]] = {}
        if self.alike and rows:
            self._columns = dict(zip(keys, zip(*[row.values() for row in rows], strict=True), strict=True))
        self._stated: dict[str, list[str | None]] = {}

    def of(self, key: str) -> list[str | None]:
        """The values of a key that is present; None where a record has none, or a placeholder."""
        stated = self._stated.get(key)
        if stated is None:
            plain = self._columns.get(key)
            stated = [each.get(key) for each in self.rows] if plain is None else list(plain)
            if not ABSENT.isdisjoint(stated):
                stated = [None if each in ABSENT else each for each in stated]
            self._stated[key] = stated
        return stated

    def without(self, used: AbstractSet[str]) -> list[dict[str, str]]:
        """The values of all keys but some."""
        if not self.alike:
            return [{key: value for key, value in row.items() if key not in used} for row in self.rows]
        kept = {key: column for key, column in self._columns.items() if key not in used}
        if not kept:
            return [{} for _ in self.rows]
        names = tuple(kept)
        return [dict(zip(names, row)) for row in zip(*kept.values(), strict=True)]  # noqa: B905 - as long as the names


@dataclass(frozen=True, slots=True)
class Read:
    """A column from the first of some keys: as text, or converted. What cannot be converted is no value."""

    keys: tuple[str, ...]
    convert: Convert | None = None

    def stated(self, values: Values) -> list[str | None] | None:
        """The text that is stated for each record; None where no record has any of the keys."""
        found: list[str | None] | None = None
        for key in self.keys:
            if key not in values.present:
                continue
            stated = values.of(key)
            if found is None:
                found = stated
            else:
                found = [first if first is not None else each for first, each in zip(found, stated, strict=True)]
            if None not in found:
                break
        return found

    def converted(self, stated: Sequence[str | None]) -> list[Any]:
        """The values of the column."""
        if self.convert is None:
            return list(stated)
        known = _Known(self.convert)
        return [known[each] for each in stated]


class _Known(dict[str | None, Value]):
    """What values of a batch were converted to."""

    def __init__(self, convert: Convert) -> None:
        super().__init__({None: None})
        self.convert = convert

    def __missing__(self, key: str | None) -> Value:
        value = self[key] = None if key is None else self.convert(key)
        return value


Source_: TypeAlias = Read | Derived | str
"""What fills a column: keys, a function of the record, or a constant text."""


@dataclass(frozen=True, slots=True)
class TimeRead:
    """The time of a record: the first of some spellings, each one key or several joined by a blank, that can be read.

    ``zones`` are keys that hold the record's zone, such as FortiGate's ``tz``. Where none can be read the header's time
    is taken. See :mod:`.times` for what is understood; ``repair`` makes that of what a vendor writes.
    """

    spellings: tuple[tuple[str, ...], ...]
    zones: tuple[str, ...] = ()
    repair: Callable[[str], str] | None = None

    def told(self, text: str, clock: Clock, zone: str | None = None) -> tuple[int, bool] | None:
        """The time that a text tells, with a zone that stands elsewhere or without."""
        repaired = text if self.repair is None else self.repair(text)
        return read_time(repaired if zone is None else f"{repaired} {zone}".replace('"', ""), clock)

    def column(
        self, records: Sequence[Record], clock: Clock, present: AbstractSet[str]
    ) -> list[tuple[int, bool] | None]:
        """Microseconds since 1970, and whether a zone was stated, for each record; ``present``: the keys they have."""
        known: dict[str, tuple[int, bool] | None] = {}
        met = replace(self, spellings=tuple(each for each in self.spellings if present >= frozenset(each)))
        first = met.spellings[0] if met.spellings and not self.zones else ()
        found: list[tuple[int, bool] | None] = []
        for record in records:
            values = record.values
            text = values.get(first[0]) if first else None
            if text and len(first) > 1:
                text = " ".join([values[key] for key in first]) if all(key in values for key in first) else None
            if text:
                if text not in known:
                    known[text] = self.told(text, clock)
                read = known[text]
                found.append(read if read is not None else met.read(record, clock, known))
            else:
                found.append(met.read(record, clock, known))
        return found

    def read(
        self, record: Record, clock: Clock, known: dict[str, tuple[int, bool] | None] | None = None
    ) -> tuple[int, bool] | None:
        """The same for one record. ``known`` remembers what texts were read as."""
        get = record.values.get
        known = {} if known is None else known
        for spelling in self.spellings:
            if len(spelling) == 1:
                text = get(spelling[0])
            else:
                parts = [get(key) for key in spelling]
                text = None if None in parts else " ".join(parts)  # type: ignore[arg-type]
            if not text:
                continue
            zone = record.get(*self.zones) if self.zones else None
            key = text if zone is None else f"{text} {zone}"
            if key not in known:
                read = self.told(text, clock)
                if read is not None and not read[1] and zone is not None:
                    read = self.told(text, clock, zone) or read
                known[key] = read
            if (stated := known[key]) is not None:
                return stated
        text = record.header.time
        if text is None:
            return None
        if text not in known:
            known[text] = read_time(text, clock)
        return known[text]


# --- what vendor modules write ----------------------------------------------------------------------------------------


def text(*keys: str) -> Read:
    """Text as it stands."""
    return Read(keys)


def integer(*keys: str) -> Read:
    """A whole number; a fraction is cut off, ``0x`` is hexadecimal."""
    return Read(keys, to_integer)


def double(*keys: str) -> Read:
    """A number."""
    return Read(keys, to_double)


def boolean(*keys: str) -> Read:
    """True or false, in the usual words."""
    return Read(keys, to_boolean)


def address(*keys: str) -> Read:
    """An IP address, without port, brackets and zone; ``::ffff:192.0.2.1`` is 192.0.2.1; ``0.0.0.0`` is none."""
    return Read(keys, to_address)


def moment(
    *spellings: str | tuple[str, ...], zones: tuple[str, ...] = (), repair: Callable[[str], str] | None = None
) -> TimeRead:
    """A record's time; a tuple of keys is joined: ``moment("eventtime", ("date", "time"), zones=("tz",))``."""
    return TimeRead(tuple((each,) if isinstance(each, str) else each for each in spellings), zones, repair)


def time(*keys: str) -> Read:
    """Another time than that of the record (validity of a certificate), UTC where it states no zone."""
    return Read(keys, to_time)


def tls_version(*keys: str) -> Read:
    """``1.0`` to ``1.3``, ``ssl3.0`` … in all spellings."""
    return Read(keys, to_tls_version)


def fingerprint(*keys: str, length: int = 0) -> Read:
    """A hash in lower-case hex without separators; with ``length`` only one of so many digits (64, 40, 32)."""
    return Read(keys, lambda value: to_fingerprint(value, length))


def serial(*keys: str) -> Read:
    """A certificate's serial, from hex."""
    return Read(keys, to_serial)


def decimal_serial(*keys: str) -> Read:
    """A certificate's serial, from decimal digits."""
    return Read(keys, lambda value: format(int(value), "x") if value.isdecimal() else to_serial(value))


def name(*keys: str) -> Read:
    """A distinguished name in RFC 4514 form, from any spelling."""
    return Read(keys, to_name)


def common_name(*keys: str) -> Read:
    """The common name in a distinguished name."""
    return Read(keys, to_common_name)


def host(*keys: str) -> Read:
    """The host of a URL, of ``host:port``, or the host itself; lower case, without brackets."""
    return Read(keys, to_host)


def url(*keys: str) -> Read:
    """A URL as logged."""
    return Read(keys)


def texts(*keys: str, separator: str = ",") -> Read:
    """A list of text: JSON, or separated."""
    return Read(keys, lambda value: to_texts(value, separator))


def words(*keys: str, **meanings: str) -> Read:
    """A word by its meaning, in any case: ``words("action", allowed="allow", denied="block")``; others are no value."""
    return Read(keys, lambda value: meanings.get(value.strip().lower().replace(" ", "_").replace("-", "_")))


OUTCOMES = {
    **dict.fromkeys(("allow", "allowed", "accept", "accepted", "permit", "permitted", "pass", "passed", "passthrough",
                     "success", "observed", "monitor", "monitored", "detected", "alert", "close", "ip-conn",
                     "client-rst", "server-rst", "start", "bypass", "exempt"), "allow"),
    **dict.fromkeys(("block", "blocked", "deny", "denied", "drop", "dropped", "reject", "rejected", "reset", "prevent",
                     "prevented", "reset-both", "reset-client", "reset-server", "block-url", "block-continue",
                     "timeout-block", "quarantine", "quarantined", "tcp_denied", "failure"), "block"),
}  # fmt: skip


def outcome(*keys: str) -> Read:
    """``allow`` or ``block`` from a device's word for what it did."""
    return Read(keys, lambda value: OUTCOMES.get(value.strip().lower()))


# --- conversions ---------------------------------------------------------------------------------------------------

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}", re.ASCII)
_PORT = re.compile(r"\[?([^\]/]*?)\]?(?::\d{1,5}|/\d{1,5}|\(\d{1,5}\)|#\d{1,5})?")
_NO_ADDRESS = frozenset(("0.0.0.0", "::"))  # noqa: S104 - placeholders of devices
_NUMBER = re.compile(r"([-+]?\d{1,18})(?:\.\d*)?")
_YES = frozenset(("true", "t", "yes", "y", "1", "on"))
_NO = frozenset(("false", "f", "no", "n", "0", "off"))
_AUTHORITY = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*:(?=//))?(?://)?(?:[^/?#\\@]*@)?(?:\[([^\]]*)\]|([^/?#\\:]*(?::[^/?#\\:]*:[^/?#\\]*)?))"
)
"""The host of a URL or of ``host:port``; with two colons or more it is an IPv6 address without brackets."""

_AROUND = ' \t\r\n"'
_HEX = re.compile(r"[0-9a-f]+")


def to_address(value: str) -> str | None:
    """See :func:`address`."""
    if _IPV4.fullmatch(value) is not None:
        return value if value != "0.0.0.0" else None  # noqa: S104 - a placeholder of devices
    return _odd_address(value)


@lru_cache(16_384)
def _odd_address(value: str) -> str | None:
    bare = value.strip().strip('"')
    try:
        found = ip_address(bare)
    except ValueError:
        stripped = _PORT.fullmatch(bare) if bare.count(":") < 2 or bare.startswith("[") else None
        try:
            found = ip_address((stripped[1] if stripped else bare).partition("%")[0])
        except ValueError:
            return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    as_text = str(found).partition("%")[0]
    return None if as_text in _NO_ADDRESS else as_text


def to_integer(value: str) -> int | None:
    """See :func:`integer`."""
    if value.isdecimal() and value.isascii() and len(value) < 19:
        return int(value)
    found = _NUMBER.fullmatch(value.strip())
    if found is not None:
        return int(found[1])
    try:
        number = int(value, 16) if value[:2] in ("0x", "0X") else None
    except ValueError:
        return None
    return number if number is not None and number < 1 << 63 else None


def to_double(value: str) -> float | None:
    """See :func:`double`."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number - number == 0 else None


def to_boolean(value: str) -> bool | None:
    """See :func:`boolean`."""
    word = value.strip().lower()
    return True if word in _YES else False if word in _NO else None


def to_time(value: str) -> int | None:
    """See :func:`time`: microseconds since 1970."""
    found = read_time(value, UTC_CLOCK)
    return None if found is None else found[0]


def to_tls_version(value: str) -> str | None:
    """See :func:`tls_version`."""
    from certhound.query.functions.records import _tls_version_of  # the one table of spellings

    return _tls_version_of(value)


def to_fingerprint(value: str, length: int = 0) -> str | None:
    """See :func:`fingerprint`."""
    bare = value.strip().lower().replace(":", "").replace(" ", "").replace("-", "")
    if _HEX.fullmatch(bare) is None or len(bare) not in (32, 40, 64) or (length and len(bare) != length):
        return None
    return bare


def to_serial(value: str) -> str | None:
    """See :func:`serial`."""
    bare = value.strip().lower().removeprefix("0x").replace(":", "").replace(" ", "")
    sign = "-" if bare.startswith("-") else ""
    bare = bare.lstrip("-")
    return sign + (bare.lstrip("0") or "0") if _HEX.fullmatch(bare) else None


@lru_cache(16_384)
def to_name(value: str) -> str | None:
    """See :func:`name`."""
    from certhound.x509.dn_text import parse_name

    parsed = parse_name(value)
    return parsed.text if parsed.rdns else value


@lru_cache(16_384)
def to_common_name(value: str) -> str | None:
    """See :func:`common_name`; a bare word is one itself."""
    from certhound.x509.dn_text import parse_name

    return parse_name(value).common_name if "=" in value else value


def to_host(value: str) -> str | None:
    """See :func:`host`."""
    found = _AUTHORITY.match(value.strip(_AROUND))
    if found is None:
        return None
    bracketed, bare = found.groups()
    lowered = (bracketed if bracketed is not None else bare).lower().rstrip(".")
    return None if lowered in ABSENT or " " in lowered else lowered


def to_texts(value: str, separator: str = ",") -> list[str] | None:
    """See :func:`texts`."""
    if value.startswith("["):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return [each if isinstance(each, str) else json.dumps(each) for each in found if each is not None]
    parts = [part.strip().strip('"') for part in value.split(separator)]
    return [part for part in parts if part not in ABSENT] or None

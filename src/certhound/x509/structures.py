"""How certificates are built: the lists of ``content/lists/structures.toml`` as one matcher.

A generator decides a few things once: which attributes in which order, which extensions in which order, how it counts
a validity, how it draws a serial, which key and digest. Every certificate of it shows them, whatever names an operator
chose. An entry states such a set; one that states extensions needs the bytes, the others hold of a sensor's words too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from certhound.model.errors import ContentError, did_you_mean
from certhound.x509.distinguished_name import Name
from certhound.x509.known import CHECKED, STRENGTHS
from certhound.x509.traits import Facts
from certhound.x509.traits.issuer import claims_known_ca

_DAY = 86_400
_YEAR = 365 * _DAY
_SLACK_S = 2  # A generator asks the clock twice, so its whole days may be a second or two off.
_LAST_YEAR = 9999
_LEAST_PRIME_BITS = 100
_KEYS = frozenset(
    {
        "tool", "what", "strength", "checked", "references", "subject", "issuer", "self_issued", "empty", "extensions",
        "version", "serial", "serial_bits", "serial_prime", "lifetime_days", "whole_years", "whole_days", "forever",
        "key", "key_bits", "digest", "same",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Structure:
    """One entry: the tool, what of it shows, how telling that is, where it can be read; and what must hold.

    Names are types in the order of the encoding joined by commas, ``-`` where there are none; ``extensions`` likewise.
    ``None`` and an empty set ask for nothing. ``same``: attributes with one value in both names. ``empty``: an
    attribute of the subject without a value (``any``: whichever).
    """

    tool: str
    what: str
    strength: str
    reference: str
    subject: frozenset[str]
    issuer: frozenset[str]
    self_issued: bool | None
    empty: str | None
    extensions: frozenset[str]
    version: int | None
    serial: str | None
    serial_bits: tuple[int, int] | None
    serial_prime: bool
    lifetimes_s: tuple[int, ...]
    whole_years: tuple[int, int] | None
    whole_days: bool
    forever: bool
    key: str | None
    key_bits: frozenset[int]
    digest: str | None
    same: tuple[str, ...]

    def fits(self, facts: Facts) -> bool:
        """Whether all that is stated holds; what is not known does not hold."""
        return (
            (self.self_issued is None or facts.self_issued is self.self_issued)
            and self._names_fit(facts)
            and (not self.extensions or _joined(facts.extension_oids) in self.extensions)
            and (self.version is None or facts.version == self.version)
            and (self.key is None or (facts.key_type or "").lower() == self.key)
            and (not self.key_bits or facts.key_bits in self.key_bits)
            and (self.digest is None or self.digest in (facts.signature_algorithm or "").lower())
            and self._lifetime_fits(facts)
            and self._serial_fits(facts)
        )

    def _names_fit(self, facts: Facts) -> bool:
        if self.subject and shape(facts.subject, facts.has_der) not in self.subject:
            return False
        if self.issuer and shape(facts.issuer, facts.has_der) not in self.issuer:
            return False
        if any(facts.subject.first(type_) != facts.issuer.first(type_) for type_ in self.same):
            return False
        if self.empty == "any":
            return any(value == "" for _, value, _, _ in facts.subject.attributes)
        return self.empty is None or facts.subject.first(self.empty) == ""

    def _lifetime_fits(self, facts: Facts) -> bool:
        if not (self.lifetimes_s or self.whole_years or self.whole_days or self.forever):
            return True
        start, end = facts.not_before, facts.not_after
        if start is None or end is None:
            return False
        if self.forever:
            return end.year == _LAST_YEAR and (end.month, end.day) == (12, 31)
        seconds = int((end - start).total_seconds())
        if self.lifetimes_s and not any(abs(seconds - wanted) <= _SLACK_S for wanted in self.lifetimes_s):
            return False
        if self.whole_days and not _is_whole(seconds, _DAY):
            return False
        if self.whole_years is None:
            return True
        low, high = self.whole_years
        return _is_whole(seconds, _YEAR) and low <= round(seconds / _YEAR) <= high

    def _serial_fits(self, facts: Facts) -> bool:
        if self.serial is None and self.serial_bits is None and not self.serial_prime:
            return True
        number = serial_number(facts.serial)
        if number is None or number < 0:
            return False
        if self.serial is not None and facts.serial != self.serial:
            return False
        if self.serial_bits is not None and not self.serial_bits[0] <= number.bit_length() <= self.serial_bits[1]:
            return False
        return not self.serial_prime or (number.bit_length() >= _LEAST_PRIME_BITS and is_prime(number))


class Structures:
    """The compiled list. `match` is pure and safe to call from several threads."""

    def __init__(self, entries: Iterable[Structure]) -> None:
        self.entries = tuple(sorted(entries, key=lambda entry: STRENGTHS.index(entry.strength)))
        self._own = tuple(entry for entry in self.entries if entry.self_issued is not False)
        self._others = tuple(entry for entry in self.entries if entry.self_issued is not True)
        self._issuers = frozenset().union(*(entry.issuer for entry in self._others))

    def match(self, facts: Facts) -> Structure | None:
        """The strongest entry that fits, or None. Certificates that a CA vouches for are not looked at."""
        # What all certificates of an issuer share is asked first: of most nothing else is read.
        if facts.self_issued is None or facts.trust == "trusted":
            return None
        if not facts.self_issued and shape(facts.issuer, facts.has_der) not in self._issuers:
            return None
        if not facts.self_issued and claims_known_ca(facts):
            return None
        entries = self._own if facts.self_issued else self._others
        return next((entry for entry in entries if entry.fits(facts)), None)


def shape(name: Name, has_der: bool) -> str:
    """Types of a name in the order of the encoding; ``-`` for a name known to be empty, ``?`` for an unknown one."""
    return _joined(name.types()) if name.rdns else "-" if has_der else "?"


def _joined(parts: tuple[str, ...] | None) -> str:
    return "?" if parts is None else ",".join(parts) or "-"


def _is_whole(seconds: int, unit: int) -> bool:
    return seconds > 0 and min(seconds % unit, -seconds % unit) <= _SLACK_S


def serial_number(serial: str | None) -> int | None:
    """A serial as a number; None where it is unknown or none."""
    try:
        return int(serial, 16) if serial else None
    except ValueError:
        return None


# The first thirteen primes as bases decide every number below 2^81 and leave less than 4^-13 beyond.
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


def is_prime(number: int) -> bool:
    """Whether a number is prime (Miller and Rabin's test; numbers above 512 bits are not asked about)."""
    if number < 2 or number.bit_length() > 512:
        return False
    for base in _BASES:
        if number % base == 0:
            return number == base
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    return all(_passes(number, base, odd, twos) for base in _BASES)


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


@cache
def structures() -> Structures:
    """The list that ships with the project, compiled once. Raises ContentError where an entry is wrong."""
    text = (files("certhound") / "content" / "lists" / "structures.toml").read_text("utf-8")
    return Structures(read_structures(text))


def read_structures(text: str) -> Iterator[Structure]:
    """The entries of a list in TOML."""
    for number, raw in enumerate(tomllib.loads(text).get("entry", ()), 1):
        yield _compile(raw, number)


def _compile(raw: dict[str, Any], number: int) -> Structure:
    for key in raw.keys() - _KEYS:
        raise _wrong(number, f"unknown key {key!r}", did_you_mean(key, sorted(_KEYS)))
    if missing := {"tool", "what", "strength", "checked", "references"} - raw.keys():
        raise _wrong(number, f"lacks {', '.join(sorted(missing))}")
    if raw["strength"] not in STRENGTHS or raw["checked"] not in CHECKED or not raw["references"]:
        raise _wrong(number, "strength, checked or references is not as the README of the lists says")
    if "subject" not in raw and "issuer" not in raw and "extensions" not in raw:
        raise _wrong(number, "states neither names nor extensions")
    return Structure(
        tool=raw["tool"],
        what=raw["what"],
        strength=raw["strength"],
        reference=raw["references"][0],
        subject=_texts(raw.get("subject")),
        issuer=_texts(raw.get("issuer")),
        self_issued=raw.get("self_issued"),
        empty=raw.get("empty"),
        extensions=_texts(raw.get("extensions")),
        version=raw.get("version"),
        serial=raw.get("serial"),
        serial_bits=_range(raw.get("serial_bits"), number),
        serial_prime=raw.get("serial_prime", False),
        lifetimes_s=tuple(days * _DAY for days in raw.get("lifetime_days", ())),
        whole_years=_range(raw.get("whole_years"), number),
        whole_days=raw.get("whole_days", False),
        forever=raw.get("forever", False),
        key=raw.get("key"),
        key_bits=frozenset(raw.get("key_bits", ())),
        digest=raw.get("digest"),
        same=tuple(raw.get("same", ())),
    )


def _texts(value: str | list[str] | None) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else value or ())


def _range(value: list[int] | None, number: int) -> tuple[int, int] | None:
    if value is None:
        return None
    if len(value) != 2 or value[0] > value[1]:
        raise _wrong(number, "a range is the least and the most")
    return value[0], value[1]


def _wrong(number: int, what: str, advice: str = "") -> ContentError:
    return ContentError(f"structures.toml, entry {number}: {what}", check="known-list", advice=advice)

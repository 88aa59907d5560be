"""Certificates that tools and products make by default: the lists of ``content/lists`` as one fast matcher.

The lists say what to look for (their README explains an entry); here each entry is compiled once, and filed under its
most telling condition: a hash, a serial, or the value of one attribute. A certificate that fits nothing then costs a
few dictionary look-ups; all conditions are checked only for the entries that its values point at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, NamedTuple

from certhound.model.errors import ContentError, did_you_mean
from certhound.x509.distinguished_name import Name
from certhound.x509.traits import Facts

Class = Literal["malicious", "dual_use", "interception", "weak", "benign_default"]

CLASSES: tuple[str, ...] = ("malicious", "dual_use", "interception", "weak", "benign_default")
"""Where entries of several classes fit, the earlier one is told."""

STRENGTHS: tuple[str, ...] = ("strong", "medium", "weak")
CHECKED = frozenset({"source", "copies", "capture", "unverified", "source+capture", "copies+capture"})

_HASHES = ("sha256", "sha1", "md5", "serial")
_SIDES = ("subject", "issuer")
# The first of these that an entry states literally is what it is filed under: the earlier, the rarer the value. Of
# patterns the other way about: nearly every certificate has a CN to try them on, few have a unit.
_TELLING = ("CN", "OU", "O", "emailAddress", "L", "street", "postalCode", "ST", "C")
_SELDOM = ("postalCode", "street", "emailAddress", "OU", "L", "ST", "O", "C", "CN")
_FIRST_CHARACTER = re.compile(r"\^([A-Za-z0-9])(?![*?{|])")
_KEYS = frozenset(
    {
        *_HASHES, *_SIDES, "tool", "what", "strength", "checked", "references", "subject_only", "issuer_only",
        "subject_absent", "subject_first", "subject_lacks", "self_issued", "unvouched", "lifetime_days", "extension",
    }
)  # fmt: skip
_ANCHOR = re.compile(r"(?<![\[\\])\^|(?<!\\)\$")
_MEMO_ENTRIES = 16_384


@dataclass(frozen=True, slots=True)
class Known:
    """What a list says of a certificate: the tool, what of it matched, and where that can be read."""

    tool: str
    what: str
    class_: Class
    strength: Literal["strong", "medium", "weak"]
    reference: str
    checked: str
    by_serial: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One attribute condition: any literal (lower case) or the regular expression."""

    side: str
    type: str
    literals: frozenset[str]
    pattern: re.Pattern[str] | None

    def holds(self, name: Name) -> bool:
        for value in name.all(self.type):
            if value.strip().lower() in self.literals or (self.pattern is not None and self.pattern.search(value)):
                return True
        return False


@dataclass(frozen=True, slots=True)
class _Entry:
    known: Known
    rank: tuple[int, int]
    hashes: tuple[tuple[str, frozenset[str]], ...]
    wanted: tuple[_Wanted, ...]
    only: tuple[str, ...]
    absent: frozenset[str]
    lacks: tuple[tuple[str, str], ...]
    first: str | None
    self_issued: bool | None
    unvouched: bool
    lifetime_s: int | None
    extension: str | None

    def fits(self, facts: Facts) -> bool:
        return (
            all(getattr(facts, column) in values for column, values in self.hashes)
            and all(wanted.holds(getattr(facts, wanted.side)) for wanted in self.wanted)
            and self._shape_fits(facts)
            and (self.self_issued is None or facts.self_issued is self.self_issued)
            and (self.lifetime_s is None or facts.validity_s == self.lifetime_s)
            and (self.extension is None or self.extension in (facts.extension_oids or ()))
            and not (self.unvouched and facts.trust == "trusted")
        )

    def fits_issuer(self, issuer: Name) -> bool:
        """Whether all that is asked of the issuer's name holds."""
        return all(wanted.holds(issuer) for wanted in self.wanted if wanted.side == "issuer")

    def _shape_fits(self, facts: Facts) -> bool:
        types = facts.subject.types()
        for side in self.only:
            allowed = {wanted.type for wanted in self.wanted if wanted.side == side}
            if not allowed.issuperset(getattr(facts, side).types()):
                return False
        if self.first is not None and types[:1] != (self.first,):
            return False
        if any(facts.subject.first(type_) == value for type_, value in self.lacks):
            return False
        return self.absent.isdisjoint(types)


class _Filed(NamedTuple):
    pattern: re.Pattern[str]
    entry: _Entry


class KnownCertificates:
    """The compiled lists. `match` is pure and safe to call from several threads."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self.entries = tuple(sorted(entries, key=lambda entry: entry.rank))
        self._by_hash: dict[tuple[str, str], tuple[_Entry, ...]] = {}
        self._literal: dict[str, dict[tuple[str, str], tuple[_Entry, ...]]] = {side: {} for side in _SIDES}
        # Patterns by type and by the character that their values must begin with ("" where it may be any).
        self._patterns: dict[str, dict[str, dict[str, tuple[_Filed, ...]]]] = {side: {} for side in _SIDES}
        self._issuers: dict[str, tuple[_Entry, ...]] = {}
        for entry in self.entries:
            self._file(entry)
        self._hash_columns = tuple(c for c in _HASHES if any(key[0] == c for key in self._by_hash))

    def _file(self, entry: _Entry) -> None:
        for column, values in entry.hashes[:1]:
            for value in values:
                _append(self._by_hash, (column, value), entry)
        if entry.hashes:
            return
        wanted = min(entry.wanted, key=_rarity)
        for literal in wanted.literals:
            _append(self._literal[wanted.side], (wanted.type, literal), entry)
        if wanted.pattern is not None:
            first = _FIRST_CHARACTER.match(wanted.pattern.pattern)
            by_character = self._patterns[wanted.side].setdefault(wanted.type, {"": ()})
            _append(by_character, first[1] if first else "", _Filed(wanted.pattern, entry))

    def match(self, facts: Facts) -> Known | None:
        """The best entry that fits, or None."""
        found: list[_Entry] = []
        for column in self._hash_columns:
            value = getattr(facts, column)
            if value is not None:
                found += self._by_hash.get((column, value), ())
        found += self._candidates("subject", facts.subject)
        found += self._issuer_candidates(facts.issuer)
        fitting = [entry for entry in found if entry.fits(facts)]
        return min(fitting, key=lambda entry: entry.rank).known if fitting else None

    def subject_clue(self) -> str:
        """An RE2 expression found in the text of every subject, free of escapes, that points at an entry."""
        literals = sorted(self._literal["subject"])
        clues = [f"{re.escape(type_)}={re.escape(literal)}(?:,|$)" for type_, literal in literals]
        filed = [
            (type_, each.pattern.pattern)
            for type_, by_character in sorted(self._patterns["subject"].items())
            for group in by_character.values()
            for each in group
        ]
        clues += [f"{re.escape(type_)}=.*(?:{_ANCHOR.sub('', pattern)})" for type_, pattern in filed]
        return "|".join(clues)

    def telltales(self) -> frozenset[str]:
        """Hashes and serials that the lists name."""
        return frozenset(value for _, value in self._by_hash)

    def knows_issuer(self, issuer: Name) -> bool:
        """Whether an issuer's name alone points at an entry."""
        return bool(self._issuer_candidates(issuer))

    def _issuer_candidates(self, issuer: Name) -> tuple[_Entry, ...]:
        # Few issuers sign most certificates, so what an issuer's name points at is worked out once.
        known = self._issuers.get(issuer.text)
        if known is None:
            if len(self._issuers) >= _MEMO_ENTRIES:
                self._issuers.clear()
            found = self._candidates("issuer", issuer)
            known = self._issuers[issuer.text] = tuple(entry for entry in found if entry.fits_issuer(issuer))
        return known

    def _candidates(self, side: str, name: Name) -> list[_Entry]:
        literal, patterns = self._literal[side], self._patterns[side]
        found: list[_Entry] = []
        for rdn in name.rdns:
            for type_, value, _, _ in rdn:
                if hits := literal.get((type_, value.strip().lower())):
                    found += hits
                by_character = patterns.get(type_)
                if by_character is not None:
                    filed = by_character[""] + by_character.get(value[:1], ())
                    found += [each.entry for each in filed if each.pattern.search(value)]
        return found


def _append(index: dict[Any, tuple[Any, ...]], key: Any, value: object) -> None:
    index[key] = (*index.get(key, ()), value)


def _rarity(wanted: _Wanted) -> tuple[bool, int]:
    order = _TELLING if wanted.pattern is None else _SELDOM
    return wanted.pattern is not None, order.index(wanted.type) if wanted.type in order else len(order)


@cache
def known_certificates() -> KnownCertificates:
    """The lists that ship with the project, compiled once. Raises ContentError where one is wrong."""
    folder = files("certhound") / "content" / "lists"
    sources = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return KnownCertificates([entry for file in sources for entry in read_list(file)])


def read_list(file: Traversable) -> list[_Entry]:
    """The entries of one list; none where the file is not a list of certificates (has no ``class``)."""
    document = tomllib.loads(file.read_text("utf-8"))
    if "class" not in document:
        return []
    class_ = document["class"]
    if class_ not in CLASSES:
        raise _wrong(file, 0, f"unknown class {class_!r}", did_you_mean(str(class_), CLASSES))
    return [_compile(raw, class_, file, number) for number, raw in enumerate(document.get("entry", ()), 1)]


def _compile(raw: dict[str, Any], class_: Class, file: Traversable, number: int) -> _Entry:
    for key in raw.keys() - _KEYS:
        raise _wrong(file, number, f"unknown key {key!r}", did_you_mean(key, sorted(_KEYS)))
    if missing := {"tool", "what", "strength", "checked", "references"} - raw.keys():
        raise _wrong(file, number, f"lacks {', '.join(sorted(missing))}")
    if raw["strength"] not in STRENGTHS or raw["checked"] not in CHECKED or not raw["references"]:
        raise _wrong(file, number, "strength, checked or references is not as the README of the lists says")
    hashes = tuple((column, frozenset(map(str.lower, raw[column]))) for column in _HASHES if column in raw)
    wanted = tuple(_wanted(raw, file, number))
    if not hashes and not wanted:
        raise _wrong(file, number, "names no hash, serial or attribute to find it by")
    days = raw.get("lifetime_days")
    return _Entry(
        known=Known(
            raw["tool"], raw["what"], class_, raw["strength"], raw["references"][0], raw["checked"], "serial" in raw
        ),
        rank=(CLASSES.index(class_), STRENGTHS.index(raw["strength"])),
        hashes=hashes,
        wanted=wanted,
        only=tuple(side for side in _SIDES if raw.get(f"{side}_only")),
        absent=frozenset(raw.get("subject_absent", ())),
        lacks=tuple(raw.get("subject_lacks", {}).items()),
        first=raw.get("subject_first"),
        self_issued=raw.get("self_issued"),
        unvouched=raw.get("unvouched", False),
        lifetime_s=None if days is None else days * 86_400,
        extension=raw.get("extension"),
    )


def _wanted(raw: dict[str, Any], file: Traversable, number: int) -> Iterator[_Wanted]:
    for side in _SIDES:
        for type_, value in raw.get(side, {}).items():
            values = [value] if isinstance(value, str) else list(value)
            literals = frozenset(each.strip().lower() for each in values if not each.startswith("re:"))
            patterns = [each.removeprefix("re:") for each in values if each.startswith("re:")]
            try:
                pattern = re.compile("|".join(patterns)) if patterns else None
            except re.error as error:
                raise _wrong(file, number, f"{side}.{type_}: {error}") from error
            yield _Wanted(side, type_, literals, pattern)


def _wrong(file: Traversable, number: int, what: str, advice: str = "") -> ContentError:
    where = f"{file.name}, entry {number}" if number else file.name
    return ContentError(f"{where}: {what}", check="known-list", advice=advice)

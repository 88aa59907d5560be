"""Subjects that nobody meant to be read: random letters, keyboard runs, one letter in every field.

Only asked of certificates that vouch for themselves or that no CA vouches for. Deliberately careful: hosts are often
named by serials, hashes and abbreviations, so digits and capitals alone never count as random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from certhound.model.columns import Kind
from certhound.x509.distinguished_name import Name
from certhound.x509.traits import Clue, Facts, Trait

_STATED = ("CN", "O", "OU", "L", "ST")
_SAMPLES = frozenset({"some-state", "internet widgits pty ltd", "default city", "default company ltd"})
_PLACEHOLDERS = frozenset(
    "test tests testing example sample demo default none null n/a na foo bar baz foobar unknown temp tmp changeme "
    "name company organization organisation unit city state locality common commonname".split()
)
_KEYBOARD = re.compile(
    r"(?:qwe|asd|zxc|qaz|wsx|edc|qwer|asdf|zxcv|qwerty?(?:uiop)?|asdfgh(?:jkl)?|zxcvbn?m?|abcd?e?f?|1?234?5?6?7?8?9?0?)+",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{5,}")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_ICED = re.compile(r"[A-Za-z]{10}\.[A-Za-z0-9]+\Z")
_TOKEN = re.compile(r"(?=.*[a-z])(?=.*[0-9])[a-z0-9]{6,}\Z")
_HEX = re.compile(r"[0-9a-f]+\Z")
_YEAR_S = 365 * 86_400

# (letter pairs seen, mean surprise in bits from which on they are no language). The more letters, the surer.
_LIMITS = ((30, 5.0), (18, 5.2), (12, 5.4), (9, 5.6), (7, 6.3), (6, 6.6))
_IRREGULAR_LIMIT = 4.6


@cache
def _surprise() -> dict[str, int]:
    """How rare each pair of letters is inside words, in bits (``content/lists/letter_pairs.txt``)."""
    text = (files("certhound") / "content" / "lists" / "letter_pairs.txt").read_text("ascii")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    letters = "abcdefghijklmnopqrstuvwxyz"
    return {
        a + b: int(digit) for a, row in zip(letters, rows, strict=True) for b, digit in zip(letters, row, strict=True)
    }


def looks_random(words: list[str]) -> bool:
    """Whether these words, taken together, are letters drawn at random rather than any language's."""
    surprise = _surprise()
    total = pairs = 0
    for word in words:
        lower = word.lower()
        total += sum(surprise[lower[i : i + 2]] for i in range(len(lower) - 1))
        pairs += len(lower) - 1
    if not pairs:
        return False
    mean = total / pairs
    if pairs >= 9 and mean >= _IRREGULAR_LIMIT and all(_humps_are_irregular(word) for word in words):
        return True
    return any(pairs >= least and mean >= limit for least, limit in _LIMITS)


def _humps_are_irregular(word: str) -> bool:
    """Capitals and small letters alternate as no writer capitalises: aGhTkLpQ, not MacBookPro."""
    humps = _HUMP.findall(word)
    return len(humps) >= 4 and len(word) / len(humps) < 2.8 and not word.isupper()


def _free_values(name: Name) -> Iterator[tuple[str, str]]:
    for attribute in name.attributes:
        if attribute.type in _STATED and attribute.value.strip().lower() not in _SAMPLES:
            yield attribute.type, attribute.value.strip()


def _words(value: str, is_host: bool) -> list[str]:
    labels = value.split(".")
    if is_host and len(labels) > 1 and " " not in value:
        value = " ".join(label for label in labels[:-1] if label != "www")
    if _HEX.match(value) or any(character.isdigit() for character in value.rstrip("0123456789")):
        return []
    return [word for word in _WORD.findall(value) if not word.isupper()]


def _is_random(values: list[tuple[str, str]]) -> bool:
    each = [_words(value, type_ == "CN") for type_, value in values]
    alone = any(looks_random(words) for words in each if words)
    return alone or looks_random([word for words in each for word in words])


def _keyboard_kind(values: list[tuple[str, str]]) -> str | None:
    one = sum(1 for _, value in values if value and len(set(value.lower())) == 1 and value != "*")
    if one >= 2:
        return "one letter"
    runs = [value for _, value in values if len(value) >= 3 and _KEYBOARD.fullmatch(value)]
    if len(runs) >= 2 or any(len(value) >= 4 and not value.isdigit() for value in runs):
        return "keyboard"
    return None


def _repeats(name: Name, values: list[tuple[str, str]]) -> bool:
    """Dyre's mark: one random string in two attributes beside OpenSSL's sample state."""
    tokens = [value for _, value in values if _TOKEN.match(value) and not _HEX.match(value)]
    return name.first("ST") == "Some-State" and len(set(tokens)) < len(tokens)


def _mixed_case_name(facts: Facts) -> bool:
    """IcedID's mark: ten letters of either case, a dot and a TLD, for one year of 365 days."""
    host = facts.subject.common_name or ""
    return (
        facts.validity_s == _YEAR_S
        and _ICED.match(host) is not None
        and len(_HUMP.findall(host[:10])) >= 4
        and host[:10].lower() != host[:10]
    )


def _kind(facts: Facts) -> str | None:
    if not facts.self_issued and not (facts.has_der and facts.trust == "untrusted"):
        return None
    if not facts.subject.rdns or facts.trust == "trusted":
        return None
    values = list(_free_values(facts.subject))
    if _repeats(facts.subject, values):
        return "repeated"
    if found := _keyboard_kind(values):
        return found
    if _mixed_case_name(facts):
        return "mixed case"
    return "random" if _is_random(values) else _weak_kind(facts.subject, values)


def _weak_kind(subject: Name, values: list[tuple[str, str]]) -> str | None:
    if sum(1 for _, value in values if value.lower() in _PLACEHOLDERS) >= 2:
        return "placeholder"
    countries = subject.all("C")
    if any(country and (len(country) != 2 or not country.isalpha()) for country in countries):
        return "country"
    return None


_STRONG = frozenset({"repeated", "one letter", "keyboard", "mixed case", "random"})
_last: tuple[Facts | None, str | None] = (None, None)


def _kind_once(facts: Facts) -> str | None:
    global _last
    held, kind = _last
    if held is not facts:
        kind = _kind(facts)
        _last = (facts, kind)
    return kind


def _is_junk(facts: Facts) -> bool | None:
    return _kind_once(facts) in _STRONG if facts.subject.rdns else None


TRAITS = (
    Trait(
        "subject_is_junk",
        Kind.BOOL,
        "random letters or keyboard runs, in a certificate nobody vouches for",
        _is_junk,
        Clue,
    ),
    Trait(
        "subject_junk_kind",
        Kind.TEXT,
        "random, keyboard, one letter, repeated, mixed case; or the weaker placeholder, country",
        _kind_once,
    ),
)

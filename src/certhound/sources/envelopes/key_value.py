"""``key=value`` pairs: quoted or not, with blanks, tabs, commas, semicolons or bars between them."""

from __future__ import annotations

import re

from certhound.sources.envelopes.alike import Patterns
from certhound.sources.envelopes.leef import by_blanks, unused
from certhound.sources.envelopes.record import Form, Record

_KEY = r"[A-Za-z_@][\w.\-@()/]{0,63}"
_FIRST = re.compile(rf"(?:^|(?<=[\s,;|(]))({_KEY})=(?!=)")
_QUOTED = re.compile(
    rf"""({_KEY})=(?:"((?:[^"\\]|\\.)*+)"|'([^']*)'|([^\s,;]*(?:[,;](?!\s|{_KEY}=)[^\s,;]*)*))[\s,;]*"""
)
_SECOND = {separator: re.compile(rf"[{re.escape(separator)}]\s?{_KEY}=") for separator in "\t|"}
_ESCAPE = re.compile(r'\\(["\\])')


def find(text: str) -> int:
    """Where the pairs begin: at the first key that stands near the beginning and has another one behind it; or -1."""
    if text.count("=") < 2:
        return -1
    first = _FIRST.search(text, 0, 200)
    if first is None:
        return -1
    return first.start() if _FIRST.search(text, first.end()) is not None else -1


def read(text: str, payload: str, at: int = 0) -> Record:
    """The record whose pairs begin at ``at``."""
    return Record(Form.KEY_VALUE, pairs(text[at:] if at else text), text, payload, before=text[:at].strip())


def pairs(text: str) -> dict[str, str]:
    """All pairs. Text between quoted pairs that is no pair belongs to the value before it."""
    for separator, second in _SECOND.items():
        if separator in text and second.search(text):
            return _separated(text, separator)
    plainly = _ALIKE.read(text) or _plainly(text)
    if plainly is not None:
        return plainly
    values: dict[str, str] = {}
    at = 0
    match = _QUOTED.match
    while found := match(text, at):
        at = found.end()
        key, quoted, single, bare = found.groups()
        if quoted is not None:
            value = _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted
        else:
            value = bare if single is None else single
        values[unused(values, key) if key in values else key] = value
    if at < len(text):
        return by_blanks(text) if '="' not in text else _loose(text, values, at)
    return values


_ALIKE = Patterns()
_BARE, _IN_QUOTES = r"""([^\s"',;\\]*)""", r'"([^"\\]*)"'
"""Values as they stand in patterns: what else than these hold is for those who take pairs apart."""


def _plainly(text: str) -> dict[str, str] | None:
    """Pairs between blanks, quoted or not, as nearly all are; None where something is no such pair."""
    parts = text.split('"')
    if len(parts) % 2 == 0 or '\\"' in text:
        return None
    found: list[list[str]] = []
    written: list[str] = []
    for index in range(0, len(parts) - 1, 2):
        plain = parts[index]
        words = plain.split()
        if not words or plain[-1] != "=" or "," in plain or ";" in plain or "'" in plain:
            return None
        key = words.pop()
        if words:
            found += [word.split("=", 1) for word in words]
            written += [_BARE] * len(words)
        found.append([key[:-1], parts[index + 1]])
        written.append(_IN_QUOTES)
    plain = parts[-1]
    if "," in plain or ";" in plain or "'" in plain:
        return None
    found += [word.split("=", 1) for word in plain.split()]
    written += [_BARE] * (len(found) - len(written))
    try:
        values = dict(found)
    except ValueError:
        return None
    if len(values) != len(found) or "" in values:
        return None
    if "\\" not in text:
        _ALIKE.learn(tuple(values), written, " ")
    return {key: _single(value) for key, value in values.items()} if "\\\\" in text else values


def _single(value: str) -> str:
    """A value whose backslashes are all doubled, with single ones; a path such as ``\\\\host\\share`` stays."""
    return value if "\\" in value.replace("\\\\", "") else value.replace("\\\\", "\\")


def _loose(text: str, values: dict[str, str], at: int) -> dict[str, str]:
    """The rest of a text in which something is no pair: words join the value before them."""
    last = next(reversed(values), None)
    while at < len(text):
        found = _FIRST.search(text, at)
        end = found.start() if found else len(text)
        if last is not None:
            values[last] = f"{values[last]} {text[at:end].strip()}".strip()
        if found is None:
            break
        pair = _QUOTED.match(text, end)
        if pair is None:
            break
        key, quoted, single, bare = pair.groups()
        last = unused(values, key) if key in values else key
        values[last] = next(each for each in (quoted, single, bare, "") if each is not None)
        at = pair.end()
    return values


def _separated(text: str, separator: str) -> dict[str, str]:
    values: dict[str, str] = {}
    last = None
    for part in text.split(separator):
        key, equals, value = part.partition("=")
        if equals and " " not in key.strip():
            key = key.strip()
            last = unused(values, key) if key in values else key
            values[last] = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
        elif last is not None and part:
            values[last] += separator + part
    return values

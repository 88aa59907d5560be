"""Records of EVE out of a file: one object a line, arrays, objects over several lines, behind syslog headers, or inside
of what a shipper or a SIEM wrote around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from certhound.sources.files import Line
from certhound.sources.zeek.json_text import Record, json_line, records_of

MAX_LINES = 20_000
"""An object over more lines than these is none."""

_HEADER = re.compile(
    r"(?:<\d{1,3}>\s?)?(?:1 )?(?:"
    r"(?:[A-Z][a-z]{2} [ \d]?\d(?: \d{4})? \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[0-9:.,+-]+Z?) (?P<host>[^\s{]{1,255}) "
    r"|(?=[\w./-]{1,64}(?:\[\d+\])?: )|(?=@cee))(?P<tag>[\w./-]{1,64}(?:\[\d+\])?:? )?[^{]{0,200}(?=\{)"
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_STRUCTURE = frozenset(("[", "]", "[]", "],", ","))
_INNER = ("_raw", "message", "original", "full_log", "log", "raw", "payload")
_WRAPPED = ("result", "_source", "event", "log", "data", "fields")


@dataclass(frozen=True, slots=True)
class Found:
    """One object, the line on which it begins, and its text. ``host``: what a syslog header names."""

    record: Record
    line: int
    text: str
    clean: bool = True
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """What stands in a file and is no object, and why."""

    reason: str
    line: int
    text: str


@dataclass(slots=True)
class Splitter:
    """Takes a file line by line. ``spread``: objects reach over several lines, as ``jq`` prints them."""

    spread: bool = False
    _parts: list[str] = field(default_factory=list)
    _first: int = 0
    _depth: int = 0
    _clean: bool = True

    def feed(self, line: Line) -> Iterator[Found | Unread]:
        if line.problem is not None:
            yield from self.rest()
            yield Unread(line.problem, line.number, json_line(line.data[:200])[0])
        elif line.data.strip():
            text, clean = json_line(line.data)
            yield from self._several(line.number, text, clean) if self.spread else _one(line.number, text, clean)

    def rest(self) -> Iterator[Found | Unread]:
        """An object that has no end."""
        if self._parts:
            yield Unread("a JSON object that does not end", self._first, "\n".join(self._parts)[:200])
            self._parts, self._depth = [], 0

    def _several(self, number: int, text: str, clean: bool) -> Iterator[Found | Unread]:
        bare = text.strip()
        if self._parts and text[:1] == "{":  # printers indent what lies inside
            yield from self.rest()
        if not self._parts:
            if bare in _STRUCTURE:
                return
            if bare.lstrip("[,").lstrip()[:1] != "{":
                yield from _one(number, text, clean)
                return
            self._first, self._clean = number, True
            text = bare.lstrip("[,").lstrip()
        self._parts.append(text)
        self._clean = self._clean and clean
        self._depth += sum(
            1 if token[0][0] in "{[" else -1 if token[0][0] in "}]" else 0 for token in _TOKEN.finditer(text)
        )
        if self._depth <= 0:
            whole = "\n".join(self._parts)
            self._parts, self._depth = [], 0
            yield from _one(self._first, whole, self._clean)
        elif len(self._parts) > MAX_LINES:
            yield from self.rest()


def _one(number: int, text: str, clean: bool) -> Iterator[Found | Unread]:
    """The objects of a line, or of the lines that make one."""
    start, host = _begin(text)
    body = text[start:]
    found, rest = records_of(body)
    for record in found:
        yield Found(record, number, text, clean, host)
    rest = rest.strip()
    if rest and not (rest in _STRUCTURE and (found or body.strip() == rest)):
        reason = "not a JSON object behind one" if found else "not a JSON object"
        yield Unread(reason, number, rest)


def _begin(text: str) -> tuple[int, str | None]:
    """Where the first object of a line begins, and the host of a syslog header before it."""
    bare = text.lstrip(" \t")
    if bare[:1] == "{":
        return 0, None
    if bare[:1] == "[" and bare[1:].lstrip()[:1] == "{":
        return text.index("{"), None
    found = _HEADER.match(text)
    return (found.end(), found["host"]) if found else (0, None)


def unwrapped(record: Record) -> Record:
    """The record that a shipper carries as a text inside of its own; else the record itself."""
    if "event_type" in record:
        return record
    for key in _INNER:
        inner = _inner(record.get(key))
        if inner is not None:
            return inner
    for key in _WRAPPED:
        below = record.get(key)
        if isinstance(below, dict):
            for name in _INNER:
                inner = _inner(below.get(name))
                if inner is not None:
                    return inner
    return record


def _inner(value: object) -> Record | None:
    if not isinstance(value, str) or '"event_type"' not in value:
        return None
    found, _ = records_of(value[_begin(value)[0] :])
    return found[0] if found and "event_type" in found[0] else None


def is_spread(head: str) -> bool:
    """Whether objects reach over several lines: printers open the first one, or an array, on a line of its own."""
    return head.lstrip().split("\n", 1)[0].strip() in ("{", "[", "[{") and not _LINES.match(head)


_LINES = re.compile(r"\s*\[\s*\{\s*\S[^\n]*\}\s*,?\s*(?:\n|$)")
"""An array with a record a line."""

"""Where each key and each array element of a TOML document stands, so that an error about a value can name its place.

``tomllib`` gives values without places. This scanner is run only after ``tomllib`` has accepted the text, so it need
not judge: it walks over keys, strings, arrays and inline tables (TOML 1.0) and notes line and column, both from 1.
A path is what leads to the value in the parsed document: ``("exception", 0, "match", "issuer")``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
Spot = tuple[int, int]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_SCALAR = re.compile(r"[^,\]}#\r\n]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL),
    re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL),
    re.compile(r'"(?:[^"\\]|\\.)*"'),
    re.compile(r"'[^']*'"),
)


def places(text: str) -> Mapping[Path, Spot]:
    """Line and column of every key (table headers too) and array element of a document that ``tomllib`` accepts."""
    scan = _Scan(text)
    scan.document()
    return scan.found


def spot_of(found: Mapping[Path, Spot], path: Path) -> Spot | None:
    """The place of a path, or of the nearest path above it that has one."""
    while path:
        if path in found:
            return found[path]
        path = path[:-1]
    return None


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    found: dict[Path, Spot] = field(default_factory=dict)
    _tables: dict[Path, int] = field(default_factory=dict)
    """Number of elements that an array of tables has so far."""

    def document(self) -> None:
        here: Path = ()
        while self._skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                here = self._header()
            else:
                self._pair(here)

    def _header(self) -> Path:
        start, array = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        self._skip(_SPACE)
        path = self._through(self._dotted(), start)
        self._skip(_SPACE)
        self.at += 2 if array else 1
        if array:
            number = self._tables.get(path, 0)
            self._tables[path] = number + 1
            self._note(path, start)
            path = (*path, number)
        self._note(path, start)
        return path

    def _through(self, keys: list[tuple[str, int]], start: int) -> Path:
        """A header's keys as a path: a key that names an array of tables means its last element."""
        path: Path = ()
        for key, _ in keys[:-1]:
            path = (*path, key)
            self._note(path, start)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        return (*path, keys[-1][0])

    def _pair(self, here: Path) -> None:
        path = here
        for key, start in self._dotted():
            path = (*path, key)
            self._note(path, start)
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _dotted(self) -> list[tuple[str, int]]:
        keys = []
        while True:
            keys.append((self._key(), self._last))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1
            self._skip(_SPACE)

    _last: int = 0

    def _key(self) -> str:
        self._last = self.at
        if self.text[self.at] in "\"'":
            raw = self._string()
            return raw[1:-1] if raw[0] == "'" else _unescape(raw)
        bare = _BARE.match(self.text, self.at)
        self.at = bare.end() if bare else self.at + 1
        return bare.group() if bare else ""

    def _value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening in ('"', "'"):
            self._string()
        elif opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline(path)
        else:
            self._skip(_SCALAR)

    def _string(self) -> str:
        start = self.at
        for kind in _STRINGS:
            hit = kind.match(self.text, start)
            if hit:
                self.at = hit.end()
                return hit.group()
        self.at += 1
        return self.text[start : self.at] * 2

    def _array(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self._skip(_BLANK) < len(self.text) and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._note((*path, number), self.at)
            self._value((*path, number))
            number += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip(_BLANK) < len(self.text) and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)
        self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> int:
        hit = pattern.match(self.text, self.at)
        self.at = hit.end() if hit else self.at
        return self.at

    def _note(self, path: Path, at: int) -> None:
        line = self.text.count("\n", 0, at) + 1
        self.found.setdefault(path, (line, at - self.text.rfind("\n", 0, at)))


def _unescape(raw: str) -> str:
    """The value of a double-quoted key; ``tomllib`` reads it, so that the escapes are its business."""
    import tomllib

    return next(iter(tomllib.loads(f"{raw} = 0")))

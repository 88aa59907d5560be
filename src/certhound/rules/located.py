"""Texts with places: from a character offset to ``file:line:col`` with the marked text, and a collector of errors."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from certhound.model.errors import CerthoundError, ContentError, Place
from certhound.query.tree import Span

_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARK_WIDTH = 100


@dataclass(frozen=True)
class Source:
    """A text and the name of the file that it was read from. Lines end with a line feed."""

    file: str
    text: str
    _starts: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        object.__setattr__(self, "_starts", starts)

    def place(self, offset: int) -> Place:
        """Line and column, both from 1, of a character offset."""
        line = bisect_right(self._starts, offset)
        return Place(self.file, line, offset - self._starts[line - 1] + 1)

    def marked(self, span: Span) -> str:
        """The line in which a span begins and a caret line under it, cut to a width that a terminal shows."""
        line = bisect_right(self._starts, span.start) - 1
        begin = self._starts[line]
        end = self._starts[line + 1] - 1 if line + 1 < len(self._starts) else len(self.text)
        left = max(begin, span.start - _MARK_WIDTH // 2)
        right = min(end, left + _MARK_WIDTH)
        shown = _UNSHOWABLE.sub("·", self.text[left:right].rstrip())
        carets = max(1, min(span.end, left + len(shown)) - span.start)
        return f"{shown}\n    {' ' * (span.start - left)}{'^' * carets}"


@dataclass
class Problems:
    """Errors of one source, collected so that all are told at once."""

    source: Source
    errors: list[CerthoundError] = field(default_factory=list)

    def add(self, span: Span, check: str, text: str, advice: str = "") -> None:
        """One more error, at a span of the source."""
        self.errors.append(located(self.source, span, check, text, advice))


def located(source: Source, span: Span, check: str, text: str, advice: str = "") -> ContentError:
    """An error with its place and the marked text."""
    shown = _UNSHOWABLE.sub("·", text)
    return ContentError(shown, check=check, place=source.place(span.start), advice=advice, marked=source.marked(span))

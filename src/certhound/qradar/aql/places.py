"""From character offsets to lines and columns, and the line that is marked in messages."""

from __future__ import annotations

from bisect import bisect_right

from certhound.query.tree import Span

WIDTH = 100
"""Longest part of a source line that a message shows."""


class Places:
    """The lines of one text, found once; lines and columns count from 1, columns in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def marked(self, span: Span) -> str:
        """The source line of a span, cut to what can be read, with marks under the span."""
        line, column = self.line_column(span.start)
        begin = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.text)
        offset = column - 1
        first = max(0, offset - WIDTH // 2) if end - begin > WIDTH else 0
        shown = self.text[begin + first : min(end, begin + first + WIDTH)]
        shown = "".join(character if character.isprintable() else " " for character in shown)
        marks = min(max(1, span.end - span.start), max(1, len(shown) - (offset - first)))
        return f"{shown}\n    {' ' * (offset - first)}{'^' * marks}"

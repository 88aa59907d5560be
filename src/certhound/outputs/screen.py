"""Where text goes: a colour terminal of some width, or a plain stream in which nothing is cut or drawn.

A terminal is written to through rich, which wraps; a pipe, a file, ``NO_COLOR`` and ``TERM=dumb`` get plain lines
of full width, so that ``grep`` finds what is there. rich renders to memory and this class writes: rich would end the
program with 1 when a pipe closes, which here means *finding*. Data arrives as text and is defused here, in one
place; it is never read as rich's markup.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from certhound.outputs.contract import Options
from certhound.outputs.defuse import link, visible

_ASCII = str.maketrans({"·": "-", "…": "...", "–": "-", "—": "-", "×": "x", "─": "-", "█": "#", "░": ".", "→": "->"})
SEVERITY_STYLES = {
    "critical": "bold white on red3",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}
_NARROWEST = 30
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Look:
    """How a stream wants its text: colour and lines drawn or not, and the width to wrap at (0: never)."""

    rich: bool
    width: int


def look(stream: TextIO, options: Options) -> Look:
    """Ask the options first, then the stream, then the environment (NO_COLOR, TERM, COLUMNS)."""
    terminal = bool(getattr(stream, "isatty", lambda: False)())
    bare = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    coloured = options.colour if options.colour is not None else terminal and not bare
    if options.width is not None:
        width = options.width
    elif terminal and not bare:
        width = shutil.get_terminal_size((100, 40)).columns
    else:
        width = 0
    if coloured and not width:
        width = 100
    return Look(rich=coloured, width=max(width, _NARROWEST) if width else 0)


def words(*parts: str | tuple[str, str], url: str = "") -> Text:
    """Text of several parts, each plain or with a style; every part is data and is defused."""
    text = Text()
    for part in parts:
        content, style = (part, "") if isinstance(part, str) else part
        target = link(url) if url else None
        text.append(visible(content, _LONGEST), Style.parse(style) + Style(link=target) if target else style)
    return text


class Screen:
    """Paragraphs, pairs and tables on a stream; one call writes, so that long results flow."""

    def __init__(self, stream: TextIO, options: Options) -> None:
        self.look = look(stream, options)
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._buffer = io.StringIO()
        self._console = Console(
            file=self._buffer,
            width=self.look.width or 10_000,
            force_terminal=self.look.rich,
            color_system="256" if self.look.rich else None,
            no_color=not self.look.rich,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )

    @property
    def wide(self) -> bool:
        """Whether a table of sentences has room: a plain stream always has."""
        return not self.look.width or self.look.width >= 110

    def write(self, text: str) -> None:
        """Finished text to the stream, in an encoding that it can say."""
        if self._encoding.lower().replace("-", "") != "utf8":
            text = text.translate(_ASCII)
        self._stream.write(text.encode(self._encoding, "backslashreplace").decode(self._encoding))

    def gap(self) -> None:
        self.write("\n")

    def heading(self, title: str) -> None:
        """A section's title, after an empty line."""
        self.gap()
        self._put(words((title, "bold")), 0)

    def say(self, text: Text | str, indent: int = 0) -> None:
        """A paragraph; wrapped with its indent on a terminal, one line on a plain stream."""
        self._put(words(text) if isinstance(text, str) else text, indent)

    def command(self, text: str, lead: str = "") -> None:
        """A command to copy: one line, whatever the width."""
        line = Text.assemble(words((lead, "dim")), words((text, "bold")))
        if self.look.width:
            self._render(line, wrap=False)
        else:
            self._line(line)

    def pairs(self, pairs: Sequence[tuple[str, Text | str]], indent: int = 2) -> None:
        """Labels and their values, the values aligned; pairs with an empty value are left out."""
        kept = [(label, words(value) if isinstance(value, str) else value) for label, value in pairs]
        kept = [(label, value) for label, value in kept if value.plain.strip()]
        width = max((cell_len(label) for label, _ in kept), default=0)
        for label, value in kept:
            self.hang(words((f"{label:<{width}}", "dim")), value, width, indent)

    def hang(self, head: Text, body: Text | str, width: int, indent: int = 2) -> None:
        """A head of the given width with a body beside it that wraps below itself."""
        body = words(body) if isinstance(body, str) else body
        if not self.look.width:
            self._line(Text.assemble(" " * indent, head, " " * max(2, width + 2 - head.cell_len), body))
            return
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=width, no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(head, body)
        self._render(Padding(grid, (0, 0, 0, indent)))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Text]], right: frozenset[int] = frozenset()) -> None:
        """A table: drawn and wrapped on a terminal, aligned columns of full width on a plain stream."""
        if not self.look.width:
            self._plain_table(header, rows, right)
            return
        table = Table(box=SIMPLE_HEAD if self.look.rich else None, pad_edge=False, header_style="bold", expand=False)
        for place, title in enumerate(header):
            table.add_column(title, justify="right" if place in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self._render(table)

    def _plain_table(self, header: Sequence[str], rows: Sequence[Sequence[Text]], right: frozenset[int]) -> None:
        lines = [[Text(title) for title in header], *rows]
        widths = [max(line[place].cell_len for line in lines) for place in range(len(header))]
        for line in lines:
            cells = []
            for place, content in enumerate(line):
                room = " " * (widths[place] - content.cell_len)
                cells.append(room + content.plain if place in right else content.plain + room)
            self.write("  ".join(cells).rstrip() + "\n")

    def _put(self, text: Text, indent: int) -> None:
        if self.look.width:
            self._render(Padding(text, (0, 0, 0, indent)))
        else:
            self._line(Text.assemble(" " * indent, text))

    def _line(self, text: Text) -> None:
        self.write(text.plain.rstrip() + "\n")

    def _render(self, renderable: RenderableType, *, wrap: bool = True) -> None:
        self._console.print(renderable, overflow="fold", soft_wrap=not wrap)
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        if not self.look.rich:
            text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
        self.write(text)


def severity(level: str) -> Text:
    """The severity as a coloured word."""
    return words((level, SEVERITY_STYLES.get(level, "")))

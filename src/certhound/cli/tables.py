"""Small tables of our own making: through rich on a terminal, plain and uncut on a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO


def write_table(
    stream: TextIO, header: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()
) -> None:
    """A table with a header; ``right`` are the columns that stand to the right. Cells are defused."""
    from certhound.outputs.contract import Options
    from certhound.outputs.screen import Screen, words

    screen = Screen(stream, Options())
    screen.table(tuple(header), [[words(cell) for cell in row] for row in rows], right=right)

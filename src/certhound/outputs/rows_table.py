"""Rows as a table for people, streamed: the first rows decide which columns have something and how wide they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

import pyarrow as pa
from rich.cells import cell_len, set_cell_size

from certhound.outputs import arrow_text
from certhound.outputs.defuse import visible

_LEAST, _MOST = 6, 44
"""Columns of a terminal that one column of the table gets at least, and at most while others need room."""
_PLAIN_MOST = 64
"""On a plain stream a column is aligned up to this width; longer values stand in full and move their line."""


def write_table(batches: Iterator[Any], stream: BinaryIO, schema: Any, width: int) -> None:
    """Columns that are empty in the first batch are left out, which a last line says."""
    first = next(batches, None)
    if first is None:
        stream.write(b"No rows.\n")
        return
    filled = [place for place, column in enumerate(first.columns) if column.null_count < first.num_rows]
    cells = [_texts(first.column(place)) for place in filled]
    names = [schema.names[place] for place in filled]
    widths = [max(map(cell_len, [name, *column])) for name, column in zip(names, cells, strict=True)]
    shown = _fit(widths, width)
    widths = shown if width else [min(_PLAIN_MOST, each) for each in widths]
    stream.write(_line(names[: len(widths)], widths, width))
    for batch in chain([first], batches):
        columns = [_texts(batch.column(place)) for place in filled[: len(widths)]]
        for row in zip(*columns, strict=True):
            stream.write(_line(row, widths, width))
    left = len(names) - len(widths)
    if left:
        stream.write(f"({left} more columns: a wider terminal, a pipe, or --format json)\n".encode())


def _fit(widths: list[int], width: int) -> list[int]:
    """Widths that fit side by side into the terminal; columns at the right fall off where there is no room."""
    kept: list[int] = []
    room = width
    for each in widths:
        wanted = min(each, _MOST)
        if room < min(wanted, _LEAST) and kept:
            break
        kept.append(min(wanted, max(_LEAST, room)))
        room -= kept[-1] + 2
    return kept


def _line(row: Any, widths: list[int], width: int) -> bytes:
    cells = []
    for text, size in zip(row, widths, strict=True):
        length = cell_len(text)
        if width and length > size:
            text, length = f"{set_cell_size(text, size - 1)}…", size
        cells.append(text + " " * (size - length))
    return ("  ".join(cells).rstrip() + "\n").encode("utf-8", "backslashreplace")


def _texts(column: Any) -> list[str]:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return [(text or "").replace("T", " ").replace("Z", "") for text in arrow_text.iso_column(column).to_pylist()]
    return [_text(value, kind) for value in column.to_pylist()]


def _text(value: Any, kind: Any) -> str:
    if value is None:
        return ""
    value = arrow_text.plain(value, kind)
    if isinstance(value, list):
        value = ", ".join(str(each) for each in value)
    elif isinstance(value, dict):
        value = ", ".join(f"{key}={each}" for key, each in value.items())
    elif isinstance(value, bool):
        return "yes" if value else "no"
    return visible(str(value), 10_000)

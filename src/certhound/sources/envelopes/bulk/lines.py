"""Bytes as lines and cells by their positions: what NumPy finds all at once, and Arrow copies out.

A cell is a stretch of the bytes. Cells of a column follow each other in the order of the lines, so that one array of
boundaries describes both the cells and what lies between them, and Arrow takes every second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

Ints: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Grid: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Flags: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
Bytes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]
Words: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint64]]

_PAD = 16
"""Bytes behind the end, so that a look beyond a cell needs no check."""

NEWLINE, TAB, QUOTE, BACKSLASH = b'\n\t"\\'
_BLANK = 32
_MOST_DAMAGED = 100


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of UTF-8. ``starts`` and ``ends`` (of each line without its end) are positions in ``codes``.

    ``odd`` marks lines with control characters, which are for a patient reader; ``first`` is the first line's number.
    """

    data: bytes
    codes: Bytes
    words: Words
    starts: Ints
    ends: Ints
    odd: Flags
    first: int

    def __len__(self) -> int:
        return len(self.starts)

    def where(self, byte: int) -> Ints:
        """The positions of a byte."""
        return np.flatnonzero(self.codes == byte)

    def cells(self, starts: Ints, ends: Ints) -> pa.StringArray:
        """Stretches of the bytes, in the order in which they stand, as text."""
        count = len(starts)
        bounds = np.empty(2 * count, np.int32)
        bounds[0::2], bounds[1::2] = starts, ends
        both = pa.Array.from_buffers(pa.string(), 2 * count - 1, [None, pa.py_buffer(bounds), pa.py_buffer(self.data)])
        return both.take(pa.array(np.arange(0, 2 * count, 2)))

    def equal(self, at: Ints, text: bytes) -> Flags:
        """Whether these bytes stand at each of the positions."""
        same = np.ones(len(at), np.bool_)
        for offset in range(0, len(text), 8):
            piece = text[offset : offset + 8]
            wanted = np.uint64(int.from_bytes(piece.ljust(8, b"\0"), "little"))
            found = self.words[at + offset]
            if len(piece) < 8:
                found = found & np.uint64((1 << 8 * len(piece)) - 1)
            same &= found == wanted
        return same

    def text(self, line: int) -> str:
        """A line."""
        return self.data[self.starts[line] : self.ends[line]].decode("utf-8")


def lines_of(first: int, data: bytes) -> Lines | None:
    """Lines; None for bytes of which much is not UTF-8. Lines that are not are odd, and stand for others."""
    read = _readable(data)
    if read is None:
        return None
    data, damaged = read
    if b"\r" in data:
        if damaged:
            return None
        data = data.replace(b"\r\n", b"\n")
    if not data.endswith(b"\n"):
        data += b"\n"
    size = len(data)
    data += b"\0" * _PAD
    found = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(found == NEWLINE)
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    odd = starts == ends
    control = np.flatnonzero(found[:size] < _BLANK)
    if len(control) > len(ends):
        control = control[(found[control] != NEWLINE) & (found[control] != TAB)]
        odd[np.searchsorted(ends, control)] = True
    odd[np.searchsorted(ends, np.array(damaged, np.int64))] = True
    words: Words = np.ndarray((size + _PAD - 8,), "<u8", data, strides=(1,))
    return Lines(data, found, words, starts, ends, odd, first)


def _readable(data: bytes) -> tuple[bytes, list[int]] | None:
    """Bytes with what is not UTF-8 blotted out, and where that was; None where there are more such lines than a few."""
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return _blotted(data)
    return data, []


def _blotted(data: bytes) -> tuple[bytes, list[int]] | None:
    damaged: list[int] = []
    readable = bytearray(data)
    begin = 0
    while len(damaged) <= _MOST_DAMAGED:
        try:
            readable[begin:].decode("utf-8")
        except UnicodeDecodeError as error:
            at = begin + error.start
            damaged.append(at)
            end = readable.find(b"\n", at)
            end = len(readable) if end < 0 else end
            begin = readable.rfind(b"\n", 0, at) + 1
            readable[begin:end] = b"?" * (end - begin)
            begin = end
        else:
            return bytes(readable), damaged
    return None


def unescaped(lines: Lines, quotes: Ints) -> Ints:
    """Quotes before which no backslash stands that escapes them."""
    slashes = lines.where(BACKSLASH)
    if not len(slashes):
        return quotes
    begins = np.empty(len(slashes), np.bool_)
    begins[0], begins[1:] = True, np.diff(slashes) != 1
    order = np.arange(len(slashes))
    within = order - np.maximum.accumulate(np.where(begins, order, 0))
    escaped = slashes[within % 2 == 0] + 1
    at = np.searchsorted(escaped, quotes)
    at[at == len(escaped)] = len(escaped) - 1
    free: Ints = quotes[escaped[at] != quotes]
    return free

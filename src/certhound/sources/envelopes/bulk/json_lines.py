"""JSON lines whose objects are written alike, as columns.

The quotes of a line tell its strings, and what follows a string whether it is a key. Lines with as many quotes and keys
of the same lengths in the same places are likely written alike: the first of them is taken apart into what stands in
all of them (keys, punctuation) and what differs (values), and that is then compared for all at once. A line that is not
exactly so is left to those who read it by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from certhound.sources.envelopes import objects
from certhound.sources.envelopes.bulk.lines import QUOTE, Flags, Grid, Ints, Lines, unescaped
from certhound.sources.envelopes.bulk.table import Cells, Table
from certhound.sources.envelopes.record import Form

LEAST = 64
"""Fewer lines that are written alike are not worth a look."""

_MOST_KEYS = 400
_COLON = ord(":")
_SCALAR = r"(?:-?[1-9][0-9]{0,17}|0|-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,20}|true|false|null)"
"""Values without quotes whose text is the same however they are read."""

_SCALARS = f"^{_SCALAR}$"
_BETWEEN = re.compile(
    rf"(?P<open>:[ \t]*)(?P<value>(?:{_SCALAR}|\{{[ \t]*\}}|\[[ \t]*\])(?=[ \t]*[,}}]))?(?P<rest>.*)", re.DOTALL
)
_PUNCTUATION = re.compile(r"[ \t,:{}]*")
_LAST = re.compile(r"[ \t}]*")
_WEIGHTS = np.random.default_rng(7).integers(1, 1 << 62, (2, 2 * _MOST_KEYS), dtype=np.uint64) | np.uint64(1)


@dataclass(frozen=True, slots=True)
class _Value:
    """Where a value stands: the string with this number, or the text behind it (``before`` and ``behind`` bytes are
    punctuation)."""

    key: str
    string: int
    scalar: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Outline:
    """How lines are written: keys by the number of their string, the text before each string, and the values.

    ``texts`` has for each gap what stands in it, a scalar taken out: (before, behind), or all of it and None.
    """

    keys: dict[int, bytes]
    gaps: list[tuple[bytes, bytes | None]]
    values: list[_Value]


def tables(lines: Lines) -> Iterator[Table]:
    """The lines that are written alike, a table for each way."""
    quotes = unescaped(lines, lines.where(QUOTE))
    begins, ends = np.searchsorted(quotes, lines.starts), np.searchsorted(quotes, lines.ends)
    counts = ends - begins
    counts[lines.odd | (lines.codes[lines.starts] != ord("{")) | (lines.codes[lines.ends - 1] != ord("}"))] = 0
    for count in np.unique(counts).tolist():
        rows = np.flatnonzero(counts == count)
        if count % 2 == 0 and 0 < count <= 4 * _MOST_KEYS and len(rows) >= LEAST:
            yield from _alike(lines, rows, quotes[begins[rows][:, None] + np.arange(count)])


def _alike(lines: Lines, rows: Ints, grid: Grid) -> Iterator[Table]:
    """Of lines with as many quotes (their positions in ``grid``) those whose keys have the same lengths."""
    opened, closed = grid[:, 0::2], grid[:, 1::2]
    keys = lines.codes[closed + 1] == _COLON
    lengths = (closed - opened).astype(np.uint64)
    strings = lengths.shape[1]
    signs = (np.where(keys, lengths * _WEIGHTS[0, :strings] + _WEIGHTS[1, :strings], 0)).sum(axis=1, dtype=np.uint64)
    _, firsts, kinds, counts = np.unique(signs, return_index=True, return_inverse=True, return_counts=True)
    for kind in np.flatnonzero(counts >= LEAST).tolist():
        table = _table(lines, rows, grid, np.flatnonzero(kinds == kind), int(firsts[kind]))
        if table is not None:
            yield table


def _table(lines: Lines, rows: Ints, grid: Grid, chosen: Ints, first: int) -> Table | None:
    text = lines.text(int(rows[first]))
    outline = _outline(text, (grid[first] - lines.starts[rows[first]]).tolist())
    if outline is None:
        return None
    good = _follows(lines, outline, rows[chosen], grid[chosen])
    chosen = chosen[good]
    if len(chosen) < LEAST:
        return None
    columns, kept = _columns(lines, outline, rows[chosen], grid[chosen])
    if columns is None:
        return None
    rows = rows[chosen][kept]
    if len(rows) < LEAST or not _is_right(lines, rows, columns):
        return None
    payloads = lines.cells(lines.starts[rows], lines.ends[rows])
    return _with_nulls({key: Cells(values) for key, values in columns.items()}, rows, payloads)


def _with_nulls(columns: dict[str, Cells], rows: Ints, payloads: pa.StringArray) -> Table:
    """A null is a key that is not there, so that records of one outline may have several lists of keys."""
    patterns = np.zeros(len(rows), np.int64)
    orders = [tuple(columns)]
    some = [key for key, cells in columns.items() if cells.values.null_count]
    if some:
        bits = np.stack([columns[key].values.is_null().to_numpy(zero_copy_only=False) for key in some], axis=1)
        each, patterns = np.unique(bits, axis=0, return_inverse=True)
        patterns = patterns.astype(np.int64).reshape(-1)
        without = [{key for key, gone in zip(some, row, strict=True) if gone} for row in each.tolist()]
        orders = [tuple(key for key in columns if key not in gone) for gone in without]
    return Table(Form.JSON, columns, rows, payloads, patterns, orders)


def _is_right(lines: Lines, rows: Ints, columns: dict[str, pa.StringArray]) -> bool:
    """Whether the first and the last line come out as they do when they are read by themselves."""
    for at in (0, len(rows) - 1):
        text = lines.text(int(rows[at]))
        found, rest = objects.objects_of(text)
        if len(found) != 1 or rest.strip():
            return False
        read = objects.read(found[0], text, text).values
        if read != {key: value for key, values in columns.items() if (value := values[at].as_py()) is not None}:
            return False
    return True


# --- how a line is written -------------------------------------------------------------------------------------------


def _outline(text: str, quotes: list[int]) -> _Outline | None:
    """The outline of a line, by the positions (in bytes) of its quotes; None for one that needs a patient reader."""
    data = text.encode()
    strings = [data[start + 1 : end] for start, end in zip(quotes[0::2], quotes[1::2], strict=True)]
    gaps = [data[end + 1 : start] for end, start in zip([-1, *quotes[1::2]], [*quotes[0::2], len(data)], strict=True)]
    keys: dict[int, bytes] = {}
    made: list[tuple[bytes, bytes | None]] = [(gaps[0], None)]
    values: list[_Value] = []
    path: list[str] = []
    if gaps[0].strip() != b"{":
        return None
    for number, (string, gap) in enumerate(zip(strings, gaps[1:], strict=True)):
        if gap[:1] != b":":  # a value, whose key stood before
            if number - 1 not in keys or (values and values[-1].string == number - 1):
                return None
            values.append(_Value(".".join([*path, keys[number - 1].decode()]), number))
            rest = gap.decode()
        else:
            if b"\\" in string:
                return None
            keys[number] = string
            found = _BETWEEN.fullmatch(gap.decode())
            if found is None:
                return None
            rest = found["rest"]
            if found["value"] is not None:
                whole = ".".join([*path, string.decode()])
                values.append(_Value(whole, number, (len(found["open"]), len(rest))))
                made.append((found["open"].encode(), rest.encode()))
            elif rest.strip() == "{":
                path.append(string.decode())
                rest = ""
            elif rest.strip():
                return None
        if len(made) < number + 2:
            made.append((gap, None))
        if _PUNCTUATION.fullmatch(rest) is None or "{" in rest:
            return None
        closed = rest.count("}")
        if closed > len(path) + (number == len(strings) - 1):
            return None
        del path[len(path) - min(closed, len(path)) :]
    names = [value.key for value in values]
    if len(set(names)) != len(names) or len(names) > _MOST_KEYS or len(path) > objects.MAX_NESTING:
        return None
    return _Outline(keys, made, values)


def _follows(lines: Lines, outline: _Outline, rows: Ints, grid: Grid) -> Flags:
    """Which lines have the same keys and the same text between strings."""
    good = np.ones(len(rows), np.bool_)
    for number, key in outline.keys.items():
        start, end = grid[:, 2 * number] + 1, grid[:, 2 * number + 1]
        good &= (end - start == len(key)) & lines.equal(start, key)
    last = len(outline.gaps) - 1
    for number, (before, behind) in enumerate(outline.gaps):
        start = lines.starts[rows] if number == 0 else grid[:, 2 * number - 1] + 1
        end = lines.ends[rows] if number == last else grid[:, 2 * number]
        if behind is None:
            good &= (end - start == len(before)) & lines.equal(start, before)
        else:
            good &= end - start > len(before) + len(behind)
            good &= lines.equal(start, before) & lines.equal(np.maximum(end - len(behind), 0), behind)
    return good


def _columns(lines: Lines, outline: _Outline, rows: Ints, grid: Grid) -> tuple[dict[str, pa.StringArray] | None, Flags]:
    """The values by key, and of which lines; a value without quotes must be one that all readers read alike."""
    last = grid.shape[1] // 2 - 1
    columns: dict[str, pa.StringArray] = {}
    kept = np.ones(len(rows), np.bool_)
    for value in outline.values:
        if value.scalar is None:
            cells: pa.StringArray | None = _decoded(
                lines.cells(grid[:, 2 * value.string] + 1, grid[:, 2 * value.string + 1])
            )
            if cells is None:
                return None, kept
        else:
            before, behind = value.scalar
            end = lines.ends[rows] if value.string == last else grid[:, 2 * value.string + 2]
            cells = lines.cells(grid[:, 2 * value.string + 1] + 1 + before, end - behind)
            kept &= pc.match_substring_regex(cells, _SCALARS).to_numpy(zero_copy_only=False)
            cells = pc.if_else(pc.equal(cells, "null"), pa.scalar(None, pa.string()), cells)
        columns[value.key] = cells
    if not kept.all():
        rows_kept = pa.array(np.flatnonzero(kept))
        columns = {key: cells.take(rows_kept) for key, cells in columns.items()}
    return columns, kept


def _decoded(cells: pa.StringArray) -> pa.StringArray | None:
    """Escapes undone; None where one is half a pair of surrogates, or none at all."""
    escaped = pc.match_substring(cells, "\\")
    if not escaped.true_count:
        return cells
    encoded = cells.filter(escaped).dictionary_encode()
    try:
        told = json.loads("[" + ",".join([f'"{each}"' for each in encoded.dictionary.to_pylist()]) + "]")
        if any("\x00" in each for each in told):
            return None
        plain = pa.array(told, pa.string()).take(encoded.indices)
    except (ValueError, UnicodeError):
        return None
    return pc.replace_with_mask(cells, escaped, plain)

"""Columns that no engine need compute: raw lines, repeated values, maps of vendor fields."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from certhound.model.columns import Kind
from certhound.query.engines.duckdb import ARROW

_NOWHERE = b"\x01"
"""Stands in hardly any text: as a separator it leaves lines whole."""

_FEW = 16
"""Rows come with so few different sets of vendor fields when there are this many times fewer of them."""


def split_lines(data: bytes) -> pa.Array:
    """The lines of a text, without their ends."""
    if data and data.find(b"\r") < 0 and data.find(_NOWHERE) < 0 and not data.startswith(b"\xef\xbb\xbf"):
        return _split_at_once(data)
    text = data[:-1] if data.endswith(b"\n") else data
    whole = pa.StringArray.from_buffers(1, pa.py_buffer(array("i", [0, len(text)])), pa.py_buffer(text))
    lines = pc.list_flatten(pc.split_pattern(whole, "\n"))
    return pc.utf8_rtrim(lines, "\r") if data.find(b"\r") >= 0 else lines


def _split_at_once(data: bytes) -> pa.Array:
    """By the reader of CSV, which is three times as fast as splitting text."""
    table = pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=["line"]),
        parse_options=pa_csv.ParseOptions(delimiter=_NOWHERE.decode(), quote_char=False, ignore_empty_lines=False),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=False, column_types={"line": pa.string()}, strings_can_be_null=False
        ),
    )
    return table["line"].combine_chunks()


def repeated(value: object, count: int) -> pa.Array:
    """One text many times: written once."""
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), pa.array([value], pa.string()))


def maps(columns: Mapping[str, pa.ChunkedArray], count: int) -> pa.Array:
    """Columns as one map a row, without those that are absent; lists are joined by commas."""
    texts = {name: _text(each).combine_chunks() for name, each in columns.items()}
    there = {name: each for name, each in texts.items() if each.null_count < count}
    if not there or not count:
        return pa.repeat(pa.scalar([], ARROW[Kind.MAP]), count)
    return _of_few(there, count) or _row_by_row(there, count)


def _of_few(texts: Mapping[str, pa.Array], count: int) -> pa.Array | None:
    """Where the same values come again and again a map is made for each set of them; None where they do not."""
    sets: pa.Array = pa.repeat(pa.scalar(0, pa.int32()), count)
    kept: list[tuple[pa.Array, pa.Array]] = []
    for each in texts.values():
        values = each.dictionary_encode()
        size = len(values.dictionary) + 1
        if size * _FEW > count:
            return None
        codes = pc.add(pc.multiply(sets.cast(pa.int64()), size), pc.fill_null(values.indices, size - 1))
        coded = codes.dictionary_encode()
        if len(coded.dictionary) * _FEW > count:
            return None
        sets = coded.indices
        kept.append((values.dictionary, coded.dictionary))
    return _row_by_row(_decoded(texts, kept), len(kept[-1][1])).take(sets)


def _decoded(texts: Mapping[str, pa.Array], kept: Sequence[tuple[pa.Array, pa.Array]]) -> dict[str, pa.Array]:
    """The values of each column in each set, from the last column to the first."""
    found: dict[str, pa.Array] = {}
    sets = pa.array(range(len(kept[-1][1])), pa.int64())
    for name, (values, codes) in zip(reversed(list(texts)), reversed(kept), strict=True):
        size = len(values) + 1
        code = codes.take(sets)
        sets = pc.divide(code, size)
        place = pc.subtract(code, pc.multiply(sets, size))
        found[name] = pa.concat_arrays([values, pa.nulls(1, pa.string())]).take(place)
    return dict(reversed(found.items()))


def _row_by_row(texts: Mapping[str, pa.Array], count: int) -> pa.Array:
    """For each row column by column."""
    values = list(texts.values())
    size = len(values)
    places = pa.arange(0, count * size)
    rows = pc.divide(places, size)
    kinds = pc.subtract(places, pc.multiply(rows, size))
    items = pa.concat_arrays(values).take(pc.add(pc.multiply(kinds, count), rows))
    present = pc.is_valid(items)
    counts = pc.is_valid(values[0]).cast(pa.int32())
    for each in values[1:]:
        counts = pc.add(counts, pc.is_valid(each).cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(counts)])
    keys = pa.array(list(texts), pa.string()).take(kinds.filter(present))
    return pa.MapArray.from_arrays(offsets, keys, items.filter(present))


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text as it is; lists (rare) joined by commas."""
    if not pa.types.is_list(column.type):
        return column
    lists = column.to_pylist()
    joined = [None if each is None else ",".join(item or "" for item in each) for each in lists]
    return pa.chunked_array([pa.array(joined, pa.string())])

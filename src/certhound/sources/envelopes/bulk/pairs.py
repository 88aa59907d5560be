"""LEEF 1.0 with tabs and CEF whose pairs come alike, as columns.

What stands before the first pair is the same for many lines (times of a second, one device), and is read once for each
way in which it stands. The keys of the first line are then looked for where they should stand in all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from certhound.sources.envelopes import cef
from certhound.sources.envelopes.bulk.lines import TAB, Flags, Grid, Ints, Lines
from certhound.sources.envelopes.bulk.table import BARE, Cells, Table
from certhound.sources.envelopes.interpret import read_text
from certhound.sources.envelopes.record import Form, Record

LEAST = 64
"""Fewer lines whose pairs come alike are not worth a look."""

_MOST_WAYS = 8
_BAR, _BLANK, _EQUALS = b"| ="
_HEADS = {
    Form.LEEF: (5, r"^[^|{\\]{0,500}LEEF:1(?:\.[0-9])?\|(?:[^|\\]*\|){4}$", "a=b\tc=d"),
    Form.CEF: (7, r"^[^|{\\]{0,500}CEF:[01](?:\.[0-9])?\|(?:[^|\\]*\|){6}$", "a=b c=d"),
}
"""How many bars end the head, how it looks, and pairs to read it with."""

_IN_KEY = np.zeros(256, np.bool_)
_IN_KEY[[*b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,-:[]"]] = True


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Where the pairs of lines with as many of them stand: beginnings of keys, ends of values."""

    rows: Ints
    keys: Grid
    ends: Grid


def tables(lines: Lines, form: Form) -> Iterator[Table]:
    """The lines whose pairs come alike, a table for each way."""
    heads = _heads(lines, form)
    found = _by_tabs(lines, heads) if form is Form.LEEF else _by_blanks(lines, heads)
    for pairs in found:
        open_ = np.ones(len(pairs.rows), np.bool_)
        for _ in range(_MOST_WAYS):
            if open_.sum() < LEAST:
                break
            first = int(np.argmax(open_))
            keys = _keys_of(lines, pairs, first)
            good = open_ & _follows(lines, pairs, keys) if keys is not None else np.zeros(len(open_), np.bool_)
            open_ &= ~good
            open_[first] = False
            if keys is not None and good.sum() >= LEAST:
                table = _table(lines, form, heads, pairs, keys, np.flatnonzero(good))
                if table is not None:
                    yield table


def _heads(lines: Lines, form: Form) -> Ints:
    """Where the pairs of each line begin; 0 for lines that are not of this form, or are for a patient reader."""
    bars, wanted = lines.where(_BAR), _HEADS[form][0]
    begins, ends = np.searchsorted(bars, lines.starts), np.searchsorted(bars, lines.ends)
    good = (ends - begins >= wanted) & ~lines.odd
    heads = np.zeros(len(lines), np.int64)
    heads[good] = bars[begins[good] + wanted - 1] + 1
    first = lines.codes[lines.starts]
    plain = _IN_KEY[first] | ((first == ord("<")) & (lines.codes[lines.starts + 1] - np.uint8(48) < 10))
    heads[~plain] = 0
    for text in (b"\\=",) if form is Form.LEEF else (b"  ", b"LEEF:", b"\\\\="):
        _leave_out(lines, heads, text)
    if form is Form.CEF:
        heads[(lines.codes[lines.ends - 1] <= _BLANK) | (lines.codes[lines.ends - 1] > 126)] = 0
    return heads


def _leave_out(lines: Lines, heads: Ints, text: bytes) -> None:
    """Lines in which a text stands."""
    at = lines.data.find(text)
    while at >= 0:
        line = int(np.searchsorted(lines.ends, at))
        if line >= len(lines):
            return
        heads[line] = 0
        at = lines.data.find(text, int(lines.ends[line]))


def _by_tabs(lines: Lines, heads: Ints) -> Iterator[_Pairs]:
    tabs = lines.where(TAB)
    begins, ends = np.searchsorted(tabs, heads), np.searchsorted(tabs, lines.ends)
    counts = np.where(heads > 0, ends - begins, 0)
    for count in np.unique(counts[counts > 0]).tolist():
        rows = np.flatnonzero(counts == count)
        if len(rows) >= LEAST:
            between = tabs[begins[rows][:, None] + np.arange(count)]
            yield _Pairs(
                rows,
                np.concatenate((heads[rows][:, None], between + 1), axis=1),
                np.concatenate((between, lines.ends[rows][:, None]), axis=1),
            )


def _by_blanks(lines: Lines, heads: Ints) -> Iterator[_Pairs]:
    """A pair begins at a blank behind which a key and ``=`` stand."""
    blanks, equals = lines.where(_BLANK), lines.where(_EQUALS)
    line = np.searchsorted(lines.ends, equals)
    inside = (line < len(lines)) & (heads[np.minimum(line, len(lines) - 1)] > 0)
    equals, line = equals[inside], line[inside]
    behind = equals >= heads[line]
    equals, line = equals[behind], line[behind]
    at = np.searchsorted(blanks, equals) - 1
    starts = np.maximum(np.where(at >= 0, blanks[at], -1) + 1 if len(blanks) else 0, heads[line])
    others = np.flatnonzero(~_IN_KEY[lines.codes] & (lines.codes != _BLANK))
    own = (np.searchsorted(others, equals) == np.searchsorted(others, starts)) & (equals > starts)
    starts, line = starts[own], line[own]
    counts = np.bincount(line, minlength=len(lines))
    firsts = np.concatenate(([0], np.cumsum(counts)))[:-1]
    begun = counts > 1
    begun[begun] = starts[firsts[begun]] == heads[begun]
    for count in np.unique(counts[begun]).tolist():
        rows = np.flatnonzero(begun & (counts == count))
        if len(rows) >= LEAST:
            keys = starts[firsts[rows][:, None] + np.arange(count)]
            yield _Pairs(rows, keys, np.concatenate((keys[:, 1:] - 1, lines.ends[rows][:, None]), axis=1))


def _keys_of(lines: Lines, pairs: _Pairs, row: int) -> list[bytes] | None:
    """The keys of a line, each with its ``=``; None where they are not plain."""
    keys = []
    for start, end in zip(pairs.keys[row].tolist(), pairs.ends[row].tolist(), strict=True):
        key, equals, _ = lines.data[start:end].partition(b"=")
        if not equals or not key.isascii() or b" " in key or not key:
            return None
        keys.append(key + equals)
    return keys if len(set(keys)) == len(keys) > 1 else None


def _follows(lines: Lines, pairs: _Pairs, keys: list[bytes]) -> Flags:
    good = np.ones(len(pairs.rows), np.bool_)
    for at, key in enumerate(keys):
        start = pairs.keys[:, at]
        good &= (pairs.ends[:, at] - start >= len(key)) & lines.equal(start, key)
    return good


def _table(lines: Lines, form: Form, heads: Ints, pairs: _Pairs, keys: list[bytes], chosen: Ints) -> Table | None:
    rows = pairs.rows[chosen]
    known, attributes = _attributes(lines.cells(lines.starts[rows], heads[rows]), form)
    if not known.all():
        chosen, rows = chosen[known], rows[known]
        attributes = {
            name: each.take(np.flatnonzero(known)) if isinstance(each, Cells) else each
            for name, each in attributes.items()
        }
    if len(rows) < LEAST:
        return None
    columns: dict[str, Cells] = {}
    for at, key in enumerate(keys):
        values = lines.cells(pairs.keys[chosen, at] + len(key), pairs.ends[chosen, at])
        columns[key[:-1].decode()] = Cells(_unescaped(values) if form is Form.CEF else values)
    table = Table(
        form,
        columns,
        rows,
        lines.cells(lines.starts[rows], lines.ends[rows]),
        np.zeros(len(rows), np.int64),
        [tuple(columns)],
        attributes,
    )
    return table if _is_right(lines, table) else None


def _unescaped(values: pa.StringArray) -> pa.StringArray:
    escaped = pc.match_substring(values, "\\")
    if not escaped.true_count:
        return values
    encoded = values.filter(escaped).dictionary_encode()
    plain = pa.array([cef.unescape(each) for each in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(values, escaped, plain.take(encoded.indices))


def _attributes(heads: pa.StringArray, form: Form) -> tuple[Flags, dict[str, Cells | str | None]]:
    """What heads say, each read once, and which of them are as they should be."""
    encoded = heads.dictionary_encode()
    looks = pc.match_substring_regex(encoded.dictionary, _HEADS[form][1]).to_pylist()
    read = [
        _read(head, form) if good else None for head, good in zip(encoded.dictionary.to_pylist(), looks, strict=True)
    ]
    known: Flags = np.array([each is not None for each in read], np.bool_)[encoded.indices.to_numpy()]
    made: dict[str, Cells | str | None] = {}
    for name in BARE:
        told = [None if each is None else _of(each, name) for each in read]
        same = set(told)
        made[name] = told[0] if len(same) == 1 else Cells(pa.array(told, pa.string()).take(encoded.indices))
    return known, made


def _read(head: str, form: Form) -> Record | None:
    found = read_text(head + _HEADS[form][2])
    right = len(found) == 1 and found[0].form is form and found[0].values == {"a": "b", "c": "d"}
    return found[0] if right else None


def _of(record: Record, name: str) -> str | None:
    outer, dot, inner = name.partition(".")
    found: str | None = getattr(record.header, inner) if dot else getattr(record, outer)
    return found


def _is_right(lines: Lines, table: Table) -> bool:
    """Whether the first and the last line come out as they do when they are read by themselves."""
    for at in (0, len(table) - 1):
        found = read_text(lines.text(int(table.lines[at])))
        values = {key: cells.values[at].as_py() for key, cells in table.columns.items()}
        if len(found) != 1 or found[0].form is not table.form or found[0].values != values:
            return False
        if any(_of(found[0], name) != value for name, value in table.attributes_at(at).items()):
            return False
    return True

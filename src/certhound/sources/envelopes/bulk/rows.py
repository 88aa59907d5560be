"""Rows of CSV and TSV below a header, as columns.

A row is taken where it has as many cells as the header and each quote stands at an end of its cell; others (doubled
quotes, cells over several lines, the header once more) are left to those who read rows one by one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from certhound.sources.envelopes.bulk.lines import QUOTE, Flags, Ints, Lines
from certhound.sources.envelopes.bulk.table import Cells, Table
from certhound.sources.envelopes.tables import Columns

_LONGEST = 100_000
"""Python's reader of CSV takes cells of 131,072 characters at most."""


def table(lines: Lines, columns: Columns) -> Table | None:
    """The rows that are plain."""
    separators, quotes = lines.where(ord(columns.separator)), lines.where(QUOTE)
    if len(quotes):
        separators = _outside(lines, separators, quotes)
    wanted = len(columns.names) - 1
    begins = np.searchsorted(separators, lines.starts)
    counts = np.searchsorted(separators, lines.ends) - begins
    plain = (counts == wanted) & ~lines.odd & (lines.ends - lines.starts < _LONGEST)
    rows = np.flatnonzero(plain)
    if not len(rows):
        return None
    grid = separators[begins[rows][:, None] + np.arange(wanted)]
    starts = np.concatenate((lines.starts[rows][:, None], grid + 1), axis=1)
    ends = np.concatenate((grid, lines.ends[rows][:, None]), axis=1)
    if len(quotes):
        quoted = (lines.codes[starts] == QUOTE) & (lines.codes[ends - 1] == QUOTE) & (ends - starts > 1)
        inside = np.searchsorted(quotes, lines.ends[rows]) - np.searchsorted(quotes, lines.starts[rows])
        good = inside == 2 * quoted.sum(axis=1)
        rows, starts, ends = rows[good], (starts + quoted)[good], (ends - quoted)[good]
    again = _header_again(lines, rows, columns)
    if again is not None:
        rows, starts, ends = rows[~again], starts[~again], ends[~again]
    if not len(rows):
        return None
    cells = {name: Cells(lines.cells(starts[:, at], ends[:, at])) for at, name in enumerate(columns.names)}
    payloads = lines.cells(lines.starts[rows], lines.ends[rows])
    return Table(columns.form, cells, rows, payloads, np.zeros(len(rows), np.int64), [tuple(columns.names)])


def _outside(lines: Lines, separators: Ints, quotes: Ints) -> Ints:
    """Separators that stand in no quotes: as many quotes before them on their line are even."""
    before = np.searchsorted(quotes, separators)
    line = np.searchsorted(lines.ends, separators)
    found: Ints = separators[(before - np.searchsorted(quotes, lines.starts)[line]) % 2 == 0]
    return found


def _header_again(lines: Lines, rows: Ints, columns: Columns) -> Flags | None:
    """Rows that may be the header once more, where files were joined."""
    first, last = columns.names[0], columns.names[-1].partition("#")[0]
    if first.encode() not in lines.data or last.encode() not in lines.data:
        return None
    texts: pa.StringArray = lines.cells(lines.starts[rows], lines.ends[rows])
    both = pc.and_(pc.match_substring(texts, first), pc.match_substring(texts, last))
    found: Flags = both.to_numpy(zero_copy_only=False)
    return found

"""Which sources the rows of an input are of, where several formats may lie in one file.

An input in envelopes (syslog, exports, JSON) is recognised as such, and each of its records by a source of its own; the
same holds for mail. How many rows each source has is told by the footers of the files of events: a file has rows of one
source, and mostly each of its row groups rows of one input.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq

from certhound.lake.store.engine import FILE
from certhound.lake.store.journal import State


def sources_of_inputs(folder: Path, state: State) -> dict[int, dict[str, int]]:
    """Rows in the lake by source, of each input that is no format of its own; without those that were taken out of it.

    The source of an input's first record stands first. Raises OSError where a file of the lake cannot be read.
    """
    own = {stored.shape.source for stored in state.events.values()}
    wanted = {
        number
        for number, known in state.files.items()
        if known.source and known.source not in own and known.certificates is None
    }
    rows: dict[int, Counter[str]] = defaultdict(Counter)
    first: dict[tuple[int, str], int] = {}
    for path, stored in state.events.items() if wanted else ():
        source = stored.shape.source
        if not stored.file.rows or source.startswith("zeek."):
            continue
        for number, count, record in _inputs(folder / path):
            if number in wanted:
                rows[number][source] += count
                first[number, source] = min(record, first.get((number, source), record))
    return {
        number: {source: counts[source] for source in sorted(counts, key=lambda each: (first[number, each], each))}
        for number, counts in rows.items()
    }


_COLUMNS = (FILE, "origin_record")


def _inputs(path: Path) -> list[tuple[int, int, int]]:
    """The inputs of a file's rows, how many rows each has there, and the number of the first record."""
    with pq.ParquetFile(path) as file:
        leaves = [file.schema.column(index).path for index in range(len(file.schema))]
        if not {*_COLUMNS} <= {*leaves}:
            return []
        at = [leaves.index(each) for each in _COLUMNS]
        counted = []
        for index in range(file.num_row_groups):
            group = file.metadata.row_group(index)
            inputs, records = (group.column(each).statistics for each in at)
            told = all(each is not None and each.has_min_max for each in (inputs, records))
            if told and inputs.min == inputs.max:
                counted.append((int(inputs.min), group.num_rows, int(records.min)))
                continue
            read = file.read_row_group(index, columns=[*_COLUMNS]).group_by(FILE)
            found = read.aggregate([(_COLUMNS[1], "count"), (_COLUMNS[1], "min")]).to_pylist()
            counted += [(row[FILE], row["origin_record_count"], row["origin_record_min"]) for row in found]
        return counted

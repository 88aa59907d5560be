"""Files in which records of several kinds stand: the engine reads each once and stores what it means, by kind.

Each kind is then a part of the lake of its own; the file's own part keeps the account of its records. On doubt the
files are halved, and what is doubtful alone is left to the careful path.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from certhound.lake.reading import (
    AGAIN,
    ALL_COLUMNS,
    DERS,
    Alike,
    Part,
    batches_of,
    lines_of,
    name_files,
    quoted,
    wanted,
)
from certhound.model.columns import Kind
from certhound.query.engines.duckdb.session import EngineError, Session
from certhound.query.engines.duckdb.view import Wanted, segment_view, table_view
from certhound.query.plan import RawColumn, Segment, Shape
from certhound.query.tree import Column, columns

KEPT_DICTIONARY_BYTES = 64 * 1024 * 1024
"""Certificates in base64 are long and come again and again: so much of them is written once in each row group."""

TABLE_BYTES = 768 * 1024 * 1024
"""So much of all files is kept as tables of the session, which costs half of what Parquet does. What does not fit into
memory would spill without being compressed, so the rest is Parquet."""

_STORE = """
COPY (SELECT * FROM segment_rows) TO $path
(FORMAT parquet, COMPRESSION lz4_raw, STRING_DICTIONARY_PAGE_SIZE_LIMIT $dictionary)
"""
_SOURCE = "source"
_MAPPED = (*ALL_COLUMNS, AGAIN, DERS)


@dataclass(slots=True)
class _Staging:
    """What has been stored so far; kinds get the numbers behind those of files."""

    session: Session
    number: int
    made: list[Part] = field(default_factory=list)
    stored: int = 0
    room: int = TABLE_BYTES


def stage(session: Session, parts: Sequence[Part]) -> list[Part]:
    """Store what the engine can read of these parts of the lake; the kinds as further parts.

    Those that were stored have ``stored`` empty from then on, and their records; the others are as they were.
    """
    staging = _Staging(session, len(parts))
    for batch in batches_of([part for part in parts if part.plan.shape.kinds and part.fast]):
        _store(staging, batch)
    return staging.made


def _store(staging: _Staging, parts: Sequence[Part]) -> None:
    if _try(staging, parts) or len(parts) == 1:
        return
    middle = len(parts) // 2
    _store(staging, parts[:middle])
    _store(staging, parts[middle:])


def _try(staging: _Staging, parts: Sequence[Part]) -> bool:
    """Read whole files in one go; False when anything is doubtful."""
    session, alike = staging.session, parts[0].alike
    table, size = f"mixed_{staging.stored}", sum(part.size for part in parts)
    path = quoted(str(Path(session.folder) / f"{table}.parquet"))
    in_table = size <= staging.room
    staging.stored += 1
    if alike.segment is None:
        return False
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(lines_of, parts)
        try:
            name_files(session, parts)
            raw = _raw_columns(alike.segment, alike.shape)
            view = segment_view("segment_rows", alike.segment, alike.shape.valid, raw, several=len(parts) > 1)
            session.execute(view)
            text = f"CREATE TABLE {table} AS FROM segment_rows" if in_table else _STORE.replace("$path", path)
            [(records,)] = session.execute(text.replace("$dictionary", str(KEPT_DICTIONARY_BYTES))).fetchall()
            lines = counting.result()
        except (EngineError, OSError):
            return False
    if lines is None or int(records) != sum(lines):
        session.execute(f"DROP TABLE IF EXISTS {table}")
        return False
    for part, count in zip(parts, lines, strict=True):
        part.stored, part.records = [], count
    staging.room -= size if in_table else 0
    staging.made += _kinds(staging, parts, table if in_table else f"read_parquet({path})")
    return True


def fields_read(segment: Segment, shape: Shape) -> list[RawColumn]:
    """The fields of a file that the lake needs for any kind of record."""
    exprs = [each.expr for kind in shape.kinds.values() for each in wanted(kind, _MAPPED) if each.expr is not None]
    needed = set().union(*map(columns, exprs))
    return [column for column in segment.columns if column.name in needed]


def _raw_columns(segment: Segment, shape: Shape) -> list[Wanted]:
    """The fields as they were read, and of which kind a record is."""
    raw = [Wanted(column.name, column.kind, Column(column.name)) for column in fields_read(segment, shape)]
    return [Wanted(_SOURCE, Kind.TEXT, shape.mapping[_SOURCE]), *raw]


def _kinds(staging: _Staging, parts: Sequence[Part], stored: str) -> list[Part]:
    """A part for each kind that was met: a view that maps only what is asked of it. ``stored``: what FROM takes."""
    session, plan, segment = staging.session, parts[0].plan, parts[0].alike.segment
    kinds = {} if segment is None else {column.name: column.kind for column in segment.columns}
    size = sum(part.size for part in parts)
    counts = session.execute(_COUNTS.replace("$stored", stored)).fetchall()
    made: list[Part] = []
    for source, count in counts:
        number = staging.number + len(staging.made) + len(made)
        shape = plan.shape.kinds[source]
        rows = _ROWS.replace("$number", str(number)).replace("$stored", stored).replace("$source", quoted(source))
        session.execute(rows)
        view = f"kind_{number}"
        session.execute(table_view(view, f"kind_{number}_raw", kinds, wanted(shape, _MAPPED), own_part=True))
        own = replace(plan, shape=shape, segment=None, size=size * count // sum(each for _, each in counts))
        made.append(Part(number, own, Alike(None, shape), stored=[stored], view=view, staged=True))
    return made


_COUNTS = "SELECT source, count(*) FROM $stored GROUP BY source ORDER BY source"
_ROWS = """
CREATE VIEW kind_$number_raw AS SELECT * FROM $stored WHERE source = $source
"""


# --- sessions and certificates of such records -----------------------------------------------------------------------

TABLES = "CREATE TABLE IF NOT EXISTS carried (part INTEGER, der VARCHAR)"

CARRIED = f"""
INSERT INTO carried SELECT min(part), der FROM (
    SELECT part, unnest({DERS}) AS der FROM (SELECT min(part) AS part, {DERS} FROM segment_rows GROUP BY {DERS})
) WHERE der IS NOT NULL AND der NOT IN (SELECT der FROM carried) GROUP BY der
"""  # noqa: S608 - fixed names
"""Certificates that records carry in base64, each once."""

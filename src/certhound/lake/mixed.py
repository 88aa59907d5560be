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
from certhound.query.engines.duckdb.session import EngineError, Session
from certhound.query.engines.duckdb.view import segment_view

KEPT_DICTIONARY_BYTES = 64 * 1024 * 1024
"""Certificates in base64 are long and come again and again: so much of them is written once in each row group."""

_STORE = """
COPY (SELECT * FROM segment_rows) TO $folder
(FORMAT parquet, COMPRESSION lz4_raw, PARTITION_BY (source), STRING_DICTIONARY_PAGE_SIZE_LIMIT $dictionary)
"""
_COLUMNS = ("source", *ALL_COLUMNS, AGAIN, DERS)


@dataclass(slots=True)
class _Staging:
    """What has been stored so far; kinds get the numbers behind those of files."""

    session: Session
    number: int
    made: list[Part] = field(default_factory=list)
    folders: int = 0


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
    folder = Path(session.folder) / f"mixed-{staging.folders}"
    staging.folders += 1
    if alike.segment is None:
        return False
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(lines_of, parts)
        try:
            name_files(session, parts)
            columns = wanted(alike.shape, _COLUMNS)
            session.execute(
                segment_view("segment_rows", alike.segment, alike.shape.valid, columns, several=len(parts) > 1)
            )
            text = _STORE.replace("$folder", quoted(str(folder))).replace("$dictionary", str(KEPT_DICTIONARY_BYTES))
            [(records,)] = session.execute(text).fetchall()
            lines = counting.result()
        except (EngineError, OSError):
            return False
    if lines is None or int(records) != sum(lines):
        return False
    for part, count in zip(parts, lines, strict=True):
        part.stored, part.records = [], count
    staging.made += _kinds(staging, parts[0], folder)
    return True


def _kinds(staging: _Staging, first: Part, folder: Path) -> list[Part]:
    """A part for each kind that was met."""
    made: list[Part] = []
    for below in sorted(folder.glob("source=*")):
        shape = first.plan.shape.kinds[below.name.partition("=")[2]]
        plan = replace(first.plan, shape=shape, segment=None, size=0)
        paths = [str(path) for path in sorted(below.glob("*.parquet"))]
        number = staging.number + len(staging.made) + len(made)
        made.append(Part(number, plan, Alike(None, shape), stored=paths, staged=True))
    return made


# --- sessions and certificates of such records -----------------------------------------------------------------------

TABLES = "CREATE TABLE IF NOT EXISTS carried (part INTEGER, der VARCHAR)"

CARRIED = f"""
INSERT INTO carried SELECT min(part), der FROM (
    SELECT part, unnest({DERS}) AS der FROM (SELECT min(part) AS part, {DERS} FROM segment_rows GROUP BY {DERS})
) WHERE der IS NOT NULL AND der NOT IN (SELECT der FROM carried) GROUP BY der
"""  # noqa: S608 - fixed names
"""Certificates that records carry in base64, each once."""

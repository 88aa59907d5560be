"""Looking after a lake: what is in it, fewer and larger files, nothing older than is wanted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from certhound.lake.store.disk import Disk, told
from certhound.lake.store.engine import FILE
from certhound.lake.store.journal import CERTIFICATES, EVENTS, REJECTS, Change, Journal, State, Stored, Waiting, Writer
from certhound.lake.store.manifest import Commit, EventsFile, ShapeInfo, TableFile
from certhound.lake.store.settle import certificate_schema
from certhound.lake.store.worker import REJECT_SCHEMA, ROW_GROUP, UNKNOWN_DAY, write_parquet
from certhound.model.columns import EVENTS as EVENT_TABLE
from certhound.query.engines.duckdb import ARROW

SMALL_BYTES = 32 * 1024 * 1024
"""Files up to this size are put together; larger ones stay as they are."""

TARGET_BYTES = 256 * 1024 * 1024
"""What is put together makes files of about this size."""


@dataclass(slots=True)
class Status:
    """What a lake holds."""

    number: int
    last_commit: str
    rows: Counter[str] = field(default_factory=Counter)
    days: dict[str, int] = field(default_factory=dict)
    files: int = 0
    inputs: Counter[str] = field(default_factory=Counter)
    unrecognised: int = 0
    unfinished: int = 0
    certificates: int = 0
    statements: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    size: int = 0
    unnamed: int = 0


def status(folder: Path) -> Status:
    """Count what a lake holds, by its manifests; certificates and rejects are looked at."""
    with Journal(folder).reading() as state:
        found = Status(state.number, state.last_commit)
        for stored in state.events.values():
            if stored.file.rows:
                found.rows[stored.shape.source] += stored.file.rows
                found.days[stored.file.day] = found.days.get(stored.file.day, 0) + stored.file.rows
        for known in state.files.values():
            if known.source:
                found.inputs[known.source] += 1
                found.unfinished += known.tail is not None and bool(known.tail.rows and known.tail.offset)
            else:
                found.unrecognised += 1
        found.files = len(state.paths())
        ids = [pq.read_table(folder / path, columns=["id"])["id"] for path in state.certificates]
        found.statements = sum(len(each) for each in ids)
        found.certificates = len(pa.chunked_array([c for each in ids for c in each.chunks], pa.string()).unique())
        for path in state.rejects:
            found.rejected.update(pq.read_table(folder / path, columns=["reason"])["reason"].to_pylist())
        found.size = sum((folder / path).stat().st_size for path in state.paths())
        found.unnamed = sum(1 for _ in _unnamed(folder, state))
    return found


def _unnamed(folder: Path, state: State) -> Iterator[Path]:
    named = state.paths()
    for each in (EVENTS, CERTIFICATES, REJECTS):
        for path in (folder / each).rglob("*.parquet"):
            if path.relative_to(folder).as_posix() not in named:
                yield path


@dataclass(frozen=True, slots=True)
class Changed:
    """What upkeep did: files before and after, rows taken out."""

    before: int
    after: int
    rows: int = 0


def compact(folder: Path, *, waiting: Waiting | None = None, disk: Disk | None = None) -> Changed:
    """Put small files of a day together, and write the journal as one manifest."""
    Journal(folder, disk).read()  # an error if there is none
    with Journal(folder, disk).writing(waiting) as writer, told(folder):
        state = writer.state
        before = len(state.paths())
        whole = Change(Commit.COMPACT, whole=True)
        keep = {path for known in state.files.values() if known.tail for path in known.tail.paths}
        for _, files in sorted(_by_kind(state).items(), key=lambda item: item[0][1:]):
            whole.events += _fewer(writer, files, keep)
        whole.certificates += _one_table(
            writer, CERTIFICATES, list(state.certificates.values()), keep, certificate_schema()
        )
        whole.rejects += _one_table(writer, REJECTS, list(state.rejects.values()), keep, REJECT_SCHEMA)
        whole.files += state.files.values()
        writer.commit(whole)
        writer.tidy()
        return Changed(before, len(state.paths()))


def _by_kind(state: State) -> dict[tuple[ShapeInfo, str, str], list[Stored]]:
    found: dict[tuple[ShapeInfo, str, str], list[Stored]] = defaultdict(list)
    for stored in state.events.values():
        # Files of several versions of a source may have other columns, and stay apart.
        found[stored.shape, stored.file.day, stored.shape.source].append(stored)
    return found


def _fewer(writer: Writer, files: Sequence[Stored], keep: set[str]) -> Iterator[Stored]:
    """The small ones among some files of a day as few larger ones."""
    small: list[Stored] = []
    for stored in files:
        if stored.file.size > SMALL_BYTES or stored.file.path in keep:
            yield stored
        else:
            small.append(stored)
    while small:
        batch, size = [small.pop(0)], 0
        while small and size < TARGET_BYTES:
            size += small[0].file.size
            batch.append(small.pop(0))
        yield _together(writer, batch) if len(batch) > 1 else batch[0]


def _together(writer: Writer, batch: Sequence[Stored]) -> Stored:
    """Several files as one, row group by row group, so that memory stays bounded."""
    shape, day = batch[0].shape, batch[0].file.day
    schema = _schema(shape)
    path = writer.staging() / "events.parquet"
    rows = 0
    varied = ("payload", "session_uid", "origin_line", "origin_record", "time", "src_port", "fields")
    dictionaries = [name for name in schema.names if name not in varied]
    options = {"compression": "zstd", "compression_level": 1, "use_dictionary": dictionaries, "store_schema": False}
    with pq.ParquetWriter(path, schema, **options) as out:
        for stored in batch:
            with pq.ParquetFile(writer.folder / stored.file.path) as source:
                for group in source.iter_batches(ROW_GROUP):
                    rows += group.num_rows
                    out.write_table(_fitted(pa.Table.from_batches([group]), schema))
    firsts = [each.file.first for each in batch if each.file.first is not None]
    lasts = [each.file.last for each in batch if each.file.last is not None]
    size = path.stat().st_size
    place = writer.place(path, f"{EVENTS}/day={day}")
    return Stored(EventsFile(place, day, rows, size, 0, min(firsts, default=None), max(lasts, default=None)), shape)


def _schema(shape: ShapeInfo) -> pa.Schema:
    kinds = {each.name: ARROW[each.kind] for each in EVENT_TABLE.columns}
    return pa.schema([*((name, kinds.get(name, pa.bool_())) for name in shape.columns), (FILE, pa.int32())])


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with exactly these columns."""
    count = table.num_rows
    columns = [
        table[name].cast(kind) if name in table.column_names else pa.nulls(count, kind)
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    return pa.table(columns, schema=schema)


def _one_table(
    writer: Writer, folder: str, files: Sequence[TableFile], keep: set[str], schema: pa.Schema
) -> list[TableFile]:
    stay = [each for each in files if each.path in keep]
    others = [each for each in files if each.path not in keep]
    if len(others) < 2:
        return [*stay, *others]
    table = pa.concat_tables([_fitted(pq.read_table(writer.folder / each.path), schema) for each in others])
    path = writer.staging() / f"{folder}.parquet"
    write_parquet(table, path)
    size = path.stat().st_size
    return [*stay, TableFile(writer.place(path, folder), table.num_rows, size)]


def expire(folder: Path, before: date, *, waiting: Waiting | None = None, disk: Disk | None = None) -> Changed:
    """Take out the days before a date. What has no day stays, and so do certificates and what is known of inputs."""
    Journal(folder, disk).read()  # an error if there is none
    with Journal(folder, disk).writing(waiting) as writer, told(folder):
        state = writer.state
        gone = [
            stored.file
            for stored in state.events.values()
            if stored.file.day != UNKNOWN_DAY and stored.file.day < before.isoformat()
        ]
        number = len(state.paths())
        if gone:
            writer.commit(Change(Commit.EXPIRE, removed=[each.path for each in gone]))
            writer.tidy()
        return Changed(number, len(state.paths()), sum(each.rows for each in gone))


def day_before(days: int, today: date) -> date:
    """The first day that is kept when so many days are."""
    return today - timedelta(days=days - 1)

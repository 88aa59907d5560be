"""The process in which files are read: it may die of one, and then nothing is lost but its own work.

It takes one job a line on standard input, as JSON, and answers each with a line on standard output. What it wrote
before it answered is whole, though not yet flushed to the disk.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from certhound.lake.certificate_rows import decode_der
from certhound.lake.store.blocks import content_of
from certhound.lake.store.engine import FILE, STATEMENT_SCHEMA, DoubtError, Engine, Rows, concatenated
from certhound.lake.store.manifest import ShapeInfo
from certhound.model.zones import Zones, zone_of
from certhound.query.engines.duckdb.errors import NoRoomError
from certhound.query.plan import RawBatch, Rejected
from certhound.sources import recognise
from certhound.sources.contract import Recognised
from certhound.sources.files import Unreadable, open_input

HELD_ROWS = 400_000
"""Rows of small files that wait for more of their kind and day."""

MAX_DAYS = 1_000
"""Days of one lot of rows that get a folder; what lies on others goes where rows without a time go."""

UNKNOWN_DAY = "unknown"
ROW_GROUP = 122_880


class Job(msgspec.Struct, omit_defaults=True):
    """What to read. ``work``: block, careful or flush.

    ``path`` opens the file (bytes as characters, so that any name fits into JSON), ``number`` is its number in the
    lake. A block has ``block`` (what opens it) and the numbers of its first ``line`` and ``record``; reading with care
    keeps the records of lines above ``after`` up to ``until``, and those above ``tail`` apart. ``zones`` are those of
    sources whose times state none. Rows that are ``alone`` are not written together with those of other files.
    """

    work: str
    path: str = ""
    number: int = 0
    block: str = ""
    line: int = 1
    record: int = 1
    alone: bool = False
    is_tail: bool = False
    after: int = 0
    until: int | None = None
    tail: int | None = None
    zones: dict[str, str] = msgspec.field(default_factory=dict)
    staging: str = ""


class Written(msgspec.Struct, omit_defaults=True):
    """A Parquet file that was written: of ``events``, ``statements``, ``certificates`` or ``rejects``."""

    table: str
    path: str
    rows: int
    is_tail: bool = False
    day: str = ""
    shape: ShapeInfo | None = None
    first: int | None = None
    last: int | None = None


class Answer(msgspec.Struct, omit_defaults=True):
    """What became of a job: rows, rejects, the last record's number, what was written; or why it is doubtful.

    ``failed``: it could not be done at all; with ``errno`` that is no fault of the file, but the disk's or the
    memory's.
    """

    rows: int = 0
    rejected: int = 0
    tail_rows: int = 0
    tail_rejected: int = 0
    certificates: int = 0
    record: int = 0
    doubt: str = ""
    failed: str = ""
    errno: int = 0
    written: list[Written] = msgspec.field(default_factory=list)


REJECT_SCHEMA = pa.schema(
    [
        ("origin_file", pa.string()), ("origin_line", pa.int64()), ("origin_record", pa.int64()),
        ("reason", pa.string()), ("sample", pa.string()), (FILE, pa.int32()),
    ]
)  # fmt: skip
CERTIFICATE_SCHEMA = pa.schema(
    [
        ("der", pa.binary()), ("form", pa.string()), ("source", pa.string()), ("origin_file", pa.string()),
        ("origin_line", pa.int64()),
        ("origin_record", pa.int64()), (FILE, pa.int32()),
    ]
)  # fmt: skip
SAID_SCHEMA = pa.schema([*STATEMENT_SCHEMA, ("source", pa.string()), ("origin_file", pa.string()), (FILE, pa.int32())])

Key = tuple[ShapeInfo, str]


@dataclass(slots=True)
class Held:
    """Rows that wait to be written, by what they are."""

    events: dict[Key, list[pa.Table]] = field(default_factory=dict)
    statements: list[pa.Table] = field(default_factory=list)
    rejects: list[pa.Table] = field(default_factory=list)
    certificates: list[pa.Table] = field(default_factory=list)
    rows: int = 0

    def add(self, rows: Rows, number: int) -> None:
        count = rows.events.num_rows
        if count:
            table = rows.events.append_column(FILE, pa.repeat(pa.scalar(number, pa.int32()), count))
            for day, part in by_day(table):
                self.events.setdefault((rows.info, day), []).append(part)
        if rows.statements is not None and rows.statements.num_rows:
            self.statements.append(_said(rows.statements, rows.info, rows.events, number))
        if rows.ders is not None:
            self._carry(rows, number)
        self.rows += count

    def _carry(self, rows: Rows, number: int) -> None:
        """Certificates that records carry as bytes."""
        found = [der for each in (rows.ders if rows.ders is not None else ()) if (der := decode_der(each.as_py()))]
        if found:
            same = {"source": rows.info.source, "origin_file": rows.events["origin_file"][0].as_py(), FILE: number}
            records = [{"der": der, "form": "carried", **same} for der in found]
            self.certificates.append(pa.Table.from_pylist(records, CERTIFICATE_SCHEMA))

    def reject(self, found: list[Rejected], number: int) -> None:
        if found:
            columns = [
                [each.file for each in found],
                [each.line for each in found],
                [each.record for each in found],
                [each.reason for each in found],
                [each.sample for each in found],
                [number] * len(found),
            ]
            arrays = [pa.array(values, kind) for values, kind in zip(columns, REJECT_SCHEMA.types, strict=True)]
            self.rejects.append(pa.table(arrays, schema=REJECT_SCHEMA))


def _said(statements: pa.Table, info: ShapeInfo, events: pa.Table, number: int) -> pa.Table:
    count = statements.num_rows
    file = events["origin_file"][0].as_py() if events.num_rows else ""
    table = statements.select(STATEMENT_SCHEMA.names).cast(STATEMENT_SCHEMA)
    table = table.append_column("source", pa.repeat(pa.scalar(info.source, pa.string()), count))
    table = table.append_column("origin_file", pa.repeat(pa.scalar(file, pa.string()), count))
    return table.append_column(FILE, pa.repeat(pa.scalar(number, pa.int32()), count))


def by_day(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Rows by the day (UTC) of their time."""
    if "time" not in table.column_names:
        yield UNKNOWN_DAY, table
        return
    days = table["time"].cast(pa.date32(), safe=False)
    counts = pc.value_counts(days)
    if len(counts) == 1:
        yield _day(counts[0]["values"].as_py()), table
        return
    values, sizes = counts.field(0), counts.field(1)
    kept = (
        values.take(pc.select_k_unstable(sizes, MAX_DAYS, [("", "descending")])) if len(counts) > MAX_DAYS else values
    )
    kept = kept.drop_null()
    for each in kept:
        yield _day(each.as_py()), _rows_where(table, pc.equal(days, each))
    if len(kept) < len(counts):
        yield UNKNOWN_DAY, table.filter(pc.invert(pc.is_in(days, value_set=kept)))


def _rows_where(table: pa.Table, mask: pa.ChunkedArray) -> pa.Table:
    """Rows that a mask chooses; as a rule they stand together, and then nothing is copied."""
    places = pc.indices_nonzero(mask)
    first, last = places[0].as_py(), places[-1].as_py()
    return table.slice(first, len(places)) if last - first + 1 == len(places) else table.filter(mask)


def _day(day: Any) -> str:
    return UNKNOWN_DAY if day is None else day.isoformat()


class Worker:
    """Does jobs one after the other."""

    def __init__(self, memory: str) -> None:
        self.engine = Engine(memory)
        self.held = Held()
        self._taken: dict[str, Recognised] = {}
        self._files = 0
        self.works: dict[str, Callable[[Job], Answer]] = {
            "block": self.block,
            "careful": self.careful,
            "flush": self.flush,
        }

    def do(self, job: Job) -> Answer:
        try:
            return self.works[job.work](job)
        except DoubtError as doubt:
            return Answer(doubt=str(doubt)[:500])

    def block(self, job: Job) -> Answer:
        """A block of whole lines, read by the engine; nothing is kept of a doubtful one."""
        [plan] = self._recognised(job.path, job.zones).plans
        rows = self.engine.block(plan, job.block, content_of(job.block), job.line, job.record)
        held = Held() if job.alone else self.held
        held.add(rows, job.number)
        written = self._write(held, job.staging, is_tail=job.is_tail) if job.alone else []
        if self.held.rows > HELD_ROWS:
            written += self._take(job.staging)
        count = rows.events.num_rows
        return Answer(rows=count, record=job.record + count - 1, written=written)

    def careful(self, job: Job) -> Answer:
        """A file line by line, or what stands in some of its lines."""
        whole, tail, answer = Held(), Held(), Answer()
        written: list[Written] = []
        taken = self._recognised(job.path, job.zones)
        for plan in taken.plans:
            for item in plan.careful():
                if isinstance(item, Rejected):
                    self._keep_reject(item, job, whole, tail, answer)
                    continue
                for held, after, until in (
                    (whole, job.after, _least(job.tail, job.until)),
                    (tail, job.tail, job.until),
                ):
                    batch = None if after is None else between(item, after, until)
                    if batch is None:
                        continue
                    held.add(self.engine.batch(plan, batch), job.number)
                    if held is tail:
                        answer.tail_rows += len(batch.lines)
                    else:
                        answer.rows += len(batch.lines)
                        answer.record = max(answer.record, *batch.records)
                if whole.rows > HELD_ROWS:
                    written += self._write(whole, job.staging)
                    whole = Held()
        self._certificates(taken, job, whole, tail, answer)
        written += self._write(whole, job.staging)
        answer.written = written + self._write(tail, job.staging, is_tail=True)
        return answer

    @staticmethod
    def _keep_reject(item: Rejected, job: Job, whole: Held, tail: Held, answer: Answer) -> None:
        line = item.line if item.line is not None else (item.record or 0)
        if line and (line <= job.after or (job.until is not None and line > job.until)):
            return
        if job.tail is not None and line > job.tail:
            tail.reject([item], job.number)
            answer.tail_rejected += 1
        else:
            whole.reject([item], job.number)
            answer.rejected += 1
            answer.record = max(answer.record, item.record or 0)

    @staticmethod
    def _certificates(taken: Recognised, job: Job, whole: Held, tail: Held, answer: Answer) -> None:
        """What a file holds as certificates. Read again they add nothing; what could not be read is taken back then."""
        rows: list[dict[str, object]] = []
        for item in taken.certificates or ():
            if isinstance(item, Rejected):
                tail.reject([item], job.number)
                answer.tail_rejected += 1
            else:
                rows.append(
                    {"der": item.der, "form": "file", "source": taken.source, "origin_file": item.file,
                     "origin_line": item.line, "origin_record": item.record, FILE: job.number}
                )  # fmt: skip
        if rows:
            whole.certificates.append(pa.Table.from_pylist(rows, CERTIFICATE_SCHEMA))
        answer.certificates = len(rows)

    def flush(self, job: Job) -> Answer:
        """Write what waits."""
        return Answer(written=self._take(job.staging))

    # --- files -----------------------------------------------------------------------------------------------------

    def _recognised(self, path: str, zones: dict[str, str]) -> Recognised:
        if path not in self._taken:
            self._taken.clear()
            file = open_input(Path(os.fsdecode(path.encode("latin-1"))))
            answer = None if isinstance(file, Unreadable) else recognise(replace(file, zones=_zones(zones)))
            if not isinstance(answer, Recognised):
                raise DoubtError("it is no longer what it was when it was looked at")
            self._taken[path] = answer
        taken = self._taken[path]
        if taken.certificates is not None:
            self._taken.clear()  # an iterator is good for once
        return taken

    def _take(self, staging: str) -> list[Written]:
        held, self.held = self.held, Held()
        return self._write(held, staging)

    def _write(self, held: Held, staging: str, *, is_tail: bool = False) -> list[Written]:
        written: list[Written] = []
        for (info, day), tables in held.events.items():
            table = concatenated(tables)
            made = self._file("events", table, staging, is_tail=is_tail)
            made.day, made.shape = day, info
            if "time" in table.column_names:
                span = pc.min_max(table["time"].cast(pa.int64()))
                made.first, made.last = span["min"].as_py(), span["max"].as_py()
            written.append(made)
        others = {"statements": held.statements, "rejects": held.rejects, "certificates": held.certificates}
        for name, tables in others.items():
            if tables:
                written.append(self._file(name, pa.concat_tables(tables), staging, is_tail=is_tail))
        return written

    def _file(self, name: str, table: pa.Table, staging: str, *, is_tail: bool = False) -> Written:
        path = Path(staging) / f"{name}-{os.getpid()}-{self._files}.parquet"
        self._files += 1
        write_parquet(table, path)
        return Written(name, str(path), table.num_rows, is_tail=is_tail)


_VARIED = frozenset(("payload", "session_uid", "origin_line", "origin_record", "time", "src_port"))
"""Columns whose values hardly repeat: they go without a dictionary, which would be tried and given up."""

_PACKED = frozenset(("payload", "session_uid"))
"""Columns with zstd, where much is gained; it takes longer than the rest of writing."""

_DIGESTS = frozenset(("certificate_id", "cert_chain", "cert_sha256", "cert_sha1", "cert_md5", "client_certificate_id"))
"""Columns in which nothing comes again but whole values, which their dictionaries know already."""

_UNORDERED = frozenset((*_PACKED, *_DIGESTS, "fields", "origin_file", "parse_error"))
"""Columns of which nobody asks for a range, so that their least and greatest value need not be looked for."""


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table, each column in the form that is cheap for it."""
    leaves = {leaf: field.name for field in table.schema for leaf in _leaves(field)}
    pq.write_table(
        table, path, row_group_size=_row_group(table.num_rows), store_schema=False,
        compression={leaf: _compression(name) for leaf, name in leaves.items()},
        use_dictionary=[leaf for leaf, name in leaves.items() if name not in _VARIED],
        write_statistics=[leaf for leaf, name in leaves.items() if name not in _UNORDERED],
    )  # fmt: skip


def _leaves(field: pa.Field) -> list[str]:
    """A column as Parquet names it: lists and maps by what is in them."""
    if pa.types.is_map(field.type):
        return [f"{field.name}.key_value.key", f"{field.name}.key_value.value"]
    return [f"{field.name}.list.element"] if pa.types.is_list(field.type) else [field.name]


def _compression(name: str) -> str:
    if name in _PACKED:
        return "zstd"
    return "none" if name in _DIGESTS else "snappy"


def _row_group(rows: int) -> int:
    """Row groups of one size, none of them much smaller than the others."""
    groups = -(-rows // ROW_GROUP)
    return max(1, -(-rows // max(1, groups)))


def _zones(named: dict[str, str]) -> Zones:
    return Zones({source: zone for source, name in named.items() if (zone := zone_of(name)) is not None})


def packed(path: str) -> str:
    """A path as a job has it."""
    return os.fsencode(path).decode("latin-1")


def _least(one: int | None, other: int | None) -> int | None:
    given = [each for each in (one, other) if each is not None]
    return min(given, default=None)


def between(batch: RawBatch, after: int, until: int | None) -> RawBatch | None:
    """The records of lines above one and up to another; those of a source without lines are all above."""
    high = float("inf") if until is None else until
    places = [place for place, line in enumerate(batch.lines) if after < (line or after + 1) <= high]
    if len(places) == len(batch.lines):
        return batch
    if not places:
        return None
    return replace(
        batch,
        raw={name: [values[place] for place in places] for name, values in batch.raw.items()},
        lines=[batch.lines[place] for place in places],
        records=[batch.records[place] for place in places],
        payloads=[batch.payloads[place] for place in places],
        fields=[batch.fields[place] for place in places],
        problems=[batch.problems[place] for place in places],
    )


def main() -> None:
    """Jobs in, answers out, until standard input ends."""
    # The protocol has standard output for itself.
    out: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    worker = Worker(sys.argv[1] if len(sys.argv) > 1 else "700MB")
    decoder, encoder = msgspec.json.Decoder(Job), msgspec.json.Encoder()
    for line in sys.stdin.buffer:
        try:
            answer = worker.do(decoder.decode(line))
        except NoRoomError as error:
            answer = Answer(failed=error.text, errno=errno.ENOSPC)
        except OSError as error:
            answer = Answer(failed=error.strerror or str(error), errno=error.errno or errno.EIO)
        except Exception as error:  # noqa: BLE001 -- the boundary of the process: whoever asked decides
            answer = Answer(failed=f"{type(error).__name__}: {error}"[:2000])
            traceback.print_exc() if os.environ.get("CERTHOUND_DEBUG") else None
        out.write(encoder.encode(answer) + b"\n")
        out.flush()


if __name__ == "__main__":
    main()

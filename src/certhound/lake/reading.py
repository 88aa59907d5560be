"""Reading files into the lake: fast where nothing is doubtful, else carefully, and never both.

The fast path hands a whole file to the engine. A record that is not whole raises an error in the middle of the
statement, as does anything that the engine's reader stumbles over, and physical lines are counted against records; on
any doubt nothing of the file is kept and the careful path reads it line by line, keeps every good record, and puts the
others aside with their reasons.

Plain text is read where it lies, as often as it is asked. What is compressed or was read carefully is stored once, as
Parquet in the session's folder.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from certhound.model.columns import CERTIFICATES, EVENTS, Kind
from certhound.query.engines.duckdb import ARROW
from certhound.query.engines.duckdb.session import EngineError, Session
from certhound.query.engines.duckdb.view import Wanted, view_over_parquet, view_over_segment, view_over_table
from certhound.query.plan import Compression, RawBatch, ReadPlan, Rejected, Shape
from certhound.sources.streams import zstd_is_whole

PREFIX = "c_"
"""Columns of ``certificates`` that a record states are named with this beside the columns of ``events``."""

EVENT_COLUMNS: tuple[str, ...] = (
    "time", "log_source", "src_ip", "src_port", "dst_ip", "dst_port", "transport", "service", "bytes_out", "session_uid",
    "dst_host", "sni", "tls_version", "ja3", "ja3s", "tls_established", "tls_state", "certificate_id", "cert_chain",
    "cert_validation", "cert_subject", "cert_issuer", "cert_not_before", "cert_not_after", "cert_fuid",
)  # fmt: skip
"""What the lake's own statements read of an event."""

CERTIFICATE_COLUMNS: tuple[str, ...] = (
    "sha256", "sha1", "md5", "fuid", "version", "serial", "subject", "issuer", "not_before", "not_after", "key_type",
    "key_bits", "curve", "signature_algorithm", "san_dns", "san_ip", "san_uri", "san_email", "is_ca", "path_len", "der",
    "role", "sensor_validation",
)  # fmt: skip
"""What they read of a statement about a certificate."""

_DER_AS_TEXT = Kind.TEXT
"""A record states DER in base64; it becomes bytes once for each distinct certificate, not once a record."""


@dataclass(frozen=True, slots=True)
class Work:
    """Statements over the view ``segment_rows`` of one file, and the query that says how many records they read.

    ``views`` are statements that make further views on it.
    """

    statements: Sequence[str]
    records: str
    views: Sequence[str] = ()


@dataclass(slots=True)
class Part:
    """One file of the lake: its plan, how it is read from now on, and what became of its records."""

    number: int
    plan: ReadPlan
    stored: list[str] | None = None
    records: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def fast(self) -> bool:
        """Whether the engine reads the file where it lies."""
        return self.stored is None and self.plan.segment is not None


def wanted(shape: Shape, extra: Sequence[str] = ()) -> list[Wanted]:
    """The columns of ``segment_rows`` for a shape."""
    events = [
        Wanted(name, EVENTS.column(name).kind, shape.mapping.get(name))
        for name in dict.fromkeys((*EVENT_COLUMNS, *extra))
    ]
    stated = shape.certificate or {}
    certificate = [
        Wanted(PREFIX + name, _DER_AS_TEXT if name == "der" else CERTIFICATES.column(name).kind, stated.get(name))
        for name in CERTIFICATE_COLUMNS
    ]
    return events + certificate


def work_over(session: Session, part: Part, work: Work) -> None:
    """Do the work over one file; on doubt undo it, store the file carefully and do it over what was stored."""
    if part.stored is None and not _try_fast(session, part, work):
        store_carefully(session, part)
    if part.stored is not None:
        view_over_parquet(session, "segment_rows", part.stored, wanted(part.plan.shape))
        part.records = _run(session, part, work)


def _try_fast(session: Session, part: Part, work: Work) -> bool:
    """The engine's own reader over the whole file, in one transaction; False when anything is doubtful."""
    segment = part.plan.segment
    if segment is None:
        return False
    if segment.compression is not Compression.NONE:
        return _try_store(session, part)
    session.execute("BEGIN TRANSACTION")
    try:
        view_over_segment(session, "segment_rows", segment, part.plan.shape.valid, wanted(part.plan.shape))
        records = _run(session, part, work)
        agree = _lines_agree(part, records)
    except (EngineError, OSError):
        agree = False
    session.execute("COMMIT" if agree else "ROLLBACK")
    if agree:
        part.records = records
    return agree


def _try_store(session: Session, part: Part) -> bool:
    """A compressed file, decompressed once by the engine into Parquet; False when anything is doubtful.

    Every column is checked for wholeness on the way, so lines need not be counted again.
    """
    segment = part.plan.segment
    if segment is None or (segment.compression is Compression.ZSTD and not zstd_is_whole(segment.path)):
        return False
    path = str(Path(session.folder) / f"part-{part.number}.parquet")
    try:
        view_over_segment(session, "segment_rows", segment, part.plan.shape.valid, wanted(part.plan.shape))
        session.execute(_COPY.replace("$path", _quoted(path)))
    except EngineError:
        Path(path).unlink(missing_ok=True)
        return False
    part.stored = [path]
    return True


_COPY = "COPY (SELECT * FROM segment_rows) TO $path (FORMAT parquet, COMPRESSION lz4_raw)"


def _quoted(path: str) -> str:
    """A path of the session's own folder as an SQL literal (COPY takes no parameter there)."""
    return "'" + path.replace("'", "''") + "'"


def store_carefully(session: Session, part: Part) -> None:
    """Read a file line by line into Parquet; rejects are kept with their places."""
    part.stored, part.rejected = [], []
    for item in part.plan.careful():
        if isinstance(item, Rejected):
            part.rejected.append(item)
            continue
        path = str(Path(session.folder) / f"part-{part.number}-{len(part.stored)}.parquet")
        session.register("careful_batch", raw_table(item))
        view_over_table(session, "segment_rows", "careful_batch", item.kinds, wanted(item.shape))
        session.execute(_COPY.replace("$path", _quoted(path)))
        session.unregister("careful_batch")
        part.stored.append(path)
    if not part.stored:
        part.stored = [_empty(session, part)]


def _empty(session: Session, part: Part) -> str:
    """A file without a good record, so that later statements find columns and no rows."""
    path = str(Path(session.folder) / f"part-{part.number}-empty.parquet")
    columns = [Wanted(each.name, each.kind, None) for each in wanted(part.plan.shape)]
    session.register("careful_batch", pa.table({"nothing": pa.array([], pa.string())}))
    view_over_table(session, "segment_rows", "careful_batch", {}, columns)
    session.execute(_COPY.replace("$path", _quoted(path)))
    session.unregister("careful_batch")
    return path


def _run(session: Session, part: Part, work: Work) -> int:
    for statement in (*work.views, *work.statements):
        session.execute(statement, {"part": part.number} if "$part" in statement else None)
    return int(session.scalar(work.records, {"part": part.number}) or 0)


def _lines_agree(part: Part, records: int) -> bool:
    """Whether as many records were read as the file has lines for them."""
    segment = part.plan.segment
    if segment is None:
        return False
    lines, comments = count_lines(Path(segment.path), segment.first_line - 1, segment.comment)
    return records == lines - comments


def count_lines(path: Path, skip: int, comment: str) -> tuple[int, int]:
    """Physical lines below the first ``skip``, and whether (1) or not (0) the last is a comment (Zeek's ``#close``)."""
    with path.open("rb") as stream:
        if path.stat().st_size == 0:
            return 0, 0
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            count = sum(data[at : at + (1 << 24)].count(b"\n") for at in range(0, len(data), 1 << 24))
            count += data[-1:] != b"\n"
            last = data.rfind(b"\n", 0, len(data) - 1) + 1
            closing = int(count > skip and data[last : last + 1] == comment.encode())
            return max(0, count - skip), closing


def raw_table(batch: RawBatch) -> pa.Table:
    """A batch of carefully split records as Arrow, raw columns only."""
    return pa.table({name: pa.array(values, ARROW[batch.kinds[name]]) for name, values in batch.raw.items()})


def view_with(session: Session, part: Part, columns: Sequence[str]) -> None:
    """``segment_rows`` over a file that the engine reads where it lies, with these columns of ``events``."""
    if part.plan.segment is None:
        raise ValueError("only a file with a segment can be read where it lies")
    shape = part.plan.shape
    chosen = [Wanted(name, EVENTS.column(name).kind, shape.mapping.get(name)) for name in columns]
    view_over_segment(session, "segment_rows", part.plan.segment, shape.valid, chosen)


def careful_events(session: Session, plan: ReadPlan) -> Iterator[pa.Table | Rejected]:
    """Every record of a file with all columns of ``events``, read carefully: payload and vendor fields are there."""
    for item in plan.careful():
        yield item if isinstance(item, Rejected) else _all_columns(session, plan, item)


_PLACED = ("origin_file", "origin_line", "origin_record", "payload", "fields", "parse_error", "source", "category")


def _all_columns(session: Session, plan: ReadPlan, batch: RawBatch) -> pa.Table:
    table = raw_table(batch)
    count = table.num_rows
    session.register("careful_batch", table)
    columns = [Wanted(c.name, c.kind, batch.shape.mapping.get(c.name)) for c in EVENTS.columns if c.name not in _PLACED]
    view_over_table(session, "all_rows", "careful_batch", batch.kinds, columns)
    mapped = session.arrow("SELECT * FROM all_rows")
    session.unregister("careful_batch")
    placed = {
        "origin_file": pa.array([plan.file] * count, pa.string()),
        "origin_line": pa.array(batch.lines, pa.int64()),
        "origin_record": pa.array(batch.records, pa.int64()),
        "payload": pa.array(batch.payloads, pa.string()),
        "fields": pa.array([list(each.items()) for each in batch.fields], ARROW[Kind.MAP]),
        "parse_error": pa.array(batch.problems, pa.string()),
        "source": pa.array([batch.shape.source] * count, pa.string()),
        "category": pa.array([batch.shape.category] * count, pa.string()),
    }
    return pa.table({name: placed[name] if name in placed else mapped[name] for name in EVENTS.names()})

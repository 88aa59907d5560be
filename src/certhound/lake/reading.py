"""Reading files into the lake: fast where nothing is doubtful, else carefully, and never both.

The fast path hands whole files to the engine, those that are laid out alike in one go. A record that is not whole
raises an error in the middle of the statement, as does anything that the engine's reader stumbles over, and physical
lines are counted against records; on any doubt nothing of it is kept, the files are halved until the doubtful one
stands alone, and the careful path reads that one line by line, keeps every good record, and puts the others aside with
their reasons.

What the engine reads is read where it lies, as often as it is asked; what was read carefully is stored once, as Parquet
in the session's folder.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from certhound.lake.careful_batches import all_columns, printed, raw_table
from certhound.lake.line_counts import Lines, count_lines, count_packed
from certhound.lake.session_groups import (
    ANY_WATCHED,
    KEEP_SMALL,
    KEPT_APART,
    KEPT_OF_GROUPS,
    SAID_OF_STORED,
    SESSION_COLUMNS,
    SINGLY,
    STORED_GROUPS,
    STORED_SESSIONS,
    TOLD_AGAIN,
    Saying,
    group_sessions,
    keep_large,
)
from certhound.lake.statements import FUID_KEYS, FUIDS_STATED, STORED_FUIDS, STORED_STATEMENTS
from certhound.model.columns import CERTIFICATES, EVENTS, Kind
from certhound.query.engines.duckdb.read import PARTS, PATHS, literal_paths
from certhound.query.engines.duckdb.session import EngineError, Session
from certhound.query.engines.duckdb.view import (
    Grouped,
    Told,
    Wanted,
    distinct_view,
    fuid_view,
    groups_view,
    parquet_view,
    records_view,
    said_of,
    segment_view,
    table_view,
)
from certhound.query.plan import Compression, Layout, RawBatch, ReadPlan, Rejected, Segment, Shape
from certhound.query.tree import Call, Expr

PREFIX = "c_"
"""Columns of ``certificates`` that a record states are named with this beside the columns of ``events``."""

NAME = "name"
"""What a session calls its server: the SNI, else the host name that the record has otherwise."""

AGAIN, DERS = "again", "ders"
"""What a shape says beside its columns of tables: that the session has another record; the certificates it carries."""

EVENT_COLUMNS: tuple[str, ...] = (
    *SESSION_COLUMNS, "log_source", "src_port", "service", "bytes_out", "dst_host", "sni", "tls_version", "cert_fuid",
    "dns_query", "dns_answers",
)  # fmt: skip
"""What the lake's own statements read of an event."""

CERTIFICATE_COLUMNS: tuple[str, ...] = (
    "sha256", "sha1", "md5", "fuid", "version", "serial", "subject", "issuer", "not_before", "not_after", "key_type",
    "key_bits", "curve", "signature_algorithm", "san_dns", "san_ip", "san_uri", "san_email", "is_ca", "path_len", "der",
    "role", "sensor_validation",
)  # fmt: skip
"""What they read of a statement about a certificate."""

BATCH_BYTES = 768 * 1024 * 1024
"""Files that are read in one go have up to so many bytes together; a larger one is read alone."""

_INFLATION = 5
"""How much larger a log is than its compressed form, roughly."""

_DER_AS_TEXT = Kind.TEXT
"""A record states DER in base64; it becomes bytes once for each distinct certificate, not once a record."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What files have in common that are read in one go: layout, columns, meaning. ``texts`` keeps printed views."""

    segment: Segment | None
    shape: Shape
    texts: dict[tuple[str, ...], str] = field(default_factory=dict)


@dataclass(slots=True)
class Part:
    """One file of the lake (or what one kind of log in it gave): its plan, how it is read from now on, and what became
    of its records. ``whole``: what is stored has all columns of ``events``. ``staged``: it is what one kind of record
    gave in files that have parts of their own, whose ``stored`` is empty (see :mod:`.mixed`). ``view`` names a view of
    the session that has its rows, with all columns. ``ignored``: all of it was watched, and nothing
    was seen (see :class:`Work`).
    """

    number: int
    plan: ReadPlan
    alike: Alike
    stored: list[str] | None = None
    whole: bool = False
    staged: bool = False
    view: str | None = None
    records: int = 0
    ignored: bool = False
    newlines: array[int] | None = None
    packed: Lines | None = None
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def fast(self) -> bool:
        """Whether the engine reads the file where it lies."""
        return self.stored is None and self.plan.segment is not None

    @property
    def in_place(self) -> bool:
        """Whether the engine can read the file where it lies, whatever was stored of it besides."""
        return self.plan.segment is not None and not self.stored

    @property
    def size(self) -> int:
        """Bytes of the file when it is not compressed, roughly."""
        segment = self.plan.segment
        compressed = segment is not None and segment.compression is not Compression.NONE
        return self.plan.size * _INFLATION if compressed else self.plan.size


@dataclass(frozen=True, slots=True)
class Work:
    """Statements over a view of files: ``segment_rows`` with some columns, or ``told_rows``.

    ``records`` is a query that says how many records they read (empty: that is known already); ``$part`` in statements
    and query is the number of the first file. ``then`` is done when nothing turned out doubtful. ``columns`` are those
    of ``segment_rows``; ``stated`` (of ``told_rows``) names the table of what other records tell of file ids, and
    ``fuids`` says that the records themselves may have some; ``again`` for sessions of which no other
    record told. ``watched`` is a test of the raw columns: which sessions would have to be looked at again.
    """

    statements: Sequence[str]
    records: str
    columns: Sequence[str] = ()
    then: Sequence[str] = ()
    sessions: bool = False
    by_fuid: bool = False
    unread: frozenset[str] = frozenset()
    told: bool = False
    stated: str | None = None
    fuids: bool = False
    again: bool = False
    watched: Expr | None = None


def parts_of(plans: Iterator[ReadPlan]) -> list[Part]:
    """A part for each plan; those that are laid out alike know it."""
    kinds: dict[tuple[str, Segment | None], list[Alike]] = {}
    parts: list[Part] = []
    for number, plan in enumerate(plans):
        layout = None if plan.segment is None else replace(plan.segment, path="")
        known = kinds.setdefault((plan.shape.source, layout), [])
        alike = next((each for each in known if each.shape is plan.shape or each.shape == plan.shape), None)
        if alike is None:
            alike = Alike(layout, plan.shape)
            known.append(alike)
        parts.append(Part(number, plan, alike))
    return parts


def batches_of(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Parts in groups that can be read in one go, in the order in which the first of each group stands."""
    groups: dict[tuple[int, bool], list[Part]] = {}
    for part in parts:
        if part.stored == []:
            continue  # its kinds have parts of their own
        groups.setdefault((id(part.alike), part.fast), []).append(part)
    for (_, fast), group in groups.items():
        batch: list[Part] = []
        size = 0
        for part in group:
            if batch and (not fast or size + part.size > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(part)
            size += part.size
        yield batch


def wanted(shape: Shape, names: Sequence[str]) -> list[Wanted]:
    """Columns of ``segment_rows`` for a shape; those of certificates begin with ``c_``."""
    stated = shape.certificate or {}
    return [
        _wanted_of_certificate(name.removeprefix(PREFIX), stated.get(name.removeprefix(PREFIX)))
        if name.startswith(PREFIX)
        else Wanted(name, _KINDS.get(name) or EVENTS.column(name).kind, _event(shape, name))
        for name in names
    ]


_KINDS = {NAME: Kind.TEXT, AGAIN: Kind.BOOL, DERS: Kind.LIST}


def _event(shape: Shape, name: str) -> Expr | None:
    if name in (AGAIN, DERS):
        return shape.again if name == AGAIN else shape.ders
    if name != NAME:
        return shape.mapping.get(name)
    sni, host = shape.mapping.get("sni"), shape.mapping.get("dst_host")
    if sni is None or host is None or sni == host:
        return sni if sni is not None else host
    return Call("coalesce", (sni, host))


def _wanted_of_certificate(name: str, expr: Expr | None) -> Wanted:
    return Wanted(PREFIX + name, _DER_AS_TEXT if name == "der" else CERTIFICATES.column(name).kind, expr)


ALL_COLUMNS: tuple[str, ...] = (*EVENT_COLUMNS, *(PREFIX + name for name in CERTIFICATE_COLUMNS))
"""What is stored of a file that was read carefully."""


def work_over(session: Session, parts: Sequence[Part], work: Work) -> None:
    """Do the work over files that are alike; on doubt undo it, and do it over each half, or over what was stored."""
    if parts[0].fast:
        if _try_fast(session, parts, work):
            return
        if len(parts) > 1:
            middle = len(parts) // 2
            work_over(session, parts[:middle], work)
            work_over(session, parts[middle:], work)
            return
    for part in parts:
        if part.stored is None:
            store_carefully(session, part)
        name_files(session, [part])
        _view_stored(session, part, work)
        records = _run(session, [part], work)
        part.records = records if work.records and not part.staged else part.records
        _finish(session, [part], work)


def _try_fast(session: Session, parts: Sequence[Part], work: Work) -> bool:
    """The engine's own reader over whole files, in one transaction; False when anything is doubtful."""
    session.execute("BEGIN TRANSACTION")
    with ThreadPoolExecutor(1) as pool:
        # Counted while the engine reads: neither reading nor decompressing needs the lock of Python.
        counting = pool.submit(lines_of, parts)
        try:
            name_files(session, parts)
            for text in _views(parts, work):
                session.execute(text)
            records = _run(session, parts, work)
            lines = counting.result()
            agree = lines is None or not work.records or records == sum(lines)
        except (EngineError, OSError):
            agree = False
    session.execute("COMMIT" if agree else "ROLLBACK")
    if agree:
        _finish(session, parts, work)
    if agree and work.records:
        for part, count in zip(parts, lines or [records] + [0] * (len(parts) - 1), strict=True):
            part.records = count
    return agree


def name_files(session: Session, parts: Sequence[Part]) -> None:
    """Say in the session's variables which files are read."""
    session.execute(f"SET VARIABLE {PATHS} = $paths", {"paths": literal_paths([part.plan.file for part in parts])})
    session.execute(f"SET VARIABLE {PARTS} = $parts", {"parts": [part.number for part in parts]})


def _views(parts: Sequence[Part], work: Work) -> list[str]:
    """The views that a work reads, printed once for all files that are alike."""
    alike, several = parts[0].alike, len(parts) > 1
    segment, shape = alike.segment, alike.shape
    if segment is None:
        raise ValueError("only files with a segment can be read where they lie")
    if work.sessions:
        grouped, key = _grouped(alike, work, several)
        return [_kept(alike, ("sessions", *key), partial(records_view, "session_rows", grouped))]
    if not work.told:
        return [_kept(alike, ("rows", str(several), *work.columns), lambda: segment_view(
            "segment_rows", segment, shape.valid, wanted(shape, work.columns), several=several
        ))]  # fmt: skip
    told = _told(segment, shape, work.stated, several)
    key = (str(work.stated), str(several))
    texts = [_kept(alike, ("told", *key), lambda: distinct_view("told_rows", told))]
    return [*texts, _kept(alike, ("fuids", *key), lambda: fuid_view("fuid_rows", told))] if work.fuids else texts


def _grouped(alike: Alike, work: Work, several: bool) -> tuple[Grouped, tuple[str, ...]]:
    if alike.segment is None:
        raise ValueError("only files with a segment can be read where they lie")
    columns = [
        replace(each, expr=None) if each.name in work.unread else each for each in wanted(alike.shape, SESSION_COLUMNS)
    ]
    singly = SINGLY
    if work.watched is not None:
        columns.append(Wanted("watched", Kind.BOOL, work.watched))
        singly |= {"watched"}
    fuid = alike.shape.mapping.get("cert_fuid") if work.by_fuid else None
    grouped = Grouped(alike.segment, alike.shape, columns, singly, fuid, "fuid_ids_once", several)
    return grouped, (str(work.by_fuid), str(several), str(work.watched is not None), *sorted(work.unread))


LARGE_BYTES = 64_000_000
"""From this size on it pays to look first at what most sessions say."""


def _saying(parts: Sequence[Part], work: Work) -> Saying:
    """What sessions of these files say, by the columns of ``session_rows``."""
    alike = parts[0].alike
    if alike.segment is None or not parts[0].fast:
        return SAID_OF_STORED
    grouped, _ = _grouped(alike, work, len(parts) > 1)
    others, texts = said_of(grouped)
    tabbed = alike.segment.layout is Layout.DELIMITED and alike.segment.separator == "\t"
    return Saying(("by_fuid", *others), texts, tabbed)


def _session_statements(parts: Sequence[Part], work: Work) -> Sequence[str]:
    """How sessions get from files to groups."""
    first = parts[0]
    large = (first.fast or first.view is not None) and sum(part.size for part in parts) > LARGE_BYTES
    several, watched = len(parts) > 1 or first.staged, _is_watched(parts, work)
    return group_sessions(_saying(parts, work), large=large, several=several, watched=watched)


def _is_watched(parts: Sequence[Part], work: Work) -> bool:
    return parts[0].fast and work.watched is not None


def _keep_sessions(session: Session, parts: Sequence[Part], work: Work) -> None:
    """Who met what, and when, stays until it is known of which contacts that matters."""
    number = parts[0].number
    if int(session.scalar("SELECT count(*) FROM sessions_kept") or 0) < KEPT_APART:
        session.execute(KEEP_SMALL, {"part": number})
    else:
        named = "session_uid" not in work.unread
        session.execute(keep_large(number, _saying(parts, work), named=named, watched=_is_watched(parts, work)))


def _finish(session: Session, parts: Sequence[Part], work: Work) -> None:
    """What is done when nothing turned out doubtful; sessions are grouped by then."""
    if work.sessions and parts[0].fast:
        grouped, key = _grouped(parts[0].alike, work, len(parts) > 1)
        make = partial(groups_view, "group_rows", "session_groups", KEPT_OF_GROUPS, grouped)
        session.execute(_kept(parts[0].alike, ("groups", *key), make))
    elif work.sessions:
        session.execute(STORED_GROUPS)
    if work.sessions and _is_watched(parts, work) and not session.scalar(ANY_WATCHED):
        for part in parts:
            part.ignored = True
    _do(session, parts[0].number, work.then)
    if work.sessions:
        _keep_sessions(session, parts, work)


def _told(segment: Segment, shape: Shape, stated: str | None, several: bool) -> Told:
    names = [PREFIX + name for name in CERTIFICATE_COLUMNS if name != "fuid"]
    fuid = (shape.certificate or {}).get("fuid")
    return Told(segment, shape, wanted(shape, names), fuid, None if fuid is None else stated, several)


def _kept(alike: Alike, key: tuple[str, ...], make: Callable[[], str]) -> str:
    if key not in alike.texts:
        alike.texts[key] = make()
    return alike.texts[key]


def _run(session: Session, parts: Sequence[Part], work: Work) -> int:
    first = parts[0].number
    with session.joins_as_written():
        _do(session, first, _session_statements(parts, work) if work.sessions else work.statements)
        if work.fuids and session.scalar(FUIDS_STATED, {"part": first}):
            _do(session, first, [FUID_KEYS])
    if not work.records:
        return 0
    return int(session.scalar(work.records, {"part": first} if "$part" in work.records else None) or 0)


def _do(session: Session, first: int, statements: Sequence[str]) -> None:
    for statement in statements:
        session.execute(statement, {"part": first} if "$part" in statement else None)


# --- lines ---------------------------------------------------------------------------------------------------------


def lines_of(parts: Sequence[Part]) -> list[int] | None:
    """How many records each file has by its lines."""
    counts: list[int] = []
    for part in parts:
        segment = part.plan.segment
        if segment is None:
            return None
        if segment.compression is Compression.NONE:
            lines = count_lines(Path(segment.path), segment.comment)
            part.newlines = lines.newlines
        else:
            lines = part.packed = part.packed or count_packed(segment)
        above = segment.first_line - 1
        counts.append(max(0, lines.count - above) - (lines.closes and lines.count > above))
    return counts


# --- the careful path ----------------------------------------------------------------------------------------------

_COPY = "COPY (SELECT * EXCLUDE (part) FROM segment_rows) TO $path (FORMAT parquet, COMPRESSION lz4_raw)"


def quoted(path: str) -> str:
    """A path of the session's own folder as an SQL literal (COPY takes no parameter there)."""
    return "'" + path.replace("'", "''") + "'"


def store_carefully(session: Session, part: Part) -> None:
    """Read a file line by line into Parquet; rejects are kept with their places."""
    part.stored, part.rejected = [], []
    name_files(session, [part])
    for item in part.plan.careful():
        if isinstance(item, Rejected):
            part.rejected.append(item)
            continue
        path = str(Path(session.folder) / f"part-{part.number}-{len(part.stored)}.parquet")
        session.register("careful_batch", raw_table(item))
        session.execute(printed("segment_rows", item, lambda shape: wanted(shape, ALL_COLUMNS)))
        session.execute(_COPY.replace("$path", quoted(path)))
        session.unregister("careful_batch")
        part.stored.append(path)
    if not part.stored:
        part.stored = [_empty(session, part)]


def store_mixed(session: Session, part: Part, number: int) -> list[Part]:
    """Read a file whose records are of several logs, once: a part for each log, with all columns of ``events``.

    The first takes the place of the file's own part, the others are numbered from ``number`` on.
    """
    logs: dict[tuple[str, str], Part] = {}
    rejected: list[Rejected] = []
    for item in part.plan.careful():
        if isinstance(item, Rejected):
            rejected.append(item)
            continue
        key = (item.shape.source, item.shape.category)
        into = logs.get(key)
        if into is None:
            plan = replace(part.plan, shape=item.shape)
            own = part.number if not logs else number + len(logs) - 1
            into = logs[key] = Part(own, plan, Alike(None, item.shape), stored=[], whole=True)
        stored = into.stored = into.stored or []
        path = str(Path(session.folder) / f"part-{into.number}-{len(stored)}.parquet")
        session.register("whole_batch", _whole_table(session, part.plan, item))
        session.execute(
            "COPY whole_batch TO $path (FORMAT parquet, COMPRESSION lz4_raw)".replace("$path", quoted(path))
        )
        session.unregister("whole_batch")
        stored.append(path)
        into.records += len(item.lines)
    if not logs:
        part.stored = [_empty(session, part)]
        logs["", ""] = part
    parts = list(logs.values())
    parts[0].rejected = rejected
    return parts


def _whole_table(session: Session, plan: ReadPlan, batch: RawBatch) -> pa.Table:
    """A batch with all columns of ``events`` and what it states of certificates."""
    table = all_columns(session, plan, batch)
    session.register("careful_batch", raw_table(batch))
    session.execute(printed("stated_rows", batch, lambda shape: wanted(shape, _STATED_COLUMNS)))
    stated = session.arrow("SELECT * FROM stated_rows")
    session.unregister("careful_batch")
    for name in stated.column_names[1:]:
        table = table.append_column(name, stated[name])
    return table


_STATED_COLUMNS = (NAME, *(PREFIX + name for name in CERTIFICATE_COLUMNS), AGAIN, DERS)


def stored_events(session: Session, part: Part) -> Iterator[pa.Table]:
    """Rows of a part that is stored whole, with all columns of ``events``, in the order of the file."""
    whole_view(session, part, "whole_rows")
    for batch in session.batches("SELECT * FROM whole_rows ORDER BY origin_record"):
        yield pa.Table.from_batches([batch])


def whole_view(session: Session, part: Part, name: str) -> None:
    """A view over a part that is stored whole, with all columns of ``events``."""
    session.execute(parquet_view(name, part.stored or [], EVENTS.names()))


def _empty(session: Session, part: Part) -> str:
    """A file without a good record, so that later statements find columns and no rows."""
    path = str(Path(session.folder) / f"part-{part.number}-empty.parquet")
    columns = [Wanted(each.name, each.kind, None) for each in wanted(part.plan.shape, (*ALL_COLUMNS, AGAIN, DERS))]
    session.register("careful_batch", pa.table({"nothing": pa.array([], pa.string())}))
    session.execute(table_view("segment_rows", "careful_batch", {}, columns))
    session.execute(_COPY.replace("$path", quoted(path)))
    session.unregister("careful_batch")
    return path


def _view_stored(session: Session, part: Part, work: Work) -> None:
    further = (AGAIN, DERS) if _tells_more(part.plan.shape) else ()
    if part.view is not None:
        session.execute(f"CREATE OR REPLACE VIEW segment_rows AS FROM {part.view}")
    else:
        session.execute(parquet_view("segment_rows", part.stored or [], (*ALL_COLUMNS, *further), own_part=part.staged))
    if work.sessions:
        session.execute(f"{STORED_SESSIONS} {TOLD_AGAIN}" if work.again else STORED_SESSIONS)
    stated = work.stated or "(SELECT NULL::VARCHAR AS fuid, NULL::VARCHAR AS id WHERE FALSE)"
    for text in (STORED_STATEMENTS,) * work.told + (STORED_FUIDS,) * work.fuids:
        session.execute(text.replace("$stated", stated))


def _tells_more(shape: Shape) -> bool:
    return shape.again is not None or shape.ders is not None


# --- for rules and rows --------------------------------------------------------------------------------------------


def view_with(session: Session, part: Part, columns: Sequence[str]) -> None:
    """``segment_rows`` over a file that the engine reads where it lies, with these columns of ``events``."""
    name_files(session, [part])
    for text in _views([part], Work((), "", columns)):
        session.execute(text)

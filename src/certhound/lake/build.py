"""From files to tables: the order in which a lake is filled, and the three tables that rules read.

Certificates first, for sessions point at them: hashes of Zeek's file ids, statements about certificates, then sessions
by certificate, name and destination, then connections without a TLS record. Files that are laid out alike are read in
one go, but one damaged file costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from certhound.lake import across, mixed
from certhound.lake import session_groups as sessions
from certhound.lake import statements as st
from certhound.lake.certificate_rows import Bytes
from certhound.lake.certificate_table import judge_early
from certhound.lake.inputs import Inputs, collect
from certhound.lake.locate import PlaceFound, Seen
from certhound.lake.reading import (
    CERTIFICATE_COLUMNS,
    PREFIX,
    Part,
    Work,
    batches_of,
    parts_of,
    store_mixed,
    work_over,
)
from certhound.model.columns import EVENTS, Kind
from certhound.model.profile import Profile
from certhound.query.engines.duckdb.session import Session
from certhound.query.plan import ReadPlan, Rejected, Shape
from certhound.query.tree import Column, Expr, Literal, rebuild

Progress = Callable[[int, str], None]
"""Told after each file: bytes done so far, and the file."""

Watch = Callable[[Shape], Expr | None]
"""A test over ``events`` that tells which records of this shape must be looked at again once all is read; None where
that can't be told beforehand. Sessions are tested while they are read, so that most files are read but once."""


@dataclass(slots=True)
class Lake:
    """A session whose tables hold what the inputs gave, and the account of what they did not give.

    Over a lake that lasts, rows bear numbers of inputs: ``by_number`` has these, and ``places`` finds records in it.
    """

    session: Session
    inputs: Inputs
    profile: Profile
    parts: list[Part] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ledger: dict[str, int] = field(default_factory=dict)
    filled: dict[str, set[str]] = field(default_factory=dict)
    sent_chains: dict[str, list[str]] = field(default_factory=dict)
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    certificates_of: dict[str, int] = field(default_factory=dict)
    bytes_known: Bytes | None = None
    words: Future[pa.Table] | None = None
    watch: Watch | None = None
    by_number: Mapping[int, Part] | None = None
    places: Callable[[Mapping[int, Iterable[Seen]]], Mapping[tuple[int, Seen], PlaceFound]] | None = None

    def part(self, number: int) -> Part:
        """The part that rows with this number came from."""
        return self.parts[number] if self.by_number is None else self.by_number[number]

    def close(self) -> None:
        self.session.close()

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts)


def open_lake(
    paths: list[Path], profile: Profile, progress: Progress | None = None, watch: Watch | None = None
) -> Lake:
    """A temporary lake over the inputs, filled. Close it when done: it holds a folder for what memory cannot."""
    lake = start_lake(paths, profile)
    lake.watch = watch
    try:
        fill_lake(lake, progress)
    except BaseException:
        lake.close()
        raise
    return lake


def start_lake(paths: list[Path], profile: Profile) -> Lake:
    """A lake whose inputs are recognised and of which nothing has been read."""
    inputs = collect(paths, profile.zones)
    session = empty_session()
    lake = Lake(session, inputs, profile)
    lake.parts = parts_of(_plans(inputs))
    return lake


def empty_session() -> Session:
    """A session with all tables that are filled, empty."""
    session = Session()
    session.execute(st.TABLES)
    session.execute(st.MACROS)
    session.execute(mixed.TABLES)
    session.execute(across.ANSWERS)
    return session


def _name_parts(lake: Lake) -> None:
    shapes = [part.plan.shape for part in lake.parts]
    columns = {
        "part": pa.array([part.number for part in lake.parts], pa.int32()),
        "file": pa.array([part.plan.file for part in lake.parts], pa.string()),
        "source": pa.array([shape.source for shape in shapes], pa.string()),
        "category": pa.array([shape.category for shape in shapes], pa.string()),
    }
    lake.session.register("files_read", pa.table(columns))
    lake.session.execute("INSERT INTO files SELECT * FROM files_read")
    lake.session.unregister("files_read")


def fill_lake(lake: Lake, progress: Progress | None = None) -> None:
    """Read everything."""
    _fill(lake, progress or _quiet, _ALL_STEPS)


def fill_certificates(lake: Lake) -> None:
    """Read only what records state of certificates."""
    _fill(lake, _quiet, (_carried, _hashes_of_fuids, _certificates, _told_by_sessions))


def _quiet(done: int, file: str) -> None:
    """Nobody watches."""


def _plans(inputs: Inputs) -> Iterator[ReadPlan]:
    for _, taken in inputs.recognised:
        yield from taken.plans


Step = Callable[[Lake], Iterator[Part]]


def _fill(lake: Lake, progress: Progress, steps: Sequence[Step]) -> None:
    """Every part through its works, in the order of dependence."""
    done = 0
    _split_mixed(lake)
    for step in steps:
        for part in step(lake):
            done += part.plan.size
            progress(done, part.plan.file)
    for part in lake.parts:
        lake.rejected.extend(part.rejected)


def _split_mixed(lake: Lake) -> None:
    """Files whose records are of several logs become a part for each log."""
    kept: list[Part] = []
    made: list[Part] = mixed.stage(lake.session, lake.parts)
    for part in lake.parts:
        if not part.plan.mixed or part.whole or part.stored is not None:
            kept.append(part)
            continue
        first, *others = store_mixed(lake.session, part, len(lake.parts) + len(made))
        kept.append(first)
        made.extend(others)
    lake.parts = kept + made
    _name_parts(lake)


def _states(part: Part, *columns: str) -> bool:
    """Whether the records of a part state these things of certificates."""
    stated = part.plan.shape.certificate or {}
    return all(column in stated for column in columns)


def _is_session(part: Part) -> bool:
    return part.plan.shape.category == "tls"


def _hashes_of_fuids(lake: Lake) -> Iterator[Part]:
    """Hashes that records state beside Zeek's file ids: they identify what x509.log only names."""
    hashes = ("sha256", "sha1", "md5")
    columns = [PREFIX + name for name in ("fuid", *hashes)]
    for batch in batches_of(
        [
            part
            for part in lake.parts
            # A session names its certificates by one or the other.
            if not _is_session(part) and _states(part, "fuid") and any(_states(part, name) for name in hashes)
        ]
    ):
        work_over(lake.session, batch, Work([st.FUID_HASHES], st.FUID_HASHES_READ, columns))
    lake.session.execute(st.FUID_HASHES_ONCE)
    return iter(())


def _certificates(lake: Lake) -> Iterator[Part]:
    """What records state of certificates, once for each distinct statement; then which file ids mean which."""
    stated = "fuid_hashes_once" if lake.session.scalar("SELECT count(*) FROM fuid_hashes_once") else None
    for batch in batches_of(
        [part for part in lake.parts if part.plan.shape.certificate is not None and not _is_session(part)]
    ):
        fuids = _states(batch[0], "fuid")
        work = Work([st.COLLECT], st.COLLECTED, told=True, stated=stated if fuids else None, fuids=fuids)
        work_over(lake.session, batch, work)
        yield from batch
    lake.session.execute(st.FUID_IDS_ONCE)


def _sessions(lake: Lake) -> Iterator[Part]:
    """TLS sessions by certificate, name, destination and state; and who met which, when."""
    has_fuids = bool(lake.session.scalar("SELECT count(*) FROM fuid_ids_once"))
    then = [sessions.GROUPED, sessions.CONTACT_PARTS, sessions.KEY_CONTACTS]
    unread: set[str] = set()
    if any(part.plan.shape.category == "connection" or part.plan.shape.again is not None for part in lake.parts):
        then.append(sessions.LOGGED_SESSIONS)
    else:
        unread.add("session_uid")
    if _has_bytes(lake):
        then.append(sessions.CHAINS)
    else:
        unread.add("cert_chain")
    for batch in batches_of([part for part in lake.parts if _is_session(part) and part.plan.shape.again is None]):
        by_fuid = has_fuids and "cert_fuid" in batch[0].plan.shape.mapping
        work = Work((), sessions.SESSIONS_READ, then=then, sessions=True, by_fuid=by_fuid, unread=frozenset(unread))
        work_over(lake.session, batch, replace(work, watched=_watched(lake, batch[0].plan.shape)))
        lake.session.execute(sessions.FORGET_SESSIONS)
        yield from batch


def _watched(lake: Lake, shape: Shape) -> Expr | None:
    """What is watched for in records of a shape, over its raw columns."""
    test = None if lake.watch is None else lake.watch(shape)
    own = {"source": Literal(shape.source, Kind.TEXT), "category": Literal(shape.category, Kind.TEXT)}

    def fill(node: Expr) -> Expr:
        if not isinstance(node, Column):
            return node
        return own.get(node.name) or shape.mapping.get(node.name) or Literal(None, EVENTS.column(node.name).kind)

    return None if test is None else rebuild(test, fill)


def _carried(lake: Lake) -> Iterator[Part]:
    """Certificates that records of sessions carry as bytes."""
    for batch in batches_of([part for part in lake.parts if part.plan.shape.ders is not None]):
        work_over(lake.session, batch, Work([mixed.CARRIED], ""))
    return iter(())


def _told_again(lake: Lake) -> Iterator[Part]:
    """Sessions of which only such records tell as usually stand beside the session's own."""
    then = [sessions.GROUPED, sessions.CONTACT_PARTS, sessions.KEY_CONTACTS, sessions.LOGGED_SESSIONS, sessions.CHAINS]
    for batch in batches_of([part for part in lake.parts if part.plan.shape.again is not None]):
        work_over(lake.session, batch, Work((), "", then=then, sessions=True, again=True))
        lake.session.execute(sessions.FORGET_SESSIONS)
    return iter(())


def _has_bytes(lake: Lake) -> bool:
    """Whether any input gives certificates as bytes; only then chains can be judged."""
    files = any(taken.certificates is not None for _, taken in lake.inputs.recognised)
    files = files or bool(lake.session.scalar("SELECT count(*) FROM carried"))
    return files or any(_states(part, "der") for part in lake.parts)


def _told_by_sessions(lake: Lake) -> Iterator[Part]:
    """What sessions state of certificates that no other record told of."""
    parts = [part for part in lake.parts if _is_session(part) and _states(part, "subject")]
    has_fuids = bool(lake.session.scalar("SELECT count(*) FROM fuid_ids_once"))
    for batch in batches_of(parts):
        by_fuid = has_fuids and "cert_fuid" in batch[0].plan.shape.mapping
        stated = [PREFIX + name for name in CERTIFICATE_COLUMNS]
        named = [name for name in _IDENTIFYING if name in batch[0].plan.shape.mapping or name in sessions.NAMING]
        columns = [*(name for name in named if name != "cert_fuid" or by_fuid), *stated]
        work_over(lake.session, batch, Work([st.collect_of_sessions(columns, by_fuid=by_fuid)], "", columns))
    return iter(())


_IDENTIFYING = ("time", "certificate_id", "cert_fuid", *sessions.NAMING)


def _words(lake: Lake) -> Iterator[Part]:
    """Certificates known by words are judged while the engine reads sessions."""
    lake.words = judge_early(lake)
    lake.session.execute(st.STATED_KEYS)
    return iter(())


def _told_by_met_sessions(lake: Lake) -> Iterator[Part]:
    """The same, where sessions have been read and showed such certificates."""
    return _told_by_sessions(lake) if lake.session.scalar(st.UNKNOWN) else iter(())


def _connections(lake: Lake) -> Iterator[Part]:
    """Connections that were TLS and of which no TLS log tells; and what clients sent in those of which one does."""
    for batch in batches_of([part for part in lake.parts if part.plan.shape.category == "connection"]):
        work_over(lake.session, batch, Work(st.CONNECTIONS, st.COUNTED, ("service", "session_uid", "bytes_out")))
        yield from batch


def _others(lake: Lake) -> Iterator[Part]:
    """Records that are read for what they are, and so that nothing is lost without a word."""
    parts = [part for part in lake.parts if part.plan.shape.category not in ("tls", "connection")]
    for batch in batches_of([part for part in parts if part.plan.shape.certificate is None]):
        answers = set(across.DNS_COLUMNS) <= set(batch[0].plan.shape.mapping)
        statements = [st.COUNT, across.COLLECT_ANSWERS] if answers else [st.COUNT]
        columns = ("time", *across.DNS_COLUMNS) if answers else ("time",)
        work_over(lake.session, batch, Work(statements, st.COUNTED, columns))
        yield from batch


_ALL_STEPS: tuple[Step, ...] = (
    _carried,
    _hashes_of_fuids,
    _certificates,
    _words,
    _sessions,
    _told_again,
    _told_by_met_sessions,
    _connections,
    _others,
)

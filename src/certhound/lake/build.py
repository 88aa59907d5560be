"""From files to tables: the order in which a lake is filled, and the three tables that rules read.

Certificates first, for sessions point at them: hashes of Zeek's file ids, statements about certificates, then sessions by
certificate, name and destination, then connections without a TLS record. Everything is done file by file, so that one
damaged file costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from certhound.lake import statements as st
from certhound.lake.certificate_rows import Bytes
from certhound.lake.inputs import Inputs, collect
from certhound.lake.reading import Part, Work, work_over
from certhound.model.profile import Profile
from certhound.query.engines.duckdb.session import Session
from certhound.query.plan import ReadPlan, Rejected

Progress = Callable[[int, str], None]
"""Told after each file: bytes done so far, and the file."""


@dataclass(slots=True)
class Lake:
    """A session whose tables hold what the inputs gave, and the account of what they did not give."""

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
    views: dict[int, list[str]] = field(default_factory=dict)
    bytes_known: Bytes | None = None

    def close(self) -> None:
        self.session.close()

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts)


def open_lake(paths: list[Path], profile: Profile, progress: Progress | None = None) -> Lake:
    """A temporary lake over the inputs, filled. Close it when done: it holds a folder for what does not fit in memory."""
    lake = start_lake(paths, profile)
    try:
        fill_lake(lake, progress)
    except BaseException:
        lake.close()
        raise
    return lake


def start_lake(paths: list[Path], profile: Profile) -> Lake:
    """A lake whose inputs are recognised and of which nothing has been read."""
    inputs = collect(paths)
    session = Session()
    session.execute(st.TABLES)
    session.execute(st.MACROS)
    lake = Lake(session, inputs, profile)
    lake.parts = [Part(number, plan) for number, plan in enumerate(_plans(inputs))]
    return lake


def fill_lake(lake: Lake, progress: Progress | None = None) -> None:
    """Read everything."""
    _fill(lake, progress or _quiet, (_hashes_of_fuids, _certificates, _sessions, _connections, _others))


def fill_certificates(lake: Lake) -> None:
    """Read only what records state of certificates."""
    _fill(lake, _quiet, (_hashes_of_fuids, _certificates))


def _quiet(done: int, file: str) -> None:
    """Nobody watches."""


def _plans(inputs: Inputs) -> Iterator[ReadPlan]:
    for _, taken in inputs.recognised:
        yield from taken.plans


def _fill(lake: Lake, progress: Progress, steps: Sequence[Callable[[Lake], Iterator[Part]]]) -> None:
    """Every part through its works, in the order of dependence."""
    done = 0
    for step in steps:
        for part in step(lake):
            done += part.plan.size
            progress(done, part.plan.file)
    for part in lake.parts:
        lake.rejected.extend(part.rejected)


def _states(part: Part, *columns: str) -> bool:
    """Whether the records of a part state these things of certificates."""
    stated = part.plan.shape.certificate or {}
    return all(column in stated for column in columns)


def _hashes_of_fuids(lake: Lake) -> Iterator[Part]:
    """Hashes that records state beside Zeek's file ids: they identify what x509.log only names."""
    for part in lake.parts:
        if _states(part, "fuid") and any(_states(part, name) for name in ("sha256", "sha1", "md5")):
            work_over(lake.session, part, Work([st.FUID_HASHES, st.COUNT], st.COUNTED))
            lake.session.execute("DELETE FROM counts WHERE part = $part", {"part": part.number})
    lake.session.execute(st.FUID_HASHES_ONCE)
    return iter(())


def _certificates(lake: Lake) -> Iterator[Part]:
    """What records state of certificates, once for each distinct one; then which file ids mean which."""
    by_fuid = bool(lake.session.scalar("SELECT count(*) FROM fuid_hashes_once"))
    for part in lake.parts:
        is_session = part.plan.shape.category == "tls"
        if part.plan.shape.certificate is None or (is_session and not _states(part, "subject")):
            continue
        collect_statement = st.COLLECT_BY_FUID if by_fuid and _states(part, "fuid") else st.COLLECT
        statements = [collect_statement]
        if _states(part, "fuid") and not is_session:
            statements.append(st.FUID_IDS)
        work_over(lake.session, part, Work(statements, st.STATED))
        if not is_session:
            yield part
    lake.session.execute(st.FUID_IDS_ONCE)


def _sessions(lake: Lake) -> Iterator[Part]:
    """TLS sessions by certificate, name, destination and state; and who met which."""
    by_fuid = bool(lake.session.scalar("SELECT count(*) FROM fuid_ids_once"))
    connections = any(part.plan.shape.category == "connection" for part in lake.parts)
    with_bytes = any(taken.certificates is not None for _, taken in lake.inputs.recognised) or any(
        _states(part, "der") for part in lake.parts
    )
    for part in lake.parts:
        if part.plan.shape.category != "tls":
            continue
        joined = by_fuid and "cert_fuid" in part.plan.shape.mapping
        views = [st.TLS_ROWS_BY_FUID if joined else st.TLS_ROWS]
        lake.views[part.number] = views
        work_over(lake.session, part, Work([st.CONTACT_PARTS], st.MET, views))
        further = [st.PAIRS, *([st.LOGGED_SESSIONS] if connections else []), *([st.CHAINS] if with_bytes else [])]
        work_over(lake.session, part, Work([*further], st.MET, views))
        yield part


def _connections(lake: Lake) -> Iterator[Part]:
    for part in lake.parts:
        if part.plan.shape.category == "connection":
            work_over(lake.session, part, Work([st.CONNECTIONS, st.COUNT], st.COUNTED))
            yield part


def _others(lake: Lake) -> Iterator[Part]:
    """Records that are read for what they are, and so that nothing is lost without a word."""
    for part in lake.parts:
        shape = part.plan.shape
        if shape.category not in ("tls", "connection") and shape.certificate is None:
            work_over(lake.session, part, Work([st.COUNT], st.COUNTED))
            yield part


def sessions_again(lake: Lake, statement: str) -> None:
    """One more statement over all TLS sessions (the view ``tls_rows``)."""
    for part in lake.parts:
        if part.number in lake.views:
            work_over(lake.session, part, Work([statement], st.MET, lake.views[part.number]))

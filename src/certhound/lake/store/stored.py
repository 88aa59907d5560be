"""A lake that lasts, opened for judging: its files become parts like those of a scan, and all that follows is one path.

``stored`` of such a part names the view of its events within the window.

Rows bear the number of the input that they came from. Each kind of record is a part with a view over its Parquet files;
what records state of certificates comes from the lake's certificates, with the times at which events showed them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from certhound.lake import build
from certhound.lake.build import Lake
from certhound.lake.inputs import Inputs
from certhound.lake.locate import PlaceFound, Seen
from certhound.lake.reading import AGAIN, CERTIFICATE_COLUMNS, DERS, NAME, PREFIX, Alike, Part
from certhound.lake.store.engine import FILE, OF_SESSION
from certhound.lake.store.journal import State, Stored
from certhound.lake.store.manifest import Known
from certhound.model.columns import CERTIFICATES, EVENTS, Kind
from certhound.model.profile import Profile
from certhound.query.engines.duckdb.forms import TYPES
from certhound.query.engines.duckdb.session import Session
from certhound.query.plan import Compression, ReadPlan, Rejected, Shape
from certhound.query.tree import TRUE, Column
from certhound.sources.contract import CertificateFound, Recognised
from certhound.sources.files import InputFile

_WINDOW = "_in_window"
FIRST_PART = 1 << 30
"""Parts are numbered from here on, beyond all numbers of inputs."""

Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is asked for, UTC without zone: from ``since`` on, before ``until``."""

    since: datetime | None = None
    until: datetime | None = None

    def files(self, state: State, *, also_before: bool = False) -> Iterator[Stored]:
        """The files that may hold such rows. ``also_before``: and all that lies before."""
        for each in state.events.values():
            if each.file.rows and self._touches(each, also_before):
                yield each

    def _touches(self, stored: Stored, also_before: bool) -> bool:
        first, last = stored.file.first, stored.file.last
        if first is None or last is None:
            return self.since is None or also_before
        before = self.until is not None and first >= _micros(self.until)
        after = self.since is not None and last < _micros(self.since) and not also_before
        return not before and not after

    def condition(self, *, also_before: bool = False) -> str:
        """What holds of the rows, as SQL over ``time``."""
        parts = []
        if self.since is not None and not also_before:
            parts.append(f"time >= {_moment(self.since)}")
        if self.until is not None:
            parts.append(f"(time IS NULL OR time < {_moment(self.until)})")
        return " AND ".join(parts) or "TRUE"


def window_of(since: datetime | None, until: datetime | None) -> Window:
    """A window of moments that have a zone."""
    return Window(*(None if each is None else each.astimezone(UTC).replace(tzinfo=None) for each in (since, until)))


def _moment(moment: datetime) -> str:
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S.%f}'"


def _micros(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1_000_000)


@dataclass(slots=True)
class Kindred:
    """The files of one source and category."""

    source: str
    category: str
    files: list[Stored] = field(default_factory=list)
    condition: str = "TRUE"
    in_window: bool = False

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for each in self.files for name in each.shape.columns))

    @property
    def stated(self) -> list[str]:
        return sorted({name for each in self.files for name in each.shape.stated})

    @property
    def states_apart(self) -> bool:
        """Whether what its records state of certificates is among the lake's certificates."""
        return bool(self.stated) if self.category != "tls" else bool(set(self.stated) - set(OF_SESSION))


def start_stored(folder: Path, state: State, profile: Profile, window: Window | None = None) -> Lake:
    """A lake whose parts are ready and of which nothing has been read. The window's ``since`` is not looked at here:
    what is known of earlier times counts."""
    window = window or Window()
    session = build.empty_session()
    lake = Lake(session, _inputs(folder, state), profile)
    try:
        _name_files(session, state)
        kindred = [*_split(kinds_of(window.files(state, also_before=True)), window)]
        unread = _unread(folder, state, kindred)
        lake.parts = [_part(lake, folder, number, each, window, unread) for number, each in enumerate(kindred)]
        _said(lake, folder, state, kindred, window)
        lake.by_number = _ByNumber(state)
        lake.places = _Places(session, folder, list(window.files(state, also_before=True)))
        lake.rejected.extend(rejects(folder, state))
    except BaseException:
        lake.close()
        raise
    return lake


def fill_stored(lake: Lake) -> None:
    """Read everything."""
    build.fill_lake(lake)


_JUDGED = ("tls", "connection")
"""Categories whose rows are read apart for the window and for what was before it."""


def _split(kindred: Iterable[Kindred], window: Window) -> Iterator[Kindred]:
    for each in kindred:
        if window.since is None or each.category not in _JUDGED:
            yield each
            continue
        yield replace(each, condition=f"time < {_moment(window.since)} OR time IS NULL")
        yield replace(each, condition=f"time >= {_moment(window.since)}", in_window=True)


def window_parts(lake: Lake) -> list[int]:
    """Numbers of the parts that hold the sessions of the window."""
    return [part.number for part in lake.parts if part.view is not None and part.view.endswith(_WINDOW)]


def kinds_of(files: Iterable[Stored]) -> list[Kindred]:
    found: dict[tuple[str, str], Kindred] = {}
    for each in files:
        key = (each.shape.source, each.shape.category)
        found.setdefault(key, Kindred(*key)).files.append(each)
    return list(found.values())


# --- views -----------------------------------------------------------------------------------------------------------


def _unread(folder: Path, state: State, kindred: Sequence[Kindred]) -> tuple[str, ...]:
    """Columns of sessions that nobody will ask for: chains where no certificate's bytes are known, ids of sessions
    where no other record names them."""
    forms = [pq.read_table(folder / path, columns=["der"])["der"] for path in state.certificates]
    has_bytes = any(len(each) > each.null_count for each in forms)
    has_ids = any(each.category == "connection" or AGAIN in each.columns for each in kindred)
    return (*(() if has_bytes else ("cert_chain",)), *(() if has_ids else ("session_uid",)))


def _part(lake: Lake, folder: Path, number: int, kindred: Kindred, window: Window, unread: Sequence[str] = ()) -> Part:
    """The part of one kind of record, with its view."""
    name = f"stored_{number}{_WINDOW if kindred.in_window else ''}"
    told = kindred.states_apart and kindred.category != "tls"
    lake.session.execute(
        _view(name, folder, kindred, f"({window.condition(also_before=True)}) AND ({kindred.condition})")
    )
    stated = {each: Column(PREFIX + each) for each in kindred.stated}
    mapping = {
        each: Column(each) for each in kindred.columns if each in _EVENT_NAMES and each not in ("payload", "fields")
    }
    again = Column(AGAIN) if AGAIN in kindred.columns else None
    # Paths are for people here: no part of a lake is read from its input.
    shape = Shape(kindred.source, kindred.category, mapping, TRUE, stated or None, again)
    plan = ReadPlan(_some_file(lake, kindred), shape, _nothing, size=sum(each.file.size for each in kindred.files))
    if told:
        lake.session.execute(f"CREATE TABLE said_{number} AS SELECT * FROM {name} LIMIT 0")  # noqa: S608
    lake.session.execute(f"CREATE VIEW events_{number} AS FROM {name} WHERE {window.condition()}")
    if unread and kindred.category == "tls":
        kept = ", ".join(f"NULL::{TYPES[EVENTS.column(each).kind]} AS {each}" for each in unread)
        lake.session.execute(f"CREATE VIEW lean_{name} AS SELECT * REPLACE ({kept}) FROM {name}")  # noqa: S608
        name = f"lean_{name}"
    view = f"said_{number}" if told else name
    return Part(FIRST_PART + number, plan, Alike(None, plan.shape), stored=[f"events_{number}"], staged=True, view=view)


_EVENT_NAMES = frozenset(EVENTS.names())


def _some_file(lake: Lake, kindred: Kindred) -> str:
    return next((file.path for file, taken in lake.inputs.recognised if taken.source == kindred.source), "") or next(
        (file.path for file, _ in lake.inputs.recognised), ""
    )


def _nothing() -> Iterator[Rejected]:
    return iter(())


def _view(name: str, folder: Path, kindred: Kindred, condition: str) -> str:
    """All columns of ``events`` that the files have, absent ones as NULL; and what sessions state of certificates."""
    have = set(kindred.columns)
    columns = [f"{FILE} AS part"]
    columns += [_typed(each.name, each.kind, have) for each in EVENTS.columns]
    columns += [f"coalesce(sni, dst_host) AS {NAME}" if {"sni", "dst_host"} <= have else _name(have)]
    for each in CERTIFICATE_COLUMNS:
        kind = Kind.TEXT if each == "der" else CERTIFICATES.column(each).kind
        own = OF_SESSION.get(each)
        columns.append(f"{own if own in have else 'NULL'}::{TYPES[kind]} AS {PREFIX}{each}")
    columns.append(f"{AGAIN if AGAIN in have else 'NULL'}::BOOLEAN AS {AGAIN}")
    columns.append(f"NULL::VARCHAR[] AS {DERS}")
    return (
        f"CREATE VIEW {name} AS SELECT {', '.join(columns)} FROM {source_of(folder, kindred.files)} WHERE {condition}"  # noqa: S608
    )


def _name(have: set[str]) -> str:
    found = next((each for each in ("sni", "dst_host") if each in have), "NULL")
    return f"{found}::VARCHAR AS {NAME}"


def _typed(name: str, kind: Kind, have: set[str]) -> str:
    return f'"{name}"' if name in have else f'NULL::{TYPES[kind]} AS "{name}"'


def source_of(folder: Path, files: Sequence[Stored]) -> str:
    """What FROM takes for these files; columns that some of them lack are NULL there."""
    paths = ", ".join(_quoted(str(folder / each.file.path)) for each in files)
    return f"read_parquet([{paths}], union_by_name=true, hive_partitioning=false)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --- certificates ----------------------------------------------------------------------------------------------------

_SHOWN = """
INSERT INTO shown SELECT certificate_id, source, cert_fuid, min(part), min(time), max(time) FROM stored_$number
WHERE certificate_id IS NOT NULL GROUP BY certificate_id, source, cert_fuid
"""
_TIMES = f"""
CREATE TABLE said_at AS SELECT c.content, c.source, s.fuid, coalesce(s.part, c.{FILE}) AS part,
    unnest([s.first_seen, s.last_seen]) AS time
FROM statements_stored c JOIN shown s ON s.id = c.id AND s.source = c.source
UNION ALL SELECT content, source, fuid, {FILE}, unnest([first_seen, last_seen]) FROM statements_stored WHERE $earlier
"""  # noqa: S608 - fixed names


def _said(lake: Lake, folder: Path, state: State, kindred: Sequence[Kindred], window: Window) -> None:
    """Fill what the parts that tell of certificates say: each statement with each file id, at first and last time."""
    session = lake.session
    paths = [str(folder / path) for path in state.certificates]
    if not paths:
        return
    session.execute(
        "CREATE VIEW certificates_stored AS FROM read_parquet(["
        + ", ".join(map(_quoted, paths))
        + "], union_by_name=true)"
    )
    session.execute("CREATE VIEW statements_stored AS FROM certificates_stored WHERE form = 'record'")
    session.execute(
        f"INSERT INTO carried SELECT min({FILE}), to_base64(der) FROM certificates_stored "  # noqa: S608
        "WHERE form = 'carried' GROUP BY der"
    )
    session.execute(
        "CREATE TABLE shown (id VARCHAR, source VARCHAR, fuid VARCHAR, part INTEGER, "
        "first_seen TIMESTAMP, last_seen TIMESTAMP)"
    )
    telling = [number for number, each in enumerate(kindred) if each.states_apart]
    for number in telling:
        view = f"stored_{number}{_WINDOW if kindred[number].in_window else ''}"
        session.execute(_SHOWN.replace("stored_$number", view))
    earlier = window.condition(also_before=True).replace("time", "first_seen")
    session.execute(_TIMES.replace("$earlier", earlier))
    for number in telling:
        each = kindred[number]
        if each.category != "tls":
            _fill_said(session, number, each)


def _fill_said(session: Session, number: int, kindred: Kindred) -> None:
    columns = {
        "part": "t.part",
        "time": "t.time",
        "source": "t.source",
        "cert_fuid": "t.fuid",
        PREFIX + "fuid": "t.fuid",
    }
    for each in CERTIFICATE_COLUMNS:
        if each not in ("fuid", "der"):
            columns[PREFIX + each] = f"c.{each}"
    columns[PREFIX + "der"] = "to_base64(c.der)"
    columns["certificate_id"] = "CASE WHEN c.id NOT LIKE 'names:%' THEN c.id END"
    shown = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    session.execute(
        f"INSERT INTO said_{number} BY NAME SELECT {shown} "  # noqa: S608
        f"FROM said_at t JOIN statements_stored c ON c.content = t.content WHERE t.source = {_quoted(kindred.source)}"
    )


# --- inputs ----------------------------------------------------------------------------------------------------------


def _inputs(folder: Path, state: State) -> Inputs:
    """The inputs of a lake as if they had just been recognised."""
    inputs = Inputs()
    found = _certificate_files(folder, state)
    for known in state.files.values():
        if not known.source:
            inputs.unrecognised.append((known.name, known.guess))
            continue
        file = InputFile(known.name, known.size, Compression.NONE, b"")
        held = iter(found.get(known.number, ())) if known.certificates is not None else None
        inputs.recognised.append((file, Recognised(known.source, certificates=held)))
    return inputs


def _certificate_files(folder: Path, state: State) -> Mapping[int, list[CertificateFound]]:
    found: dict[int, list[CertificateFound]] = {}
    columns = ["form", "der", "origin_file", "origin_line", "origin_record", FILE]
    for path in state.certificates:
        table = pq.read_table(folder / path, columns=columns, filters=[("form", "=", "file")])
        for row in table.to_pylist():
            place = CertificateFound(row["der"], row["origin_file"], row["origin_line"], row["origin_record"])
            found.setdefault(row[FILE], []).append(place)
    return found


def rejects(folder: Path, state: State) -> Iterator[Rejected]:
    """What could not be read, in the order of the inputs."""
    tables = [pq.read_table(folder / path) for path in state.rejects]
    rows = [row for table in tables for row in table.to_pylist()]
    for row in sorted(rows, key=lambda row: (row[FILE], row["origin_line"] or 0, row["origin_record"] or 0)):
        yield Rejected(row["origin_file"], row["reason"], row["origin_line"], row["origin_record"], row["sample"] or "")


def _name_files(session: Session, state: State) -> None:
    files = [each for each in state.files.values() if each.source]
    columns = {
        "part": pa.array([each.number for each in files], pa.int32()),
        "file": pa.array([each.name for each in files], pa.string()),
        "source": pa.array([each.source for each in files], pa.string()),
        "category": pa.array([each.category for each in files], pa.string()),
    }
    session.register("files_read", pa.table(columns))
    session.execute("INSERT INTO files SELECT * FROM files_read")
    session.unregister("files_read")


class _ByNumber(Mapping[int, Part]):
    """Inputs of a lake as parts, made when they are asked for."""

    def __init__(self, state: State) -> None:
        self._files = state.files

    def __getitem__(self, number: int) -> Part:
        known: Known = self._files[number]
        shape = Shape(known.source, known.category, {}, TRUE)
        return Part(number, ReadPlan(known.name, shape, _nothing), Alike(None, shape), stored=[])

    def __iter__(self) -> Iterator[int]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


_FIND = f"""
SELECT w.number, w.place, min(e.origin_line), min(e.origin_record) FROM wanted w JOIN $events e
ON e.{FILE} = w.number AND e.time = w.time AND (w.address IS NULL OR e.dst_ip = w.address)
WHERE e.time BETWEEN (SELECT min(time) FROM wanted) AND (SELECT max(time) FROM wanted) AND e.category = 'tls'
GROUP BY w.number, w.place
"""  # noqa: S608 - fixed names


class _Places:
    """Finds the lines of records by input, time and destination."""

    def __init__(self, session: Session, folder: Path, files: Sequence[Stored]) -> None:
        self._session = session
        self._folder = folder
        self._files = [each for each in files if each.shape.category == "tls"]

    def __call__(self, wanted: Mapping[int, Iterable[Seen]]) -> dict[tuple[int, Seen], PlaceFound]:
        asked = [(number, seen) for number, each in wanted.items() for seen in each]
        if not asked or not self._files:
            return {}
        table = pa.table(
            {
                "number": pa.array([number for number, _ in asked], pa.int32()),
                "place": pa.array(range(len(asked)), pa.int32()),
                "time": pa.array([seen.time.replace(tzinfo=None) for _, seen in asked], pa.timestamp("us")),
                "address": pa.array([next(iter(seen.texts), None) for _, seen in asked], pa.string()),
            }
        )
        self._session.register("wanted", table)
        query = _FIND.replace("$events", source_of(self._folder, self._files))
        found = self._session.execute(query).fetchall()
        self._session.unregister("wanted")
        return {asked[place]: PlaceFound(line, record) for _, place, line, record in found if line is not None}

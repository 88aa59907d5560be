"""What ``certhound aql`` needs to run a query: catalogue, tables, reference data and time, from files and words."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from certhound.lake.rows import Account
from certhound.lake.rows import events as read_events
from certhound.model.columns import Column, Table
from certhound.model.errors import ContentError, Place, UnreadableError, UsageError
from certhound.model.profile import Profile, load_profile
from certhound.qradar.aql import Precedence
from certhound.qradar.catalogue import Catalogue
from certhound.qradar.catalogue.console import STOCK, catalogue_of
from certhound.qradar.catalogue.databases import DATABASES
from certhound.qradar.running.own_tables import own_tables, without_own_names
from certhound.qradar.running.reference_data import ReferenceData, load_reference
from certhound.qradar.running.run import Console, Prepared, batches_of
from certhound.qradar.running.setting import Switches
from certhound.qradar.running.store import Store
from certhound.qradar.running.tables import ArielTable, build, read_table, table_argument
from certhound.qradar.running.windows import FORMS, parse_date_time

MAX_QUERY_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """What a command line asks for; see ``certhound aql run --help``."""

    paths: tuple[Path, ...] = ()
    tables: tuple[str, ...] = ()
    site: str | None = None
    reference: Path | None = None
    now: str | None = None
    config: Path | None = None
    precedence: str = "sql"
    null_equals: bool = False
    whole_match: bool = False
    lake: Path | None = None

    @property
    def own(self) -> bool:
        """Whether what certhound itself understood is asked, and not rows given by hand."""
        return bool(self.paths) or self.lake is not None


@dataclass(slots=True)
class Loaded:
    """A console that is ready, and what is to be said of it."""

    console: Console
    account: Account | None = None
    remarks: list[str] = field(default_factory=list)
    newest: int | None = None

    def batches(self, prepared: Prepared) -> Iterator[pa.RecordBatch]:
        """The result of a query as it comes, its columns under the names of the lowered query."""
        with self.console.engine() as engine:
            yield from batches_of(prepared, engine)

    def set_now(self, text: str | None) -> None:
        """Another ``--now``. Raises UsageError for what is no time."""
        self.console.now = _now(text, self.newest)

    def explained(self, prepared: Prepared) -> str:
        """The lowered tree, and the SQL that runs."""
        with self.console.engine() as engine:
            if prepared.sessions is not None:
                prepared.sessions.register(engine)
            statement = engine.explain(prepared.lowered.query)
        return f"tree:\n{_indented(prepared.lowered.query)}\n\nSQL:\n{statement}\n"

    def notes(self, count: int) -> list[str]:
        """Remarks for people, on standard error."""
        found = list(self.remarks)
        now = self.console.now
        if not count and self.newest is not None and self.newest < now - 60_000:
            found.append(
                f"no rows. The newest record is of {shown_time(self.newest)} UTC: --now data counts from there"
            )
        return found


def shown_time(milliseconds: int) -> str:
    """A time as people read it; the number where no calendar has it."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)


def _indented(node: object, depth: int = 0) -> str:
    """A tree of dataclasses, one field a line, without spans and what is empty."""
    pad = "  " * (depth + 1)
    if not hasattr(node, "__dataclass_fields__"):
        return f"{node!r}"
    lines = [type(node).__name__]
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if name in ("span", "fold") or value in (None, (), False):
            continue
        if isinstance(value, tuple):
            lines.append(f"{pad}{name}:")
            flat = [each for part in value for each in (part if isinstance(part, tuple) else (part,))]
            lines += [f"{pad}  {_indented(each, depth + 2)}" for each in flat]
        else:
            lines.append(f"{pad}{name}: {_indented(value, depth + 1)}")
    return "\n".join(lines)


def load(request: Request) -> Loaded:
    """Read everything that a request names. Raises located errors."""
    given = [bool(request.paths), bool(request.tables), request.lake is not None]
    if sum(given) != 1:
        text = "two of files, --lake and --table together" if any(given) else "there is nothing to select from"
        advice = "name files and folders of logs, or --lake DIR, or --table events=FILE.jsonl"
        raise UsageError(text, check="usage", advice=advice)
    reference = load_reference(request.reference) if request.reference else ReferenceData()
    catalogue = catalogue_of(request.site, own=request.own)
    strict = request.site is not None and request.site.lower() == STOCK
    account: Account | None = None
    remarks: list[str] = []
    store = Store()
    if request.own:
        account, profile = Account(), load_profile(request.config)
        own = own_tables(_events(request, profile, account), profile, store)
        tables = {name: without_own_names(table) if strict else table for name, table in own.tables.items()}
        catalogue = catalogue.with_site_names(own.log_sources)
    else:
        tables = _tables(request.tables, catalogue, strict, store)
        for name in DATABASES.keys() - tables.keys():
            tables[name] = build(name, {}, 0, {})
    newest = max((found for table in tables.values() if (found := table.newest()) is not None), default=None)
    switches = Switches(request.null_equals, request.whole_match)
    now = _now(request.now, newest)
    console = Console(catalogue, tables, now, reference, switches, Precedence(request.precedence), store)
    return Loaded(console, account, remarks, newest)


def _events(request: Request, profile: Profile, account: Account) -> Iterator[pa.RecordBatch]:
    """Everything that was understood of the files, or of the lake's."""
    if request.lake is not None:
        from certhound.lake.store.rows import events as stored_events

        return stored_events(request.lake, profile, account=account)
    return read_events(request.paths, profile, account)


def _tables(words: tuple[str, ...], catalogue: Catalogue, strict: bool, store: Store) -> dict[str, ArielTable]:
    found: dict[str, ArielTable] = {}
    for word in words:
        name, path = table_argument(word)
        if name in found:
            raise UsageError(f"--table {name} stands twice", check="bad-table", advice="put all rows into one file")
        found[name] = read_table(name, path, catalogue, strict=strict, store=store)
    return found


def _now(text: str | None, newest: int | None) -> int:
    """Epoch milliseconds of ``--now``."""
    clock = int(time.time() * 1000)
    if text is None:
        return clock
    if text.lower() == "data":
        return clock if newest is None else newest
    plain = text.strip()
    if plain.lstrip("-").isdecimal() and len(plain) < 19:
        number = int(plain)
        return number * 1000 if abs(number) < 100_000_000_000 else number
    found = parse_date_time(plain, clock)
    if found is None:
        raise UsageError(f"{text!r} is no time", check="bad-time", advice=f"{FORMS}, ISO 8601, or data")
    return found


def read_query(file: Path) -> str:
    """The text of a query file; ``-`` is standard input."""
    try:
        data = sys.stdin.buffer.read(MAX_QUERY_BYTES + 1) if str(file) == "-" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UnreadableError(error.strerror or str(error), check="unreadable", place=Place(str(file))) from None
    except UnicodeDecodeError as error:
        raise ContentError(f"byte {error.start} is not UTF-8", check="encoding", place=Place(str(file))) from None
    if len(data) > MAX_QUERY_BYTES:
        raise ContentError("the query is too large", check="too-large", place=Place(str(file)))
    return text


def shown_batches(prepared: Prepared, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches under QRadar's names, for tables, CSV and Parquet."""
    names = [column.name for column in prepared.columns]
    for batch in batches:
        columns = [batch.column(column.internal) for column in prepared.columns]
        yield pa.RecordBatch.from_arrays(columns, names=names)


def result_table(prepared: Prepared) -> Table:
    """A result as a table of the model, for the writers of rows."""
    columns = tuple(Column(column.name, column.type.kind, "") for column in prepared.columns)
    return Table("result", "one row of the result", columns)

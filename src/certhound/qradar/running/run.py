"""Running a query: text in, rows out, by DuckDB on a locked connection or by the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from certhound.model.errors import ContentError, ErrorList
from certhound.qradar.aql import ParseOptions, Precedence, parse
from certhound.qradar.aql import nodes as n
from certhound.qradar.catalogue import ArielType, Catalogue
from certhound.qradar.running.reference_data import ReferenceData
from certhound.qradar.running.select import Lowered, ResultColumn, lower_select
from certhound.qradar.running.session_by import Sessions, info_of, question, session_ids, with_sessions
from certhound.qradar.running.setting import Setting, Switches
from certhound.qradar.running.store import Store, Stored
from certhound.qradar.running.tables import ArielTable
from certhound.query import reference
from certhound.query import tree as t
from certhound.query.check import QueryError, Source, check
from certhound.query.engines.duckdb import DuckDbEngine

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that can be run: its tree, its result columns, and the database that names the result."""

    text: str
    lowered: Lowered
    sessions: Sessions | None = None

    @property
    def database(self) -> str:
        return self.lowered.database

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        """Result columns in SELECT order; of several with one name the first."""
        found: dict[str, ResultColumn] = {}
        for column in self.lowered.columns:
            found.setdefault(column.name, column)
        return tuple(found.values())


@dataclass(slots=True)
class Console:
    """A console on the laptop: a catalogue, tables, reference data, and the time that it is there.

    ``now``: epoch milliseconds; LAST, NOW(), PARSEDATETIME and the default window count from it.
    """

    catalogue: Catalogue
    tables: Mapping[str, ArielTable]
    now: int
    reference: ReferenceData = field(default_factory=ReferenceData)
    switches: Switches = field(default_factory=Switches)
    precedence: Precedence = Precedence.SQL
    store: Store | None = None
    """That of the tables that are kept in one, else made for the first query."""

    def prepare(self, text: str) -> Prepared:
        """Parse and lower a query. Raises AqlError, or ErrorList, located, in QRadar's words where they are known."""
        catalogue = self.known()
        query = parse(text, options=ParseOptions(precedence=self.precedence, hyphenated=catalogue.hyphenated()))
        infos = {name: replace(table.info, distinct=table.distinct) for name, table in self.tables.items()}
        setting = Setting(catalogue, infos, self.now, self.reference, self.switches)
        sessions = self._sessions(query, setting, text)
        if sessions is not None:
            query, setting = replace(query, session=None), with_sessions(setting, sessions)
        lowered = lower_select(query, setting, text)
        self._check(lowered, text, sessions)
        return Prepared(text, lowered, sessions)

    def _sessions(self, query: n.Query, setting: Setting, text: str) -> Sessions | None:
        """The sessions of the records that a query with SESSION BY looks at; it is asked of them first."""
        name = query.source.name.lower() if isinstance(query.source, n.Table) else ""
        if query.session is None or name not in setting.tables:
            return None
        asked = question(query, query.session, setting, text)
        with self.engine() as engine:
            ids = session_ids(_run(asked, engine), query.session)
        return Sessions(info_of(setting.tables[name]), name, ids)

    def known(self) -> Catalogue:
        """The catalogue, and the properties that the tables bring along."""
        catalogue = self.catalogue
        for table in self.tables.values():
            catalogue = catalogue.with_properties(table.properties)
        return catalogue

    def _check(self, lowered: Lowered, text: str, sessions: Sessions | None) -> None:
        """What the lowering let through and the tree refuses, such as nesting beyond its depth."""
        schemas = {name: table.info.schema for name, table in self.tables.items()}
        if sessions is not None:
            schemas[sessions.info.schema.name] = sessions.info.schema
        try:
            check(lowered.query, schemas)
        except ErrorList as errors:
            source = Source(text)
            raise ErrorList(
                [source.locate(each) if isinstance(each, QueryError) else each for each in errors.errors]
            ) from None

    def engine(self) -> DuckDbEngine:
        """A DuckDB engine over the tables that can reach nothing else; of one engine at a time the results are good."""
        if self.store is None:
            kept = (table.data.store for table in self.tables.values() if isinstance(table.data, Stored))
            self.store = next(kept, None) or Store()
        engine = self.store.engine()
        for table in self.tables.values():
            table.register(engine)
        return engine

    def rows(self, text: str) -> Iterator[Row]:
        """The result as Python rows, by DuckDB. Raises what :meth:`prepare` raises."""
        prepared = self.prepare(text)
        with self.engine() as engine:
            yield from rows_of(prepared, engine)

    def reference_rows(self, text: str) -> list[Row]:
        """The result by the reference evaluator."""
        prepared = self.prepare(text)
        tables = {name: reference.Table(table.info.schema, table.rows()) for name, table in self.tables.items()}
        if prepared.sessions is not None:
            name = prepared.sessions.info.schema.name
            tables[name] = prepared.sessions.table(tables[prepared.sessions.of].rows)
        return [shown_row(prepared.columns, row) for row in reference.run(prepared.lowered.query, tables)]


def rows_of(prepared: Prepared, engine: DuckDbEngine) -> Iterator[Row]:
    """The rows of a prepared query, as they come."""
    for batch in batches_of(prepared, engine):
        yield from shown_rows(prepared.columns, batch)


def batches_of(prepared: Prepared, engine: DuckDbEngine) -> Iterator[pa.RecordBatch]:
    """The result in batches, its columns under the names of the lowered query."""
    if prepared.sessions is not None:
        prepared.sessions.register(engine)
    yield from _run(prepared.lowered.query, engine)


def _run(query: t.Query, engine: DuckDbEngine) -> Iterator[pa.RecordBatch]:
    try:
        yield from engine.run(query)
    except duckdb.Error as error:
        raise ContentError(f"the query could not be run: {error}", check="engine") from error


def shown_rows(columns: tuple[ResultColumn, ...], batch: pa.RecordBatch) -> list[Row]:
    """The rows of a batch under QRadar's names."""
    names = [column.name for column in columns]
    values = []
    for column in columns:
        found = batch.column(column.internal).to_pylist()
        plain = column.type not in (ArielType.LIST, ArielType.DOUBLE)
        values.append(found if plain else [shown_value(value, column) for value in found])
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def shown_row(columns: tuple[ResultColumn, ...], row: Mapping[str, Any]) -> Row:
    return {column.name: shown_value(row[column.internal], column) for column in columns}


def shown_value(value: Any, column: ResultColumn) -> Any:
    """A value as the API gives it: lists of ids as numbers, doubles as doubles."""
    if value is None:
        return None
    if column.type is ArielType.LIST and column.ids:
        return [int(each) if each is not None and each.isdecimal() and len(each) < 19 else each for each in value]
    return float(value) if column.type is ArielType.DOUBLE else value


def json_result(prepared: Prepared, batches: Iterator[pa.RecordBatch]) -> Iterator[str]:
    """``{"events": [...]}`` in pieces, one row a line, as the REST API gives results."""
    encoder = msgspec.json.Encoder()
    yield f'{{"{prepared.database}": ['
    between = "\n"
    for batch in batches:
        rows = shown_rows(prepared.columns, batch)
        if rows:
            yield between + encoder.encode_lines(rows).decode().rstrip("\n").replace("\n", ",\n")
            between = ",\n"
    yield "]}\n" if between == "\n" else "\n]}\n"

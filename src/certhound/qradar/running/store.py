"""Where a console keeps records that may be more than fit into memory: a DuckDB database that spills to a folder.

It is filled, then locked: from then on nothing but its own tables can be reached through it.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from certhound.model.columns import Kind
from certhound.model.errors import UsageError
from certhound.qradar.running.setting import ORDER
from certhound.query.check import check
from certhound.query.engines.duckdb import DuckDbEngine, Settings, connect, print_query, sql_text
from certhound.query.engines.duckdb.connection import lock
from certhound.query.engines.duckdb.errors import no_place
from certhound.query.engines.duckdb.forms import TYPES
from certhound.query.engines.duckdb.session import DEFAULT_MEMORY, MEMORY
from certhound.query.functions import sql
from certhound.query.schema import Schema
from certhound.query.tree import Query

_PLACE = "place"
"""Column of the pieces of a table: where each record stood in its file."""


class Store:
    """One database and its folder, which goes away with it. For one thread, and one query at a time."""

    def __init__(self) -> None:
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="certhound-", ignore_cleanup_errors=True)
        except OSError as error:
            raise no_place(error.strerror or str(error)) from error
        limit = os.environ.get(MEMORY, DEFAULT_MEMORY)
        try:
            self.connection = connect(Settings(memory=limit, spill=Path(self._folder.name), ordered=True))
        except duckdb.ParserException as error:
            self._folder.cleanup()
            advice = "a number and a unit, such as 4GB"
            raise UsageError(f"{MEMORY}={limit}: not an amount of memory", check="memory", advice=advice) from error
        self._locked = False
        self._end = weakref.finalize(self, _end, self.connection, self._folder)

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    def close(self) -> None:
        self._end()

    def engine(self) -> StoreEngine:
        """An engine over this store, locked from now on. Closing it leaves the store as it is."""
        if not self._locked:
            lock(self.connection, ())
            self._locked = True
        return StoreEngine(connection=self.connection)

    def fill(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Make a table of batches as they come."""
        table = exp.to_identifier(name, quoted=True)
        block = exp.to_identifier("block", quoted=True)
        insert = sql_text(
            exp.Insert(this=exp.Table(this=table), expression=exp.select("*").from_(exp.Table(this=block)))
        )
        self.connection.register("block", pa.Table.from_batches([], schema))
        self._create(exp.Table(this=table.copy()), exp.select("*").from_(exp.Table(this=block.copy())))
        for batch in batches:
            self.connection.register("block", pa.Table.from_batches([batch], schema))
            self.connection.execute(insert)
        self.connection.unregister("block")

    def rows(self, query: Query, schemas: Mapping[str, Schema]) -> list[dict[str, Any]]:
        """The result of a query over tables of the store."""
        check(query, schemas)
        found = self.connection.sql(sql_text(print_query(query, schemas))).to_arrow_table()
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows

    def keep(self, name: str, query: Query, schemas: Mapping[str, Schema]) -> None:
        """Make a table of the result of a query over tables of the store, in the order of the result."""
        check(query, schemas)
        self._create(exp.Table(this=exp.to_identifier(name, quoted=True)), print_query(query, schemas))

    def assemble(self, name: str, pieces: Sequence[Path], kinds: Mapping[str, Kind], order: str) -> None:
        """Make a table of Parquet files, and remove these; columns that a file lacks are NULL.

        Records with the largest value of ``order`` come first, those of the same value as they stood.
        """
        union = exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.true())
        source = sql.call("read_parquet", sql.array(*(sql.text(str(each)) for each in pieces)), union)
        items = [
            exp.Alias(
                this=sql.cast(exp.column(column, quoted=True), TYPES[kind]),
                alias=exp.to_identifier(column, quoted=True),
            )
            for column, kind in kinds.items()
        ]
        newest = exp.column(order, quoted=True)
        ordered = (
            exp.select(*items)
            .from_(source)
            .order_by(
                exp.Ordered(this=newest, desc=True, nulls_first=False),
                exp.Ordered(this=exp.column(_PLACE, quoted=True), desc=False, nulls_first=False),
            )
        )
        self._create(exp.Table(this=exp.to_identifier(name, quoted=True)), ordered)
        for piece in pieces:
            piece.unlink()

    def _create(self, table: exp.Expression, of: exp.Expression) -> None:
        self.connection.execute(sql_text(exp.Create(this=table, kind="TABLE", expression=of)))


@dataclass(frozen=True, slots=True)
class Stored:
    """A table of a store. Records were put in their order, so that the place of a record in the table is its order."""

    store: Store
    name: str

    def source(self) -> exp.Expression:
        """The table with its order as a column."""
        order = exp.Alias(this=exp.column("rowid"), alias=exp.to_identifier(ORDER, quoted=True))
        table = exp.Table(this=exp.to_identifier(self.name, quoted=True))
        return exp.Subquery(
            this=exp.select("*", order).from_(table), alias=exp.TableAlias(this=exp.to_identifier("stored"))
        )

    def distinct(self, column: str) -> list[str]:
        """The different values of a column, absent ones left out."""
        found = exp.select(exp.column(column, quoted=True)).distinct().from_(self.source())
        return [row[0] for row in self._rows(found) if row[0] is not None]

    def newest(self, column: str) -> int | None:
        """The largest value of a column of times."""
        largest = sql.call("max", exp.column(column, quoted=True))
        value = self._rows(exp.select(largest).from_(self.source()))[0][0]
        return None if value is None else int(value)

    def count(self) -> int:
        """Number of records."""
        counted = exp.select(exp.Count(this=exp.Star())).from_(self.source())
        return int(self._rows(counted)[0][0])

    def to_arrow(self) -> pa.Table:
        """All records, for the reference evaluator."""
        text = sql_text(exp.select("*").from_(self.source()))
        return self.store.connection.sql(text).to_arrow_table()

    def columns(self) -> dict[str, str]:
        """DuckDB's type of each column by its name."""
        text = sql_text(exp.Describe(this=exp.select("*").from_(self.source())))
        return {str(row[0]): str(row[1]) for row in self.store.connection.execute(text).fetchall()}

    def _rows(self, select: exp.Expression) -> list[Any]:
        return self.store.connection.execute(sql_text(select)).fetchall()


class StoreEngine(DuckDbEngine):
    """The engine over a store's own connection, which others use after it."""

    def close(self) -> None:
        """The store closes its connection."""


def write_piece(path: Path, table: pa.Table, first: int) -> None:
    """A piece of a table as a file for :meth:`Store.assemble`; ``first``: the place of its first record."""
    places = pa.array(range(first, first + table.num_rows), pa.int64())
    pq.write_table(table.append_column(_PLACE, places), path, compression="zstd")


def _end(connection: duckdb.DuckDBPyConnection, folder: tempfile.TemporaryDirectory[str]) -> None:
    try:
        connection.close()
    finally:
        folder.cleanup()

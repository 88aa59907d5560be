"""DuckDB as an engine: tables are views whose columns have the types of their schema, queries are printed SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.check import check, check_expr
from certhound.query.engines.duckdb.connection import Settings, connect
from certhound.query.engines.duckdb.forms import TYPES
from certhound.query.engines.duckdb.printer import print_expr, print_predicates, print_query
from certhound.query.functions import sql
from certhound.query.recursion import make_room
from certhound.query.schema import Schema
from certhound.query.tree import Expr, Query

__all__ = ["DuckDbEngine", "Settings", "connect", "predicates_query", "print_expr", "print_query", "sql_text"]

BATCH_ROWS = 100_000

ARROW: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INET: pa.string(),
    Kind.INT: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.TIME: pa.timestamp("us"),
    Kind.LIST: pa.list_(pa.string()),
    Kind.MAP: pa.map_(pa.string(), pa.string()),
    Kind.BYTES: pa.binary(),
    Kind.NULL: pa.string(),
}


def sql_text(node: exp.Expression, *, pretty: bool = False) -> str:
    """SQL of DuckDB for a printed tree."""
    make_room()
    return node.sql(dialect="duckdb", pretty=pretty, normalize_functions=False)


def predicates_query(
    table: Schema,
    predicates: Mapping[str, Expr],
    key_columns: Sequence[str],
    *,
    tables: Mapping[str, Schema] | None = None,
    pretty: bool = False,
) -> str:
    """One scan of a table for many predicates, as SQL: the key columns, and a truth value named as each predicate.

    Rows where no predicate is true are left out; unknown shows as false. Raises ErrorList for what the checker refuses.
    """
    for predicate in predicates.values():
        check_expr(predicate, table, tables=tables)
    return sql_text(print_predicates(predicates, table, key_columns, tables), pretty=pretty)


class DuckDbEngine:
    """The engine of :mod:`certhound.query.engines.contract` over DuckDB. Close it, or use it in ``with``."""

    def __init__(self, settings: Settings | None = None, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self.connection = connection or connect(settings)
        self._tables: dict[str, Schema] = {}

    def __enter__(self) -> DuckDbEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    @property
    def tables(self) -> Mapping[str, Schema]:
        return self._tables

    def register_rows(self, schema: Schema, rows: Sequence[Mapping[str, Any]]) -> None:
        """Python rows as a table. See the contract."""
        arrays = [
            pa.array([_arrow_value(row.get(name), kind) for row in rows], ARROW[kind])
            for name, kind in schema.columns.items()
        ]
        self.register_arrow(schema, pa.Table.from_arrays(arrays, names=list(schema.columns)))

    def register_arrow(self, schema: Schema, data: pa.Table) -> None:
        """An Arrow table as a table. See the contract."""
        raw = f"raw {schema.name}"
        self.connection.register(raw, data)
        self.register_source(schema, exp.Table(this=exp.to_identifier(raw, quoted=True)))

    def register_parquet(self, schema: Schema, files: Sequence[str]) -> None:
        """Parquet files as a table. See the contract."""
        paths = sql.array(*(sql.text(file) for file in files))
        union = exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.true())
        self.register_source(schema, sql.call("read_parquet", paths, union))

    def register_source(self, schema: Schema, source: exp.Expression) -> None:
        """Anything that FROM takes as a table: a view with every column of the schema, in the type of its kind.

        Columns that the source lacks are absent; times with a zone become UTC without one.
        """
        described = self.connection.execute(
            sql_text(exp.Describe(this=exp.select("*").from_(source.copy())))
        ).fetchall()
        present = {str(row[0]): str(row[1]) for row in described}
        items = [_normalised(name, kind, present.get(name)) for name, kind in schema.columns.items()]
        view = exp.Create(
            this=exp.Table(this=exp.to_identifier(schema.name, quoted=True)),
            kind="VIEW",
            replace=True,
            expression=exp.select(*items).from_(source),
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        )
        self.connection.execute(sql_text(view))
        self.declare(schema)

    def declare(self, schema: Schema) -> None:
        """Say that the connection has a table or view of this schema already."""
        self._tables[schema.name] = schema

    def sql(self, query: Query, *, pretty: bool = False) -> str:
        """The checked query as SQL."""
        check(query, self._tables)
        return sql_text(print_query(query, self._tables), pretty=pretty)

    def explain(self, query: Query) -> str:
        return self.sql(query, pretty=True)

    def run(self, query: Query) -> pa.RecordBatchReader:
        return self.connection.sql(self.sql(query)).to_arrow_reader(BATCH_ROWS)

    def rows(self, query: Query) -> Iterator[dict[str, Any]]:
        names = [item.name for item in query.items]
        result = self.connection.execute(self.sql(query))
        while batch := result.fetchmany(10_000):
            for row in batch:
                yield dict(zip(names, row, strict=True))

    def run_predicates(self, table: str, predicates: Mapping[str, Expr], keys: Sequence[str]) -> pa.RecordBatchReader:
        text = predicates_query(self._tables[table], predicates, keys, tables=self._tables)
        return self.connection.sql(text).to_arrow_reader(BATCH_ROWS)


def _arrow_value(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    if kind is Kind.MAP:
        return list(value.items())
    return float(value) if kind is Kind.DOUBLE else value


def _normalised(name: str, kind: Kind, present: str | None) -> exp.Expression:
    """A column in the type of its kind; NULL of that type where the source has none."""
    column: exp.Expression = exp.Null() if present is None else exp.column(name, quoted=True)
    wanted = TYPES[kind]
    if present != wanted:
        column = sql.cast(column, wanted)
    return exp.Alias(this=column, alias=exp.to_identifier(name, quoted=True))

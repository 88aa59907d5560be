"""What every engine offers. Callers speak in queries and schemas; no type of an engine's own library shows here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from certhound.query.schema import Schema
from certhound.query.tree import Expr, Query


class Engine(Protocol):
    """Runs checked queries over registered tables. Every method refuses (ErrorList) what the checker refuses.

    Results stream, and each is valid until the next is asked for. Times in them have no zone and are in UTC.
    """

    @property
    def tables(self) -> Mapping[str, Schema]:
        """The schemas of the registered tables by name."""
        ...

    def register_rows(self, schema: Schema, rows: Sequence[Mapping[str, Any]]) -> None:
        """Make Python rows a table under the schema's name; a missing key is absent."""
        ...

    def register_arrow(self, schema: Schema, data: pa.Table) -> None:
        """Make an Arrow table a table; columns that it lacks are absent."""
        ...

    def register_parquet(self, schema: Schema, files: Sequence[str]) -> None:
        """Make Parquet files (paths or globs of one layout) a table; columns that they lack are absent."""
        ...

    def run(self, query: Query) -> pa.RecordBatchReader:
        """The result of a query, in batches."""
        ...

    def rows(self, query: Query) -> Iterator[dict[str, Any]]:
        """The result of a query as Python rows."""
        ...

    def run_predicates(self, table: str, predicates: Mapping[str, Expr], keys: Sequence[str]) -> pa.RecordBatchReader:
        """Key columns and a truth value for each predicate, of rows where any is true; all in one pass."""
        ...

    def explain(self, query: Query) -> str:
        """The query in the engine's own language, laid out to be read."""
        ...

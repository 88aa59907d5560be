"""A DuckDB connection with the settings that hold everywhere, and one kind of error.

Nothing is fetched: extensions are neither installed nor loaded by themselves. Memory is bounded, and what does not fit
goes to a folder of the session's own, which goes away with it.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from certhound.model.errors import UsageError
from certhound.query.engines.duckdb.connection import Settings, connect
from certhound.query.engines.duckdb.errors import EngineError, as_ours, no_place

__all__ = ["DEFAULT_MEMORY", "EngineError", "Session"]

MEMORY = "CERTHOUND_MEMORY"
"""Environment variable: another limit."""

DEFAULT_MEMORY = "1800MB"
"""DuckDB's own limit; a process needs half as much again for Python, Arrow and buffers of the readers."""


class Session:
    """One in-memory database that spills to a folder of its own. For one thread, but ``interrupt`` for any."""

    def __init__(self, *, memory: str = DEFAULT_MEMORY, threads: int | None = None) -> None:
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="certhound-", ignore_cleanup_errors=True)
        except OSError as error:
            raise no_place(error.strerror or str(error)) from error
        limit = os.environ.get(MEMORY, memory)
        try:
            self.connection = connect(Settings(memory=limit, threads=threads, spill=Path(self._folder.name)))
        except duckdb.ParserException as error:
            self._folder.cleanup()
            raise UsageError(
                f"{MEMORY}={limit}: not an amount of memory", check="memory", advice="a number and a unit, such as 4GB"
            ) from error
        # Also when nobody closes it, as when Ctrl-C comes before its owner has it: DuckDB first, for it writes there.
        self._end = weakref.finalize(self, _end, self.connection, self._folder)

    @property
    def folder(self) -> str:
        """A folder for what does not fit into memory; removed when the session ends."""
        return self._folder.name

    def execute(self, statement: str, parameters: Mapping[str, object] | None = None) -> duckdb.DuckDBPyConnection:
        """Run one statement; ``$name`` parameters are bound, never pasted."""
        with as_ours():
            return self.connection.execute(statement, parameters) if parameters else self.connection.execute(statement)

    def script(self, statements: str) -> None:
        """Run several fixed statements."""
        self.execute(statements)

    def arrow(self, statement: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """The whole result as an Arrow table."""
        with as_ours():
            return self.connection.sql(statement, params=dict(parameters or {})).to_arrow_table()

    def batches(self, statement: str, parameters: Mapping[str, object] | None = None) -> Iterator[pa.RecordBatch]:
        """The result in batches, so that it need not fit into memory."""
        with as_ours():
            # A cursor of its own, so that the session can be used while the rows are being read.
            cursor = self.connection.cursor()
            yield from cursor.sql(statement, params=dict(parameters or {})).to_arrow_reader(50_000)

    def scalar(self, statement: str, parameters: Mapping[str, object] | None = None) -> Any:
        """The first value of the first row, or None."""
        with as_ours():
            rows = self.execute(statement, parameters).fetchall()
        return rows[0][0] if rows else None

    @contextmanager
    def joins_as_written(self) -> Iterator[None]:
        """Joins build on their right side, as they are written: of text files the optimizer only guesses the size."""
        self.execute("SET disabled_optimizers = 'build_side_probe_side,join_order'")
        try:
            yield
        finally:
            # In a transaction that failed nothing can be set, and what made it fail must not be hidden.
            with suppress(EngineError):
                self.execute("SET disabled_optimizers = ''")

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table visible under a name."""
        with as_ours():
            self.connection.register(name, table)

    def unregister(self, name: str) -> None:
        with as_ours():
            self.connection.unregister(name)

    def interrupt(self) -> None:
        self.connection.interrupt()

    def close(self) -> None:
        self._end()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _end(connection: duckdb.DuckDBPyConnection, folder: tempfile.TemporaryDirectory[str]) -> None:
    """Close a database and remove its folder."""
    with suppress(duckdb.Error):
        connection.close()
    folder.cleanup()

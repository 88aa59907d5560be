"""Connections to DuckDB with safe settings: nothing is downloaded, memory is bounded, and queries cannot reach out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from certhound.query.engines.duckdb.macros import MACROS


@dataclass(frozen=True, slots=True)
class Settings:
    """How a connection is set up.

    ``memory`` is what DuckDB takes at most (such as ``2GB``) before it spills to ``spill`` (a folder; None: beside the
    database, or not at all in memory). ``ordered`` keeps the order of the input, which costs speed and memory.
    ``untrusted``: no file outside of ``readable`` (folders) can be reached, nothing attached, no setting changed.
    """

    memory: str = "2GB"
    threads: int | None = None
    spill: Path | None = None
    ordered: bool = False
    untrusted: bool = False
    readable: Sequence[Path] = ()


def connect(settings: Settings | None = None, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A connection with these settings and our macros."""
    chosen = settings or Settings()
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "default_null_order": "nulls_last",
        "order_by_non_integer_literal": "true",
        "memory_limit": chosen.memory,
        "threads": str(chosen.threads or os.cpu_count() or 1),
        "preserve_insertion_order": "true" if chosen.ordered else "false",
    }
    if chosen.spill is not None:
        config["temp_directory"] = str(chosen.spill)
    connection = duckdb.connect(database, config=config)
    connection.execute("SET TimeZone = 'UTC'")
    # Its bar would go where results are due.
    connection.execute("SET enable_progress_bar = false")
    for macro in MACROS:
        connection.execute(macro)
    if chosen.untrusted:
        lock(connection, chosen.readable)
    return connection


def lock(connection: duckdb.DuckDBPyConnection, readable: Sequence[Path]) -> None:
    """From now on no file outside of ``readable`` can be reached, nothing attached, no setting changed."""
    if readable:
        connection.execute(
            "SET allowed_directories = $folders", {"folders": [str(each.resolve()) for each in readable]}
        )
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")

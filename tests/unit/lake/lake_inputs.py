"""Small inputs for lakes, and what a lake then holds: for tests of the lake that lasts."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import certhound
from certhound.lake.store.crew import MEMORY
from certhound.lake.store.journal import Journal, State

SAMPLE = Path(certhound.__file__).parent / "content" / "sample"

Row = dict[str, Any]


def log(name: str, lines: int | None = None) -> bytes:
    """A log of the sample, or the beginning of it."""
    text = (SAMPLE / f"{name}.log").read_bytes()
    return text if lines is None else b"".join(text.splitlines(keepends=True)[:lines])


def folder_of(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def rows(lake: Path, state: State | None = None) -> list[Row]:
    """All events that a reader sees, in the order of their places."""
    state = state or Journal(lake).read()
    tables = [pq.read_table(lake / path) for path in state.events]
    found = [row for table in tables for row in _plain(table)]
    return sorted(
        found, key=lambda row: (row["origin_file"], row["origin_line"] or 0, row["source"], row["payload"] or "")
    )


def _plain(table: pa.Table) -> list[Row]:
    found: list[Row] = table.to_pylist()
    for row in found:
        row["fields"] = dict(row["fields"] or [])
    return found


def places(lake: Path) -> list[tuple[str, int]]:
    """Name of the file, without its folder, and line of each event."""
    return [(Path(row["origin_file"]).name, row["origin_line"]) for row in rows(lake)]


def contents(lake: Path) -> tuple[list[Row], list[Row], list[Row]]:
    """Everything that a reader sees and that does not depend on how a lake came about."""
    state = Journal(lake).read()

    def of(paths: Sequence[str], *without: str) -> list[Row]:
        found = [row for path in paths for row in pq.read_table(lake / path).to_pylist()]
        kept = [{name: value for name, value in row.items() if name not in ("lake_file", *without)} for row in found]
        return sorted(kept, key=repr)

    events = [{name: value for name, value in row.items() if name != "lake_file"} for row in rows(lake, state)]
    return events, of(list(state.certificates), "first_seen", "last_seen"), of(list(state.rejects))


def worker_that(folder: Path, patch: str) -> list[str]:
    """The command of a reading process in which some Python runs first."""
    import sys

    path = folder / "patched_worker.py"
    path.write_text(f"{patch}\nfrom certhound.lake.store.worker import main\nmain()\n")
    return [sys.executable, str(path), MEMORY]


@contextlib.contextmanager
def read_only(folder: Path) -> Any:
    """A folder and all below it without the right to write."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(modes[path] & ~0o222)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(modes[path])

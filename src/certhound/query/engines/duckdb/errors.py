"""What the engine refuses or stumbles over, in one kind of error; what a user can mend says how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from certhound.model.errors import CerthoundError, ExitCode

_DISK = ("No space left on device", "File too large", "Disk quota exceeded", "Read-only file system")


class EngineError(Exception):
    """What DuckDB refused or stumbled over, in its words."""


class NoRoomError(EngineError, CerthoundError):
    """Memory or the disk for temporary files is full, or there is no place for such files."""

    exit_code = ExitCode.UNREADABLE


@contextmanager
def as_ours() -> Iterator[None]:
    """What DuckDB raises as our errors; Ctrl-C as Ctrl-C, whatever DuckDB was doing when it came.

    It says so itself (``Query interrupted``), or wraps what Python code within its own raised: our functions, and
    Arrow's readers of registered tables.
    """
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, duckdb.InterruptException) or "KeyboardInterrupt" in str(error):
            raise KeyboardInterrupt from error
        raise engine_error(error) from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def engine_error(error: duckdb.Error) -> EngineError:
    """DuckDB's error as ours."""
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException) or "max_temp_directory_size" in text:
        return NoRoomError(
            f"memory is full: {text.splitlines()[0][:300]}",
            check="no-room",
            advice="scan less at once, or allow more with CERTHOUND_MEMORY (such as 4GB)",
        )
    if isinstance(error, duckdb.IOException):
        reason = next((words for words in _DISK if words in text), None)
        if reason is not None:
            return no_place(reason)
    return EngineError(text)


def no_place(reason: str) -> NoRoomError:
    """Temporary files cannot be written."""
    return NoRoomError(
        f"no room for temporary files: {reason}",
        check="no-room",
        advice="make room, or set TMPDIR to a folder that has some",
    )

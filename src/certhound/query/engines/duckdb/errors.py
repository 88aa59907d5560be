"""What the engine refuses or stumbles over, in one kind of error; what a user can mend says how."""

from __future__ import annotations

import duckdb

from certhound.model.errors import CerthoundError, ExitCode

_DISK = ("No space left on device", "File too large", "Disk quota exceeded", "Read-only file system")


class EngineError(Exception):
    """What DuckDB refused or stumbled over, in its words."""


class NoRoomError(EngineError, CerthoundError):
    """Memory or the disk for temporary files is full, or there is no place for such files."""

    exit_code = ExitCode.UNREADABLE


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

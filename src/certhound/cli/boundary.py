"""The one place where what went wrong becomes a message on standard error and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Final

from certhound.model.errors import CerthoundError, ExitCode

DEBUG: Final = "CERTHOUND_DEBUG"
"""Environment variable: set to 1, an unexpected error shows its traceback."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


def guarded(command: Callable[[], int]) -> int:
    """Run a command. Whatever it raises is told in words; only a second Ctrl-C gets through."""
    if sys.stdout is None:  # closed by whoever started this, as ``>&-`` does
        leave_pipe()
    try:
        code = command()
        _flush()
    except BrokenPipeError:
        leave_pipe()
        return ExitCode.OK
    except KeyboardInterrupt as stopped:
        tell(f"Stopped{_after(stopped)}; nothing is written half.")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the last boundary: a user sees words, not a traceback
        if is_interrupt(error):
            tell("Stopped; nothing is written half.")
            return ExitCode.INTERRUPTED
        if isinstance(error, CerthoundError):
            tell(str(error))
            return error.exit_code
        return _unexpected(error)
    return code


def is_interrupt(error: BaseException | None) -> bool:
    """Whether this is Ctrl-C, also where it met DuckDB at work, which then raises an error of its own."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "InterruptException":
            return True
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            return True
        error = error.__cause__ or error.__context__
    return False


def leave_pipe() -> None:
    """The reader of standard output is gone, as ``| head`` goes: what is still to be written goes nowhere."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):  # no real file stands behind standard output
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- lives as long as the process


def tell(text: str) -> None:
    """Text for people, on standard error, where control characters of data do nothing."""
    from certhound.outputs.defuse import visible

    lines = "\n".join(visible(line) for line in text.split("\n"))
    try:
        print(lines, file=sys.stderr, flush=True)  # noqa: T201 -- this is where the command line prints
    except (OSError, ValueError, AttributeError):
        return  # nobody listens on standard error, which must not hide the exit code


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _unexpected(error: Exception) -> int:
    if os.environ.get(DEBUG, "") not in ("", "0"):
        import traceback

        tell("".join(traceback.format_exception(error)).rstrip())
        return ExitCode.DEFECT
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        leave_pipe()
        place = f" ({error.filename})" if error.filename else ""
        tell(f"error[no-room] {error.strerror}{place}\n    advice: make room, or set TMPDIR to a folder that has some")
        return ExitCode.DEFECT
    first = (str(error).strip() or "no text").splitlines()[0][:500]
    tell(
        f"error[defect] certhound met an error that it did not expect: {type(error).__name__}: {first}\n"
        f"    advice: please report it, with what {DEBUG}=1 prints for the same command"
    )
    return ExitCode.DEFECT


def _after(stopped: KeyboardInterrupt) -> str:
    """What had been done until then, where the interrupted work says so."""
    return f", {stopped.args[0]}" if stopped.args else ""

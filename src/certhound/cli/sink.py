"""Where a result goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from certhound.cli.boundary import leave_pipe
from certhound.model.errors import Place, UsageError


@contextmanager
def text_sink(output: Path | None) -> Iterator[TextIO]:
    """A UTF-8 text stream for the result. That its reader leaves early ends the writing and nothing else."""
    if output is not None:
        from certhound.outputs.files import atomic_text

        with atomic_text(output) as stream:
            yield stream
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        leave_pipe()


@contextmanager
def bytes_sink(output: Path | None, *, binary: bool = False) -> Iterator[BinaryIO]:
    """A byte stream for the result; ``binary`` says that it is nothing to look at, and then a terminal is refused."""
    if output is not None:
        from certhound.outputs.files import atomic_bytes

        with atomic_bytes(output) as stream:
            yield stream
        return
    if binary and sys.stdout.isatty():
        raise UsageError(
            "this format is binary and standard output a terminal", check="binary-output", advice="--output FILE"
        )
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        leave_pipe()


def check_targets(*targets: Path | None) -> None:
    """Refuse files that could not be written before the work is done, not after it."""
    for target in targets:
        if target is None:
            continue
        folder = target.absolute().parent
        if target.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
            raise UsageError(
                "cannot be written",
                check="cannot-write",
                place=Place(str(target)),
                advice="name a file in a folder that exists and can be written to",
            )


def width() -> int:
    """Columns of the terminal behind standard output; 0 where there is none, and nothing is cut."""
    return shutil.get_terminal_size((100, 40)).columns if sys.stdout.isatty() else 0

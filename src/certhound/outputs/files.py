"""Files are written whole or not at all: into a temporary neighbour, which then takes the name."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from certhound.model.errors import Place, UsageError


@contextmanager
def atomic_text(path: str | Path) -> Iterator[TextIO]:
    """A UTF-8 text file that appears under its name only when the block ends without an error."""
    with _atomic(Path(path), text=True) as stream:
        yield cast(TextIO, stream)


@contextmanager
def atomic_bytes(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file that appears under its name only when the block ends without an error."""
    with _atomic(Path(path), text=False) as stream:
        yield cast(BinaryIO, stream)


@contextmanager
def _atomic(path: Path, *, text: bool) -> Iterator[object]:
    encoding, mode = ("utf-8", "w") if text else (None, "wb")
    errors = "backslashreplace" if text else None
    try:
        if _is_special(path):  # /dev/stdout or a FIFO cannot be replaced, only written to
            with path.open(mode, encoding=encoding, errors=errors) as stream:
                yield stream
            return
        target = Path(os.path.realpath(path))
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(handle, mode, encoding=encoding, errors=errors, newline="" if text else None) as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, _mode(target))  # noqa: PTH101 -- mkstemp gives 0600; a report follows the umask
            os.replace(name, target)  # noqa: PTH105
        except BaseException:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
    except BrokenPipeError:
        raise  # a reader that left is not an error of the user's; the command line handles it
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror or error}",
            check="cannot-write",
            place=Place(str(path)),
            advice="name a file in a folder that exists, can be written to, and has room",
        ) from error


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask

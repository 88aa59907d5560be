"""Writing so that it lasts: the few operations on files of which a commit is made.

They stand together so that a test can make each of them fail, before it is done or after it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certhound.model.errors import CerthoundError, ExitCode, Place

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


class LakeError(CerthoundError):
    """A lake cannot be read or written."""

    exit_code = ExitCode.UNREADABLE


class Disk:
    """The operations of a commit on the disk. Each may raise OSError."""

    def make_folder(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)

    def write(self, path: Path, data: bytes) -> None:
        """A new file with this content, flushed to the disk."""
        handle = self.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            view = memoryview(data)
            while view:
                view = view[self.put(handle, view) :]
            self.flush(handle)
        finally:
            os.close(handle)

    def open(self, path: Path, flags: int) -> int:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)

    def put(self, handle: int, data: memoryview) -> int:
        return os.write(handle, data)

    def flush(self, handle: int) -> None:
        os.fsync(handle)

    def flush_file(self, path: Path) -> None:
        """Flush what is written to a file or a folder to the disk."""
        handle = self.open(path, os.O_RDONLY)
        try:
            self.flush(handle)
        finally:
            os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What the disk refuses, as an error that says what to do. What was committed before stands."""
    try:
        yield
    except OSError as error:
        raise lake_error(folder, error) from error


def lake_error(folder: Path, error: OSError) -> LakeError:
    reason = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return LakeError(
            f"the disk is full: {reason}; what was committed before is whole",
            check="lake-no-room",
            place=Place(str(folder)),
            advice="make room and run the same command again",
        )
    if error.errno in _READ_ONLY:
        return LakeError(
            f"the lake cannot be written: {reason}",
            check="lake-read-only",
            place=Place(str(folder)),
            advice="name a folder that can be written to; detect, events and certificates only need to read",
        )
    return LakeError(
        f"the disk failed: {reason}; what was committed before is whole",
        check="lake-disk",
        place=Place(str(error.filename or folder)),
        advice="run the same command again when the cause is mended",
    )

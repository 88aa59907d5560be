"""What earlier detections over a lake found: ids that were given out, and when an entity was first found.

The whole history is in the file with the highest number; it is written whole or not at all, under a lock of its own, so
that no detection waits for an ingest.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from certhound.lake.store.disk import Disk, LakeError
from certhound.model.errors import Place

FOLDER, LOCK = "detections", "detect.lock"
FORMAT = 1
KEPT = 3
"""Former files that stay, for whoever wants to look back."""

_NAME = re.compile(r"(\d{12})\.json")


class Found(msgspec.Struct, array_like=True):
    """An entity that was found: its first id, when a run found it first and last, and when it was first met."""

    kind: str
    key: str
    id: str
    first_found: str
    last_found: str
    first_seen: datetime | None = None


class History(msgspec.Struct):
    """All entities that were ever found."""

    format: int = FORMAT
    number: int = 0
    found: list[Found] = msgspec.field(default_factory=list)

    def by_key(self) -> dict[tuple[str, str], Found]:
        return {(each.kind, each.key): each for each in self.found}


def read_history(folder: Path) -> History:
    """The history of a lake; an empty one where nothing was detected yet."""
    numbers = _numbers(folder)
    if not numbers:
        return History()
    path = _path(folder, max(numbers))
    try:
        history = msgspec.json.decode(path.read_bytes(), type=History)
    except (msgspec.DecodeError, OSError) as error:
        raise LakeError(
            f"the history of detections cannot be read: {error}",
            check="lake-damaged",
            place=Place(str(path)),
            advice="remove this file; the one before it then counts",
        ) from error
    if history.format > FORMAT:
        raise LakeError(
            f"the history was written in format {history.format}; this version of certhound reads up to {FORMAT}",
            check="lake-format",
            place=Place(str(path)),
            advice="use a newer certhound",
        )
    return history


@contextmanager
def only_detection(folder: Path) -> Iterator[bool]:
    """The right to write the history; waits for another detection. False where nothing can be written."""
    handle: int | None = None
    try:
        with suppress(OSError):
            (folder / FOLDER).mkdir(exist_ok=True)
            handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle is not None
    finally:
        if handle is not None:
            os.close(handle)


def write_history(folder: Path, history: History, disk: Disk | None = None) -> None:
    """Write the next file. Raises OSError, and then what was there stands."""
    disk = disk or Disk()
    path = _path(folder, history.number)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError, NotADirectoryError):
        temporary.unlink()
    disk.write(temporary, msgspec.json.encode(history) + b"\n")
    disk.rename(temporary, path)
    disk.flush_file(path.parent)
    for number in sorted(_numbers(folder))[: -KEPT - 1]:
        disk.remove(_path(folder, number))


def _numbers(folder: Path) -> list[int]:
    with suppress(FileNotFoundError, NotADirectoryError):
        names = [_NAME.fullmatch(entry.name) for entry in os.scandir(folder / FOLDER)]
        return [int(match[1]) for match in names if match]
    return []


def _path(folder: Path, number: int) -> Path:
    return folder / FOLDER / f"{number:012d}.json"

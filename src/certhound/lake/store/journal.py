"""The journal of a lake: its manifests in order, the state that they add up to, and who may write the next one.

A reader needs nothing but the manifests. A writer holds ``writer.lock``; the rename of a manifest to the next number is
the commit (docs/decisions/lake.md).
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from certhound import __version__
from certhound.lake.store.disk import Disk, LakeError, told
from certhound.lake.store.manifest import (
    FORMAT,
    Commit,
    EventsFile,
    Known,
    Manifest,
    ShapeInfo,
    TableFile,
    decode,
    encode,
    format_of,
)
from certhound.model.errors import Place

MANIFESTS, EVENTS, CERTIFICATES, REJECTS, STAGING, CACHE = (
    "manifests", "events", "certificates", "rejects", "staging", "cache",
)  # fmt: skip
WRITER, READERS = "writer.lock", "readers.lock"

_NAME = re.compile(r"(\d{12})\.json")

Waiting = Callable[[], None]
"""Told once when another writer is at work and this one waits."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of events and what its rows are."""

    file: EventsFile
    shape: ShapeInfo


@dataclass(slots=True)
class State:
    """What a lake holds after some commit: files by their path in it, inputs by their number."""

    number: int = 0
    events: dict[str, Stored] = field(default_factory=dict)
    certificates: dict[str, TableFile] = field(default_factory=dict)
    rejects: dict[str, TableFile] = field(default_factory=dict)
    files: dict[int, Known] = field(default_factory=dict)
    commits: int = 0
    last_commit: str = ""

    def apply(self, manifest: Manifest) -> None:
        """Go on to the next commit."""
        if manifest.whole:
            for each in (self.events, self.certificates, self.rejects, self.files):
                each.clear()
        for path in manifest.removed:
            for table in (self.events, self.certificates, self.rejects):
                table.pop(path, None)
        self.events.update((each.path, Stored(each, manifest.shapes[each.shape])) for each in manifest.events)
        self.certificates.update((each.path, each) for each in manifest.certificates)
        self.rejects.update((each.path, each) for each in manifest.rejects)
        self.files.update((each.number, each) for each in manifest.files)
        self.number = manifest.number
        self.commits += 1
        self.last_commit = manifest.at

    def paths(self) -> set[str]:
        """All files that the state names."""
        return {*self.events, *self.certificates, *self.rejects}


@dataclass(slots=True)
class Change:
    """What a commit will add and take away."""

    kind: Commit
    events: list[Stored] = field(default_factory=list)
    certificates: list[TableFile] = field(default_factory=list)
    rejects: list[TableFile] = field(default_factory=list)
    files: list[Known] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    whole: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.certificates or self.rejects or self.files or self.removed or self.whole)


class Journal:
    """The manifests of one lake."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self.disk = disk or Disk()

    # --- reading ---------------------------------------------------------------------------------------------------

    def exists(self) -> bool:
        return (self.folder / MANIFESTS).is_dir()

    def read(self) -> State:
        """The state after the last commit. A lake without a commit is none."""
        if not self.exists():
            raise LakeError(
                "there is no lake here",
                check="no-lake",
                place=Place(str(self.folder)),
                advice=f"certhound ingest PATH --lake {self.folder} makes one",
            )
        for _ in range(_TRIES):
            # Compaction may take away manifests that have just been listed; then there is a newer one.
            with suppress(FileNotFoundError):
                return self._read()
        raise LakeError("manifests vanish while they are read", check="lake-damaged", place=Place(str(self.folder)))

    def _read(self) -> State:
        found: list[Manifest] = []
        for number in sorted(self._numbers(), reverse=True):
            found.append(self._manifest(number))
            if found[-1].whole:
                break
        state, expected = State(), found[-1].number if found else 0
        if found and not found[-1].whole and expected != 1:
            raise self._damaged(expected - 1, "is missing")
        for manifest in reversed(found):
            if manifest.number != expected:
                raise self._damaged(expected, "is missing")
            state.apply(manifest)
            expected += 1
        return state

    def _numbers(self) -> Iterator[int]:
        for entry in os.scandir(self.folder / MANIFESTS):
            match = _NAME.fullmatch(entry.name)
            if match:
                yield int(match[1])

    def _path(self, number: int) -> Path:
        return self.folder / MANIFESTS / f"{number:012d}.json"

    def _manifest(self, number: int) -> Manifest:
        data = self._path(number).read_bytes()
        try:
            version = format_of(data)
            if version > FORMAT:
                raise LakeError(
                    f"the lake was written in format {version}; this version of certhound reads up to {FORMAT}",
                    check="lake-format",
                    place=Place(str(self._path(number))),
                    advice="use a newer certhound",
                )
            manifest = decode(data)
        except msgspec.DecodeError as error:
            raise self._damaged(number, f"is damaged: {error}") from error
        if manifest.number != number:
            raise self._damaged(number, f"calls itself {manifest.number}")
        return manifest

    def _damaged(self, number: int, what: str) -> LakeError:
        return LakeError(
            f"manifest {number} {what}",
            check="lake-damaged",
            place=Place(str(self._path(number))),
            advice="restore the folder manifests/ from a copy; the other files are as they were",
        )

    @contextmanager
    def reading(self) -> Iterator[State]:
        """A snapshot whose files stay until the block ends."""
        with self._shared():
            yield self.read()

    @contextmanager
    def _shared(self) -> Iterator[None]:
        path = self.folder / READERS
        handle: int | None = None
        with suppress(OSError):  # on a disk that nobody can write to nobody deletes either
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        if handle is None:
            with suppress(OSError):
                handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if handle is not None:
                with suppress(OSError):
                    fcntl.flock(handle, fcntl.LOCK_SH)
            yield
        finally:
            if handle is not None:
                os.close(handle)

    # --- writing ---------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, waiting: Waiting | None = None) -> Iterator[Writer]:
        """The right to commit. Waits for another writer; makes the lake if there is none."""
        with told(self.folder):
            self.disk.make_folder(self.folder / MANIFESTS)
            handle = os.open(self.folder / WRITER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            with told(self.folder):
                _lock(handle, waiting)
            writer = Writer(self, self.read())
            with told(self.folder):
                writer.tidy()
            yield writer
        finally:
            os.close(handle)


_TRIES = 5


def _lock(handle: int, waiting: Waiting | None) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if waiting is not None:
            waiting()
        fcntl.flock(handle, fcntl.LOCK_EX)


class Writer:
    """Makes commits; exists only while the lock is held."""

    def __init__(self, journal: Journal, state: State) -> None:
        self.journal = journal
        self.disk = journal.disk
        self.folder = journal.folder
        self.state = state
        self._made: set[Path] = set()

    def new_name(self) -> str:
        """A name that no file of the lake has had."""
        return f"{self.state.number + 1:012d}-{secrets.token_hex(8)}"

    def place(self, staged: Path, folder: str) -> str:
        """Move a file that is whole to its place in the lake, flushed; its path there. Nobody sees it yet."""
        target = self.folder / folder
        if target not in self._made:
            self.disk.make_folder(target)
            self._made.add(target)
        self.disk.flush_file(staged)
        path = target / f"{self.new_name()}{staged.suffix}"
        self.disk.rename(staged, path)
        return path.relative_to(self.folder).as_posix()

    def commit(self, change: Change) -> Manifest:
        """Make a change visible. Raises OSError; then it may or may not have been stored, and ``state`` is stale."""
        for folder in {self.folder / Path(each.file.path).parent for each in change.events}:
            self.disk.flush_file(folder)
        for made in sorted({*self._made, *(each.parent for each in self._made)}):
            if made.is_dir():
                self.disk.flush_file(made)
        manifest = self._manifest(change)
        path = self.journal._path(manifest.number)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self.disk.write(temporary, encode(manifest))
        if path.exists():
            raise LakeError("another writer is at work in spite of the lock", check="lake-lock", place=Place(str(path)))
        self.disk.rename(temporary, path)
        self.disk.flush_file(path.parent)
        self.state.apply(manifest)
        return manifest

    def _manifest(self, change: Change) -> Manifest:
        shapes = list(dict.fromkeys(each.shape for each in change.events))
        return Manifest(
            FORMAT,
            self.state.number + 1,
            change.kind,
            datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            __version__,
            whole=change.whole,
            shapes=tuple(shapes),
            events=tuple(msgspec.structs.replace(each.file, shape=shapes.index(each.shape)) for each in change.events),
            certificates=tuple(change.certificates),
            rejects=tuple(change.rejects),
            files=tuple(change.files),
            removed=tuple(change.removed),
        )

    def staging(self) -> Path:
        """A new folder for files that are not whole yet."""
        path = self.folder / STAGING / secrets.token_hex(8)
        self.disk.make_folder(path)
        return path

    def tidy(self) -> None:
        """Remove what runs that did not end have left, and files that no manifest names any more, if nobody reads."""
        self._remove_below(self.folder / STAGING, set())
        for each in (self.folder / MANIFESTS).glob(".*.part"):
            self.disk.remove(each)
        with self._nobody_reads() as alone:
            if alone:
                named = {self.folder / path for path in self.state.paths()}
                for folder in (EVENTS, CERTIFICATES, REJECTS):
                    self._remove_below(self.folder / folder, named)
                self._forget_manifests()

    def _forget_manifests(self) -> None:
        """Manifests before the last one that holds the whole state are not needed."""
        numbers = sorted(self.journal._numbers(), reverse=True)
        for at, number in enumerate(numbers):
            if len(numbers) > 1 and self.journal._manifest(number).whole:
                for older in numbers[at + 1 :]:
                    self.disk.remove(self.journal._path(older))
                return

    def _remove_below(self, folder: Path, but: set[Path]) -> None:
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir():
                with suppress(OSError):  # something is left in it
                    path.rmdir()
            elif path not in but:
                self.disk.remove(path)

    @contextmanager
    def _nobody_reads(self) -> Iterator[bool]:
        handle = os.open(self.folder / READERS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(handle)

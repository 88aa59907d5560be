"""Which inputs are known: by their content, decompressed, whatever they are called and wherever they lie."""

from __future__ import annotations

import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from certhound.lake.store.manifest import Known
from certhound.query.plan import Compression
from certhound.sources.streams import PLAIN_STEP, Broken, content

HEAD_BYTES = 4096
"""How much of a file finds the known ones that it might be."""

SETTLED_NS = 2_000_000_000
"""A file whose times lie that far back was not written in the tick of the clock in which it was read."""


def pieces(path: str, compression: Compression, start: int = 0) -> Iterator[bytes | Broken]:
    """The decompressed bytes of a file from an offset on."""
    if compression is Compression.NONE:
        try:
            with Path(path).open("rb", buffering=0) as stream:
                stream.seek(start)
                while piece := stream.read(PLAIN_STEP):
                    yield piece
        except OSError as error:
            yield Broken(error.strerror or str(error))
        return
    for piece in content(path, compression):
        if isinstance(piece, Broken) or not start:
            yield piece
        elif start >= len(piece):
            start -= len(piece)
        else:
            yield piece[start:]
            start = 0


@dataclass(slots=True)
class Identity:
    """A running identity: feed it the content in order."""

    length: int = 0
    whole: hashlib._Hash = field(default_factory=hashlib.sha256)
    head: bytes = b""

    def feed(self, data: bytes | memoryview) -> None:
        if len(self.head) < HEAD_BYTES:
            self.head += bytes(data[: HEAD_BYTES - len(self.head)])
        self.whole.update(data)
        self.length += len(data)

    def copy(self) -> Identity:
        return Identity(self.length, self.whole.copy(), self.head)

    @property
    def digest(self) -> str:
        return self.whole.hexdigest()

    @property
    def head_digest(self) -> str:
        return hashlib.sha256(self.head).hexdigest()


@dataclass(frozen=True, slots=True)
class Match:
    """The longest known content with which a file begins. ``is_all``: there is nothing behind it.

    ``identity`` has been fed up to where reading goes on: behind the known content, or before its unfinished tail.
    """

    known: Known
    is_all: bool
    identity: Identity


class Register:
    """The inputs of a lake, to be found by their content."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by_head: dict[tuple[int, str], dict[int, Known]] = defaultdict(dict)
        self._by_number: dict[int, Known] = {}
        self._by_name: dict[str, set[int]] = defaultdict(set)
        self._by_content: dict[tuple[int, str], int] = {}
        self._head_lengths: set[int] = set()
        for each in known:
            self.add(each)

    def add(self, known: Known) -> None:
        """Take up an input, or what is newly known of it."""
        before = self._by_number.get(known.number)
        if before is not None:
            self._by_head[before.head_length, before.head].pop(before.number, None)
            self._by_content.pop((before.length, before.digest), None)
        self._by_number[known.number] = known
        self._by_head[known.head_length, known.head][known.number] = known
        self._by_name[known.name].add(known.number)
        self._by_content[known.length, known.digest] = known.number
        self._head_lengths.add(known.head_length)

    @property
    def next_number(self) -> int:
        return max(self._by_number, default=-1) + 1

    def of_content(self, length: int, digest: str) -> Known | None:
        """The input with exactly this content."""
        number = self._by_content.get((length, digest))
        return None if number is None else self._by_number[number]

    def named(self, name: str) -> list[Known]:
        """The inputs that were read under a name."""
        return [self._by_number[number] for number in sorted(self._by_name.get(name, ()))]

    def match(self, path: str, compression: Compression, head: bytes) -> Match | None:
        """Compare a file with the known ones that have its head; reads it as far as that takes."""
        candidates = sorted(self._candidates(head[:HEAD_BYTES]), key=lambda each: each.length)
        if not candidates:
            return None
        stops = sorted({each.length for each in candidates} | {each.tail.offset for each in candidates if each.tail})
        at: dict[int, Identity] = {0: Identity()}
        end = _identities(path, compression, stops, at)
        for each in reversed(candidates):
            found = at.get(each.length)
            if found is not None and found.digest == each.digest:
                resume = at[each.tail.offset] if each.tail and end != each.length else found
                return Match(each, end == each.length, resume)
        return None

    def _candidates(self, head: bytes) -> Iterator[Known]:
        for length in self._head_lengths:
            if length <= len(head):
                digest = hashlib.sha256(head[:length]).hexdigest()
                yield from self._by_head.get((length, digest), {}).values()


def _identities(path: str, compression: Compression, stops: list[int], at: dict[int, Identity]) -> int:
    """Fill in the identity at each stop; the length of the content as far as it was read (one byte beyond the last)."""
    running, pending = Identity(), [stop for stop in stops if stop]
    for piece in pieces(path, compression):
        if isinstance(piece, Broken):
            break
        rest = memoryview(piece)
        while pending and running.length + len(rest) >= pending[0]:
            size = pending[0] - running.length
            running.feed(rest[:size])
            rest = rest[size:]
            at[pending.pop(0)] = running.copy()
        running.feed(rest)
        if not pending and (rest or running.length > stops[-1]):
            break
    return running.length


# --- a shortcut that is never wrong ----------------------------------------------------------------------------------


class Stamp(msgspec.Struct, frozen=True):
    """What a file system tells of a file without reading it. ctime moves with every write and cannot be set."""

    device: int
    inode: int
    size: int
    mtime: int
    ctime: int


class Seen(msgspec.Struct, frozen=True):
    """A file that was read when its times were settled, and the content that it had."""

    stamp: Stamp
    length: int
    digest: str


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file, if its times are so old that no write can hide behind them."""
    try:
        status = path.stat()
    except OSError:
        return None
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < SETTLED_NS:
        return None
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class SeenFiles:
    """Stamps of files by path, kept beside a lake. Losing it costs time and nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, Seen] = {}
        self._changed = False
        with suppress(OSError, msgspec.DecodeError, RecursionError):
            self._seen = msgspec.json.decode(path.read_bytes(), type=dict[str, Seen])

    def content_of(self, path: Path) -> tuple[int, str] | None:
        """Length and digest of a file that has not been written to since it was read."""
        seen = self._seen.get(os.fsdecode(path.absolute()))
        return (seen.length, seen.digest) if seen is not None and seen.stamp == stamp_of(path) else None

    def add(self, path: Path, stamp: Stamp | None, length: int, digest: str) -> None:
        """Remember what was read; ``stamp`` is from before it was opened."""
        name = os.fsdecode(path.absolute())
        if stamp is not None and name.isprintable():
            self._seen[name] = Seen(stamp, length, digest)
            self._changed = True

    def save(self) -> None:
        """Write it, whole or not at all; a disk that refuses is no reason to fail."""
        if not self._changed:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
            temporary.write_bytes(msgspec.json.encode(self._seen))
            temporary.replace(self._path)

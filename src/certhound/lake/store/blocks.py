"""Text of logs in blocks of whole lines that lie in memory, where the engine reads them like files.

A piece of a file is read once, hashed, searched for its line ends and written to the block while it is in the cache of
the processor: a block never lies in this process.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from certhound.lake.store.identity import Identity, pieces
from certhound.query.plan import Compression
from certhound.sources.streams import Broken

BLOCK_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class Block:
    """Whole lines of one file, or what stands behind its last line end (``is_tail``).

    ``line`` is the physical line, from 1, of its first line; ``lines`` how many there are; ``offset`` where in the
    content it begins. ``path`` opens it as long as it is not closed.
    """

    line: int
    lines: int
    offset: int
    size: int
    is_tail: bool
    path: str
    handle: int
    spare: Spare

    def close(self) -> None:
        if self.handle >= 0:
            self.spare.give(self.handle)
            self.handle = -1


class Spare:
    """Blocks that were read and whose memory takes the next ones: new memory would cost as much as filling it.

    Taken by one thread, given back by any.
    """

    KEPT = 6

    def __init__(self) -> None:
        self._handles: list[int] = []

    def take(self) -> int:
        """A file to write from its beginning; it may be too long."""
        try:
            handle = self._handles.pop()
        except IndexError:
            return _in_memory()
        os.lseek(handle, 0, os.SEEK_SET)
        return handle

    def give(self, handle: int) -> None:
        if len(self._handles) < self.KEPT:
            self._handles.append(handle)
        else:
            os.close(handle)

    def close(self) -> None:
        while self._handles:
            os.close(self._handles.pop())


@dataclass(slots=True)
class Reading:
    """What became of a file that is cut into blocks: where its whole lines end, and whether it is damaged."""

    identity: Identity
    lines: int
    line_end: int
    problem: str | None = None


def blocks(
    path: str, compression: Compression, reading: Reading, spare: Spare, *, skip: int = 0, size: int = BLOCK_BYTES
) -> Iterator[Block]:
    """Cut a file from where ``reading`` stands. Ends early at damage, which ``reading.problem`` then tells.

    ``skip``: lines at the beginning that are no records. The identity is fed with all of the content.
    """
    cut = _Cut(reading, skip, spare)
    try:
        for piece in pieces(path, compression, reading.identity.length):
            if isinstance(piece, Broken):
                reading.problem = reading.problem or piece.reason
                continue
            reading.identity.feed(piece)
            if reading.problem is not None:
                continue  # what stands behind damage belongs to the identity only
            cut.add(piece)
            if cut.size >= size and cut.whole:
                yield cut.block()
            elif cut.size > 4 * size:
                reading.problem = "a line that does not end"
        if cut.whole and reading.problem is None:
            yield cut.block()
        if cut.size and reading.problem is None:
            yield cut.tail()
    finally:
        cut.close()


class _Cut:
    """The block at hand: its bytes so far, and up to where they are ``whole`` lines, so many."""

    def __init__(self, reading: Reading, skip: int, spare: Spare) -> None:
        self.reading = reading
        self.spare = spare
        self.skip = skip
        self.size = self.whole = self.lines = 0
        self._handle = -1

    def add(self, piece: bytes) -> None:
        """Put a piece behind what is there."""
        start = self._skipped(piece) if self.skip else 0
        end = piece.rfind(b"\n", start) + 1
        if end:
            self.lines += piece.count(b"\n", start, end)
            self.whole = self.size + end - start
        with memoryview(piece) as view, view[start:] as data:
            self._put(data)

    def _skipped(self, piece: bytes) -> int:
        """How many bytes belong to lines that are no records; such a line may have begun in an earlier piece."""
        start = 0
        while self.skip and (end := piece.find(b"\n", start) + 1):
            self._pass(self.size + end - start, 1)
            self.close()
            start, self.skip = end, self.skip - 1
        return start

    def block(self) -> Block:
        """The whole lines as a block; what stands behind them begins the next one."""
        rest = os.pread(self._handle, self.size - self.whole, self.whole)
        made = self._made(self.whole, self.lines, is_tail=False)
        self._pass(self.whole, self.lines)
        self.size = self.whole = self.lines = 0
        with memoryview(rest) as data:
            self._put(data)
        return made

    def tail(self) -> Block:
        """What stands behind the last line end."""
        return self._made(self.size, 1, is_tail=True)

    def close(self) -> None:
        """Let go of what is there."""
        if self._handle >= 0:
            self.spare.give(self._handle)
        self._handle, self.size, self.whole, self.lines = -1, 0, 0, 0

    def _made(self, size: int, lines: int, *, is_tail: bool) -> Block:
        handle, self._handle = self._handle, -1
        os.ftruncate(handle, size)
        path = f"/proc/{os.getpid()}/fd/{handle}"
        return Block(self.reading.lines + 1, lines, self.reading.line_end, size, is_tail, path, handle, self.spare)

    def _pass(self, size: int, lines: int) -> None:
        self.reading.lines += lines
        self.reading.line_end += size

    def _put(self, data: memoryview) -> None:
        self.size += len(data)
        while data:
            self._handle = self.spare.take() if self._handle < 0 else self._handle
            data = data[os.write(self._handle, data) :]


def _in_memory() -> int:
    """A file that is in memory where the system has such, else one without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("certhound-block")
    with tempfile.TemporaryFile() as stream:
        return os.dup(stream.fileno())


def content_of(block: str) -> bytes:
    return Path(block).read_bytes()

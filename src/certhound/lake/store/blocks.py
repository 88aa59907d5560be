"""Text of logs in blocks of whole lines that lie in memory, where the engine reads them like files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from certhound.lake.store.identity import Identity, pieces
from certhound.query.plan import Compression
from certhound.sources.streams import Broken

BLOCK_BYTES = 32 * 1024 * 1024


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

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


@dataclass(slots=True)
class Reading:
    """What became of a file that is cut into blocks: where its whole lines end, and whether it is damaged."""

    identity: Identity
    lines: int
    line_end: int
    problem: str | None = None


def blocks(
    path: str, compression: Compression, reading: Reading, *, skip: int = 0, size: int = BLOCK_BYTES
) -> Iterator[Block]:
    """Cut a file from where ``reading`` stands. Ends early at damage, which ``reading.problem`` then tells.

    ``skip``: lines at the beginning that are no records. The identity is fed with all of the content.
    """
    pending = bytearray()
    for piece in pieces(path, compression, reading.identity.length):
        if isinstance(piece, Broken):
            reading.problem = reading.problem or piece.reason
            continue
        reading.identity.feed(piece)
        if reading.problem is not None:
            continue  # what stands behind damage belongs to the identity only
        pending += piece
        while skip and (end := pending.find(b"\n") + 1):
            _pass(reading, pending, end, 1)
            skip -= 1
        if len(pending) >= size:
            end = pending.rfind(b"\n") + 1
            if end:
                yield _cut(reading, pending, end)
            elif len(pending) > 4 * size:
                reading.problem = "a line that does not end"
    end = pending.rfind(b"\n") + 1
    if end and reading.problem is None:
        yield _cut(reading, pending, end)
    if pending and reading.problem is None:
        yield _block(reading, memoryview(pending), 1, is_tail=True)


def _cut(reading: Reading, pending: bytearray, end: int) -> Block:
    with memoryview(pending) as view, view[:end] as lines:
        block = _block(reading, lines, pending.count(b"\n", 0, end), is_tail=False)
    _pass(reading, pending, end, block.lines)
    return block


def _pass(reading: Reading, pending: bytearray, end: int, lines: int) -> None:
    del pending[:end]
    reading.lines += lines
    reading.line_end += end


def _block(reading: Reading, data: memoryview, lines: int, *, is_tail: bool) -> Block:
    path, handle = _in_memory(data)
    return Block(reading.lines + 1, lines, reading.line_end, len(data), is_tail, path, handle)


def _in_memory(data: memoryview) -> tuple[str, int]:
    """A file that is in memory where the system has such, else one without a name."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("certhound-block")
    else:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - the handle lives on
        handle = os.dup(stream.fileno())
        stream.close()
    while data:
        data = data[os.write(handle, data) :]
    return f"/proc/{os.getpid()}/fd/{handle}", handle


def content_of(block: str) -> bytes:
    return Path(block).read_bytes()

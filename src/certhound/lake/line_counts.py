"""Physical lines of files: what an engine's records are held against, for it drops and joins lines without a word."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from certhound.lake.locate import BLOCK_BYTES
from certhound.query.engines.duckdb.session import EngineError
from certhound.query.plan import Segment
from certhound.sources.streams import Broken, content


@dataclass(frozen=True, slots=True)
class Lines:
    """Physical lines of a file, whether the last is a comment (``#close``), and newlines up to each block's end."""

    count: int
    closes: bool
    newlines: array[int]


def count_lines(path: Path, comment: str) -> Lines:
    """Read a file for its lines alone. It is not mapped into memory: all of it would count as the process's own."""
    buffer = bytearray(BLOCK_BYTES)
    view, tail, newlines, count = memoryview(buffer), b"", array("Q"), 0
    with path.open("rb", buffering=0) as stream:
        while size := stream.readinto(buffer):
            if size < BLOCK_BYTES:  # at the end of the file, or after an interruption
                size += _fill(stream, view[size:])
            count += buffer.count(b"\n", 0, size)
            newlines.append(count)
            tail = bytes(view[max(0, size - _TAIL) : size]) if size >= _TAIL else (tail + bytes(view[:size]))[-_TAIL:]
    return _ended(count, tail, comment, newlines)


def count_packed(segment: Segment) -> Lines:
    """Lines of a compressed file. The engine neither minds a wrong check sum nor the end of a stream that is cut; this
    raises EngineError for them.
    """
    tail, count = b"", 0
    for piece in content(segment.path, segment.compression):
        if isinstance(piece, Broken):
            raise EngineError(piece.reason)
        count += piece.count(b"\n")
        tail = (tail + piece[-_TAIL:])[-_TAIL:]
    return _ended(count, tail, segment.comment, array("Q"))


def _ended(count: int, tail: bytes, comment: str, newlines: array[int]) -> Lines:
    if not tail:
        return Lines(0, False, newlines)
    last = tail.rfind(b"\n", 0, len(tail) - 1) + 1
    return Lines(count + (tail[-1:] != b"\n"), tail[last : last + 1] == comment.encode(), newlines)


def _fill(stream: FileIO, view: memoryview) -> int:
    done = 0
    while size := stream.readinto(view[done:]):
        done += size
    return done


_TAIL = 4096
"""Closing lines are short; the beginning of a longer last line is not looked for."""

"""Large files are read by two processes: this one cuts them at lines, workers read the pieces (:mod:`.worker`).

A piece in which something needs its neighbours (records made of several, header lines in the middle) is read here, and
so is everything behind it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes.arrow import from_table, to_line
from certhound.sources.envelopes.stream import pieces
from certhound.sources.envelopes.tables import Columns
from certhound.sources.files import MAX_LINE_BYTES, InputFile, decode
from certhound.sources.streams import Broken

PROCESSES = 2
FROM_BYTES = 24 * 1024 * 1024
"""Smaller files are read before a process has started."""

PIECE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a file, from line ``first`` on; ``broken``: why the line that follows could not be read
    (``sample`` is its beginning)."""

    first: int
    data: bytes
    lines: int
    broken: str | None = None
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a worker gave of a piece: its batches (records numbered from 1) and rejects; None: it must be read here."""

    piece: Piece
    records: int = 0
    tables: list[pa.Table] | None = None
    rejected: tuple[Rejected, ...] = ()

    def items(self, before: int) -> Iterator[RawBatch | Rejected]:
        """Its items; ``before``: how many records stood before."""
        for table in self.tables or ():
            yield from_table(table, before)
        for each in self.rejected:
            yield Rejected(each.file, each.reason, each.line, before + (each.record or 0), each.sample)


def may_help(file: InputFile) -> bool:
    """Whether a file is large enough for several processes to pay."""
    inflation = 1 if file.compression.value == "none" else 6
    return file.size * inflation >= FROM_BYTES and (os.cpu_count() or 1) >= PROCESSES


def cut(file: InputFile, begins: frozenset[int]) -> Iterator[Piece]:
    """A file in pieces of whole lines, each beginning as records do (with one of these bytes)."""
    number, pending = 1, b""
    skipping = False
    for data in pieces(file):
        if isinstance(data, Broken):
            yield Piece(number, pending, pending.count(b"\n") + 1, f"stream broken: {data.reason}")
            number += pending.count(b"\n") + 2
            pending, skipping = b"", False
            continue
        if skipping:  # what is left of a line that was too long
            _, newline, data = data.partition(b"\n")
            skipping = not newline
        pending += data
        if len(pending) < PIECE_BYTES:
            continue
        at = _cut_at(pending, begins)
        if at <= 0 and len(pending) > MAX_LINE_BYTES:
            whole, _, rest = pending.rpartition(b"\n")
            lines = whole.count(b"\n") + bool(whole)
            yield Piece(number, whole, lines, f"line longer than {MAX_LINE_BYTES} bytes", decode(rest[:200])[0])
            number += lines + 1
            pending, skipping = b"", True
            continue
        if at > 0:
            piece = Piece(number, pending[:at], pending.count(b"\n", 0, at))
            number += piece.lines
            pending = pending[at:]
            yield piece
    if pending:
        yield Piece(number, pending, pending.count(b"\n") + (not pending.endswith(b"\n")))


def _cut_at(data: bytes, begins: frozenset[int]) -> int:
    """Behind the last line end that is followed by the beginning of a record."""
    end = len(data) - 1
    for _ in range(10_000):
        end = data.rfind(b"\n", 0, end)
        if end < 0:
            return 0
        if data[end + 1] in begins:
            return end + 1
    return 0


class _Worker:
    """A process, and the thread that talks to it."""

    def __init__(self, about: bytes, path: str) -> None:
        self.path = path
        self.process = subprocess.Popen(
            [sys.executable, "-m", "certhound.sources.envelopes.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.thread = ThreadPoolExecutor(1)
        self._send(about)

    def _send(self, data: bytes) -> None:
        if self.process.stdin is not None:
            self.process.stdin.write(data)

    def submit(self, piece: Piece) -> Future[Read]:
        return self.thread.submit(self._read, piece)

    def _read(self, piece: Piece) -> Read:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None or piece.broken is not None:
            return Read(piece)
        try:
            stdin.write(to_line({"line": piece.first, "bytes": len(piece.data)}))
            stdin.write(piece.data)
            stdin.flush()
            answer = json.loads(stdout.readline() or b'{"alone": false}')
            if not answer["alone"]:
                return Read(piece)
            tables = [pa.ipc.open_stream(stdout.read(size)).read_all() for size in answer["batches"]]
        except (OSError, ValueError, pa.ArrowInvalid):  # the process is gone: the piece is read here
            return Read(piece)
        rejected = tuple(Rejected(self.path, *each) for each in answer["rejected"])
        return Read(piece, answer["records"], tables, rejected)

    def close(self) -> None:
        self.thread.shutdown(wait=False, cancel_futures=True)
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        self.process.terminate()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def read_pieces(file: InputFile, columns: Columns | None, written: datetime, found: Iterable[Piece]) -> Iterator[Read]:
    """Pieces of a file in order, read by workers as far as they can."""
    about = to_line(
        {
            "path": file.path,
            "columns": None if columns is None else [columns.names, columns.separator, columns.form.value],
            "zones": {name: str(zone) for name, zone in file.zones.by_source.items()},
            "written": written.isoformat(),
        }
    )
    with ExitStack() as stack:
        workers: list[_Worker] = []
        for _ in range(PROCESSES):
            worker = _Worker(about, file.path)
            stack.callback(worker.close)
            workers.append(worker)
        waiting: deque[Future[Read]] = deque()
        for number, piece in enumerate(found):
            if len(waiting) >= 2 * PROCESSES:
                yield waiting.popleft().result()
            waiting.append(workers[number % PROCESSES].submit(piece))
        while waiting:
            yield waiting.popleft().result()

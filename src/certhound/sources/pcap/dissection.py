"""One run of tshark for each capture, and what it gave, kept in files by kind.

A capture gives records of several kinds, each of which is a plan of its own, read when the lake wants it and perhaps
again. tshark runs once, when the first is wanted; records wait as lines of JSON in a temporary folder, which goes with
the plans. So memory stays bounded whatever the capture holds.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import IO

import msgspec

from certhound.model.columns import Kind as Type
from certhound.query.plan import CarefulReader, RawBatch, ReadPlan, Rejected
from certhound.sources.files import InputFile
from certhound.sources.pcap.fields import frame
from certhound.sources.pcap.follow import Follower
from certhound.sources.pcap.records import Kind, Record
from certhound.sources.pcap.shapes import COLUMNS, LISTS, shape_of
from certhound.sources.pcap.tshark import Failure, dissect

BATCH_RECORDS = 10_000
MAX_REJECTED = 10_000
"""Rejects of one capture that are kept one by one; more of them are counted."""


class _Row(msgspec.Struct):
    """A record as it waits in a file."""

    frame: int
    values: dict[str, str | list[str] | None]
    fields: dict[str, str] | None = None


def plans(file: InputFile) -> tuple[ReadPlan, ...]:
    """A plan for each kind of record. Only the first answers for the size of the file and for what was rejected."""
    dissection = Dissection(file)
    return tuple(
        ReadPlan(file.path, shape_of(kind), _reader(dissection, kind, first=place == 0), size=file.size * (place == 0))
        for place, kind in enumerate((Kind.TLS, Kind.CERTIFICATE, Kind.CONNECTION, Kind.DNS, Kind.HTTP))
    )


def _reader(dissection: Dissection, kind: Kind, *, first: bool) -> CarefulReader:
    def read() -> Iterator[RawBatch | Rejected]:
        yield from dissection.batches(kind)
        if first:
            yield from dissection.rejected

    return read


class Dissection:
    """What tshark said of one capture; it runs when this is first asked for."""

    def __init__(self, file: InputFile) -> None:
        self.file = file
        self.rejected: list[Rejected] = []
        self._folder: str | None = None
        self._lock = Lock()

    def batches(self, kind: Kind) -> Iterator[RawBatch]:
        """The records of a kind, in the order in which they were complete."""
        path = Path(self._done()) / kind.value
        decoder = msgspec.json.Decoder(_Row)
        with path.open("rb") as stream:
            rows: list[tuple[bytes, _Row]] = []
            for line in stream:
                rows.append((line, decoder.decode(line)))
                if len(rows) >= BATCH_RECORDS:
                    yield _batch(kind, rows)
                    rows = []
            if rows:
                yield _batch(kind, rows)

    def _done(self) -> str:
        """The folder, filled."""
        with self._lock:
            if self._folder is None:
                folder = tempfile.mkdtemp(prefix="certhound-pcap-")
                weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self._run(Path(folder))
                self._folder = folder
        return self._folder

    def _run(self, folder: Path) -> None:
        encoder = msgspec.json.Encoder()
        with ExitStack() as stack:
            files: dict[Kind, IO[bytes]] = {
                kind: stack.enter_context((folder / kind.value).open("wb")) for kind in Kind
            }
            for item in follow(self.file):
                if isinstance(item, Rejected):
                    self._reject(item)
                else:
                    row = _Row(item.frame, item.values, item.fields or None)
                    files[item.kind].write(encoder.encode(row) + b"\n")

    def _reject(self, rejected: Rejected) -> None:
        if len(self.rejected) < MAX_REJECTED:
            self.rejected.append(rejected)


def follow(file: InputFile) -> Iterator[Record | Rejected]:
    """Every record of a capture; a reject for what could not be read, which may be all from some frame on."""
    follower = Follower()
    last = 0
    for line in dissect(file):
        if isinstance(line, Failure):
            yield Rejected(file.path, line.reason, last or None, last or None)
            continue
        one = frame(line)
        if one is None:
            yield Rejected(file.path, "a line of tshark's that is no answer", last or None, last or None, line[:200])
            continue
        last = one.number("frame.number") or last
        for item in follower.take(one):
            yield Rejected(file.path, item, last, last) if isinstance(item, str) else item
    yield from follower.rest()


def _batch(kind: Kind, rows: list[tuple[bytes, _Row]]) -> RawBatch:
    columns = COLUMNS[kind]
    return RawBatch(
        shape_of(kind),
        {name: [row.values.get(name) for _, row in rows] for name in columns},
        {name: Type.LIST if name in LISTS else Type.TEXT for name in columns},
        [row.frame for _, row in rows],
        [row.frame for _, row in rows],
        [line.rstrip(b"\n").decode("utf-8") for line, _ in rows],
        [row.fields or {} for _, row in rows],
        [None] * len(rows),
    )

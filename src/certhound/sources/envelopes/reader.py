"""Reading a file of records in envelopes: each record goes to the vendor source that recognises it.

What no vendor recognises is read by the form alone (:mod:`.generic`) and counted as unrecognised. Records in are rows
and rejected ones: nothing is left out.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes import bulk, exports, parallel
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.gather import Gatherer
from certhound.sources.envelopes.generic import log_for
from certhound.sources.envelopes.interpret import read_text
from certhound.sources.envelopes.outline import Candidates
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.stream import Chunk, chunk_of, chunks
from certhound.sources.envelopes.tables import Columns
from certhound.sources.envelopes.times import Clock
from certhound.sources.envelopes.vendor import ASSEMBLE, SINK, SKIP, Assembler, Log, Sink, Vendor
from certhound.sources.files import InputFile

MAX_WRAPPED = 4
"""Exports in exports; deeper ones are kept as they are."""


@dataclass(slots=True)
class Dispatch:
    """Whose a record is, and how it gets there. One for a file."""

    path: str
    gatherer: Gatherer
    candidates: Candidates
    assemblers: dict[str, Assembler] = field(default_factory=dict)
    sinks: dict[str, Sink] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def over(cls, path: str, gatherer: Gatherer, known: tuple[Vendor, ...]) -> Dispatch:
        return cls(path, gatherer, Candidates.among(known))

    def whose(self, record: Record) -> tuple[Vendor, Log] | None:
        """The first vendor that takes a record."""
        for vendor in self.candidates.of(record):
            log = vendor.log_of(record)
            if log is not None:
                return vendor, log
        return None

    def feed(self, record: Record) -> Iterable[RawBatch | Rejected]:
        """A record as the framing found it: opened where it is an export, then given to whoever takes it."""
        taken = self.whose(record)
        if record.form in _CAN_HOLD and (taken is None or exports.inside(record)):
            return self._feed_opened(record, taken)
        if taken is not None and taken[1] is SKIP:
            return ()
        self.number += 1
        record.number = self.number
        return self._give(record, taken)

    def _feed_opened(self, record: Record, first: tuple[Vendor, Log] | None) -> Iterator[RawBatch | Rejected]:
        for each, taken in self._opened(record, first, 0):
            if taken is not None and taken[1] is SKIP:
                continue
            self.number += 1
            each.number = self.number
            if not each.line:
                each.line = record.line
            yield from self._give(each, taken)

    def opened(self, record: Record, depth: int = 0) -> Iterator[tuple[Record, tuple[Vendor, Log] | None]]:
        """The records in a record, each with who takes it; itself where it holds none."""
        return self._opened(record, self.whose(record), depth)

    def _opened(
        self, record: Record, taken: tuple[Vendor, Log] | None, depth: int
    ) -> Iterator[tuple[Record, tuple[Vendor, Log] | None]]:
        if record.form not in _CAN_HOLD or depth >= MAX_WRAPPED:
            yield record, taken
            return
        if taken is None and (members := exports.members(record)) is not None:
            for member in members:
                member.line = record.line
                yield from self.opened(member, depth + 1)
            return
        inner = self._inside(record, taken, depth)
        if inner is None:
            yield record, taken
        else:
            yield from inner

    def _inside(
        self, record: Record, taken: tuple[Vendor, Log] | None, depth: int
    ) -> list[tuple[Record, tuple[Vendor, Log] | None]] | None:
        """What an export holds, if that says more than the export itself."""
        header = None
        weak: list[tuple[Record, tuple[Vendor, Log] | None]] | None = None
        for candidate in exports.inside(record):
            if not candidate.sure and taken is not None and taken[0].rank < _FALLBACK:
                continue
            header = header or exports.header_of(record)
            found = [
                pair for each in read_text(candidate.text.strip(), header) for pair in self.opened(each, depth + 1)
            ]
            for each, _ in found:
                each.line = record.line
                each.problem = each.problem or record.problem
            if any(pair[1] is not None or pair[0].form in _UNDERSTOOD for pair in found):
                return found
            if candidate.sure and taken is None and weak is None:
                weak = found
        if taken is None and weak is None:
            plain = exports.unwrapped(record)
            if plain is not record:
                plain.line = record.line
                return list(self.opened(plain, depth + 1))
        return weak

    def _give(self, record: Record, taken: tuple[Vendor, Log] | None) -> Iterable[RawBatch | Rejected]:
        if taken is None:
            return self.gatherer.add(log_for(record), record)
        vendor, log = taken
        if log is not ASSEMBLE and log is not SINK:
            return self.gatherer.add(log, record)
        return self._give_away(vendor, log, record)

    def _give_away(self, vendor: Vendor, log: Log, record: Record) -> Iterator[RawBatch | Rejected]:
        if log is ASSEMBLE and vendor.assembler is not None:
            assembler = self.assemblers.get(vendor.name)
            if assembler is None:
                assembler = self.assemblers[vendor.name] = vendor.assembler()
            for made_log, made in assembler.feed(record):
                yield from self.gatherer.add(made_log, made)
        elif log is SINK and vendor.sink is not None:
            if vendor.name not in self.sinks:
                self.sinks[vendor.name] = vendor.sink(self.path)
            yield from self.sinks[vendor.name].feed(record)
        else:
            yield from self.gatherer.add(log, record)

    def take(self, found: Record | Rejected) -> Iterable[RawBatch | Rejected]:
        """What the framing found: a record, or one that is none and counts all the same."""
        if isinstance(found, Record):
            return self.feed(found)
        self.number += 1
        return (Rejected(found.file, found.reason, found.line, self.number, found.sample),)

    def rest(self) -> Iterator[RawBatch | Rejected]:
        """What waits at the end of the file."""
        for assembler in self.assemblers.values():
            for log, record in assembler.rest():
                yield from self.gatherer.add(log, record)
        for sink in self.sinks.values():
            yield from sink.rest()
        yield from self.gatherer.rest()


_CAN_HOLD = frozenset((Form.JSON, Form.TABLE))
_UNDERSTOOD = frozenset((Form.LEEF, Form.CEF, Form.WINDOWS))
"""Forms that say enough even where no vendor takes the record."""

_FALLBACK = 500
"""Vendors of this rank and above only take what nobody else does."""


def read_file(
    file: InputFile, known: tuple[Vendor, ...], columns: Columns | None, begins: frozenset[int] = frozenset()
) -> Iterator[RawBatch | Rejected]:
    """Every record of a file, in batches by log.

    ``begins``: with what bytes lines begin that are records by themselves; empty where records go over several lines,
    or need each other.
    """
    written = _written(file)
    dispatch = Dispatch.over(file.path, Gatherer(file.zones, Clock(None, written)), known)
    framer = Framer(file.path, columns)
    with _without_collector():
        if begins:
            pieces = parallel.cut(file, begins)
            if bulk.may_help(file.head, begins, framer):
                yield from bulk.feed_all(dispatch, framer, pieces)
            if parallel.may_help(file):
                yield from _read_in_parallel(file, columns, written, pieces, dispatch, framer)
            else:
                for piece in pieces:
                    yield from feed_piece(dispatch, framer, piece)
        else:
            for chunk in chunks(file):
                yield from _feed(dispatch, framer, chunk)
        for found in framer.rest():
            yield from dispatch.take(found)
        yield from dispatch.rest()


def _feed(dispatch: Dispatch, framer: Framer, chunk: Chunk) -> Iterator[RawBatch | Rejected]:
    for found in framer.feed(chunk):
        yield from dispatch.take(found)


def _read_in_parallel(
    file: InputFile,
    columns: Columns | None,
    written: datetime,
    pieces: Iterator[parallel.Piece],
    dispatch: Dispatch,
    framer: Framer,
) -> Iterator[RawBatch | Rejected]:
    """Pieces by workers; once one had to be read here, all that follow are, for they may belong together."""
    here = bool(framer.joined or framer.in_array or dispatch.assemblers or dispatch.sinks)
    if here or framer.columns != columns:  # something waits for what follows
        for piece in pieces:
            yield from feed_piece(dispatch, framer, piece)
        return
    for read in parallel.read_pieces(file, columns, written, pieces):
        here = here or read.tables is None
        if not here:
            yield from read.items(dispatch.number)
            dispatch.number += read.records
            continue
        yield from feed_piece(dispatch, framer, read.piece)


def feed_piece(dispatch: Dispatch, framer: Framer, piece: parallel.Piece) -> Iterator[RawBatch | Rejected]:
    """The records of a piece, one by one."""
    if piece.data:
        yield from _feed(dispatch, framer, chunk_of(piece.first, piece.data))
    if piece.broken is not None:
        line = piece.first + piece.lines
        yield from _feed(dispatch, framer, Chunk(line, [piece.sample], {0: piece.broken}, frozenset((0,))))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Records hold no cycles; looking for some costs a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_events(
    file: InputFile, known: tuple[Vendor, ...], records: Iterator[Record | str]
) -> Iterator[RawBatch | Rejected]:
    """Records that another reader has made (EVTX), in batches by log; texts among them are reasons for rejects."""
    dispatch = Dispatch.over(file.path, Gatherer(file.zones, Clock(None, _written(file))), known)
    for found in records:
        yield from dispatch.take(found if isinstance(found, Record) else Rejected(file.path, found))
    yield from dispatch.rest()


def _written(file: InputFile) -> datetime:
    """When the file was written last: what times without a year are counted from."""
    try:
        seconds = Path(file.opened).stat().st_mtime
    except OSError:
        return datetime.now(UTC).replace(tzinfo=None)
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

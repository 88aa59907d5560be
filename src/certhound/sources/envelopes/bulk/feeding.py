"""Lines of a piece, in bulk where they are alike, and the others one by one in between: numbers of records, too."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes.bulk import MOST_IN_VAIN, json_lines, pairs, rows
from certhound.sources.envelopes.bulk.columns import Untold, batch
from certhound.sources.envelopes.bulk.lines import Ints, Lines, lines_of
from certhound.sources.envelopes.bulk.table import Table, joined
from certhound.sources.envelopes.bulk.whose import owned
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.parallel import Piece
from certhound.sources.envelopes.reader import Dispatch, feed_piece
from certhound.sources.envelopes.record import Form
from certhound.sources.envelopes.stream import chunk_of
from certhound.sources.envelopes.tables import Columns
from certhound.sources.envelopes.times import Clock

_LOOK = 4096
"""What lines are told by: so much of them."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A piece as columns, as far as its lines are alike; ``columns``: those of the header that it is read with."""

    piece: Piece
    columns: Columns | None
    lines: Lines | None
    table: Table | None


def _prepare(piece: Piece, columns: Columns | None) -> _Prepared:
    lines = lines_of(piece.first, piece.data) if piece.data else None
    return _Prepared(piece, columns, lines, None if lines is None else _table(lines, columns))


@dataclass(slots=True)
class Feeding:
    """Pieces of a file that are read in bulk. While one is read another thread makes columns of the next."""

    dispatch: Dispatch
    framer: Framer
    in_vain: int = 0

    def all(self, pieces: Iterator[Piece]) -> Iterator[RawBatch | Rejected]:
        """Every record, until too many pieces have been tried in vain."""
        with ThreadPoolExecutor(1) as pool:
            waiting: deque[Future[_Prepared]] = deque()
            for piece in pieces:
                waiting.append(pool.submit(_prepare, piece, self.framer.columns))
                if len(waiting) > 1:
                    yield from self._piece(waiting.popleft().result())
                if self.in_vain >= MOST_IN_VAIN:
                    break
            while waiting:
                yield from self._piece(waiting.popleft().result())

    def _piece(self, prepared: _Prepared) -> Iterator[RawBatch | Rejected]:
        framer, piece = self.framer, prepared.piece
        free = framer.joined is None and not framer.in_array and framer.columns == prepared.columns
        if not free or prepared.lines is None or prepared.table is None:
            self.in_vain += 1
            yield from feed_piece(self.dispatch, framer, piece)
            return
        one = _Piece(self.dispatch, framer, prepared.lines, piece.data, framer.columns)
        yield from one.items(prepared.table)
        self.in_vain += one.in_vain
        yield from feed_piece(self.dispatch, framer, replace(piece, first=piece.first + piece.lines, data=b"", lines=0))


@dataclass(slots=True)
class _Piece:
    """A piece that is being read. ``in_vain``: most of it was read one by one."""

    dispatch: Dispatch
    framer: Framer
    lines: Lines
    data: bytes
    columns: Columns | None
    in_vain: bool = False

    def items(self, table: Table) -> Iterator[RawBatch | Rejected]:
        """Every record of the piece."""
        made = self._made(table)
        counts = np.zeros(len(self.lines), np.int64)
        for lines, _ in made:
            counts[lines] = 1
        self.in_vain = bool(2 * counts.sum() < len(counts))
        before = self.dispatch.number
        rest, stop = self._rest(counts)
        if stop is not None:
            made = self._made(table.take(np.flatnonzero(table.lines < stop)))
        numbers = before + np.cumsum(counts)
        for lines, found in made:
            yield replace(found, records=cast(Any, pa.array(numbers[lines], pa.int64())))
        yield from rest

    def _made(self, table: Table) -> list[tuple[Ints, RawBatch]]:
        """Batches of what is read in bulk, and on which lines their records stood."""
        made: list[tuple[Ints, RawBatch]] = []
        gatherer = self.dispatch.gatherer
        for each in owned(table, self.dispatch.candidates.by_form[table.form]):
            clock = Clock(gatherer.zones.of(each.log.source), gatherer.clock.reference)
            lines = each.table.lines
            with suppress(Untold):
                made.append((lines, batch(each.log, each.table, clock, lines + self.lines.first)))
        return made

    def _rest(self, counts: Ints) -> tuple[list[RawBatch | Rejected], int | None]:
        """The other lines one by one. ``counts``: how many records each line has, and will have.

        Where a record goes on in the lines behind its first, or these are read in another way from there on, all of
        them are read carefully: the number of the first of them.
        """
        before, taken = self.dispatch.number, np.cumsum(counts)
        rest: list[RawBatch | Rejected] = []
        carefully = 0
        others = np.flatnonzero(counts == 0).tolist()
        texts = self.data.split(b"\n") if others else []
        for line in others:
            start = self.dispatch.number = before + int(taken[line]) + carefully
            rest += self._one_by_one(line, texts[line])
            counts[line] = self.dispatch.number - start
            carefully += int(counts[line])
            if self._is_otherwise():
                behind = b"\n".join(texts[line + 1 :])
                rest += self._one_by_one(line + 1, behind) if behind else ()
                counts[line + 1 :] = 0
                return rest, line + 1
        self.dispatch.number = before + int(counts.sum())
        return rest, None

    def _one_by_one(self, line: int, data: bytes) -> list[RawBatch | Rejected]:
        found = self.framer.feed(chunk_of(self.lines.first + line, data))
        return [item for each in found for item in self.dispatch.take(each)]

    def _is_otherwise(self) -> bool:
        framer = self.framer
        return framer.joined is not None or framer.in_array or framer.columns != self.columns


def _table(lines: Lines, columns: Columns | None) -> Table | None:
    """What of the lines is read in bulk."""
    if columns is not None:
        return rows.table(lines, columns)
    begin = lines.data[:_LOOK]
    if begin[:1] == b"{":
        found = list(json_lines.tables(lines))
    else:
        form = Form.LEEF if b"LEEF:1" in begin else Form.CEF if b"CEF:" in begin else None
        found = [] if form is None else list(pairs.tables(lines, form))
    return joined(found) if found else None

"""Records in bulk: lines that are written alike become columns, and columns of a vendor's log are made of columns.

Nothing is said of a vendor but what its module says. What a bulk reader does not take (a line that is written
otherwise, a record whose vendor looks at more than keys and values, an export with a record inside) is read by the
careful path, line by line; both give the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.record import Form

if TYPE_CHECKING:
    from certhound.sources.envelopes.parallel import Piece
    from certhound.sources.envelopes.reader import Dispatch

_PAIRED = re.compile(rb"LEEF:1|CEF:")
FROM_BYTES = 256 * 1024
"""Smaller pieces are read before what reads in bulk has been imported."""

MOST_IN_VAIN = 2
"""After so many pieces of which most was read one by one no further ones are tried."""


def may_help(head: bytes, begins: frozenset[int], framer: Framer) -> bool:
    """Whether a file has lines that may be read in bulk; ``begins``: with what its lines begin."""
    if framer.columns is not None:
        return framer.columns.form is Form.TABLE
    return begins == frozenset(b"{") or (begins.isdisjoint(b"{") and _PAIRED.search(head, 0, 4096) is not None)


def feed_all(dispatch: Dispatch, framer: Framer, pieces: Iterator[Piece]) -> Iterator[RawBatch | Rejected]:
    """The records of pieces; ends before the last of them where too many have been tried in vain."""
    for piece in pieces:
        if len(piece.data) < FROM_BYTES:
            yield from _one_by_one(dispatch, framer, piece)
            continue
        from certhound.sources.envelopes.bulk.feeding import Feeding

        yield from Feeding(dispatch, framer).all(chain((piece,), pieces))
        return


def _one_by_one(dispatch: Dispatch, framer: Framer, piece: Piece) -> Iterator[RawBatch | Rejected]:
    from certhound.sources.envelopes.reader import feed_piece

    return feed_piece(dispatch, framer, piece)

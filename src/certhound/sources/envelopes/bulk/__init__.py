"""Records in bulk: lines that are written alike become columns, and columns of a vendor's log are made of columns.

Nothing is said of a vendor but what its module says. What a bulk reader does not take (a line that is written
otherwise, a record whose vendor looks at more than keys and values, an export with a record inside) is read by the
careful path, line by line; both give the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.record import Form

if TYPE_CHECKING:
    from certhound.sources.envelopes.reader import Dispatch

_PAIRED = re.compile(rb"LEEF:1|CEF:")
FROM_BYTES = 256 * 1024
"""Smaller pieces are read before what reads in bulk has been imported."""

MOST_IN_VAIN = 2
"""After so many pieces of which most was read one by one no further ones of the file are tried."""


def may_help(begins: frozenset[int], framer: Framer) -> bool:
    """Whether a file has lines that may be read in bulk; ``begins``: with what its lines begin."""
    if framer.columns is not None:
        return framer.columns.form is Form.TABLE
    return begins.isdisjoint(b"{") or begins == frozenset(b"{")


def feed(dispatch: Dispatch, framer: Framer, first: int, data: bytes) -> Iterator[RawBatch | Rejected] | None:
    """The records of whole lines, of which ``first`` is the number of the first; None for what is not for bulk."""
    if len(data) < FROM_BYTES or framer.joined is not None or framer.in_array:
        return None
    if dispatch.candidates.in_vain >= MOST_IN_VAIN:
        return None
    if framer.columns is None and data[:1] != b"{" and _PAIRED.search(data, 0, 4096) is None:
        return None
    from certhound.sources.envelopes.bulk.feeding import Feeding

    return Feeding.of(dispatch, framer, first, data)

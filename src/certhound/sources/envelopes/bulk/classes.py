"""One call of a function for all records that are the same to it: a tree of decisions, by what the function looks at.

The first record is shown to the function. Those that differ from it in the first thing that it looked at are another
class, and so on; what is left of its own has looked at the same and is the same in all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from certhound.sources.envelopes.bulk.lines import Ints
from certhound.sources.envelopes.bulk.table import MISSING, STATED, Cells, Table
from certhound.sources.envelopes.bulk.trace import Everything, Look, Own, TracedRecord, Untraceable, WantsText

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """Records for which a function gives the same answer; None: it cannot be asked in this way."""

    rows: Ints
    answer: T | None


class TooMany(Exception):
    """There are more classes of records than are worth while."""


@dataclass(slots=True)
class Asking(Generic[T]):
    """A function and the records that it is asked about. ``most``: so many classes at most."""

    table: Table
    function: Callable[[TracedRecord], T]
    most: int
    as_text: frozenset[str] | Everything = frozenset()
    asked: int = 0

    def answered(self) -> Iterator[Answered[T]]:
        """Every record, by classes."""
        waiting = [(np.arange(len(self.table)), 0, self.as_text)] if len(self.table) else []
        while waiting:
            rows, depth, as_text = waiting.pop()
            looks, answer = self._ask(int(rows[0]))
            if as_text is not self.as_text:  # from now on other things are looked at first
                depth = 0
            for at in range(depth, len(looks)):
                if len(rows) == 1:
                    break
                codes = self._codes(looks[at])[rows]
                own = codes == codes[0]
                if own.all():
                    continue
                waiting.extend((each, at + 1, self.as_text) for each in _apart(rows[~own], codes[~own]))
                rows = rows[own]
            yield Answered(rows, answer)

    def _ask(self, row: int) -> tuple[tuple[Look, ...], T | None]:
        self.asked += 1
        if self.asked > self.most:
            raise TooMany
        return self._called(row)

    def _called(self, row: int) -> tuple[tuple[Look, ...], T | None]:
        while True:
            record = TracedRecord(self.table.form, Row(self.table, row), self.table.attributes_at(row), self.as_text)
            try:
                answer = self.function(record)
                return tuple(record.notes), answer
            except Untraceable:
                return tuple(record.notes), None
            except WantsText as wanted:
                known = self.as_text if isinstance(self.as_text, frozenset) else frozenset()
                self.as_text = known | {wanted.key}
            except Exception:  # noqa: BLE001 - a value that is passed on is no text, so whatever a vendor does with it may fail
                if isinstance(self.as_text, Everything):
                    return tuple(record.notes), None
                self.as_text = Everything()

    def _codes(self, look: Look) -> Ints:
        kind, name = look
        if kind == "keys":
            return self.table.patterns
        if kind == "attribute":
            cells = self.table.attributes.get(name)
            return cells.codes if isinstance(cells, Cells) else np.zeros(len(self.table), np.int64)
        found = self.table.columns.get(name)
        if found is None:
            return np.zeros(len(self.table), np.int64)
        if kind == "value":
            return found.codes
        return found.flags if kind == "flag" else (found.flags != MISSING).astype(np.int64)


def _apart(rows: Ints, codes: Ints) -> list[Ints]:
    """Rows by their codes."""
    order = np.argsort(codes, kind="stable")
    sorted_codes = codes[order]
    return np.split(rows[order], np.flatnonzero(np.diff(sorted_codes)) + 1)


class Row(Own):
    """The values of one record of a table."""

    __slots__ = ("row", "table")

    def __init__(self, table: Table, row: int) -> None:
        self.table, self.row = table, row

    def __contains__(self, key: object) -> bool:
        cells = self.table.columns.get(str(key))
        return cells is not None and cells.has(self.row)

    def __getitem__(self, key: str) -> str:
        return self.table.columns[key].at(self.row)

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.orders[self.table.patterns[self.row]])

    def __len__(self) -> int:
        return len(self.table.orders[self.table.patterns[self.row]])

    def says(self, key: str) -> bool:
        """See :meth:`Own.says`."""
        cells = self.table.columns.get(key)
        return cells is not None and bool(cells.flags[self.row] == STATED)

"""Records of one form as columns: what the bulk readers make of lines, and what vendors' mappings are made over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from certhound.sources.envelopes.bulk.lines import Ints
from certhound.sources.envelopes.record import ABSENT, Form

MISSING, PLACEHOLDER, STATED = 0, 1, 2
"""What a key of a record may be: not there, a word that stands for no value, or stated."""

_ABSENT = pa.array(sorted(ABSENT), pa.string())


BARE = {
    "header.kind": "", "header.time": None, "header.host": None, "header.app": None, "header.pid": None,
    "vendor": "", "product": "", "version": "", "event_id": "", "event_name": "", "severity": "", "before": "",
    "problem": None,
}  # fmt: skip
"""What a record says beside keys that has no header of any kind."""


class Cells:
    """The values of a key, one for each record; null where a record has not the key."""

    def __init__(self, values: pa.StringArray) -> None:
        self.values = values

    @cached_property
    def encoded(self) -> pa.DictionaryArray:
        return self.values.dictionary_encode()

    @cached_property
    def distinct(self) -> list[str]:
        """Each value once, in the order of :attr:`codes`."""
        found: list[str] = self.encoded.dictionary.to_pylist()
        return found

    @cached_property
    def codes(self) -> Ints:
        """For each record the index of its value in :attr:`distinct`; -1 where the key is not there."""
        found: Ints = self.encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return found

    @cached_property
    def flags(self) -> Ints:
        """MISSING, PLACEHOLDER or STATED for each record."""
        values = self.values
        flags = np.full(len(values), STATED, np.int64)
        flags[pc.is_in(values, _ABSENT).to_numpy(zero_copy_only=False)] = PLACEHOLDER
        if values.null_count:
            flags[values.is_null().to_numpy(zero_copy_only=False)] = MISSING
        return flags

    @cached_property
    def stated(self) -> pa.StringArray:
        """The values, null also where there is a placeholder."""
        flags = self.flags
        if (flags == PLACEHOLDER).any():
            return pc.if_else(pa.array(flags == STATED), self.values, pa.scalar(None, pa.string()))
        return self.values

    def has(self, row: int) -> bool:
        """Whether a record has the key."""
        return not self.values.null_count or bool(self.flags[row] != MISSING)

    def at(self, row: int) -> str:
        """The value of a record that has the key."""
        return self.distinct[int(self.codes[row])]

    def take(self, rows: Ints) -> Cells:
        """Those of some records."""
        return Cells(self.values.take(pa.array(rows)))


@dataclass(frozen=True, slots=True)
class Table:
    """Records: ``columns`` by key, all as long as ``lines`` (indices of the lines that they stood on).

    ``patterns`` says which keys a record has: records with the same number have the same keys, in the order of
    ``orders``. ``attributes`` has what a record says beside keys (``vendor``, ``header.host`` …); what is not there is
    not known of these records. ``payloads`` are the records as they were met.
    """

    form: Form
    columns: Mapping[str, Cells]
    lines: Ints
    payloads: pa.StringArray
    patterns: Ints
    orders: Sequence[tuple[str, ...]]
    attributes: Mapping[str, Cells | str | None] = field(default_factory=lambda: BARE)

    def __len__(self) -> int:
        return len(self.lines)

    def attributes_at(self, row: int) -> dict[str, str | None]:
        """What a record says beside keys."""
        return {
            name: (each.at(row) if each.has(row) else None) if isinstance(each, Cells) else each
            for name, each in self.attributes.items()
        }

    def take(self, rows: Ints) -> Table:
        """Some of the records."""
        return Table(
            self.form,
            {key: cells.take(rows) for key, cells in self.columns.items()},
            self.lines[rows],
            self.payloads.take(pa.array(rows)),
            self.patterns[rows],
            self.orders,
            {name: each.take(rows) if isinstance(each, Cells) else each for name, each in self.attributes.items()},
        )


def joined(tables: Sequence[Table]) -> Table:
    """Tables of one form as one; records keep the order of their lines."""
    if len(tables) == 1:
        return tables[0]
    keys = dict.fromkeys(key for table in tables for key in table.columns)
    columns = {
        key: pa.concat_arrays(
            [
                table.columns[key].values if key in table.columns else pa.nulls(len(table), pa.string())
                for table in tables
            ]
        )
        for key in keys
    }
    offsets = np.cumsum([0, *(len(table.orders) for table in tables)])
    lines = np.concatenate([table.lines for table in tables])
    order = np.argsort(lines, kind="stable")
    rows = pa.array(order)
    first = tables[0]
    return Table(
        first.form,
        {key: Cells(values.take(rows)) for key, values in columns.items()},
        lines[order],
        pa.concat_arrays([table.payloads for table in tables]).take(rows),
        np.concatenate([table.patterns + at for table, at in zip(tables, offsets[:-1], strict=True)])[order],
        [keys for table in tables for keys in table.orders],
        _attributes(tables, rows),
    )


def _attributes(tables: Sequence[Table], rows: pa.Array) -> dict[str, Cells | str | None]:
    """What records of several tables say beside keys."""
    made: dict[str, Cells | str | None] = {}
    for name in tables[0].attributes:
        each = [table.attributes[name] for table in tables]
        if not any(isinstance(one, Cells) for one in each) and len(set(each)) == 1:
            made[name] = each[0]
            continue
        values = [
            one.values if isinstance(one, Cells) else pa.array([one] * len(table), pa.string())
            for one, table in zip(each, tables, strict=True)
        ]
        made[name] = Cells(pa.concat_arrays(values).take(rows))
    return made

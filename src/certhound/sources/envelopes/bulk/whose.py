"""Whose the records of a table are: vendors are asked once for each class of records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa

from certhound.sources.envelopes import exports
from certhound.sources.envelopes.bulk.classes import Asking, TooMany
from certhound.sources.envelopes.bulk.lines import Ints
from certhound.sources.envelopes.bulk.table import Cells, Table
from certhound.sources.envelopes.bulk.trace import Passed, TracedRecord
from certhound.sources.envelopes.generic import log_for
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import ASSEMBLE, SINK, SKIP, Log, Vendor

_MOST_CLASSES = 256
_CAN_HOLD = frozenset((Form.JSON, Form.TABLE))
_FALLBACK = 500
_WRAPPED = frozenset((*exports.ARRAYS, "_source", "result"))


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a record is: its log, and where its values and attributes come from (None: as they were)."""

    log: Log
    form: Form
    values: tuple[tuple[str, Any], ...] | None
    attributes: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Owned:
    """Records of one log. ``rows``: which they are in the table that was asked about."""

    log: Log
    table: Table
    rows: Ints


def owned(table: Table, vendors: tuple[Vendor, ...]) -> Iterator[Owned]:
    """Records by log; those that it does not give are to be read one by one."""
    found: dict[tuple[object, ...], tuple[_Taken, list[Ints]]] = {}
    try:
        for each in Asking(table, lambda record: _taken(record, vendors), _MOST_CLASSES).answered():
            if each.answer is not None:
                taken = each.answer
                key = (id(taken.log), taken.form, taken.values, taken.attributes)
                found.setdefault(key, (taken, []))[1].append(each.rows)
    except TooMany:
        return
    for taken, several in found.values():
        rows = np.sort(np.concatenate(several))
        part = table if len(rows) == len(table) else table.take(rows)
        yield Owned(taken.log, _as_taken(part, taken), rows)


def _taken(record: TracedRecord, vendors: tuple[Vendor, ...]) -> _Taken | None:
    """Whose a record is; None for one that has to be read by itself."""
    vendor, log = _whose(record, vendors)
    if record.form in _CAN_HOLD and _may_hold(record, vendor):
        return None
    if log is ASSEMBLE or log is SINK or log is SKIP:
        return None
    if log is None:
        log = log_for(cast(Record, record))
    final = record.final()
    values = None if final is None else tuple((key, _origin(value)) for key, value in final.items())
    return _Taken(log, record.form, values, tuple((key, _origin(value)) for key, value in record.changes().items()))


def _whose(record: TracedRecord, vendors: tuple[Vendor, ...]) -> tuple[Vendor | None, Log | None]:
    form = record.form
    for vendor in vendors:
        if form in vendor.forms:
            log = vendor.log_of(cast(Record, record))
            if log is not None:
                return vendor, log
    return None, None


@dataclass(frozen=True, slots=True)
class _Column:
    """The values of another key."""

    key: str


def _origin(value: Any) -> Any:
    return _Column(value.key) if isinstance(value, Passed) else value


def _may_hold(record: TracedRecord, vendor: Vendor | None) -> bool:
    """Whether there may be a record of its own in a record (:mod:`..exports`)."""
    keys = tuple(record.values)
    if vendor is None and any(key.partition(".")[0] in _WRAPPED for key in keys):
        return True
    places = exports.places(keys)
    if places is None:
        return False
    splunk, payload, sure, maybe = places
    if splunk:
        return True
    asked = (*sure, *((payload,) if payload is not None else ()))
    if vendor is None or vendor.rank >= _FALLBACK:
        asked = (*asked, *maybe)
    return any(record.get(key) is not None for key in asked)


def _as_taken(table: Table, taken: _Taken) -> Table:
    """The table as the vendor wants it read."""
    attributes = dict(table.attributes)
    for name, value in taken.attributes:
        attributes[name] = table.columns[value.key] if isinstance(value, _Column) else value
    if taken.values is None:
        columns, patterns, orders = table.columns, table.patterns, table.orders
    else:
        columns = {
            key: table.columns[value.key] if isinstance(value, _Column) else _constant(value, len(table))
            for key, value in taken.values
        }
        patterns, orders = np.zeros(len(table), np.int64), [tuple(columns)]
    return Table(taken.form, columns, table.lines, table.payloads, patterns, orders, attributes)


def _constant(value: str, count: int) -> Cells:
    return Cells(pa.repeat(pa.scalar(value, pa.string()), count))

"""A vendor's log over a table: what :func:`.gather.batch_of` makes of records, made of columns.

Keys that a read names are converted value by value, each different one once; a function of the record is called once
for each class of records (:mod:`.classes`). Numbers and times in the usual spellings are converted by Arrow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from certhound.query.plan import RawBatch
from certhound.sources.envelopes import gather, reads
from certhound.sources.envelopes.arrow import TYPES
from certhound.sources.envelopes.bulk.classes import Asking
from certhound.sources.envelopes.bulk.lines import Ints
from certhound.sources.envelopes.bulk.moments import times
from certhound.sources.envelopes.bulk.table import MISSING, Cells, Table
from certhound.sources.envelopes.bulk.trace import Passed, TracedRecord
from certhound.sources.envelopes.reads import Derived, Read
from certhound.sources.envelopes.record import Record
from certhound.sources.envelopes.times import Clock
from certhound.sources.envelopes.vendor import Log

_INTEGER = r"^[0-9]{1,18}$"
_IPV4 = r"^(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}$"


class Untold(Exception):
    """A function of the record wants what a table does not have."""


@dataclass(slots=True)
class _Making:
    """A batch on its way."""

    log: Log
    table: Table
    problems: dict[int, str]

    def problem(self, row: int, text: str) -> None:
        self.problems[row] = f"{said}; {text}" if (said := self.problems.get(row)) else text


def batch(log: Log, table: Table, clock: Clock, lines: Ints) -> RawBatch:
    """The rows of a log, which stood on these lines; they have no numbers yet. Raises :class:`Untold`."""
    making = _Making(log, table, {})
    raw: dict[str, pa.Array] = {}
    raw["time"], raw["time_zone_known"] = times(log.time, table, clock)
    for row in np.flatnonzero(raw["time"].is_null().to_numpy(zero_copy_only=False)).tolist():
        making.problem(row, "time: none that can be read")
    for name, read in log.columns.items():
        raw[name] = _column(making, name, read, TYPES[log.kinds[name]])
    if "log_source" not in raw:
        raw["log_source"] = _attribute(table, "header.host")
    _derived(log, raw, len(table))
    problems = (
        pa.array([making.problems.get(row) for row in range(len(table))], pa.string())
        if making.problems
        else (pa.nulls(len(table), pa.string()))
    )
    return RawBatch(
        log.shape,
        cast(Any, {name: raw[name] for name in log.kinds if name in raw}),
        log.kinds,
        cast(Any, pa.array(lines, pa.int64())),
        [],
        cast(Any, table.payloads),
        cast(Any, fields(table, log.used)),
        cast(Any, problems),
        cast(Any, pa.array(np.ones(len(table), np.int64))),
    )


def _attribute(table: Table, name: str) -> pa.Array:
    if name not in table.attributes:
        raise Untold(name)
    found = table.attributes[name]
    return found.values if isinstance(found, Cells) else pa.array([found] * len(table), pa.string())


def _column(making: _Making, name: str, read: Read | Derived | str, kind: pa.DataType) -> pa.Array:
    count = len(making.table)
    if isinstance(read, str):
        return pa.repeat(pa.scalar(read, kind), count)
    if not isinstance(read, Read):
        return asked(making.table, read, kind)
    stated = _stated(read, making.table)
    if stated is None:
        return pa.nulls(count, kind)
    if read.convert is None:
        return stated.stated if kind == pa.string() else stated.stated.cast(kind)
    found = _converted(stated, read.convert, kind)
    if found.null_count > stated.stated.null_count:
        odd = pc.and_(found.is_null(), stated.stated.is_valid()).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(odd).tolist():
            text = stated.stated[row].as_py()
            if gather.is_odd(name, text):
                making.problem(row, f"{name}: {text[:80]!r} cannot be read")
    return found


def _stated(read: Read, table: Table) -> Cells | None:
    """The text that is stated for each record; None where none has any of the keys."""
    found: Cells | None = None
    for key in read.keys:
        cells = table.columns.get(key)
        if cells is None:
            continue
        found = cells if found is None else Cells(pc.coalesce(found.stated, cells.stated))
        if not found.stated.null_count:
            break
    return found


def _converted(cells: Cells, convert: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    stated = cells.stated
    if convert is reads.to_integer and pc.all(pc.match_substring_regex(stated, _INTEGER)).as_py():
        return stated.cast(pa.int64())
    if convert is reads.to_address and pc.all(pc.match_substring_regex(stated, _IPV4)).as_py():
        return pc.if_else(pc.equal(stated, "0.0.0.0"), pa.scalar(None, pa.string()), stated)  # noqa: S104
    encoded = cells.encoded if cells.values is stated else stated.dictionary_encode()
    told = [convert(each) for each in encoded.dictionary.to_pylist()]
    return pa.array(told, kind).take(encoded.indices)


def asked(table: Table, function: Derived, kind: pa.DataType) -> pa.Array:
    """A column that is a function of the record."""

    def answer(record: TracedRecord) -> tuple[Any]:
        found = function(cast(Record, record))
        return ([str(each) for each in found],) if isinstance(found, list) else (found,)

    values: list[Any] = []
    places = np.full(len(table), -1, np.int64)
    moved: list[tuple[str, Ints]] = []
    for each in Asking(table, answer, len(table)).answered():
        if each.answer is None:
            raise Untold(table.form)
        value = each.answer[0]
        if isinstance(value, Passed):
            moved.append((value.key, each.rows))
        elif value is not None:
            places[each.rows] = len(values)
            values.append(value)
    if len(moved) == 1 and len(moved[0][1]) == len(table):
        return table.columns[moved[0][0]].values.cast(kind)
    found = pa.array(values, kind).take(pa.array(places, mask=places < 0))
    for key, rows in moved:
        mask = np.zeros(len(table), np.bool_)
        mask[rows] = True
        found = pc.if_else(pa.array(mask), table.columns[key].values.cast(kind), found)
    return found


def _derived(log: Log, raw: dict[str, pa.Array], count: int) -> None:
    """What the machinery makes of what a record states of a certificate and of TLS."""
    stated = [name for name in ("cert_sha256", "cert_sha1", "cert_md5") if name in raw]
    if "certificate_id" in log.filled:
        if all(raw[name].null_count == count for name in stated) and "certificate_id" not in raw:
            raw["certificate_id"] = pa.nulls(count, pa.string())
        for of, to in (("cert_subject", "cert_subject_cn"), ("cert_issuer", "cert_issuer_cn")):
            if to not in raw:
                names = raw.get(of, pa.nulls(count, pa.string()))
                raw[to] = _converted(Cells(names), _common_name, pa.string())
        if "certificate_id" not in raw:
            _listed(raw, lambda lists: gather.certificates(lists, count), (*stated, *_NAMES), ("certificate_id",))
    if log.category == "tls":
        _states(raw, count)
    if "cert_san" in raw and log.certificate:
        _listed(raw, gather.names, ("cert_san",), ("san_dns", "san_ip"))


_NAMES = ("cert_subject_cn", "cert_issuer_cn")


def _common_name(text: str) -> str | None:
    return reads.to_common_name(text)


def _listed(
    raw: dict[str, pa.Array], make: Callable[[dict[str, list[Any]]], None], of: tuple[str, ...], to: tuple[str, ...]
) -> None:
    """Columns that are made row by row."""
    lists = {name: raw[name].to_pylist() for name in of}
    make(lists)
    for name in to:
        raw[name] = pa.array(lists[name], pa.string() if name == "certificate_id" else pa.list_(pa.string()))


def _states(raw: dict[str, pa.Array], count: int) -> None:
    """See :func:`.gather.states`."""
    none = pa.nulls(count, pa.string())
    said = raw.get("tls_state", none)
    if said.null_count:
        seen = pc.or_(*(_says(raw.get(name, none)) for name in ("certificate_id", "cert_subject")))
        hidden = pc.fill_null(pc.equal(raw.get("tls_version", none), "1.3"), False)
        guessed = pc.if_else(seen, "seen", pc.if_else(hidden, "hidden_tls13", "not_logged"))
        said = pc.if_else(_says(said), said, guessed)
    raw["tls_state"] = said


def _says(values: pa.Array) -> pa.Array:
    return pc.fill_null(pc.not_equal(values, ""), False)


def fields(table: Table, used: frozenset[str]) -> pa.MapArray:
    """The values of all keys but some, by key, for each record."""
    count = len(table)
    kept = {key: cells for key, cells in table.columns.items() if key not in used}
    if not kept:
        nothing = pa.array([], pa.string())
        return pa.MapArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), nothing, nothing)
    values = pa.concat_arrays([cells.values for cells in kept.values()])
    rows = np.arange(count)[:, None] + np.arange(len(kept)) * count
    names = np.broadcast_to(np.arange(len(kept), dtype=np.int32), rows.shape)
    if values.null_count:
        there = np.stack([cells.flags != MISSING for cells in kept.values()], axis=1)
        offsets = np.concatenate(([0], np.cumsum(there.sum(axis=1))))
        rows, names = rows[there], names[there]
    else:
        offsets = np.arange(count + 1) * len(kept)
    items = values.take(pa.array(rows.reshape(-1)))
    keys = pa.array(list(kept), pa.string()).take(pa.array(np.ascontiguousarray(names).reshape(-1)))
    return pa.MapArray.from_arrays(pa.array(offsets.astype(np.int32)), keys, items)

"""Batches of records that were read carefully, as tables: raw columns, or all of ``events`` with their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from certhound.model.columns import EVENTS, Kind
from certhound.query.engines.duckdb import ARROW
from certhound.query.engines.duckdb.session import Session
from certhound.query.engines.duckdb.view import Wanted, table_view
from certhound.query.plan import RawBatch, ReadPlan, Rejected, Shape
from certhound.sources.envelopes.arrow import map_array


def raw_table(batch: RawBatch) -> pa.Table:
    """A batch of carefully split records as Arrow, raw columns only."""
    return pa.table({name: _array(values, batch.kinds[name]) for name, values in batch.raw.items()})


def careful_events(session: Session, plan: ReadPlan) -> Iterator[pa.Table | Rejected]:
    """Every record of a file with all columns of ``events``, read carefully: payload and vendor fields are there."""
    for item in plan.careful():
        yield item if isinstance(item, Rejected) else all_columns(session, plan, item)


_PRINTED: dict[tuple[str, int], tuple[Shape, str]] = {}
"""Views over careful batches by name and identity of the shape (which is kept, so that the identity stays its own)."""

_MAX_PRINTED = 500


def printed(view: str, batch: RawBatch, columns: Callable[[Shape], list[Wanted]]) -> str:
    """The text of a view over a careful batch; printing it costs more than reading a small file."""
    key = (view, id(batch.shape))
    if key not in _PRINTED:
        if len(_PRINTED) >= _MAX_PRINTED:
            _PRINTED.clear()
        _PRINTED[key] = batch.shape, table_view(view, "careful_batch", batch.kinds, columns(batch.shape))
    return _PRINTED[key][1]


_PLACED = ("origin_file", "origin_line", "origin_record", "payload", "fields", "parse_error", "source", "category")


def _event_columns(shape: Shape) -> list[Wanted]:
    return [Wanted(c.name, c.kind, shape.mapping.get(c.name)) for c in EVENTS.columns if c.name not in _PLACED]


def _array(values: Any, kind: Kind) -> pa.Array:
    """Values as Arrow; what another process has read is that already."""
    if isinstance(values, pa.Array):
        return values
    return map_array(values) if kind is Kind.MAP else pa.array(values, ARROW[kind])


def all_columns(session: Session, plan: ReadPlan, batch: RawBatch) -> pa.Table:
    """A batch with all columns of ``events``."""
    table = raw_table(batch)
    count = table.num_rows
    session.register("careful_batch", table)
    session.execute(printed("all_rows", batch, _event_columns))
    mapped = session.arrow("SELECT * FROM all_rows")
    session.unregister("careful_batch")
    placed = {
        "origin_file": pa.array([plan.file] * count, pa.string()),
        "origin_line": _array(batch.lines, Kind.INT),
        "origin_record": _array(batch.records, Kind.INT),
        "payload": _array(batch.payloads, Kind.TEXT),
        "fields": _array(batch.fields, Kind.MAP),
        "parse_error": _array(batch.problems, Kind.TEXT),
        "source": pa.array([batch.shape.source] * count, pa.string()),
        "category": pa.array([batch.shape.category] * count, pa.string()),
    }
    return pa.table({name: placed[name] if name in placed else mapped[name] for name in EVENTS.names()})

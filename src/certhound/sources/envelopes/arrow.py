"""Batches as Arrow tables, so that they can come from another process; and by which name that finds a log again."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from certhound.model.columns import Kind
from certhound.query.plan import RawBatch
from certhound.sources.envelopes.generic import LOGS
from certhound.sources.envelopes.vendor import Log

TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INET: pa.string(),
    Kind.INT: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.TIME: pa.timestamp("us"),
    Kind.LIST: pa.list_(pa.string()),
}
_PLACES = {
    "#line": pa.int64(),
    "#record": pa.int64(),
    "#payload": pa.string(),
    "#problem": pa.string(),
    "#parts": pa.int64(),
}


@cache
def _logs() -> dict[str, Log]:
    from certhound.sources.vendors import vendors

    found = {f"{vendor.name}/{index}": log for vendor in vendors() for index, log in enumerate(vendor.logs)}
    return found | {f"/{index}": log for index, log in enumerate(LOGS)}


@cache
def _names() -> dict[int, str]:
    return {id(log.shape): name for name, log in _logs().items()}


def name_of(batch: RawBatch) -> str | None:
    """The name of a batch's log; None where its vendor does not list it in ``logs``."""
    return _names().get(id(batch.shape))


def map_array(maps: Sequence[Mapping[str, str]]) -> pa.Array:
    """Maps as Arrow has them; built of flat lists, which is several times as fast as of pairs."""
    offsets = array("i", [0])
    for each in maps:
        offsets.append(offsets[-1] + len(each))
    keys = pa.array(list(chain.from_iterable(maps)), pa.string())
    items = pa.array(list(chain.from_iterable(each.values() for each in maps)), pa.string())
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), keys, items)


def to_table(batch: RawBatch, name: str) -> pa.Table:
    """A batch whole, its log's name in the metadata."""
    columns: dict[str, Any] = {
        column: _array(values, TYPES[batch.kinds[column]]) for column, values in batch.raw.items()
    }
    placed = (batch.lines, batch.records, batch.payloads, batch.problems, batch.parts or [1] * len(batch.lines))
    for (column, kind), values in zip(_PLACES.items(), placed, strict=True):
        columns[column] = _array(values, kind)
    columns["#fields"] = batch.fields if isinstance(batch.fields, pa.Array) else map_array(batch.fields)
    return pa.table(columns).replace_schema_metadata({"log": name})


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    """Values as Arrow; what has been read in bulk is that already."""
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def from_table(table: pa.Table, before: int) -> RawBatch:
    """The batch again; its columns are Arrow's. ``before``: how many records stood before the first."""
    table = table.combine_chunks()
    log = _logs()[(table.schema.metadata or {})[b"log"].decode()]

    def column(name: str) -> Any:
        chunked = table[name]
        return chunked.chunk(0) if chunked.num_chunks else pa.array([], chunked.type)

    return RawBatch(
        log.shape,
        {name: column(name) for name in table.column_names if not name.startswith("#")},
        log.kinds,
        column("#line"),
        pc.add(column("#record"), before),
        column("#payload"),
        column("#fields"),
        column("#problem"),
        column("#parts"),
    )


def to_bytes(table: pa.Table) -> pa.Buffer:
    """Arrow's stream format."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def to_line(message: Mapping[str, object]) -> bytes:
    """A message between processes: one line of JSON."""
    return json.dumps(message).encode() + b"\n"

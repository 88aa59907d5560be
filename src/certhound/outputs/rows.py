"""Flat rows for ``certhound events`` and ``certhound certificates``: JSON lines, CSV, a table, Parquet.

Rows come as an iterable of Arrow record batches (from an engine) or of dictionaries; they leave as they come, so
memory holds one batch. Columns are those asked for, in their order; ``der`` only where it is asked for by name.

* json: one object a line; an absent value is an absent key; times ISO 8601 with microseconds and Z; lists as lists,
  maps as objects, bytes as base64.
* csv: RFC 4180 (CRLF, a header, texts in quotes); control characters spelt out, formulas defused; lists joined by
  ``"; "``, maps as JSON, absent values empty.
* table: for people; cut to the terminal's width, never cut on a plain stream.
* parquet: as Arrow has it, zstd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from certhound.model.columns import Kind, Table
from certhound.model.errors import UsageError, did_you_mean
from certhound.outputs import arrow_text
from certhound.outputs.defuse import json_text
from certhound.outputs.json import plain

_ROWS = 8192
_BYTES = 32 << 20
"""A batch is cut so that no column's text nears what one Arrow array can hold, and the first line comes soon."""

ARROW: dict[Kind, Any] = {
    Kind.TEXT: pa.string(),
    Kind.INT: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.TIME: pa.timestamp("us", "UTC"),
    Kind.INET: pa.string(),
    Kind.LIST: pa.list_(pa.string()),
    Kind.MAP: pa.map_(pa.string(), pa.string()),
    Kind.BYTES: pa.binary(),
    Kind.NULL: pa.null(),
}
"""Arrow's type of each kind of column, for rows that come as dictionaries."""

Rows = Iterable[Any]
Writer = Callable[[Iterator[Any], BinaryIO, "Layout"], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns, in which order, with which Arrow types; ``width`` of the terminal (0: never cut)."""

    schema: Any
    width: int = 0


def write_rows(
    rows: Rows,
    stream: BinaryIO,
    format: str,
    table: Table,
    *,
    columns: Sequence[str] = (),
    width: int = 0,
) -> None:
    """Write all rows to a binary stream; without ``columns`` all of the table but ``der``, and further ones of batches.

    An unknown format is a usage error. The stream is neither closed nor flushed; ``BrokenPipeError`` passes.
    """
    writer = FORMATS.get(format)
    if writer is None:
        known = tuple(FORMATS)
        raise UsageError(
            f"no format is called {format!r}; there are {', '.join(known)}",
            check="unknown-format",
            advice=did_you_mean(format, known),
        )
    first, batches = _peek(rows)
    schema = _schema(table, first, columns)
    writer(_cut(_conform(batches, schema)), stream, Layout(schema, width))


def _peek(rows: Rows) -> tuple[Any, Iterator[Any]]:
    """The first item, and all of them as batches or lists of dictionaries."""
    source = iter(rows)
    first = next(source, None)
    everything = source if first is None else chain([first], source)
    if not isinstance(first, Mapping):
        return first, everything
    return first, iter(lambda: list(islice(everything, _ROWS)), [])


def _schema(table: Table, first: Any, columns: Sequence[str]) -> Any:
    """Types as the batches have them, else as the table states; what neither knows is text."""
    known = {field.name: field.type for field in getattr(first, "schema", ())}
    wanted = columns or [name for name in dict.fromkeys((*table.names(), *known)) if name != "der"]
    types = {column.name: ARROW[column.kind] for column in table.columns}
    return pa.schema([(name, known.get(name) or types.get(name) or pa.string()) for name in wanted])


def _conform(batches: Iterable[Any], schema: Any) -> Iterator[Any]:
    for batch in batches:
        if isinstance(batch, list):
            batch = from_dicts(batch, schema)
        columns = [
            batch.column(field.name).cast(field.type)
            if field.name in batch.schema.names
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema) if columns else batch


def _cut(batches: Iterable[Any]) -> Iterator[Any]:
    for batch in batches:
        step = max(1, min(_ROWS, batch.num_rows * _BYTES // max(1, batch.nbytes)))
        for start in range(0, batch.num_rows, step):
            yield batch.slice(start, step)


def from_dicts(rows: Sequence[Mapping[str, Any]], schema: Any) -> Any:
    """A batch of dictionaries; a value that does not fit its column's type counts as absent."""
    columns = []
    for field in schema:
        values = [_fit(row.get(field.name), field.type) for row in rows]
        try:
            columns.append(pa.array(values, field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            columns.append(pa.array([_alone(value, field.type) for value in values], field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _fit(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if pa.types.is_string(kind) and not isinstance(value, str):
        value = str(value)
    if pa.types.is_timestamp(kind) and isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if pa.types.is_map(kind) and isinstance(value, Mapping):
        return [(str(key), None if item is None else str(item)) for key, item in plain(value).items()]
    return plain(value) if isinstance(value, str | list | tuple) else value


def _alone(value: Any, kind: Any) -> Any:
    try:
        return pa.scalar(value, kind).as_py()
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, ValueError):
        return None


def json_line(row: Mapping[str, Any]) -> str:
    """One row as one line of JSON, without its line end: the slow, obvious way that the fast one agrees with."""
    kept = {key: plain(value) for key, value in row.items() if value is not None}
    return json_text(msgspec.json.encode(kept).decode("utf-8"))


def _write_json(batches: Iterator[Any], stream: BinaryIO, layout: Layout) -> None:
    for batch in batches:
        columns = []
        for field, column in zip(layout.schema, batch.columns, strict=True):
            if column.null_count < batch.num_rows:
                key = msgspec.json.encode(field.name).decode()
                columns.append(arrow_text.glued(f"{key}:", arrow_text.json_column(column)))
        if not columns:
            stream.write(b"{}\n" * batch.num_rows)
            continue
        stream.write(arrow_text.data_of(arrow_text.objects(columns)))


def _write_csv(batches: Iterator[Any], stream: BinaryIO, layout: Layout) -> None:
    stream.write((",".join(f'"{name}"' for name in layout.schema.names) + "\r\n").encode())
    for batch in batches:
        cells = [arrow_text.csv_column(column) for column in batch.columns]
        stream.write(arrow_text.data_of(arrow_text.records(cells)))


def _write_parquet(batches: Iterator[Any], stream: BinaryIO, layout: Layout) -> None:
    with pq.ParquetWriter(stream, layout.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _write_table(batches: Iterator[Any], stream: BinaryIO, layout: Layout) -> None:
    from certhound.outputs.rows_table import write_table

    write_table(batches, stream, layout.schema, layout.width)


FORMATS: dict[str, Writer] = {
    "json": _write_json,
    "csv": _write_csv,
    "table": _write_table,
    "parquet": _write_parquet,
}
"""The formats and what writes each."""

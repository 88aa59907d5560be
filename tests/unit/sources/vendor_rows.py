"""Rows of ``events`` out of the text of a log, for tests of vendor sources and envelopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from certhound.model.columns import Kind
from certhound.model.zones import Zones, zone_of
from certhound.query.plan import RawBatch, Rejected
from certhound.sources import recognise
from certhound.sources.contract import Recognised
from certhound.sources.files import Unreadable, open_input

Row = dict[str, Any]


def rows_of(
    content: str | bytes, folder: Path, zones: Mapping[str, str] | None = None
) -> tuple[list[Row], list[Rejected]]:
    """The rows (without absent columns; with ``fields``, ``payload``, ``line``, ``problem``, ``parts``) and rejects.

    Times are ISO texts in UTC. ``zones``: names of sources to names of zones.
    """
    path = folder / "input.log"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return rows_of_file(path, zones)


def rows_of_file(path: Path, zones: Mapping[str, str] | None = None) -> tuple[list[Row], list[Rejected]]:
    """The same of a file."""
    file = open_input(path)
    assert not isinstance(file, Unreadable), file
    made = {name: zone for name, text in (zones or {}).items() if (zone := zone_of(text)) is not None}
    answer = recognise(replace(file, zones=Zones(made)))
    assert isinstance(answer, Recognised), answer
    rows: list[Row] = []
    rejected: list[Rejected] = []
    for plan in answer.plans:
        for item in plan.careful():
            if isinstance(item, Rejected):
                rejected.append(item)
            else:
                rows.extend(rows_of_batch(item))
    return sorted(rows, key=lambda row: int(row["record"])), rejected


def _listed(values: Any) -> list[Any]:
    """Columns of a batch as lists; of one that another process has read they are Arrow's."""
    if not isinstance(values, pa.Array):
        return list(values)
    found: list[Any] = (values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values).to_pylist()
    return found


def rows_of_batch(batch: RawBatch) -> list[Row]:
    """The rows of one batch."""
    raw = {name: _listed(values) for name, values in batch.raw.items()}
    columns = (batch.fields, batch.lines, batch.records, batch.problems, batch.parts or [1] * len(batch.lines))
    fields, lines, records, problems, parts = map(_listed, columns)
    made = []
    for index, payload in enumerate(_listed(batch.payloads)):
        row: Row = {
            name: _value(values[index], batch.kinds[name]) for name, values in raw.items() if values[index] is not None
        }
        row |= {"source": batch.shape.source, "category": batch.shape.category, "payload": payload}
        row |= {"fields": fields[index], "line": lines[index], "record": records[index], "parts": parts[index]}
        if problems[index]:
            row["problem"] = problems[index]
        made.append(row)
    return made


def _value(value: Any, kind: Kind) -> Any:
    if kind is Kind.TIME:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)).isoformat().replace("+00:00", "Z")
    return value

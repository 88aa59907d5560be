"""Files of logs as Ariel tables: what was understood of them, as events and flows of the site ``certhound``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from certhound.lake.rows import Account
from certhound.lake.rows import events as read_events
from certhound.model.columns import EVENTS, Kind
from certhound.model.profile import Profile
from certhound.qradar.catalogue import ArielColumn, ArielType
from certhound.qradar.catalogue.databases import DATABASES
from certhound.qradar.catalogue.site import Site
from certhound.qradar.running.own_events import event_columns, flow_columns, is_flow, log_source
from certhound.qradar.running.setting import ORDER, TableInfo
from certhound.qradar.running.tables import ArielTable
from certhound.qradar.running.typed import spelt
from certhound.query import tree as t
from certhound.query.engines.duckdb import ARROW, DuckDbEngine
from certhound.query.inet import inet_key
from certhound.query.schema import Schema

MAX_VENDOR_FIELDS = 2_000
"""Most fields of vendors that become custom properties."""


@dataclass(frozen=True, slots=True)
class OwnTables:
    """Events and flows of some files, and the log sources that are in them."""

    tables: Mapping[str, ArielTable]
    log_sources: Site


def own_tables(paths: Iterable[Path], profile: Profile, account: Account) -> OwnTables:
    """Read files as ``certhound events`` does and give them as Ariel tables."""
    schema = pa.schema([(column.name, ARROW[column.kind]) for column in EVENTS.columns])
    batches = [batch.cast(schema) for batch in read_events(paths, profile, account)]
    data = pa.Table.from_batches(batches, schema)
    with DuckDbEngine() as engine:
        engine.register_arrow(Schema.of(EVENTS), data)
        sources = _log_sources(engine)
        vendor = _vendor_fields(data)
        tables = {
            "events": _table(engine, "events", event_columns(profile, sources), None, vendor),
            "flows": _table(engine, "flows", flow_columns(profile), is_flow(), vendor),
        }
    names = dict(enumerate(sources, 1))
    return OwnTables(tables, Site("certhound", {"log_sources": names}))


def _log_sources(engine: DuckDbEngine) -> list[str]:
    query = t.Query((t.Item(log_source(), "name"),), "events", group_by=(log_source(),))
    return sorted(row["name"] for row in engine.rows(query))


def _table(
    engine: DuckDbEngine,
    database: str,
    columns: Mapping[str, t.Expr],
    where: t.Expr | None,
    vendor: Mapping[str, str],
) -> ArielTable:
    items = tuple(t.Item(expr, name) for name, expr in columns.items())
    newest = (t.Order(t.Column("time"), descending=True, nulls_first=False),)
    data = engine.run(t.Query(items, "events", where, order_by=newest)).read_all()
    kinds = {column.name: column.type.kind for column in DATABASES[database]}
    schema = {name: kinds.get(name) or _kind(data.schema.field(name).type) for name in columns}
    for name, kind in schema.items():
        if kind is Kind.INET:
            data = data.set_column(data.schema.get_field_index(name), name, _one_spelling(data[name]))
    data = data.append_column(ORDER, pa.array(range(data.num_rows), pa.int64()))
    properties = {
        name: ArielColumn(key, ArielType.STRING, "field of the vendor", custom=True) for name, key in vendor.items()
    }
    info = TableInfo(Schema(database, {**schema, ORDER: Kind.INT}), vendor=vendor)
    return ArielTable(info, data, properties)


def _one_spelling(addresses: pa.ChunkedArray) -> pa.ChunkedArray:
    """Addresses as our tables have them; what is none becomes NULL."""
    found = addresses.combine_chunks().dictionary_encode()
    known = [spelt(each) for each in found.dictionary.to_pylist()]
    settled = pa.array([each if inet_key(each) is not None else None for each in known], pa.string())
    return pa.chunked_array([settled.take(found.indices)])


def _kind(kind: pa.DataType) -> Kind:
    return next((each for each, arrow in ARROW.items() if arrow.equals(kind)), Kind.TEXT)


def _vendor_fields(data: pa.Table) -> dict[str, str]:
    """The vendors' own names by their lower case."""
    found: dict[str, str] = {}
    for chunk in data["fields"].chunks:
        for key in pc.unique(chunk.keys).to_pylist():
            if key and len(found) < MAX_VENDOR_FIELDS:
                found.setdefault(key.lower(), key)
    return found


def without_own_names(table: ArielTable) -> ArielTable:
    """The table as the stock console sees it: no custom property."""
    return replace(table, properties={}, info=replace(table.info, vendor={}))

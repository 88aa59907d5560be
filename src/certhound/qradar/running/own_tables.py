"""Files of logs as Ariel tables: what was understood of them, as events and flows of the site ``certhound``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from certhound.model.columns import EVENTS, Kind
from certhound.model.profile import Profile
from certhound.qradar.catalogue import ArielColumn, ArielType
from certhound.qradar.catalogue.databases import DATABASES
from certhound.qradar.catalogue.site import Site
from certhound.qradar.running.own_events import event_columns, flow_columns, is_flow, log_source
from certhound.qradar.running.setting import TableInfo, property_column
from certhound.qradar.running.store import Store, Stored
from certhound.qradar.running.tables import ArielTable
from certhound.qradar.running.typed import spelt
from certhound.query import tree as t
from certhound.query.engines.duckdb import ARROW
from certhound.query.engines.duckdb.forms import TYPES
from certhound.query.inet import inet_key
from certhound.query.schema import Schema

MAX_VENDOR_FIELDS = 2_000
"""Most fields of vendors that become custom properties."""
RAW = "raw records"
_SCHEMA = Schema(RAW, {column.name: column.kind for column in EVENTS.columns})
_ARROW = pa.schema([(column.name, ARROW[column.kind]) for column in EVENTS.columns])
_KINDS = {form: kind for kind, form in reversed(TYPES.items()) if kind not in (Kind.INET, Kind.NULL)}


@dataclass(frozen=True, slots=True)
class OwnTables:
    """Events and flows of some files, and the log sources that are in them."""

    tables: Mapping[str, ArielTable]
    log_sources: Site


def own_tables(events: Iterable[pa.RecordBatch], profile: Profile, store: Store | None = None) -> OwnTables:
    """Rows as ``certhound events`` gives them, of files or of a lake, as Ariel tables that are kept in the store."""
    store = store or Store()
    vendor: dict[str, str] = {}
    store.fill(RAW, _ARROW, _batches(events, vendor))
    sources = _log_sources(store)
    tables = {
        "events": _table(store, "events", event_columns(profile, sources), None, vendor),
        "flows": _table(store, "flows", flow_columns(profile), is_flow(), vendor),
    }
    names = dict(enumerate(sources, 1))
    return OwnTables(tables, Site("certhound", {"log_sources": names}))


def _batches(batches: Iterable[pa.RecordBatch], vendor: dict[str, str]) -> Iterator[pa.RecordBatch]:
    """Batches with addresses in one spelling; the vendors' own names are gathered on the way."""
    for batch in batches:
        _gather(batch.column("fields"), vendor)
        columns = []
        for column in EVENTS.columns:
            values = batch.column(column.name).cast(ARROW[column.kind])
            columns.append(_one_spelling(values) if column.kind is Kind.INET else values)
        yield pa.RecordBatch.from_arrays(columns, schema=_ARROW)


def _log_sources(store: Store) -> list[str]:
    query = t.Query((t.Item(log_source(), "name"),), RAW, group_by=(log_source(),))
    return sorted(row["name"] for row in store.rows(query, {RAW: _SCHEMA}))


def _table(
    store: Store,
    database: str,
    columns: Mapping[str, t.Expr],
    where: t.Expr | None,
    vendor: Mapping[str, str],
) -> ArielTable:
    native = {column.name for column in DATABASES[database]} | {"fields"}
    items = tuple(t.Item(expr, name if name in native else property_column(name)) for name, expr in columns.items())
    newest = (t.Order(t.Column("time"), descending=True, nulls_first=False),)
    name = f"stored {database}"
    store.keep(name, t.Query(items, RAW, where, order_by=newest), {RAW: _SCHEMA})
    stored = Stored(store, name)
    kinds = {column.name: column.type.kind for column in DATABASES[database]}
    schema = {column: kinds.get(column) or _KINDS.get(kind, Kind.TEXT) for column, kind in stored.columns().items()}
    properties = {
        name: ArielColumn(key, ArielType.STRING, "field of the vendor", custom=True) for name, key in vendor.items()
    }
    return ArielTable(TableInfo(Schema(database, schema), vendor=vendor), stored, properties)


def _one_spelling(addresses: pa.Array) -> pa.Array:
    """Addresses as our tables have them; what is none becomes NULL."""
    found = addresses.dictionary_encode()
    known = [spelt(each) for each in found.dictionary.to_pylist()]
    settled = pa.array([each if inet_key(each) is not None else None for each in known], pa.string())
    return settled.take(found.indices)


def _gather(fields: pa.MapArray, vendor: dict[str, str]) -> None:
    """The vendors' own names by their lower case."""
    for key in pc.unique(fields.keys).to_pylist():
        if key and len(vendor) < MAX_VENDOR_FIELDS:
            vendor.setdefault(key.lower(), key)


def without_own_names(table: ArielTable) -> ArielTable:
    """The table as the stock console sees it: no custom property."""
    return replace(table, properties={}, info=replace(table.info, vendor={}))

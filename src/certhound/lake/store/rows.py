"""Rows of a lake for the commands that show what was understood; the same rows as of the files that it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from certhound.lake import tables
from certhound.lake.build import Lake, fill_certificates
from certhound.lake.clients import count_clients
from certhound.lake.rows import Account, Known
from certhound.lake.store.journal import Journal, Stored
from certhound.lake.store.stored import Window, fill_stored, kinds_of, source_of, start_stored
from certhound.model.columns import EVENTS
from certhound.model.profile import Profile
from certhound.query.engines.duckdb import ARROW

ROWS = 50_000


def events(
    folder: Path, profile: Profile, window: Window | None = None, account: Account | None = None
) -> Iterator[pa.RecordBatch]:
    """Every event of a lake within the window, day by day, with all columns of ``events``."""
    account, window = account or Account(), window or Window()
    with Journal(folder).reading() as state:
        lake = start_stored(folder, state, profile)
        try:
            account.inputs = lake.inputs
            fill_certificates(lake)
            known = Known.of(lake)
            for stored in sorted(window.files(state), key=lambda each: (each.file.day, each.file.path)):
                for table in _tables(folder, stored, window):
                    account.rows += table.num_rows
                    yield from known.resolve(table).to_batches()
            account.rejected.extend(lake.rejected)
        finally:
            lake.close()


def _tables(folder: Path, stored: Stored, window: Window) -> Iterator[pa.Table]:
    """Rows of one file within the window, columns that it lacks as NULL."""
    with pq.ParquetFile(folder / stored.file.path) as file:
        for batch in file.iter_batches(ROWS):
            table = _in_window(pa.Table.from_batches([batch]), window)
            columns = {
                each.name: table[each.name].cast(ARROW[each.kind])
                if each.name in table.column_names
                else pa.nulls(table.num_rows, ARROW[each.kind])
                for each in EVENTS.columns
            }
            if stored.shape.category != "tls":
                # Ids made of words name certificates in the lake; records give none where they state no hash.
                ids = columns["certificate_id"]
                made = pc.fill_null(pc.starts_with(ids, "names:"), False)
                columns["certificate_id"] = pc.if_else(made, pa.scalar(None, pa.string()), ids)
            yield pa.table(columns)


def _in_window(table: pa.Table, window: Window) -> pa.Table:
    if window.since is None and window.until is None:
        return table
    if "time" not in table.column_names:
        return table.slice(0, 0) if window.since is not None else table
    keep = pa.repeat(pa.scalar(True), table.num_rows)
    times = table["time"]
    if window.since is not None:
        keep = pc.and_(keep, pc.fill_null(pc.greater_equal(times, pa.scalar(window.since, times.type)), False))
    if window.until is not None:
        keep = pc.and_(keep, pc.fill_null(pc.less(times, pa.scalar(window.until, times.type)), True))
    return table.filter(keep)


def certificates(
    folder: Path, profile: Profile, *, der: bool = False, account: Account | None = None
) -> Iterator[pa.RecordBatch]:
    """Every distinct certificate of a lake, with its traits."""
    account = account or Account()
    with Journal(folder).reading() as state:
        lake = start_stored(folder, state, profile)
        try:
            account.inputs = lake.inputs
            fill_stored(lake)
            tables.build_tables(lake)
            count_clients(lake)
            account.rejected.extend(lake.rejected)
            places = _places(lake, folder, [*state.events.values()])
            left_out = "" if der else " EXCLUDE (der)"
            statement = f"SELECT *{left_out} FROM certificates ORDER BY origin_file, origin_line, origin_record, id"  # noqa: S608
            for batch in lake.session.batches(statement):
                account.rows += batch.num_rows
                yield _placed(batch, places)
        finally:
            lake.close()


Places = Mapping[tuple[str, str], tuple[int | None, int | None]]


def _places(lake: Lake, folder: Path, files: list[Stored]) -> Places:
    """Where each input first tells of a certificate: line and record, by id and file."""
    found: dict[tuple[str, str], tuple[int | None, int | None]] = {}
    for kindred in kinds_of(each for each in files if each.file.rows):
        if kindred.states_apart and "certificate_id" in kindred.columns:
            ids = "coalesce(f.id, e.certificate_id)" if "cert_fuid" in kindred.columns else "e.certificate_id"
            join = "LEFT JOIN fuid_ids_once f ON f.fuid = e.cert_fuid" if "cert_fuid" in kindred.columns else ""
            query = f"""SELECT coalesce(a.canonical, i.id), origin_file, min(origin_line), min(origin_record) FROM (
                SELECT {ids} AS id, origin_file, origin_line, origin_record
                FROM {source_of(folder, kindred.files)} e {join}
            ) i LEFT JOIN alias_of a ON a.id = i.id WHERE i.id IS NOT NULL GROUP BY 1, 2"""  # noqa: S608
            for id_, file, line, record in lake.session.execute(query).fetchall():
                found.setdefault((id_, file), (line, record))
    return found


def _placed(batch: pa.RecordBatch, places: Places) -> pa.RecordBatch:
    table = pa.Table.from_batches([batch])
    keys = list(zip(table["id"].to_pylist(), table["origin_file"].to_pylist(), strict=True))
    for position, name in enumerate(("origin_line", "origin_record")):
        values = [
            value if value is not None else places.get(key, (None, None))[position]
            for key, value in zip(keys, table[name].to_pylist(), strict=True)
        ]
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values, pa.int64()))
    return table.to_batches()[0]

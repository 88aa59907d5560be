"""The tables as streams of rows, for the commands that show what was understood.

Events come from the careful reader, which has the raw record and the vendor's own fields beside the mapped columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from certhound.lake import tables
from certhound.lake.build import Lake, fill_certificates, fill_lake, start_lake
from certhound.lake.careful_batches import careful_events
from certhound.lake.clients import count_clients
from certhound.lake.community_id import community_id
from certhound.lake.inputs import Inputs
from certhound.lake.locate import locate
from certhound.lake.reading import stored_events
from certhound.model.columns import CERTIFICATES, EVENTS
from certhound.model.profile import Profile
from certhound.query.plan import Rejected
from certhound.x509 import traits

LOCATED_ROWS = 5_000
"""Up to so many certificates get the line on which they were first met; finding it costs a look into the file."""


@dataclass(slots=True)
class Account:
    """What became of the inputs of a stream; whole once the stream has ended."""

    inputs: Inputs | None = None
    rows: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def events(paths: Iterable[Path], profile: Profile, account: Account | None = None) -> Iterator[pa.RecordBatch]:
    """Every record that was understood, with all columns of ``events``, in the order of the files."""
    account = account or Account()
    lake = start_lake([Path(path) for path in paths], profile)
    try:
        account.inputs = lake.inputs
        fill_certificates(lake)
        known = Known.of(lake)
        for part in lake.parts:
            if part.staged:
                continue  # read with the files that it came from
            if part.whole:
                account.rejected.extend(part.rejected)
            rows = stored_events(lake.session, part) if part.whole else careful_events(lake.session, part.plan)
            for item in rows:
                if isinstance(item, Rejected):
                    account.rejected.append(item)
                else:
                    account.rows += item.num_rows
                    yield from known.resolve(item).select(EVENTS.names()).to_batches()
        account.rejected.extend(each for each in lake.inputs.certificates() if isinstance(each, Rejected))
    finally:
        lake.close()


@dataclass(frozen=True, slots=True)
class Known:
    """What other records tell of the certificate of a session: ids behind file ids, better ids, who re-signed."""

    of_fuid: Mapping[str, str]
    alias: Mapping[str, str]
    resigned: frozenset[str]

    @classmethod
    def of(cls, lake: Lake) -> Known:
        tables.prepare(lake)
        fuids = lake.session.arrow("SELECT fuid, id FROM fuid_ids_once")
        aliases = lake.session.arrow("SELECT id, canonical FROM alias_of")
        return cls(
            dict(zip(fuids["fuid"].to_pylist(), fuids["id"].to_pylist(), strict=True)),
            dict(zip(aliases["id"].to_pylist(), aliases["canonical"].to_pylist(), strict=True)),
            tables.resigned_ids(lake),
        )

    def resolve(self, table: pa.Table) -> pa.Table:
        ids = [
            self._id(stated, fuid)
            for stated, fuid in zip(table["certificate_id"].to_pylist(), table["cert_fuid"].to_pylist(), strict=True)
        ]
        table = _with(table, "certificate_id", pa.array(ids, pa.string()))
        if self.resigned:
            states = table["tls_state"].to_pylist()
            states = [
                "resigned" if state == "seen" and each in self.resigned else state
                for state, each in zip(states, ids, strict=True)
            ]
            table = _with(table, "tls_state", pa.array(states, pa.string()))
        return _with_community_ids(table)

    def _id(self, stated: str | None, fuid: str | None) -> str | None:
        found = stated or (self.of_fuid.get(fuid) if fuid else None)
        return self.alias.get(found, found) if found else None


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def _with_community_ids(table: pa.Table) -> pa.Table:
    columns = [table[name].to_pylist() for name in ("src_ip", "src_port", "dst_ip", "dst_port", "transport")]
    ids = [
        stated or community_id(*five)
        for stated, five in zip(table["community_id"].to_pylist(), zip(*columns, strict=True), strict=True)
    ]
    return _with(table, "community_id", pa.array(ids, pa.string()))


def certificates(
    paths: Iterable[Path], profile: Profile, *, der: bool = False, account: Account | None = None
) -> Iterator[pa.RecordBatch]:
    """Every distinct certificate of the inputs, whatever kind of file told of it, with its traits."""
    account = account or Account()
    lake = start_lake([Path(path) for path in paths], profile)
    try:
        account.inputs = lake.inputs
        fill_lake(lake)
        tables.build_tables(lake)
        count_clients(lake)
        account.rejected.extend(lake.rejected)
        count = int(lake.session.scalar("SELECT count(*) FROM certificates") or 0)
        left_out = "" if der else " EXCLUDE (der)"
        statement = f"SELECT *{left_out} FROM certificates ORDER BY origin_file, origin_line, origin_record, id"  # noqa: S608
        for batch in lake.session.batches(statement):
            account.rows += batch.num_rows
            yield _with_places(lake, batch) if count <= LOCATED_ROWS else batch
    finally:
        lake.close()


def certificate_columns(*, der: bool = False) -> tuple[str, ...]:
    """Names of the columns of :func:`certificates`."""
    names = (*CERTIFICATES.names(), *(column.name for column in traits.columns()))
    return names if der else tuple(name for name in names if name != "der")


def _with_places(lake: Lake, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The line on which a log first told of each certificate."""
    table = pa.Table.from_batches([batch])
    files, lines = table["origin_file"].to_pylist(), table["origin_line"].to_pylist()
    records = table["origin_record"].to_pylist()
    needles = [sha or fuid for sha, fuid in zip(table["sha256"].to_pylist(), table["fuid"].to_pylist(), strict=True)]
    times = table["first_seen"].to_pylist()
    plans = {part.plan.file: part.plan for part in lake.parts}
    for file in {file for file, line in zip(files, lines, strict=True) if line is None and file in plans}:
        wanted = {
            needle: times[index]
            for index, needle in enumerate(needles)
            if files[index] == file and lines[index] is None and needle
        }
        places = locate(plans[file], wanted)
        for index, needle in enumerate(needles):
            if files[index] == file and needle in places:
                lines[index], records[index] = places[needle].line, places[needle].record
    table = _with(table, "origin_line", pa.array(lines, pa.int64()))
    return _with(table, "origin_record", pa.array(records, pa.int64())).to_batches()[0]

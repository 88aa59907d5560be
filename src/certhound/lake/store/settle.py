"""What a commit adds beside events: certificates that were not known, rejects, and the file that shows all columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from certhound.lake.certificate_rows import decode_der
from certhound.lake.store.engine import FILE, STATED
from certhound.lake.store.journal import CERTIFICATES, EVENTS, REJECTS, Stored, Writer
from certhound.lake.store.manifest import EventsFile, ShapeInfo, TableFile
from certhound.lake.store.worker import UNKNOWN_DAY, Written, write_parquet
from certhound.model.columns import CERTIFICATES as TABLE
from certhound.model.columns import EVENTS as EVENT_TABLE
from certhound.query.engines.duckdb import ARROW
from certhound.query.engines.duckdb.session import Session

KEPT = tuple(name for name in STATED if name != "der")
CERTIFICATE_COLUMNS = (
    "id", "content", "form", "source", *KEPT, "der", "fuid", "first_seen", "last_seen", "origin_file", "origin_line",
    "origin_record", FILE,
)  # fmt: skip
"""Columns of a file of certificates: one row a distinct statement (``form`` record) or certificate (``form`` file)."""

_SEPARATED = ", ".join(f"coalesce({name}::VARCHAR, chr(30))" for name in ("id", "source", *STATED))
_SAID = f"""
SELECT content, any_value(COLUMNS(* EXCLUDE (content, fuid, first_seen, last_seen, records, {FILE}))),
    min(fuid) AS fuid, min(first_seen) AS first_seen, max(last_seen) AS last_seen, min({FILE}) AS {FILE}
FROM (SELECT *, substr(sha256(concat_ws(chr(31), {_SEPARATED})), 1, 32) AS content
    FROM read_parquet($paths) WHERE id IS NOT NULL)
WHERE content NOT IN (SELECT content FROM known) GROUP BY content ORDER BY min({FILE}), content
"""  # noqa: S608 - fixed names
_FILES = f"""
SELECT content, any_value(form) AS form, first(der ORDER BY {FILE}, origin_record) AS der,
    first(source ORDER BY {FILE}, origin_record) AS source,
    first(origin_file ORDER BY {FILE}, origin_record) AS origin_file,
    first(origin_line ORDER BY {FILE}, origin_record) AS origin_line,
    first(origin_record ORDER BY {FILE}, origin_record) AS origin_record, min({FILE}) AS {FILE}
FROM (SELECT *, form[1] || sha256(der) AS content FROM read_parquet($paths))
WHERE content NOT IN (SELECT content FROM known) GROUP BY content ORDER BY min({FILE}), min(origin_record)
"""  # noqa: S608 - fixed names


class Anew:
    """Adds certificates that a lake does not know yet."""

    def __init__(self, writer: Writer, staging: Path) -> None:
        self.writer = writer
        self.staging = staging

    def add(self, said: Sequence[Written]) -> list[TableFile]:
        """The files to commit with what is new in these statements and certificates."""
        with Session() as session:
            known = [str(self.writer.folder / path) for path in self.writer.state.certificates]
            if known:
                session.execute("CREATE TABLE known AS SELECT content FROM read_parquet($paths)", {"paths": known})
            else:
                session.execute("CREATE TABLE known (content VARCHAR)")
            tables = [
                *self._rows(session, _SAID, [each.path for each in said if each.table == "statements"], "record"),
                *self._rows(session, _FILES, [each.path for each in said if each.table == "certificates"], "file"),
            ]
        if not tables:
            return []
        table = pa.concat_tables(tables)
        path = self.staging / f"certificates-{self.writer.new_name()}.parquet"
        write_parquet(table, path)
        size = path.stat().st_size
        return [TableFile(self.writer.place(path, CERTIFICATES), table.num_rows, size)]

    def _rows(self, session: Session, query: str, paths: list[str], form: str) -> list[pa.Table]:
        if not paths:
            return []
        table = session.arrow(query, {"paths": paths})
        if not table.num_rows:
            return []
        made = {name: table[name] for name in table.column_names}
        if form == "record":
            made["der"] = pa.array([decode_der(each) for each in made["der"].to_pylist()], pa.binary())
            made["form"] = pa.repeat(pa.scalar(form, pa.string()), table.num_rows)
        else:
            made["id"] = made["sha256"] = pa.array([each[1:] for each in made["content"].to_pylist()], pa.string())
        columns = {
            name: made[name].cast(kind) if name in made else pa.nulls(table.num_rows, kind)
            for name, kind in zip(certificate_schema().names, certificate_schema().types, strict=True)
        }
        return [pa.table(columns)]


def certificate_schema() -> pa.Schema:
    kinds = {"content": pa.string(), "form": pa.string(), "source": pa.string(), FILE: pa.int32()}
    return pa.schema([(name, kinds.get(name) or ARROW[TABLE.column(name).kind]) for name in CERTIFICATE_COLUMNS])


def merged_rejects(writer: Writer, staging: Path, rejects: Sequence[Written]) -> list[TableFile]:
    """All rejects of a commit as one file."""
    table = pa.concat_tables([pq.read_table(each.path) for each in rejects])
    path = staging / f"rejects-{writer.new_name()}.parquet"
    write_parquet(table, path)
    size = path.stat().st_size
    return [TableFile(writer.place(path, REJECTS), table.num_rows, size)]


def schema_file(writer: Writer, staging: Path) -> Stored:
    """A file of events without rows that has all columns, so that any reader of the folder finds them."""
    schema = pa.schema([*((each.name, ARROW[each.kind]) for each in EVENT_TABLE.columns), (FILE, pa.int32())])
    path = staging / "columns.parquet"
    write_parquet(schema.empty_table(), path)
    size = path.stat().st_size
    shape = ShapeInfo("", "", EVENT_TABLE.names())
    return Stored(EventsFile(writer.place(path, f"{EVENTS}/day={UNKNOWN_DAY}"), UNKNOWN_DAY, 0, size, 0), shape)

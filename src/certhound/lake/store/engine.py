"""From a block of text, or from records split with care, to rows of ``events`` and statements on certificates.

Both ways give the same tables. One session works on one thread, so that rows keep the order of the lines that they came
from: a row's line and raw text need not be asked of the engine (:mod:`.arrays`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from certhound.lake import statements as st
from certhound.lake.careful_batches import all_columns, printed, raw_table
from certhound.lake.reading import (
    AGAIN,
    ALL_COLUMNS,
    CERTIFICATE_COLUMNS,
    DERS,
    PREFIX,
    wanted,
)
from certhound.lake.store.arrays import maps, repeated, split_lines
from certhound.lake.store.manifest import ShapeInfo
from certhound.model.columns import CERTIFICATES, EVENTS, Kind
from certhound.query.engines.duckdb import ARROW
from certhound.query.engines.duckdb.errors import NoRoomError
from certhound.query.engines.duckdb.read import PARTS, PATHS
from certhound.query.engines.duckdb.session import EngineError, Session
from certhound.query.engines.duckdb.view import Told, Wanted, distinct_view, segment_view
from certhound.query.plan import Compression, RawBatch, ReadPlan, Segment, Shape
from certhound.query.tree import Column, Expr, Literal

FILE = "lake_file"
"""Column beside those of ``events``: the number of the input in the lake."""

ADDED = ("origin_file", "origin_line", "origin_record", "payload", "fields", "parse_error", "source", "category")
_PLACED = (*ADDED, FILE)

OF_SESSION: Mapping[str, str] = {
    "sha256": "cert_sha256", "sha1": "cert_sha1", "md5": "cert_md5", "fuid": "cert_fuid", "subject": "cert_subject",
    "issuer": "cert_issuer", "not_before": "cert_not_before", "not_after": "cert_not_after", "serial": "cert_serial",
    "sensor_validation": "cert_validation",
}  # fmt: skip
"""What a session states of a certificate that its own columns hold already; more than that is stored apart."""

STATED = tuple(name for name in CERTIFICATE_COLUMNS if name != "fuid")
_VENDOR = "f_"

MAX_PREPARED = 200
"""Shapes whose views a session keeps."""

_OWN_ID = """coalesce(certificate_id, hash_id(c_sha256, c_sha1, c_md5),
    CASE WHEN c_subject IS NOT NULL OR c_serial IS NOT NULL
        THEN names_id(dn_text(c_issuer), c_serial, dn_text(c_subject), c_not_before, c_not_after) END)"""

_SHOWN = [f"dn_text(c_{each}) AS {each}" if each in ("subject", "issuer") else f"c_{each} AS {each}" for each in STATED]
_STATEMENTS = f"""
SELECT {_OWN_ID.replace("certificate_id, ", "", 1)} AS id, fuid, first_seen, last_seen, records,
    {", ".join(_SHOWN)}
FROM $told
"""  # noqa: S608 - fixed names


class DoubtError(Exception):
    """A block holds something that only the careful reader can judge."""


@dataclass(slots=True)
class Rows:
    """Rows of one shape, and the distinct statements that their records make."""

    info: ShapeInfo
    events: pa.Table
    statements: pa.Table | None = None
    ders: pa.Array | None = None


@dataclass(slots=True)
class _Prepared:
    """What a shape needs that is the same for every block: queries over views, and columns that no engine computes."""

    info: ShapeInfo
    views: list[str]
    query: str
    statements: str | None = None
    constants: dict[str, Literal] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)


def new_session(memory: str) -> Session:
    """A session for one thread of work, with the macros of the lake."""
    session = Session(memory=memory, threads=1)
    session.execute("SET preserve_insertion_order = true")
    session.execute(st.MACROS)
    return session


def info_of(shape: Shape) -> ShapeInfo:
    """What a manifest says of rows of a shape."""
    columns = {*shape.mapping, *ADDED}
    if states_apart(shape) and shape.category != "tls":
        columns.add("certificate_id")
    names = tuple(name for name in EVENTS.names() if name in columns)
    names += (AGAIN,) if shape.again is not None else ()
    return ShapeInfo(shape.source, shape.category, names, tuple(sorted(shape.certificate or {})))


def states_apart(shape: Shape) -> bool:
    """Whether what records state of certificates needs a place beside the columns of ``events``."""
    stated = set(shape.certificate or {})
    return bool(stated - set(OF_SESSION)) if shape.category == "tls" else bool(stated)


class Engine:
    """Reads blocks and batches in one session."""

    def __init__(self, memory: str) -> None:
        self.session = new_session(memory)
        self._prepared: list[tuple[Segment, Shape, _Prepared]] = []

    # --- blocks ----------------------------------------------------------------------------------------------------

    def block(self, plan: ReadPlan, path: str, data: bytes, line: int, record: int) -> Rows:
        """Rows of a block of whole lines. ``line`` and ``record``: the numbers of its first one."""
        if plan.segment is None or plan.shape.kinds or plan.shape.again is not None or plan.shape.ders is not None:
            raise DoubtError("no bulk reader for one kind of record")
        if data.find(0) >= 0:
            raise DoubtError("NUL")
        segment = replace(plan.segment, path="", compression=Compression.NONE, first_line=1)
        if segment.hex_escapes and data.find(b"\\") < 0:
            segment = replace(segment, hex_escapes=False)  # then no value need be searched for escapes
        self.session.execute(f"SET VARIABLE {PATHS} = $paths", {"paths": [path]})
        self.session.execute(f"SET VARIABLE {PARTS} = [0]")
        try:
            ready = self._prepare(segment, plan.shape)
            table = self.session.arrow(ready.query)
            statements = self.session.arrow(ready.statements) if ready.statements else None
        except NoRoomError:
            raise  # which is no fault of the file
        except EngineError as error:
            raise DoubtError(str(error)) from error
        lines = split_lines(data)
        if len(lines) - 1 == table.num_rows and data.rfind(segment.comment.encode(), 0, len(data)) >= 0:
            last = lines[len(lines) - 1].as_py()
            lines = lines[: len(lines) - 1] if last.startswith(segment.comment) else lines
        if len(lines) != table.num_rows:
            raise DoubtError(f"{len(lines)} lines where the engine read {table.num_rows} records")
        return Rows(ready.info, _finished(table, ready, plan, lines, line, record), statements)

    def _prepare(self, segment: Segment, shape: Shape) -> _Prepared:
        """What is known of a shape; its views stay in the session, for parsing them takes longer than a small block."""
        for known_segment, known_shape, ready in self._prepared:
            if known_segment == segment and (known_shape is shape or known_shape == shape):
                return ready
        if len(self._prepared) >= MAX_PREPARED:
            self._prepared.clear()
        ready = _prepare(segment, shape, len(self._prepared))
        for view in ready.views:
            self.session.execute(view)
        self._prepared.append((segment, shape, ready))
        return ready

    # --- batches ---------------------------------------------------------------------------------------------------

    def batch(self, plan: ReadPlan, batch: RawBatch) -> Rows:
        """Rows of records that the careful reader split."""
        info, table = info_of(batch.shape), all_columns(self.session, plan, batch)
        statements = None
        if states_apart(batch.shape):
            self.session.register("careful_batch", raw_table(batch))
            self.session.execute(f"SET VARIABLE {PARTS} = [0]")
            self.session.execute(printed("segment_rows", batch, lambda shape: wanted(shape, ALL_COLUMNS)))
            self.session.execute(
                st.STORED_STATEMENTS.replace(
                    "$stated", "(SELECT NULL::VARCHAR AS fuid, NULL::VARCHAR AS id WHERE FALSE)"
                )
            )
            statements = self.session.arrow(_STATEMENTS.replace("$told", "told_rows"))
            if batch.shape.category != "tls":
                ids = self.session.arrow(f"SELECT {_OWN_ID} AS id FROM segment_rows")  # noqa: S608 - fixed names
                table = table.set_column(table.schema.get_field_index("certificate_id"), "certificate_id", ids["id"])
            self.session.unregister("careful_batch")
        ders = None
        if batch.shape.again is not None or batch.shape.ders is not None:
            further = self._further(batch)
            table = table.append_column(AGAIN, further[AGAIN])
            ders = pc.unique(pc.list_flatten(further[DERS])).drop_null()
        return Rows(info, table.select(list(info.columns)), statements, ders)

    def _further(self, batch: RawBatch) -> pa.Table:
        """What records carry that is no column of ``events``."""
        self.session.register("careful_batch", raw_table(batch))
        self.session.execute(f"SET VARIABLE {PARTS} = [0]")
        self.session.execute(printed("further_rows", batch, lambda shape: wanted(shape, (AGAIN, DERS))))
        table = self.session.arrow(f"SELECT {AGAIN}, {DERS} FROM further_rows")  # noqa: S608 - fixed names
        self.session.unregister("careful_batch")
        return table


def _prepare(segment: Segment, shape: Shape, number: int) -> _Prepared:
    """Views with this number in their names, and what is asked of them."""
    info = info_of(shape)
    computed, constants, copies = _columns(shape)
    apart = states_apart(shape)
    own_id = apart and shape.category != "tls"
    if own_id and "certificate_id" not in {each.name for each in computed}:
        computed.append(Wanted("certificate_id", Kind.TEXT, None))
    stated = wanted(shape, [PREFIX + name for name in STATED]) if own_id else []
    vendor = [Wanted(_VENDOR + name, _kind(segment, name), Column(name)) for name in segment.fields]
    rows, told = f"block_rows_{number}", f"told_rows_{number}"
    views = [segment_view(rows, segment, shape.valid, [*computed, *stated, *vendor], several=False)]
    names = [f'"{each.name}"' for each in (*computed, *vendor) if each.name != "certificate_id" or not own_id]
    query = f"SELECT {', '.join([*names, *([f'{_OWN_ID} AS certificate_id'] if own_id else [])])} FROM {rows}"  # noqa: S608
    if apart:
        fuid = (shape.certificate or {}).get("fuid")
        columns = wanted(shape, [PREFIX + name for name in STATED])
        views.append(distinct_view(told, Told(segment, shape, columns, fuid, None, several=False)))
    statements = _STATEMENTS.replace("$told", told) if apart else None
    return _Prepared(info, views, query, statements, constants, copies)


def _columns(shape: Shape) -> tuple[list[Wanted], dict[str, Literal], dict[str, str]]:
    """Columns to compute; those that are the same in every row; those that equal another."""
    computed: list[Wanted] = []
    constants: dict[str, Literal] = {}
    copies: dict[str, str] = {}
    done: list[tuple[Expr, Kind, str]] = []
    for name, expr in shape.mapping.items():
        if name in ADDED:
            continue
        kind = EVENTS.column(name).kind
        same = next((other for known, known_kind, other in done if known_kind is kind and known == expr), None)
        if isinstance(expr, Literal):
            constants[name] = expr
        elif same is not None:
            copies[name] = same
        else:
            computed.append(Wanted(name, kind, expr))
            done.append((expr, kind, name))
    return computed, constants, copies


def _kind(segment: Segment, name: str) -> Kind:
    return next(column.kind for column in segment.columns if column.name == name)


def _finished(table: pa.Table, ready: _Prepared, plan: ReadPlan, lines: pa.Array, line: int, record: int) -> pa.Table:
    """All columns of the shape in their order."""
    count = table.num_rows
    made: dict[str, pa.Array | pa.ChunkedArray] = {
        "origin_file": repeated(plan.file, count),
        "origin_line": pa.arange(line, line + count),
        "origin_record": pa.arange(record, record + count),
        "payload": lines,
        "fields": maps(
            {name.removeprefix(_VENDOR): table[name] for name in table.column_names if _is_vendor(name)}, count
        ),
        "parse_error": pa.nulls(count, pa.string()),
        "source": repeated(plan.shape.source, count),
        "category": repeated(plan.shape.category, count),
    }
    for name, literal in ready.constants.items():
        kind = ARROW[EVENTS.column(name).kind]
        made[name] = (
            pa.repeat(pa.scalar(literal.value, kind), count) if kind != pa.string() else repeated(literal.value, count)
        )
    columns = {name: made[name] if name in made else table[ready.copies.get(name, name)] for name in ready.info.columns}
    return pa.table(columns)


def _is_vendor(name: str) -> bool:
    return name.startswith(_VENDOR) and name not in _EVENT_NAMES


_EVENT_NAMES = frozenset(EVENTS.names())


STATEMENT_SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("fuid", pa.string()), ("first_seen", pa.timestamp("us")),
        ("last_seen", pa.timestamp("us")), ("records", pa.int64()),
        *((name, pa.string() if name == "der" else ARROW[CERTIFICATES.column(name).kind]) for name in STATED),
    ]
)  # fmt: skip
"""A distinct statement about a certificate; ``der`` still in base64."""


def concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of one shape, one behind the other."""
    return pa.concat_tables([_plain(each) for each in tables]) if len(tables) > 1 else tables[0]


def _plain(table: pa.Table) -> pa.Table:
    """Without dictionaries, which differ from table to table."""
    for index, kind in enumerate(table.schema.types):
        if pa.types.is_dictionary(kind):
            table = table.set_column(index, table.schema.names[index], table.column(index).cast(kind.value_type))
    return table

"""SESSION BY: records that belong together get one ``sessionId``, before the query itself runs.

The records that WHERE and the time window let through are read once in the order of their time. Each combination of
values of the listed expressions has its own sessions, so that those of other users do not cut one off. BEGIN and END
act where they *turn* true. Without EXPLICIT a session begins with any record when none is open, and ends when the next
one begins; with it only a record that fits does so. TIMEOUT ends it after a gap, TIMEWINDOW after its whole length.
A record outside of every session has no ``sessionId``. Ids count from 1 in the order in which sessions begin.

Source: IBM's AQL guide, "Grouping related events into sessions" and "Transactional query refinements".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

import pyarrow as pa
from sqlglot import exp

from certhound.model.columns import Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.catalogue import ArielColumn, ArielType, Catalogue
from certhound.qradar.running.select import Lowered, lower_select
from certhound.qradar.running.setting import ORDER, Setting, TableInfo, property_column
from certhound.query import tree as t
from certhound.query.engines.duckdb import DuckDbEngine
from certhound.query.reference import Row, Table
from certhound.query.schema import Schema

NAME = "sessionId"
_HELD = property_column(NAME)
_TABLE = "records in sessions"
_IDS = "session ids"
_SCHEMA = Schema(_IDS, {ORDER: Kind.INT, _HELD: Kind.INT})


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of the records of a database: ``ids`` by the order of the records."""

    info: TableInfo
    of: str
    ids: dict[int, int]

    def register(self, engine: DuckDbEngine) -> None:
        """Make the records with their sessions a table of an engine that has the records."""
        columns = [pa.array(self.ids.keys(), pa.int64()), pa.array(self.ids.values(), pa.int64())]
        engine.register_arrow(_SCHEMA, pa.Table.from_arrays(columns, names=[ORDER, _HELD]))
        order = exp.to_identifier(ORDER, quoted=True)
        joined = (
            exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("e")), exp.column(_HELD, "i", quoted=True))
            .from_(exp.to_table(self.of, alias="e"))
            .join(exp.alias_(exp.Table(this=exp.to_identifier(_IDS, quoted=True)), "i", table=True),
                  using=[order], join_type="left")
        )  # fmt: skip
        engine.register_source(
            self.info.schema, exp.Subquery(this=joined, alias=exp.TableAlias(this=exp.to_identifier("s")))
        )

    def table(self, records: Iterable[Row]) -> Table:
        """The same for the reference evaluator."""
        return Table(self.info.schema, [{**row, _HELD: self.ids.get(row[ORDER])} for row in records])


def with_sessions(setting: Setting, sessions: Sessions) -> Setting:
    """The setting in which the query itself is lowered: its records have a session."""
    column = ArielColumn(NAME, ArielType.LONG, "the session of a record", custom=True)
    catalogue: Catalogue = setting.catalogue.with_properties({NAME.lower(): column})
    return replace(setting, catalogue=catalogue, tables={**setting.tables, sessions.of: sessions.info})


def info_of(info: TableInfo) -> TableInfo:
    """The records of a table with their session."""
    return replace(info, schema=Schema(_TABLE, {**info.schema.columns, _HELD: Kind.INT}))


def question(query: n.Query, session: n.Session, setting: Setting, text: str) -> t.Query:
    """What has to be known of each record: its time, the listed values, whether BEGIN and END hold, its order."""
    named = [each for each in query.items if each.alias is not None and not _of_groups(each.expr)]
    edges = [edge.condition for edge in (session.begin, session.end) if edge is not None]
    asked = [n.Item(expr, f"session {place}") for place, expr in enumerate((session.time, *session.keys, *edges))]
    plain = n.Query(
        (*named, *asked), query.source, where=query.where, window=query.window, span=query.span, text=query.text
    )
    lowered: Lowered = lower_select(plain, setting, text, inner=True)
    columns = [column.internal for column in lowered.columns[len(named) :]]
    items = tuple(t.Item(t.Column(name), name) for name in (*columns, ORDER))
    time = t.Order(t.Column(columns[0]))
    return t.Query(items, lowered.query, order_by=(time, t.Order(t.Column(ORDER), descending=True)))


def _of_groups(expr: n.Expr) -> bool:
    """Whether an item means groups, or the session itself, and so nothing for a single record."""
    from certhound.qradar.catalogue import find_function

    for node in n.walk(expr):
        if isinstance(node, n.Name) and node.text.lower() == NAME.lower():
            return True
        if isinstance(node, n.Call) and (found := find_function(node.name)) is not None and found.aggregate:
            return True
    return False


@dataclass(slots=True)
class _Open:
    """A session that later records may belong to, and what the last record of its values said."""

    number: int | None = None
    first: int = 0
    last: int = 0
    begins: bool = False
    ends: bool = False


def session_ids(batches: Iterable[pa.RecordBatch], session: n.Session) -> dict[int, int]:
    """The session of each record by the record's order; see :func:`question` for the columns."""
    found: dict[int, int] = {}
    states: dict[tuple[object, ...], _Open] = {}
    numbers = count(1)
    for time, key, begins, ends, order in _records(batches, session):
        state = states.setdefault(key, _Open())
        if state.number is not None and _is_over(session, state, time):
            state.number = None
        if _starts(session, state, begins=begins and not state.begins):
            state.number, state.first = next(numbers), time
        if state.number is not None:
            found[order] = state.number
        if ends and not state.ends:
            state.number = None
        state.last, state.begins, state.ends = time, begins, ends
    return found


def _records(
    batches: Iterable[pa.RecordBatch], session: n.Session
) -> Iterator[tuple[int, tuple[object, ...], bool, bool, int]]:
    keys = len(session.keys)
    for batch in batches:
        for time, *rest in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            edges = iter(rest[keys:-1])
            begins = bool(next(edges)) if session.begin is not None else False
            ends = bool(next(edges)) if session.end is not None else False
            key = tuple(tuple(each) if isinstance(each, list) else each for each in rest[:keys])
            yield int(time or 0), key, begins, ends, rest[-1]


def _is_over(session: n.Session, state: _Open, time: int) -> bool:
    if session.timeout is not None and time - state.last >= session.timeout:
        return True
    if session.window is None:
        return False
    number, unit = session.window
    return time - state.first >= number * unit.milliseconds


def _starts(session: n.Session, state: _Open, *, begins: bool) -> bool:
    """Whether a session begins with a record. ``begins``: whether BEGIN turned true with it."""
    if state.number is None:
        return begins or session.begin is None or not session.begin.explicit
    return begins and (session.end is None or not session.end.explicit)

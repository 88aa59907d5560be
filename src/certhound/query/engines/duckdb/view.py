"""Views over what is being read: the mapping of a source printed over raw columns.

Over a segment of a file a view also stands guard: a record that is not whole raises an error in the middle of the
statement, so that nothing doubtful gets through unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.engines.duckdb.forms import TYPES
from certhound.query.engines.duckdb.printer import print_expr
from certhound.query.engines.duckdb.read import (
    BARE,
    FIRST,
    FIRST_BARE,
    FIRST_THERE,
    NUMBER,
    PART,
    PARTS,
    THERE,
    Reader,
    names_of,
    reader,
)
from certhound.query.functions import sql
from certhound.query.plan import Segment, Shape
from certhound.query.schema import Schema
from certhound.query.tree import Call, Column, Expr, IsNull, Literal, Not, columns, rebuild

DOUBTFUL = "certhound: a record that is not whole"

_PLAIN = frozenset({"inet_text", "hash_id", "record_bool", "record_int"})
"""Functions whose arguments never hold an escape where they mean anything, so that none need be looked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One column of a view: its name and type, and the expression that fills it (None where nothing does)."""

    name: str
    kind: Kind
    expr: Expr | None


def segment_view(name: str, segment: Segment, valid: Expr, wanted: Sequence[Wanted], *, several: bool) -> str:
    """``CREATE VIEW``: the wanted columns of every record of the files, and ``part``; or an error."""
    raw = _Raw(segment, [valid, *(each.expr for each in wanted if each.expr is not None)], several)
    part = _as(raw.reader.part(), PART)
    select = raw.guarded(valid, [part, *raw.values()]).subquery("raw")
    return _create(name, exp.select(_column(PART), *raw.items(wanted)).from_(select))


@dataclass(frozen=True, slots=True)
class Told:
    """Statements about certificates in files of one shape. ``wanted``: what they state.

    ``fuid`` gives the file id, by which no two statements differ; ``stated`` names a table (fuid, id) of what other
    records tell of file ids.
    """

    segment: Segment
    shape: Shape
    wanted: Sequence[Wanted]
    fuid: Expr | None
    stated: str | None
    several: bool


def distinct_view(name: str, told: Told) -> str:
    """``CREATE VIEW``: each distinct statement about a certificate, mapped once for all records that make it.

    Beside the wanted columns stand ``part``, ``key`` (a hash of the statement), ``stated_id``, ``fuid`` (the first in
    order), ``first_seen``, ``last_seen`` and ``records``.
    """
    raw = _Raw.of(told)
    inner = exp.select(
        _as(sql.call("any_value", _column(PART)), PART),
        _column("key"),
        _as(sql.call("any_value", _column("stated_id")), "stated_id"),
        _as(sql.call("min", _column("fuid")), "fuid"),
        _as(sql.call("min", _column("time")), "first_seen"),
        _as(sql.call("max", _column("time")), "last_seen"),
        _as(exp.Count(this=exp.Star()), "records"),
        *(_as(sql.call("any_value", _column(base)), base) for base in raw.bases()),
    )
    inner = inner.from_(raw.statements(told).subquery("told")).group_by(_column("key"))
    kept = [PART, "key", "stated_id", "fuid", "first_seen", "last_seen", "records"]
    decoded = exp.select(*map(_column, kept), *raw.values()).from_(inner.subquery("grouped"))
    return _create(name, exp.select(*map(_column, kept), *raw.items(told.wanted)).from_(decoded.subquery("raw")))


def fuid_view(name: str, told: Told) -> str:
    """``CREATE VIEW``: for each record its ``fuid`` and the ``key`` that the distinct view gives its statement."""
    statements = _Raw.of(told).statements(told)
    return _create(name, exp.select(_column("fuid"), _column("key")).from_(statements.subquery("told")))


@dataclass(frozen=True, slots=True)
class Grouped:
    """Records of files of one shape, to be grouped by what they say and mapped once a group.

    ``wanted``: the columns; ``singly``: those of them that are given record by record. ``fuid`` gives a file id, which
    ``ids`` (a table of fuid and hashed) resolves; what depends on its raw column goes record by record, too.
    """

    segment: Segment
    shape: Shape
    wanted: Sequence[Wanted]
    singly: frozenset[str]
    fuid: Expr | None
    ids: str
    several: bool


def records_view(name: str, grouped: Grouped) -> str:
    """``CREATE VIEW``: one row a record: ``part``, what is given singly, ``by_fuid``, the reader's columns, ``key``.

    The key is a hash of all that is not given singly: records with one key say the same.
    """
    raw, joined, bases = _parts_of(grouped)
    singly = [each for each in grouped.wanted if each.name in grouped.singly]
    fuid = Wanted("fuid", Kind.TEXT, grouped.fuid)
    items = [_as(raw.reader.part(), PART), *(raw.direct_item(each) for each in [*singly, *joined, fuid])]
    items += [_as(_column(base), alias) for base, alias in bases.items()]
    rows = raw.guarded(grouped.shape.valid, items).subquery("rows")
    said = [*(each.name for each in joined), *bases.values()]
    by_fuid = sql.cast(exp.Null(), "UBIGINT") if grouped.fuid is None else exp.column("hashed", table="ids")
    key = sql.call("hash", by_fuid.copy(), *map(_column, said))
    names = [PART, *(each.name for each in singly), *said]
    select = exp.select(*map(_column, names), _as(by_fuid, "by_fuid"), _as(key, "key")).from_(rows)
    if grouped.fuid is not None:
        on = exp.EQ(this=exp.column("fuid", table="ids"), expression=exp.column("fuid", table="rows"))
        select = select.join(exp.to_table(grouped.ids).as_("ids"), on=on, join_type="left")
    return _create(name, select)


def said_of(grouped: Grouped) -> tuple[list[str], list[str]]:
    """Names in the records view of what a group says: those of any type, and the reader's columns that are texts."""
    raw, joined, bases = _parts_of(grouped)
    texts = {alias for base, alias in bases.items() if raw.reader.is_text(base)}
    return [*(each.name for each in joined), *(alias for alias in bases.values() if alias not in texts)], sorted(texts)


def groups_view(name: str, source: str, kept: Sequence[str], grouped: Grouped) -> str:
    """``CREATE VIEW``: the wanted columns over a table of groups, beside columns of it that are ``kept``."""
    raw, joined, bases = _parts_of(grouped)
    own = {each.name for each in joined} | grouped.singly
    items = [each for each in grouped.wanted if each.name not in own]
    raw.reader.physical = {name: bases[base] for name, base in raw.reader.physical.items() if base in bases}
    raw.names = raw.raw_names([each.expr for each in items if each.expr is not None])
    names = list(map(_column, [*kept, *(each.name for each in joined)]))
    decoded = exp.select(*names, *raw.values()).from_(exp.to_table(source)).subquery("raw")
    return _create(name, exp.select(*(each.copy() for each in names), *raw.items(items)).from_(decoded))


def _parts_of(grouped: Grouped) -> tuple[_Raw, list[Wanted], dict[str, str]]:
    """The raw columns; what hangs on the file id; the reader's columns of what is grouped, each with an alias."""
    filled = [each for each in grouped.wanted if each.expr is not None]
    further = [grouped.shape.valid, *([grouped.fuid] if grouped.fuid is not None else [])]
    raw = _Raw(grouped.segment, [*(each.expr for each in filled if each.expr is not None), *further], grouped.several)
    apart = set() if grouped.fuid is None else raw.bases_of([grouped.fuid])
    rest = [each for each in filled if each.name not in grouped.singly]
    joined = [each for each in rest if each.expr is not None and apart & raw.bases_of([each.expr])]
    bases = raw.bases_of([each.expr for each in rest if each.expr is not None and each not in joined])
    return raw, joined, {base: f"b{number}" for number, base in enumerate(sorted(bases))}


def table_view(
    name: str, source: str, raw: Mapping[str, Kind], wanted: Sequence[Wanted], *, own_part: bool = False
) -> str:
    """``CREATE VIEW``: the wanted columns over a table of raw columns; ``own_part``: it has ``part``, too."""
    schema = Schema("raw", dict(raw))
    items = [_item(each, each.expr, schema) for each in wanted]
    part = _column(PART) if own_part else _as(_first_part(), PART)
    return _create(name, exp.select(part, *items).from_(exp.to_table(source)))


def parquet_view(name: str, paths: Sequence[str], wanted: Sequence[str], *, own_part: bool = False) -> str:
    """``CREATE VIEW``: columns that were stored under their own names; ``own_part``: ``part``, too."""
    source = sql.call("read_parquet", sql.array(*(sql.text(path) for path in paths)))
    part = _column(PART) if own_part else _as(_first_part(), PART)
    return _create(name, exp.select(part, *map(_column, wanted)).from_(source))


def _first_part() -> exp.Expression:
    return sql.call("list_extract", sql.call("getvariable", sql.text(PARTS)), sql.number(1))


class _Raw:
    """Expressions over the raw columns of a segment, and the selects that bring them up from the reader."""

    def __init__(self, segment: Segment, exprs: Sequence[Expr], several: bool) -> None:
        self.kinds = {column.name: column.kind for column in segment.columns}
        self.schema = Schema("raw", {name: kind for each in segment.columns for name, kind in names_of(each).items()})
        self.names = self.raw_names(exprs)
        self.reader: Reader = reader(segment, self.names, several=several)

    @classmethod
    def of(cls, told: Told) -> _Raw:
        stated = [each.expr for each in told.wanted if each.expr is not None]
        further = [told.shape.valid, told.fuid, told.shape.mapping.get("time")]
        raw = cls(told.segment, [*stated, *(each for each in further if each is not None)], told.several)
        raw.names = raw.raw_names(stated)
        return raw

    def raw_names(self, exprs: Sequence[Expr]) -> list[str]:
        return sorted(set().union(*(columns(narrow(each, self.kinds)) for each in exprs)))

    def items(self, wanted: Sequence[Wanted]) -> list[exp.Expression]:
        return [_item(each, each.expr and narrow(each.expr, self.kinds), self.schema) for each in wanted]

    def values(self) -> list[exp.Expression]:
        """Every raw column that the expressions read, under the name by which they call it."""
        return [_as(self.reader.value(name), name) for name in self.names]

    def bases(self) -> list[str]:
        """The reader's own columns behind them."""
        return sorted({self.reader.physical[self.reader.columns[name].name] for name in self.names})

    def bases_of(self, exprs: Sequence[Expr]) -> set[str]:
        """The reader's own columns behind these expressions."""
        return {self.reader.physical[self.reader.columns[name].name] for name in self.raw_names(exprs)}

    def direct(self, expr: Expr) -> exp.Expression:
        """An expression over the reader's own columns."""
        shown = print_expr(narrow(expr, self.kinds), self.schema)

        def fill(each: exp.Expression) -> exp.Expression:
            is_raw = isinstance(each, exp.Column) and each.name in self.reader.columns
            return sql.paren(self.reader.value(each.name)) if is_raw else each

        return shown.transform(fill)

    def direct_item(self, each: Wanted) -> exp.Expression:
        """A column over the reader's own columns."""
        return _as(sql.cast(exp.Null() if each.expr is None else self.direct(each.expr), TYPES[each.kind]), each.name)

    def guarded(self, valid: Expr, items: Sequence[exp.Expression]) -> exp.Select:
        """A select from the reader that raises an error at a record that is not whole."""
        whole: exp.Expression = sql.paren(self.direct(valid))
        for each in self.reader.whole:
            whole = exp.And(this=whole, expression=each.copy())
        guard = exp.Case().when(whole, exp.true())
        if self.reader.comment is not None:
            guard = guard.when(self.reader.comment.copy(), exp.false())
        guard = guard.else_(sql.cast(sql.call("error", sql.text(DOUBTFUL)), "BOOLEAN"))
        return exp.select(*items).from_(self.reader.table).where(guard)

    def statements(self, told: Told) -> exp.Select:
        """One row a record: ``part``, ``time``, ``fuid``, ``stated_id``, ``key``, and the reader's own columns."""
        time, bases = told.shape.mapping.get("time"), self.bases()
        fuid = exp.Null() if told.fuid is None else self.direct(told.fuid)
        shown = exp.Null() if time is None else self.direct(time)
        items = [
            _as(self.reader.part(), PART),
            _as(sql.cast(shown, TYPES[Kind.TIME]), "time"),
            _as(sql.cast(fuid, sql.VARCHAR), "fuid"),
            *map(_column, bases),
        ]
        rows = self.guarded(told.shape.valid, items).subquery("rows")
        stated: exp.Expression = sql.cast(exp.Null(), sql.VARCHAR)
        if told.stated is not None:
            stated = exp.column("id", table="stated")
        key = sql.call("hash", stated.copy(), *map(_column, bases))
        columns_ = [exp.column(name, table="rows", quoted=True) for name in (PART, "time", "fuid", *bases)]
        select = exp.select(*columns_, _as(stated, "stated_id"), _as(key, "key")).from_(rows)
        if told.stated is not None:
            on = exp.EQ(this=exp.column("fuid", table="stated"), expression=exp.column("fuid", table="rows"))
            select = select.join(exp.to_table(told.stated).as_("stated"), on=on, join_type="left")
        return select


def narrow(expr: Expr, kinds: Mapping[str, Kind]) -> Expr:
    """The expression over the cheapest forms of the raw columns that mean the same."""

    def change(node: Expr) -> Expr:
        match node:
            case Call("list_element", (Column(name=name), Literal(value=0))) if kinds.get(name) is Kind.LIST:
                return Column(name + FIRST)
            case Call("record_time", (Column(name=name),)) if name in kinds:
                return Call("record_time_read", (Column(name + BARE), Column(name + NUMBER)))
            case Call("is_epoch", (Column(name=name),)) if name in kinds:
                return Not(IsNull(Column(name + NUMBER)))
            case Call(function, (Column(name=name),)) if function in _PLAIN:
                return Call(function, (Column(_bare(name, kinds)),))
            case IsNull(Column(name=name)) if name in kinds:
                return Not(Column(name + THERE))
            case IsNull(Column(name=name)) if name.removesuffix(FIRST) in kinds:
                return Not(Column(name.removesuffix(FIRST) + FIRST_THERE))
            case _:
                return node

    return rebuild(expr, change)


def _bare(name: str, kinds: Mapping[str, Kind]) -> str:
    if kinds.get(name) is Kind.TEXT:
        return name + BARE
    is_first = name.endswith(FIRST) and kinds.get(name.removesuffix(FIRST)) is Kind.LIST
    return name.removesuffix(FIRST) + FIRST_BARE if is_first else name


def _item(each: Wanted, expr: Expr | None, schema: Schema) -> exp.Expression:
    shown = exp.Null() if expr is None else print_expr(expr, schema)
    return _as(sql.cast(shown, TYPES[each.kind]), each.name)


def _as(node: exp.Expression, name: str) -> exp.Expression:
    return exp.Alias(this=node, alias=exp.to_identifier(name, quoted=True))


def _column(name: str) -> exp.Expression:
    return exp.column(name, quoted=True)


def _create(name: str, select: exp.Select) -> str:
    statement = exp.Create(this=exp.to_table(name), kind="VIEW", expression=select, replace=True)
    return statement.sql(dialect="duckdb")

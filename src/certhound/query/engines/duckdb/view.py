"""A view over what is being read: the mapping of a source printed over raw columns.

Over a segment of a file the view also stands guard: a record that is not whole raises an error in the middle of the
statement, so that nothing doubtful gets through unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.engines.duckdb.forms import TYPES
from certhound.query.engines.duckdb.printer import print_expr
from certhound.query.engines.duckdb.read import COMMENT, FIRST, SHORT, relation
from certhound.query.engines.duckdb.session import Session
from certhound.query.functions import sql
from certhound.query.plan import Segment
from certhound.query.schema import Schema
from certhound.query.tree import Call, Column, Expr, Literal, columns, rebuild

DOUBTFUL = "certhound: a record that is not whole"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One column of a view: its name and type, and the expression that fills it (None where nothing does)."""

    name: str
    kind: Kind
    expr: Expr | None


def view_over_segment(session: Session, name: str, segment: Segment, valid: Expr, wanted: Sequence[Wanted]) -> None:
    """``CREATE VIEW name``: the wanted columns of a file, each record of which is whole, or an error."""
    kinds = {column.name: column.kind for column in segment.columns}
    first = {column.name + FIRST: Kind.TEXT for column in segment.columns if column.kind is Kind.LIST}
    schema = Schema("raw", {**kinds, **first})
    items = [Wanted(each.name, each.kind, each.expr and _only_first(each.expr, kinds)) for each in wanted]
    valid = _only_first(valid, kinds)
    raw = columns(valid).union(*(columns(each.expr) for each in items if each.expr is not None))
    whole = exp.And(this=sql.paren(print_expr(valid, schema)), expression=exp.Not(this=_column(SHORT)))
    guard = (
        exp.Case()
        .when(_column(COMMENT), exp.false())
        .when(whole, exp.true())
        .else_(sql.cast(sql.call("error", sql.text(DOUBTFUL)), "BOOLEAN"))
    )
    select = exp.select(*_items(items, schema)).from_(relation(segment, raw).subquery("raw")).where(guard)
    _create(session, name, select)


def view_over_table(
    session: Session, name: str, source: str, raw: Mapping[str, Kind], wanted: Sequence[Wanted]
) -> None:
    """``CREATE VIEW name``: the wanted columns over a registered table of carefully split records."""
    select = exp.select(*_items(wanted, Schema("raw", dict(raw)))).from_(exp.to_table(source))
    _create(session, name, select)


def view_over_parquet(session: Session, name: str, paths: Sequence[str], wanted: Sequence[Wanted]) -> None:
    """``CREATE VIEW name``: columns that were stored under their own names."""
    reader = sql.call("read_parquet", sql.array(*(sql.text(path) for path in paths)))
    select = exp.select(*(_column(each.name) for each in wanted)).from_(reader)
    _create(session, name, select)


def _only_first(expr: Expr, kinds: Mapping[str, Kind]) -> Expr:
    """Element 0 of a list column as a column of its own, so that the reader need not split whole lists."""

    def narrow(node: Expr) -> Expr:
        match node:
            case Call("list_element", (Column(name=name), Literal(value=0))) if kinds.get(name) is Kind.LIST:
                return Column(name + FIRST)
            case _:
                return node

    return rebuild(expr, narrow)


def _items(wanted: Sequence[Wanted], schema: Schema) -> list[exp.Expression]:
    return [
        exp.alias_(
            sql.cast(exp.Null() if each.expr is None else print_expr(each.expr, schema), TYPES[each.kind]),
            each.name,
            quoted=True,
        )
        for each in wanted
    ]


def _column(name: str) -> exp.Expression:
    return exp.column(name, quoted=True)


def _create(session: Session, name: str, select: exp.Select) -> None:
    statement = exp.Create(this=exp.to_table(name), kind="VIEW", expression=select, replace=True)
    session.execute(statement.sql(dialect="duckdb"))

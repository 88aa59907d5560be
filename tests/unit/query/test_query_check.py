"""The checker tells all faults at once, each with its place and the nearest names."""

from __future__ import annotations

import pytest

from certhound.model.columns import EVENTS, Kind
from certhound.model.errors import ErrorList
from certhound.query.check import QueryError, Source, check, check_expr
from certhound.query.schema import Schema
from certhound.query.tree import (
    MAX_DEPTH,
    And,
    Call,
    Column,
    Compare,
    Expr,
    In,
    Item,
    Like,
    Literal,
    Match,
    Not,
    Op,
    Order,
    Query,
    Regex,
    Span,
    SubQuery,
    Wild,
)

EVENTS_SCHEMA = Schema.of(EVENTS, {"trait_x": Kind.BOOL})
TABLES = {"events": EVENTS_SCHEMA}


def text(value: str) -> Literal:
    return Literal(value, Kind.TEXT)


def faults(query: Query) -> list[QueryError]:
    with pytest.raises(ErrorList) as refused:
        check(query, TABLES)
    return [error for error in refused.value.errors if isinstance(error, QueryError)]


def select(*exprs: Expr, **clauses: object) -> Query:
    return Query(tuple(Item(expr, f"c{n}") for n, expr in enumerate(exprs)), "events", **clauses)  # type: ignore[arg-type]


def test_all_faults_with_places() -> None:
    source = Source("snii = 'a'\nand lowr(sni) = 'b'", "rule.yml")
    expr = And(
        (
            Compare(Op.EQ, Column("snii", span=Span(0, 4)), text("a")),
            Compare(Op.EQ, Call("lowr", (Column("sni"),), span=Span(15, 24)), text("b")),
        )
    )
    with pytest.raises(ErrorList) as refused:
        check_expr(expr, EVENTS_SCHEMA, source=source)
    shown = str(refused.value)
    assert "rule.yml:1:1 error[unknown-column] table events has no column 'snii'" in shown
    assert "did you mean sni" in shown
    assert "rule.yml:2:5 error[unknown-function] there is no function 'lowr'" in shown
    assert "and lowr(sni) = 'b'\n        ^^^^^^^^^" in shown


def test_types_of_a_result() -> None:
    query = select(Column("sni"), Call("count", ()), Call("avg", (Column("dst_port"),)), group_by=(Column("sni"),))
    assert check(query, TABLES).columns == {"c0": Kind.TEXT, "c1": Kind.INT, "c2": Kind.DOUBLE}
    outer = Query((Item(Call("max", (Column("c1"),)), "most"),), query)
    assert check(outer, TABLES).columns == {"most": Kind.INT}
    assert check_expr(Column("trait_x"), EVENTS_SCHEMA) is Kind.BOOL


CASES = [
    (select(Column("sni"), Call("count", ())), "ungrouped"),
    (select(Call("sum", (Call("count", ()),))), "aggregate"),
    (select(Column("sni"), where=Compare(Op.GT, Call("count", ()), Literal(1, Kind.INT))), "aggregate"),
    (select(Column("sni"), having=Column("tls_resumed")), "having"),
    (select(Column("fields"), order_by=(Order(Column("fields")),)), "type"),
    (select(Call("count", ()), group_by=(Column("fields"),)), "type"),
    (Query((Item(Column("sni"), "x"), Item(Column("url"), "X")), "events"), "duplicate-name"),
    (Query((Item(Column("sni"), "x"),), "event"), "unknown-table"),
    (Query((), "events"), "items"),
    (select(Column("sni"), limit=-1), "limit"),
    (select(In(Column("sni"), SubQuery(select(Column("sni"), Column("url"))))), "sub-query"),
    (select(Match(Column("sni"), Regex("a(?=b)"))), "regex-not-portable"),
    (select(Match(Column("sni"), Regex("A"), fold=True)), "regex-not-portable"),
    (select(Match(Column("sni"), Like(("\ud800", Wild.ANY)))), "literal"),
    (select(text("\udfff")), "literal"),
    (select(Literal(2**63, Kind.INT)), "literal"),
    (select(Literal("x", Kind.INT)), "literal"),
    (select(Literal(True, Kind.INT)), "literal"),
    (select(Literal(float("nan"), Kind.DOUBLE)), "literal"),
    (select(Literal("ten", Kind.INET)), "literal"),
]


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_refused(query: Query, expected: str) -> None:
    assert expected in [fault.check for fault in faults(query)]


def test_depth_is_bounded_and_reached() -> None:
    expr: Expr = Column("tls_resumed")
    for _ in range(MAX_DEPTH - 1):
        expr = Not(expr)
    assert check_expr(expr, EVENTS_SCHEMA) is Kind.BOOL
    with pytest.raises(ErrorList, match="150 deep"):
        check_expr(Not(expr), EVENTS_SCHEMA)


def test_depth_counts_through_sub_queries() -> None:
    query = select(Column("sni"))
    for _ in range(200):
        query = select(Column("sni"), where=In(Column("sni"), SubQuery(query)))
    assert [fault.check for fault in faults(query)] == ["depth"]
    nested = select(Column("sni"))
    for _ in range(3000):
        nested = Query((Item(Column("c0"), "c0"),), nested)
    assert [fault.check for fault in faults(nested)] == ["depth"]

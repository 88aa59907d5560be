"""The DuckDB engine: what it prints, how it sees tables, and what a query can never reach."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from certhound.model.columns import EVENTS, Kind
from certhound.query import reference
from certhound.query.engines.duckdb import DuckDbEngine, Settings, connect, predicates_query
from certhound.query.schema import Schema
from certhound.query.tree import (
    MAX_DEPTH,
    And,
    Call,
    Case,
    Cast,
    Column,
    Compare,
    Expr,
    In,
    IsTrue,
    Item,
    Like,
    Literal,
    Match,
    Not,
    Op,
    Or,
    Order,
    Query,
    Wild,
)

SCHEMA = Schema.of(EVENTS)
ROWS: list[dict[str, Any]] = [
    {"origin_line": 1, "sni": "www.Example.com", "dst_port": 443, "dst_ip": "10.0.0.1", "tls_established": True},
    {"origin_line": 2, "sni": "localhost", "dst_port": 8443, "dst_ip": "2001:db8::1", "tls_established": True},
    {"origin_line": 3, "dst_port": 443, "tls_established": True},
]


def text(value: str) -> Literal:
    return Literal(value, Kind.TEXT)


def has(part: str, fold: bool = True) -> Match:
    return Match(Column("sni"), Like((Wild.ANY, part, Wild.ANY)), fold)


@pytest.fixture
def engine() -> DuckDbEngine:
    made = DuckDbEngine(Settings(threads=1))
    made.register_rows(SCHEMA, ROWS)
    return made


def test_sql_is_readable(engine: DuckDbEngine) -> None:
    query = Query(
        (Item(Column("sni"), "name"), Item(Call("count", ()), "n")),
        "events",
        And((has("Example"), Compare(Op.EQ, Column("dst_port"), Literal(443, Kind.INT)))),
        (Column("sni"),),
        order_by=(Order(Call("count", ()), descending=True, nulls_first=False),),
        limit=10,
    )
    flat = " ".join(engine.explain(query).split())
    assert flat == (
        'SELECT "sni" AS "name", COUNT(*) AS "n" FROM "events" '
        'WHERE ( contains(lower("sni"), \'example\') AND ( "dst_port" = 443 ) ) '
        'GROUP BY "sni" ORDER BY ( COUNT(*) ) DESC LIMIT 10'
    ), flat
    assert list(engine.rows(query)) == [{"name": "www.Example.com", "n": 1}]


def test_predicates_in_one_pass(engine: DuckDbEngine) -> None:
    predicates: dict[str, Expr] = {
        "dotless": And((Column("tls_established"), Not(IsTrue(has("."))))),
        "example": has("EXAMPLE"),
        "unknown": Compare(Op.EQ, Column("url"), text("x")),
    }
    rows = engine.run_predicates("events", predicates, ["origin_line"]).read_all().to_pylist()
    assert sorted(rows, key=lambda row: row["origin_line"]) == [
        {"origin_line": 1, "dotless": False, "example": True, "unknown": False},
        {"origin_line": 2, "dotless": True, "example": False, "unknown": False},
        {"origin_line": 3, "dotless": True, "example": False, "unknown": False},
    ]
    assert predicates_query(SCHEMA, predicates, ["origin_line"]).count("FROM") == 1
    assert engine.run_predicates("events", {}, ["origin_line"]).read_all().num_rows == 0


def test_a_thousand_alternatives(engine: DuckDbEngine) -> None:
    many = Or(tuple(has(f"name{number}") for number in range(3000)))
    options = In(Column("sni"), tuple(text(f"n{number}") for number in range(3000)))
    query = Query((Item(Column("origin_line"), "n"),), "events", Or((many, options, has("example"))))
    assert list(engine.rows(query)) == [{"n": 1}]


def nests() -> list[Expr]:
    truth: Expr = Column("tls_established")
    words: Expr = Column("sni")
    address: Expr = Column("dst_ip")
    chosen: Expr = Column("tls_established")
    for _ in range(MAX_DEPTH // 2 - 2):
        truth = Not(IsTrue(truth))
        words = Call("substring", (Column("sni"), Call("length", (words,)), Literal(3, Kind.INT)))
    for _ in range(MAX_DEPTH // 3 - 1):
        address = Call("coalesce", (Cast(Cast(address, Kind.TEXT), Kind.INET), Column("src_ip")))
        chosen = Compare(Op.EQ, Case(((chosen, Column("dst_ip")),), Column("src_ip")), text("10.0.0.1"))
    return [truth, words, address, chosen]


@pytest.mark.parametrize("expr", nests(), ids=["logic", "calls", "addresses", "cases"])
def test_deep_expressions_stay_small(engine: DuckDbEngine, expr: Expr) -> None:
    query = Query((Item(expr, "x"),), "events", order_by=(Order(Column("origin_line")),))
    assert len(engine.sql(query)) < 100_000
    assert list(engine.rows(query)) == reference.run(query, {"events": reference.Table(SCHEMA, ROWS)})


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE events; --", 'a"b', "\\", "\x00", "a\nb", "$$", "{}", "%s", "?", "é😀"]
)
def test_hostile_literals_and_names(value: str) -> None:
    schema = Schema("t", {value: Kind.TEXT} if "\x00" not in value else {"x": Kind.TEXT})
    name = next(iter(schema.columns))
    with DuckDbEngine(Settings(threads=1)) as engine:
        engine.register_rows(schema, [{name: value}])
        query = Query((Item(Column(name), name),), "t", Compare(Op.EQ, Column(name), text(value)))
        assert list(engine.rows(query)) == [{name: value}]


def test_an_output_name_may_hide_a_column(engine: DuckDbEngine) -> None:
    query = Query(
        (Item(Call("subtract", (Literal(0, Kind.INT), Column("origin_line"))), "origin_line"),),
        "events",
        order_by=(Order(Column("origin_line")),),
    )
    assert [row["origin_line"] for row in engine.rows(query)] == [-1, -2, -3]


def test_tables_get_the_types_of_their_schema(tmp_path: Path) -> None:
    moment = datetime(2024, 2, 29, 10, tzinfo=UTC)
    table = pa.table(
        {"time": pa.array([moment], pa.timestamp("us", "Europe/Paris")), "dst_port": pa.array([443], pa.int16())}
    )
    pq.write_table(table, tmp_path / "a [1].parquet")
    query = Query((Item(Column("time"), "t"), Item(Column("dst_port"), "p"), Item(Column("cert_san"), "s")), "events")
    with DuckDbEngine(Settings(threads=1)) as engine:
        engine.register_arrow(SCHEMA, table)
        assert list(engine.rows(query)) == [{"t": moment.replace(tzinfo=None), "p": 443, "s": None}]
        engine.register_parquet(SCHEMA, [str(tmp_path / "a [[]1].parquet")])
        assert list(engine.rows(query)) == [{"t": moment.replace(tzinfo=None), "p": 443, "s": None}]
        assert engine.run(query).schema.field("t").type == pa.timestamp("us")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('{folder}/secret.txt')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SELECT * FROM secret_rows",
    ],
)
def test_untrusted_queries_cannot_reach_out(tmp_path: Path, statement: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    secret_rows = pa.table({"a": [1]})
    connection = connect(Settings(threads=1, untrusted=True))
    with pytest.raises(duckdb.Error):
        connection.execute(statement.replace("{folder}", str(tmp_path))).fetchall()
    assert secret_rows.num_rows == 1


def test_untrusted_queries_may_read_named_folders(tmp_path: Path) -> None:
    lake, other = tmp_path / "lake", tmp_path / "other"
    for folder in (lake, other):
        folder.mkdir()
        pq.write_table(pa.table({"origin_line": [7]}), folder / "a.parquet")
    query = Query((Item(Column("origin_line"), "n"),), "events")
    with DuckDbEngine(Settings(threads=1, untrusted=True, readable=(lake,))) as engine:
        engine.register_parquet(SCHEMA, [str(lake / "*.parquet")])
        assert list(engine.rows(query)) == [{"n": 7}]
        with pytest.raises(duckdb.Error):
            engine.register_parquet(SCHEMA, [str(other / "*.parquet")])

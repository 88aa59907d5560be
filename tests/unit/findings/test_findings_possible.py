"""What a rule could find is never less than what it finds, whoever the clients turn out to be."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from certhound.findings.possible import OPEN, could_hold
from certhound.lake.build import open_lake
from certhound.lake.clients import count_clients
from certhound.lake.tables import build_tables
from certhound.model.columns import CONTACTS, Kind
from certhound.model.profile import Profile
from certhound.query.reference import evaluate
from certhound.query.schema import Schema
from certhound.query.tree import TRUE, And, Column, Compare, Expr, IsNull, IsTrue, Literal, Not, Op, Or, columns
from certhound.rules import load_rules
from certhound.rules.schema import table_columns

SCHEMA = Schema("contacts", {name: column.kind for name, column in table_columns("contacts").items()})
ATOMS: list[Expr] = [
    Compare(Op.LE, Column("clients"), Literal(2, Kind.INT)),
    Compare(Op.GT, Column("certificate_clients"), Literal(5, Kind.INT)),
    IsNull(Column("interval_mad_s")),
    Compare(Op.GE, Column("sessions"), Literal(10, Kind.INT)),
    Column("port_is_usual"),
    Compare(Op.EQ, Column("name"), Literal("a", Kind.TEXT)),
]
VALUES = {
    "clients": (None, 1, 3), "certificate_clients": (None, 1, 9), "interval_mad_s": (None, 0.5),
    "sessions": (None, 3, 40), "port_is_usual": (None, True, False), "name": (None, "a", "b"),
}  # fmt: skip


def expression(choose: random.Random, depth: int) -> Expr:
    if depth == 0:
        return choose.choice(ATOMS)
    inner = [expression(choose, depth - 1) for _ in range(choose.randint(1, 3))]
    made: list[Expr] = [
        And(tuple(inner)), Or(tuple(inner)), Not(inner[0]), IsTrue(inner[0]), Not(IsTrue(inner[0])),
    ]  # fmt: skip
    return choose.choice(made)


@pytest.mark.parametrize("seed", range(300))
def test_what_holds_could_hold(seed: int) -> None:
    choose = random.Random(seed)
    expr = expression(choose, choose.randint(1, 4))
    open_expr = could_hold(expr, CONTACTS.name)
    assert not columns(open_expr) & OPEN[CONTACTS.name]
    for _ in range(40):
        row = {name: choose.choice(values) for name, values in VALUES.items()}
        if evaluate(expr, SCHEMA, row) is True:
            assert evaluate(open_expr, SCHEMA, row) is True, (expr, open_expr, row)


def test_what_is_known_stays_a_condition() -> None:
    seen = Compare(Op.GE, Column("sessions"), Literal(10, Kind.INT))
    rare = Compare(Op.LE, Column("clients"), Literal(2, Kind.INT))
    assert could_hold(And((seen, rare)), CONTACTS.name) == And((seen, TRUE))
    assert could_hold(And((seen, Not(IsTrue(rare)))), CONTACTS.name) == And((seen, TRUE))
    assert could_hold(seen, CONTACTS.name) is seen


def test_some_rule_asks_for_clients_and_not_for_them_alone() -> None:
    asking = [rule for rule in load_rules([]).rules if columns(rule.where) & OPEN.get(rule.table, frozenset())]
    assert asking
    for rule in asking:
        assert could_hold(rule.where, rule.table) != TRUE, rule.id


HEADER = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tssl\n"
FIELDS = ("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "version", "server_name", "established",
          "cert_chain_fps", "validation_status")  # fmt: skip


def write_log(path: Path, clients: list[str], certificate: str) -> None:
    lines = [
        f"{1_790_000_000 + 60 * number}.0\tC{number}\t{client}\t50000\t203.0.113.{number % 2}\t443\tTLSv12\t"
        f"www.example\tT\t{certificate}\tself signed certificate"
        for number, client in enumerate(clients)
    ]
    path.write_text(HEADER + "#fields\t" + "\t".join(FIELDS) + "\n" + "\n".join(lines) + "\n")


def test_clients_of_a_certificate_are_counted_once_over_destinations_and_files(tmp_path: Path) -> None:
    certificate = "ab" * 32
    write_log(tmp_path / "ssl.1.log", ["10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3"], certificate)
    write_log(tmp_path / "ssl.2.log", ["10.0.0.1", "10.0.0.4"], certificate.upper())
    lake = open_lake([tmp_path], Profile())
    try:
        build_tables(lake)
        count_clients(lake)
        assert lake.session.execute("SELECT id, clients FROM certificates").fetchall() == [(certificate, 4)]
        found = lake.session.execute("SELECT dst_ip, clients, sessions FROM contacts ORDER BY dst_ip").fetchall()
        assert found == [("203.0.113.0", 2, 3), ("203.0.113.1", 3, 3)]
    finally:
        lake.close()

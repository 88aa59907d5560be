"""Which rules matched which rows: one scan of each table for all rules, and the entities that the rows are about.

First every rule is asked what it could find whoever the clients were; only of that clients are counted, and of that
each rule is asked what it finds. So the second scan is over a few rows.

The engine does the counting. What comes back to Python is one line for each distinct *set* of rules, and later the rows
of the entities that rank highest, so that a hundred thousand findings cost little more than ten.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from certhound.findings.possible import could_hold
from certhound.findings.score import Scored, combine
from certhound.lake import statements as st
from certhound.lake.build import Lake
from certhound.lake.clients import count_clients
from certhound.model.columns import CERTIFICATES, CONTACTS, EVENTS
from certhound.query.engines.duckdb import print_expr, sql_text
from certhound.query.functions import sql
from certhound.query.schema import Schema
from certhound.rules import Rule, RunPlan
from certhound.rules.schema import table_columns

TABLES = """
CREATE TABLE hits (kind VARCHAR, key VARCHAR, rule INTEGER, matched BIGINT, certificate UBIGINT, contact UBIGINT);
CREATE TABLE possible (kind VARCHAR, key VARCHAR, certificate UBIGINT, contact UBIGINT);
CREATE TABLE rule_sets (rules INTEGER[], score INTEGER);
"""

_KEYS: dict[str, tuple[str, ...]] = {
    CERTIFICATES.name: ("id", "sessions"),
    CONTACTS.name: ("certificate_id", "name", "dst_ip", "dst_port", "sessions", "certificate", "contact"),
}

_ENTITY: dict[str, tuple[str, str]] = {
    CERTIFICATES.name: ("'certificate'", "id"),
    CONTACTS.name: (
        """CASE WHEN certificate_id IS NOT NULL THEN 'certificate' WHEN name IS NOT NULL THEN 'name'
            ELSE 'destination' END""",
        "coalesce(certificate_id, name, dst_ip || ':' || dst_port, 'unknown')",
    ),
}
"""Kind and key of the entity that a row is about."""

_FURTHER: dict[str, tuple[str, str, str]] = {
    CERTIFICATES.name: ("greatest(sessions, 1)", "hash(id)", "NULL"),
    CONTACTS.name: ("sessions", "certificate", "contact"),
}
"""How many sessions a row stands for, and its keys."""

_ROWS: dict[str, str] = {CERTIFICATES.name: "possible_certificates", CONTACTS.name: "contacts_of_possible"}

_POSSIBLE_ROWS = """
CREATE TABLE possible_certificates AS
SELECT * FROM certificates SEMI JOIN (SELECT key FROM possible WHERE kind = 'certificate' AND contact IS NULL) p
    ON p.key = certificates.id;
CREATE TABLE possible_raw AS SELECT * FROM contacts_raw SEMI JOIN (SELECT * FROM possible WHERE contact IS NOT NULL) p
    ON p.certificate = contacts_raw.certificate AND p.contact = contacts_raw.contact;
"""

_ASKED = """
SELECT r.certificate, r.contact FROM contacts_raw r WHERE (r.certificate_id IS NOT NULL AND r.certificate IN (
    SELECT certificate FROM possible UNION ALL SELECT certificate FROM maybe_regular
    UNION ALL SELECT hash(key) FROM hits WHERE kind = 'certificate'
)) OR (r.certificate_id IS NULL AND coalesce(r.name, r.dst_ip || ':' || r.dst_port) IN (
    SELECT key FROM possible WHERE kind <> 'certificate' UNION ALL SELECT key FROM hits WHERE kind <> 'certificate'
))
"""
"""Contacts of which it matters who met them: all those of every entity that may become a finding."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One entity that rules matched, with its score and the numbers of its rules."""

    kind: str
    key: str
    rules: tuple[int, ...]
    score: int


def find_hits(lake: Lake, plan: RunPlan) -> list[Rule]:
    """Fill ``hits``; the rules that ran, whose position is their number in it."""
    lake.session.execute(TABLES)
    numbered = list(plan.rules.values())
    of_table = {
        table: [(number, rule) for number, rule in enumerate(numbered) if rule.table == table]
        for table in (CERTIFICATES.name, CONTACTS.name, EVENTS.name)
    }
    _scan_events(lake, of_table[EVENTS.name])
    for table in (CERTIFICATES.name, CONTACTS.name):
        _scan_possible(lake, table, [rule for _, rule in of_table[table]])
    lake.session.execute(_POSSIBLE_ROWS)
    count_clients(lake, _ASKED)
    lake.session.execute(st.CONTACTS_OF_POSSIBLE)
    for table in (CERTIFICATES.name, CONTACTS.name):
        _scan(lake, table, of_table[table])
    return numbered


def _schema(table: str) -> Schema:
    return Schema(table, {name: column.kind for name, column in table_columns(table).items()})


def _scan_possible(lake: Lake, table: str, rules: list[Rule]) -> None:
    """One scan of a table for the rows that any rule could match."""
    if not rules:
        return
    schema = _schema(table)
    tests = [print_expr(could_hold(rule.where, table), schema) for rule in rules]
    names = [exp.column(each, quoted=True) for each in _KEYS[table]]
    rows = exp.select(*names).from_(exp.to_table(table)).where(sql.balanced(exp.Or, tests))
    (kind, key), (_, certificate, contact) = _ENTITY[table], _FURTHER[table]
    lake.session.execute(
        f"INSERT INTO possible SELECT {kind}, {key}, {certificate}, {contact} FROM ({sql_text(rows)})"  # noqa: S608
    )


def _scan(lake: Lake, table: str, rules: list[tuple[int, Rule]]) -> None:
    """One scan of the possible rows of a table for all its rules: a row for each rule that matched a row."""
    if not rules:
        return
    matched = _matched(table, exp.to_table(_ROWS[table]), _KEYS[table], rules)
    lake.session.execute(sql_text(_create_table("matched", matched)))
    (kind, key), (sessions, certificate, contact) = _ENTITY[table], _FURTHER[table]
    lake.session.execute(
        f"INSERT INTO hits SELECT {kind}, {key}, rule, {sessions}, {certificate}, {contact} FROM matched"  # noqa: S608
    )
    lake.session.execute("DROP TABLE matched")


def _matched(
    table: str, source: exp.Expression, keys: tuple[str, ...], rules: list[tuple[int, Rule]]
) -> exp.Expression:
    """Key columns, and in ``rule`` the number of each rule that holds, one row a rule."""
    schema = _schema(table)
    tests = [print_expr(rule.where, schema) for _, rule in rules]
    numbers = [
        exp.Case().when(sql.paren(test), sql.number(number)) for (number, _), test in zip(rules, tests, strict=True)
    ]
    present = sql.call(
        "list_filter",
        sql.array(*numbers),
        sql.lambda_("n", exp.Not(this=exp.Is(this=sql.variable("n"), expression=exp.Null()))),
    )
    items = [exp.column(key, quoted=True) for key in keys]
    where = sql.balanced(exp.Or, [test.copy() for test in tests])
    return exp.select(*items, exp.alias_(sql.call("unnest", present), "rule")).from_(source).where(where)


def _create_table(name: str, select: exp.Expression) -> exp.Expression:
    return exp.Create(this=exp.to_table(name), kind="TABLE", expression=select)


def _scan_events(lake: Lake, rules: list[tuple[int, Rule]]) -> None:
    """Rules over log records, file by file, for the files whose category they are about."""
    from certhound.findings.event_rules import scan_events

    if rules:
        scan_events(lake, rules, _schema(EVENTS.name))


def rank(lake: Lake, rules: list[Rule], limit: int) -> tuple[list[Ranked], int]:
    """The entities with the highest scores, and how many there are in all."""
    session = lake.session
    session.execute(
        "CREATE TABLE entities AS SELECT kind, key, list_sort(list(DISTINCT rule)) AS rules "
        "FROM hits GROUP BY kind, key"
    )
    for (numbers,) in session.execute("SELECT DISTINCT rules FROM entities").fetchall():
        score, _ = combine([scored(rules[number]) for number in numbers])
        session.execute("INSERT INTO rule_sets VALUES ($rules, $score)", {"rules": numbers, "score": score})
    total = int(session.scalar("SELECT count(*) FROM entities") or 0)
    rows = session.execute(
        "SELECT e.kind, e.key, e.rules, s.score FROM entities e JOIN rule_sets s ON s.rules = e.rules "
        "ORDER BY s.score DESC, e.kind, e.key LIMIT $limit",
        {"limit": limit},
    ).fetchall()
    return [Ranked(kind, key, tuple(numbers), score) for kind, key, numbers, score in rows], total


def scored(rule: Rule) -> Scored:
    return rule.id, rule.family, rule.score

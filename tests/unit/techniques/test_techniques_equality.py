"""Every spelling that is run here gives the judge's rows for every rule, but for differences that are named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from certhound.qradar.aql.linter import lint
from certhound.qradar.catalogue.console import catalogue_of
from certhound.query.engines.duckdb import ARROW
from certhound.rules import Rule, load
from certhound.rules.build import schema_of
from certhound.techniques.aql_rules import Unsayable, aql_condition, aql_query, java
from certhound.techniques.duckdb_sql import macros_sql, rule_sql
from certhound.techniques.equality import Proof, Row, World, differences, generate, prove, spellings
from certhound.techniques.equality.grammars import GRAMMARS, Grammar
from certhound.techniques.equality.spellings import JUDGE, installed
from certhound.techniques.suricata import suricata_rules
from certhound.techniques.translated import installed as has_back_end
from certhound.techniques.translated import platforms, translate
from certhound.techniques.zeek_script import zeek_script

ROOT = Path(__file__).resolve().parents[3]
QUICK, WHOLE = 2_000, 100_000


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return list(load().rules)


@pytest.fixture(scope="module")
def world(rules: list[Rule]) -> World:
    return generate(rules, QUICK)


def rows_of(world: World, rule: Rule) -> Iterator[tuple[int, Row]]:
    return ((at, row) for at, row in enumerate(world.tables[rule.table]) if row.rule == rule.name)


def check(rules: list[Rule], world: World, proof: Proof) -> None:
    """No difference that nobody named, and what is known of the rows' truth is what the judge says."""
    said = [f"{cell.spelling}: {cell.rule}: rows {cell.rows[:5]}" for cell in proof.different()]
    assert not said, "\n".join(said)
    for rule in rules:
        judged = proof.judged[rule.name]
        assert judged <= set(world.candidates[rule.name]), rule.name
        for at, row in rows_of(world, rule):
            assert row.truth is None or row.truth is (at in judged), (rule.name, row)


def test_all_spellings_agree_on_a_small_set(rules: list[Rule], world: World) -> None:
    proof = prove(rules, world)
    check(rules, world, proof)
    there = {each.name for each in spellings() if installed(each)} - {JUDGE}
    assert {"aql", "duckdb"} <= there
    assert len(proof.cells) == len(rules) * len(there)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_all_spellings_agree_on_a_hundred_thousand_rows(rules: list[Rule]) -> None:
    world = generate(rules, WHOLE, seed=2026)
    assert world.count() >= WHOLE
    proof = prove(rules, world)
    check(rules, world, proof)
    for rule in rules:
        own = [at in proof.judged[rule.name] for at, _ in rows_of(world, rule)]
        assert min(own.count(True), own.count(False)) >= 30, rule.name
    assert not proof.unneeded([each.name for each in spellings() if installed(each)])


def test_the_set_is_the_same_for_a_seed_and_another_for_another(rules: list[Rule]) -> None:
    few = rules[:5]
    assert generate(few, 200, seed=3).tables == generate(few, 200, seed=3).tables
    assert generate(few, 200, seed=3).tables != generate(few, 200, seed=4).tables


def test_every_rule_has_rows_of_its_own_that_match_and_that_do_not(rules: list[Rule], world: World) -> None:
    for rule in rules:
        known = {row.truth for _, row in rows_of(world, rule)}
        assert known >= {True, False} or not rule.negative, rule.name


def test_differences_have_reasons_and_are_about_spellings_that_there_are(rules: list[Rule]) -> None:
    names, known = {rule.name for rule in rules}, {each.name for each in spellings()}
    for each in differences():
        assert each.spelling in known
        assert each.changes
        assert len(each.reason) > 30
        assert set(each.rules) <= names


@pytest.mark.parametrize("platform", sorted(platforms()))
def test_every_rule_converts_to_a_platform_or_says_why_not(rules: list[Rule], platform: str) -> None:
    if not has_back_end(platform):
        pytest.skip(f"the back end of {platform} is not installed")
    made = translate(platform, rules)
    for rule in rules:
        assert (rule.name in made.queries) is (rule.name not in made.left_out), rule.name
    assert all(len(why) > 10 for why in made.left_out.values())
    assert len(made.queries) >= 10


def test_every_rule_is_said_in_aql_or_says_why_not(rules: list[Rule]) -> None:
    said, reasons = 0, []
    for rule in rules:
        try:
            faults = [
                each for each in lint(aql_query(rule), site=catalogue_of(None, own=True)) if each.severity == "error"
            ]
            assert not faults, (rule.name, faults)
            said += bool(aql_condition(rule))
        except Unsayable as error:
            reasons.append(error.reason)
    assert said >= 45
    assert said + len(reasons) == len(rules)
    assert all(len(reason) > 20 for reason in reasons)


def test_rules_as_sql_run_in_a_bare_duckdb(rules: list[Rule], world: World) -> None:
    connection = duckdb.connect()
    connection.execute(macros_sql())
    for table, rows in world.tables.items():
        columns = schema_of(table).columns
        made = {
            name: pa.array([_arrow(row.values.get(name)) for row in rows], ARROW[kind])
            for name, kind in columns.items()
        }
        connection.register(table, pa.table(made))
    judge = next(each for each in spellings() if each.name == JUDGE)
    judged = judge.run(judge.prepare(rules), rules, world)
    for rule in rules:
        assert len(connection.execute(rule_sql(rule)).fetchall()) == len(judged[rule.name]), rule.name


def _arrow(value: object) -> object:
    return list(value.items()) if isinstance(value, dict) else value


@pytest.mark.parametrize("grammar", GRAMMARS, ids=lambda grammar: grammar.platform)
def test_texts_are_read_by_a_grammar_that_is_not_ours(rules: list[Rule], grammar: Grammar) -> None:
    if not grammar.installed():
        pytest.skip(f"{grammar.package} is not installed")
    fixed = {"suricata": [suricata_rules()], "zeek": [zeek_script()]}
    texts = fixed.get(grammar.platform) or list(translate(grammar.platform, rules).queries.values())
    assert texts
    assert not [fault for text in texts if (fault := grammar.fault(text))]


BROKEN = {
    "kql": "DeviceProcessEvents\n| where FolderPath endswith and",
    "esql": "from * | where where",
    "suricata": 'alert tls any any -> any any (msg:"x"',
    "zeek": "event zeek_init( { print; }",
}


@pytest.mark.parametrize(
    "grammar", [each for each in GRAMMARS if each.platform in BROKEN], ids=lambda each: each.platform
)
def test_a_grammar_refuses_what_is_broken(grammar: Grammar) -> None:
    if not grammar.installed():
        pytest.skip(f"{grammar.package} is not installed")
    assert grammar.fault(BROKEN[grammar.platform])


def test_the_end_of_a_text_is_spelt_as_java_does() -> None:
    assert java(r"a$|[$]\$b(?m:$)") == r"a\z|[$]\$b(?m:$)"


@pytest.mark.slow
def test_the_page_is_what_the_code_says() -> None:
    if not all(map(has_back_end, platforms())) or not all(map(installed, spellings())):
        pytest.skip("not all back ends and runners are installed")
    done = subprocess.run(
        [sys.executable, "scripts/build_equality_page.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr

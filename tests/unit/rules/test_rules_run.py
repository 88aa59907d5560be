"""Plans, self-tests, lints and explanations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certhound.model.errors import UsageError
from certhound.rules import (
    explain_rule,
    find_rule,
    list_rules,
    load_sources,
    plan_run,
    run_reference,
    show_rule,
    test_rules,
)
from certhound.rules.lint import Subject, lint_rules, lints
from certhound.rules.load import load
from certhound.rules.located import Source
from certhound.rules.selftest import scan_duckdb

TEXT = """title: Session without a name
id: 3d4b0a1e-43a8-4a6e-9a77-0f6d0a5d2b10
status: test
description: A session that names no server.
author: A. Author
date: 2026-11-24
tags: [attack.resource-development, attack.t1608.003]
references: [https://example.org/]
logsource: {product: certhound, category: contact}
detection:
  outside: {dst_is_outside: true}
  named: {name|contains: .}
  state: {tls_states.seen|gte: 1}
  condition: outside and not named and state
falsepositives: [Old clients that send no name]
level: low
certhound:
  score: 20
  family: naming
  reason: '{clients|count} clients met {dst_ip} without a name'
  known_gaps: [A client may send any name]
  events:
    positive:
      - {dst_is_outside: true, tls_states: {seen: 1}}
    negative:
      - {dst_is_outside: true, tls_states: {seen: 1}, name: a.example}
      - {dst_is_outside: true}
"""


def loaded(text: str = TEXT, file: str = "session_name.yml") -> Any:
    found = load_sources([Source(file, text)])
    found.rules.check()
    return found


def notes(text: str, file: str = "session_name.yml") -> list[str]:
    found = loaded(text, file)
    subjects = [Subject(rule, found.documents[rule.id], found.unused[rule.id]) for rule in found.rules]
    return [note.check for note in lint_rules(subjects)]


def test_a_plan_holds_one_predicate_a_rule_for_each_table() -> None:
    rules = loaded().rules
    plan = plan_run(rules)
    rule = rules.rules[0]
    assert plan.tables == {"contacts": {rule.id: rule.where}}
    assert plan.reads["contacts"] == ("clients", "dst_ip", "dst_is_outside", "name", "tls_states")
    rows = [example.row for example in (*rule.positive, *rule.negative)]
    assert run_reference(plan, {"contacts": rows}) == {rule.id: [0]}
    assert scan_duckdb("contacts", plan.tables["contacts"], rows) == {rule.id: frozenset({0})}


AVAILABLE = [
    ({"contacts": {"dst_is_outside", "name", "tls_states"}}, ()),
    ({"contacts": {"dst_is_outside", "name", "tls_states.seen"}}, ()),
    ({"contacts": {"dst_is_outside", "name", "tls_states.resumed"}}, ("column contacts.tls_states.seen",)),
    ({"contacts": {"dst_is_outside", "tls_states"}}, ("column contacts.name",)),
    ({}, ("column contacts.dst_is_outside", "column contacts.name", "column contacts.tls_states.seen")),
]


@pytest.mark.parametrize(("available", "needs"), AVAILABLE)
def test_a_rule_whose_columns_nobody_filled_is_not_run(available: dict[str, set[str]], needs: tuple[str, ...]) -> None:
    plan = plan_run(loaded().rules, available)
    assert tuple(need for each in plan.not_run for need in each.needs) == needs
    assert bool(plan.tables) is not bool(needs)


def test_events_inside_rules_are_judged_by_both_engines() -> None:
    report = test_rules(loaded().rules)
    assert (report.rules, report.examples, report.passed) == (1, 3, True)


def test_a_wrong_event_is_told_at_its_line_for_each_engine() -> None:
    text = TEXT.replace("{dst_is_outside: true}\n", "{dst_is_outside: true, tls_states: {seen: 2}}\n")
    text = text.replace("outside: {dst_is_outside: true, tls_states: {seen: 2}}", "outside: {dst_is_outside: true}")
    report = test_rules(loaded(text).rules)
    assert [failure.engine for failure in report.failures] == ["duckdb", "reference"]
    line = 1 + text[: text.index("- {dst_is_outside: true, tls_states: {seen: 2}}")].count("\n")
    for failure in report.failures:
        assert str(failure.as_error()).startswith(f"session_name.yml:{line}:9 error[rule-test]")


def test_a_good_rule_has_no_notes() -> None:
    assert notes(TEXT) == []


LINTS = [
    ("falsepositives: [Old clients that send no name]", "falsepositives: [Unknown]", "false-positives"),
    ("  known_gaps: [A client may send any name]\n", "", "known-gaps"),
    ("    positive:\n      - {dst_is_outside: true, tls_states: {seen: 1}}\n", "", "examples"),
    ("level: low", "level: high", "score-level"),
    ("{clients|count} clients met {dst_ip} without", "without", "reason-columns"),
    ("condition: outside and not named and state", "condition: outside and not named", "unused-selection"),
    ("outside and not named and state", "outside and not named and state and not outside", "constant-condition"),
    ("{name|contains: .}", "{name|re: '.*\\.'}", "regex-cost"),
    ("{name|contains: .}", "{name|re: 'a[bc]'}", "regex-cost"),
    ("3d4b0a1e-43a8-4a6e-9a77-0f6d0a5d2b10", "3D4B0A1E-43A8-4A6E-9A77-0F6D0A5D2B10", "id-form"),
    ("3d4b0a1e-43a8-4a6e-9a77-0f6d0a5d2b10", "3d4b0a1e-43a8-1a6e-9a77-0f6d0a5d2b10", "id-form"),
    ("date: 2026-11-24", "date: 2026/11/24", "date-form"),
    ("date: 2026-11-24\n", "", "date-form"),
    ("title: Session without", "title: session without", "title-style"),
    ("author: A. Author\n", "", "description"),
    ("attack.t1608.003]", "attack.t1608.003, attack.t16]", "tags"),
    ("attack.t1608.003]", "attack.initial_access]", "tags"),
    (
        "[attack.resource-development, attack.t1608.003]",
        "[attack.resource-development, attak.t1608, attack.t1608]",
        "tags",
    ),
    ("[attack.resource-development, attack.t1608.003]", "[attack.t1608.003]", "tag-twice"),
    ("[attack.resource-development,", "[attack.resource-development, attack.t1608.003,", "tag-twice"),
    ("references: [https://example.org/]\n", "", "reference-form"),
    ("[https://example.org/]", "[http://example.org/]", "reference-form"),
    ("[https://example.org/]", "[https://example.org/, https://example.org/]", "reference-form"),
    ("A session that names no server.", "Session without a name.", "description-says"),
    ("A session that names no server.", "No server named here.", "description-says"),
    ("condition: outside and not named and state", "condition: all of them", "of-them"),
    ("{name|contains: .}", "{name|contains: [., b, B]}", "value-twice"),
    ("{name|contains: .}", "{name: '*'}", "needless-wildcard"),
    ("{name|contains: .}", "{name: '*.example'}", "needless-wildcard"),
    ("{name|contains: .}", "{name|contains: '*.'}", "needless-wildcard"),
    ("{name|contains: .}", "{dst_ip: 8.8.8.8}", "address-literal"),
    ("title: Session without a name", "title: Session without a na\u00efve name", "title-letters"),
    ("title: Session without a name", "title: 'Session  without a name'", "title-letters"),
    ("certhound:\n", "certhound:\n  version: 2\n", "modified-date"),
]

SILENT = [
    ("{name|contains: .}", "{name|contains|cased: [b, B]}"),
    ("{name|contains: .}", "{name|endswith: '.*.example'}"),
    ("{name|contains: .}", "{name|re: '^a.*z$'}"),
    ("{name|contains: .}", "{dst_ip: 10.0.0.1}"),
    ("{name|contains: .}", "{dst_ip|cidr: 8.8.8.0/24}"),
    ("date: 2026-11-24\n", "date: 2026-11-24\nmodified: 2026-11-25\n"),
    ("condition: outside and not named and state", "condition: outside and not 1 of named* and state"),
]
"""What comes near to a remark and deserves none."""


@pytest.mark.parametrize(("old", "new", "check"), LINTS, ids=[f"{case[2]} {index}" for index, case in enumerate(LINTS)])
def test_lint(old: str, new: str, check: str) -> None:
    assert old in TEXT
    assert set(notes(TEXT.replace(old, new, 1))) == {check}


@pytest.mark.parametrize(("old", "new"), SILENT)
def test_no_lint_where_none_is_due(old: str, new: str) -> None:
    assert old in TEXT
    assert notes(TEXT.replace(old, new, 1)) == []


def test_every_remark_says_what_to_do() -> None:
    for old, new, _ in LINTS:
        found = loaded(TEXT.replace(old, new, 1))
        subjects = [Subject(rule, found.documents[rule.id], found.unused[rule.id]) for rule in found.rules]
        assert all(note.advice for note in lint_rules(subjects))


def test_the_rules_that_ship_have_no_remark() -> None:
    found = load(())
    subjects = [Subject(rule, found.documents[rule.id], found.unused[rule.id]) for rule in found.rules]
    assert [str(note) for note in lint_rules(subjects)] == []


@pytest.mark.parametrize("text", ["0", "one", "1.5", "-1"])
def test_a_version_is_a_whole_number(text: str) -> None:
    found = load_sources([Source("session_name.yml", TEXT.replace("certhound:\n", f"certhound:\n  version: {text}\n"))])
    assert [error.check for error in found.rules.errors] == ["rule-version"]


def test_lint_of_the_file_name() -> None:
    assert notes(TEXT, "Session-Name.yml") == ["file-name"]
    assert notes(TEXT, "beacon.yml") == ["file-name"]


def test_every_lint_has_a_case() -> None:
    assert {lint.id for lint in lints()} == {case[2] for case in LINTS} | {"file-name"}
    assert all(lint.summary and lint.advice for lint in lints())
    assert len(lints()) >= 20


def test_the_list_the_card_and_the_explanation() -> None:
    rules = loaded().rules
    rule = rules.rules[0]
    assert [(line.name, line.score) for line in list_rules(rules)] == [("session_name", 20)]
    card = show_rule(rule)
    for text in ("Session without a name", "A. Author", "Old clients", "A client may send any name", "tls_states.seen"):
        assert text in card
    explained = str(explain_rule(rule))
    for text in ("all of", "dst_is_outside = true", "name contains '.'", "SELECT", 'FROM "contacts"'):
        assert text in explained


@pytest.mark.parametrize("word", ["session_name", "3d4b0a1e", "Session Without A Name"])
def test_rules_are_found_by_name_id_and_title(word: str) -> None:
    assert find_rule(loaded().rules, word).name == "session_name"


def test_an_unknown_rule_is_a_usage_error_with_near_names() -> None:
    with pytest.raises(UsageError) as raised:
        find_rule(loaded().rules, "session_nam")
    assert "session_name" in raised.value.advice


def test_importing_the_room_and_loading_nothing_imports_no_engine(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, certhound.rules; print([m for m in ('sigma', 'duckdb', 'pyarrow', 'sqlglot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"

"""A rule of a few lines, and which rows it matches in both engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import indent
from typing import Any

import pytest

from certhound.query.reference import evaluate
from certhound.rules import Rule, load_sources
from certhound.rules.build import schema_of
from certhound.rules.located import Source
from certhound.rules.selftest import scan_duckdb

HEAD = """title: A rule
id: 0b8a1d52-6c1c-4b2e-8d3f-3f0d8f2f7a01
level: low
logsource: {{product: certhound, category: {category}}}
certhound: {{score: 20, family: test, reason: seen}}
detection:
{detection}
"""

Matcher = Callable[..., list[int]]
Rows = Sequence[Mapping[str, Any]]


def rule_text(detection: str, category: str = "tls") -> str:
    return HEAD.format(category=category, detection=indent(detection.strip("\n"), "  "))


def load_rule(detection: str, category: str = "tls", placeholders: Mapping[str, tuple[str, ...]] | None = None) -> Rule:
    rules = load_sources([Source("rule.yml", rule_text(detection, category))], placeholders=placeholders).rules
    rules.check()
    assert not rules.not_run, rules.not_run
    return rules.rules[0]


def positions(rule: Rule, rows: Rows) -> list[int]:
    """Rows that match, by the reference evaluator."""
    return [index for index, row in enumerate(rows) if evaluate(rule.predicate, schema_of(rule.table), row) is True]


class Agreement:
    """Rules with their rows, to be run through DuckDB together: one scan a table."""

    def __init__(self) -> None:
        self.cases: list[tuple[Rule, Rows]] = []

    def add(self, rule: Rule, rows: Rows) -> None:
        self.cases.append((rule, rows))

    def needs(self, count: int) -> None:
        """The tests of the file gather the cases: selected alone, there is nothing to compare."""
        if len(self.cases) < count:
            pytest.skip("compares the cases of the whole file; run the file")

    def check(self) -> None:
        for table in {rule.table for rule, _ in self.cases}:
            cases = [case for case in self.cases if case[0].table == table]
            predicates = {str(index): rule.predicate for index, (rule, _) in enumerate(cases)}
            found = scan_duckdb(table, predicates, [row for _, rows in cases for row in rows])
            start = 0
            for index, (rule, rows) in enumerate(cases):
                duckdb = [each - start for each in sorted(found[str(index)]) if start <= each < start + len(rows)]
                assert duckdb == positions(rule, rows), rule.predicate
                start += len(rows)


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return Agreement()


@pytest.fixture
def matches(agreement: Agreement) -> Matcher:
    """Positions of the rows that a detection matches; the case is kept for DuckDB."""

    def match(
        detection: str,
        rows: Rows,
        category: str = "tls",
        placeholders: Mapping[str, tuple[str, ...]] | None = None,
    ) -> list[int]:
        rule = load_rule(detection, category, placeholders)
        agreement.add(rule, rows)
        return positions(rule, rows)

    return match


@pytest.fixture
def errors() -> Callable[..., list[str]]:
    """The errors of a text, as users see their first lines."""

    def of(text: str) -> list[str]:
        loaded = load_sources([Source("rule.yml", text)])
        return [str(error).splitlines()[0] for error in loaded.rules.errors]

    return of


@pytest.fixture
def rule_of() -> Callable[..., Rule]:
    return load_rule


@pytest.fixture
def text_of() -> Callable[..., str]:
    return rule_text

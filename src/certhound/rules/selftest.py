"""The events inside rules as tests: each must match, or not match, in the reference evaluator and in DuckDB alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from certhound.model.columns import Kind
from certhound.model.errors import CerthoundError, ContentError
from certhound.query.schema import Schema
from certhound.query.tree import Expr
from certhound.rules.rule import Example, Rule

ENGINES: tuple[str, ...] = ("reference", "duckdb")
_ROW = "row of the test"


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that an engine did not judge as the rule says."""

    rule: Rule
    example: Example
    engine: str
    got: bool | None
    error: str = ""

    def as_error(self) -> CerthoundError:
        """The failure as a located error."""
        wanted = "match" if self.example.expected else "not match"
        said = self.error or ("it matches" if self.got else "it does not match")
        text = f"rule {self.rule.name!r} must {wanted} this event, but by {self.engine} {said}"
        return ContentError(text, check="rule-test", place=self.example.place, marked=self.example.marked)


@dataclass(frozen=True, slots=True)
class TestReport:
    """What the tests said: rules that have events, events, and every failure."""

    rules: int
    examples: int
    failures: tuple[Failure, ...]
    untested: tuple[Rule, ...]

    __test__ = False  # not a test case of pytest

    @property
    def passed(self) -> bool:
        return not self.failures


def test_rules(rules: Iterable[Rule], engines: Sequence[str] = ENGINES) -> TestReport:  # noqa: PT028
    """Run the events of all rules in the named engines."""
    every = list(rules)
    tested = [rule for rule in every if rule.positive or rule.negative]
    failures: list[Failure] = []
    for engine in engines:
        failures += _ENGINES[engine](tested)
    order = {rule.id: index for index, rule in enumerate(every)}
    failures.sort(key=lambda each: (order[each.rule.id], each.example.place.line or 0, each.engine))
    untested = tuple(rule for rule in every if not rule.positive and not rule.negative)
    return TestReport(len(tested), sum(len(_examples(rule)) for rule in tested), tuple(failures), untested)


test_rules.__test__ = False  # type: ignore[attr-defined]


def _examples(rule: Rule) -> tuple[Example, ...]:
    return (*rule.positive, *rule.negative)


def _by_reference(rules: Sequence[Rule]) -> list[Failure]:
    from certhound.query.reference import evaluate
    from certhound.rules.build import schema_of

    failures: list[Failure] = []
    for rule in rules:
        for example in _examples(rule):
            got = evaluate(rule.where, schema_of(rule.table), example.row) is True
            if got is not example.expected:
                failures.append(Failure(rule, example, "reference", got))
    return failures


def _by_duckdb(rules: Sequence[Rule]) -> list[Failure]:
    failures: list[Failure] = []
    for table in dict.fromkeys(rule.table for rule in rules):
        mine = [rule for rule in rules if rule.table == table]
        try:
            failures += _scan(table, mine)
        except Exception:  # noqa: BLE001  one rule that the engine stumbles over must not hide the others
            for rule in mine:
                failures += _scan_alone(table, rule)
    return failures


def _scan_alone(table: str, rule: Rule) -> list[Failure]:
    try:
        return _scan(table, [rule])
    except Exception as error:  # noqa: BLE001  whatever the engine says is the test's result
        return [Failure(rule, _examples(rule)[0], "duckdb", None, f"there is an error: {error}")]


def _scan(table: str, rules: Sequence[Rule]) -> list[Failure]:
    """All rules of a table over all their events, in one pass."""
    cases = [(rule, example) for rule in rules for example in _examples(rule)]
    matched = scan_duckdb(table, {rule.id: rule.where for rule in rules}, [example.row for _, example in cases])
    return [
        Failure(rule, example, "duckdb", got)
        for index, (rule, example) in enumerate(cases)
        if (got := index in matched[rule.id]) is not example.expected
    ]


def scan_duckdb(
    table: str, predicates: Mapping[str, Expr], rows: Sequence[Mapping[str, Any]]
) -> dict[str, frozenset[int]]:
    """For each predicate the positions of the rows for which DuckDB finds it true."""
    from certhound.query.engines.duckdb import DuckDbEngine
    from certhound.rules.build import schema_of

    columns = {**schema_of(table).columns, _ROW: Kind.INT}
    found: dict[str, set[int]] = {name: set() for name in predicates}
    with DuckDbEngine() as engine:
        engine.register_rows(Schema(table, columns), [{**row, _ROW: index} for index, row in enumerate(rows)])
        for batch in engine.run_predicates(table, predicates, [_ROW]):
            data = batch.to_pydict()
            for name in predicates:
                found[name].update(row for row, hit in zip(data[_ROW], data[name], strict=True) if hit)
    return {name: frozenset(each) for name, each in found.items()}


_ENGINES = {"reference": _by_reference, "duckdb": _by_duckdb}

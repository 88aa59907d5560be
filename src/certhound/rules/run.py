"""A run over many rules: one predicate a rule, all rules of a table together, so that an engine scans a table once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from certhound.model.columns import EVENTS
from certhound.query.tree import Column, Compare, Expr, Literal, columns, walk
from certhound.rules.rule import NotRun, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run does: for each table its rules by id, with the whole test of a row."""

    tables: dict[str, dict[str, Expr]]
    rules: dict[str, Rule]
    not_run: tuple[NotRun, ...] = ()
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For each table the columns that the predicates and the reasons of its rules read."""


Met: TypeAlias = Collection[tuple[str, str]]
"""Kinds of records that a run has: source and category."""


def plan_run(
    rules: RuleSet | Iterable[Rule],
    available: Mapping[str, Collection[str]] | None = None,
    met: Met | None = None,
) -> RunPlan:
    """The plan for the rules that can run.

    ``available`` gives for each table the columns that some source filled; a rule that reads another one is *not run*.
    A map column may be listed as a whole (``fields``) or by its entries (``fields.mime_type``). A table that is not
    listed was filled by nobody; without ``available`` every column counts as filled. ``met`` are the kinds of records
    that were read; a rule about log records of another kind is *not run* either.
    """
    not_run = list(rules.not_run) if isinstance(rules, RuleSet) else []
    tables: dict[str, dict[str, Expr]] = {}
    chosen: dict[str, Rule] = {}
    for rule in rules:
        if rule.table == EVENTS.name and met is not None and not any(could_match(rule, *kind) for kind in met):
            not_run.append(_without_records(rule))
            continue
        missing = [] if available is None else missing_columns(rule, available.get(rule.table, ()))
        if missing:
            not_run.append(_lacking(rule, missing))
            continue
        tables.setdefault(rule.table, {})[rule.id] = rule.where
        chosen[rule.id] = rule
    reads = {table: _reads(table, chosen.values()) for table in tables}
    return RunPlan(tables, chosen, tuple(not_run), reads)


def could_match(rule: Rule, source: str, category: str) -> bool:
    """Whether a rule's own filter on where a record comes from lets records of this kind through at all."""
    from certhound.query.reference import evaluate
    from certhound.rules.build import schema_of

    if rule.table != EVENTS.name or not columns(rule.filter) <= {"source", "category"}:
        return True
    return evaluate(rule.filter, schema_of(rule.table), {"source": source, "category": category}) is True


def _without_records(rule: Rule) -> NotRun:
    named = [
        f"records of {node.left.name} {node.right.value!s}"
        for node in walk(rule.filter)
        if isinstance(node, Compare) and isinstance(node.left, Column) and isinstance(node.right, Literal)
    ]
    needs = tuple(named) or ("records of another kind",)
    return NotRun(rule.name, rule.title, needs, "none were read", rule.author, rule.path)


def missing_columns(rule: Rule, available: Collection[str]) -> list[str]:
    """Columns (or entries of map columns) that a rule's predicate reads and that nothing filled."""
    return [name for name in rule.columns if name not in available and name.partition(".")[0] not in available]


def _lacking(rule: Rule, missing: list[str]) -> NotRun:
    needs = tuple(f"column {rule.table}.{name}" for name in missing)
    reason = f"no source filled {', '.join(f'{rule.table}.{name}' for name in missing)}"
    return NotRun(rule.name, rule.title, needs, reason, rule.author, rule.path)


def _reads(table: str, rules: Iterable[Rule]) -> tuple[str, ...]:
    found: set[str] = set()
    for rule in rules:
        if rule.table == table:
            found |= columns(rule.where)
            found |= {slot.column.partition(".")[0] for slot in rule.reason.slots()}
    return tuple(sorted(found))


def run_reference(plan: RunPlan, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[int]]:
    """For each rule the positions of the rows that it matches, by the reference evaluator: slow, and the judge."""
    from certhound.query.reference import evaluate
    from certhound.rules.build import schema_of

    found: dict[str, list[int]] = {}
    for table, tests in plan.tables.items():
        schema = schema_of(table)
        for rule, where in tests.items():
            given = rows.get(table, ())
            found[rule] = [index for index, row in enumerate(given) if evaluate(where, schema, row) is True]
    return found

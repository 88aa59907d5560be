"""Rules as text for people: a list, a card, and what a rule becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from certhound.model.errors import UsageError, did_you_mean
from certhound.query.tree import TRUE, Column, Item, Query
from certhound.rules.outline import outline
from certhound.rules.rule import NotRun, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of the list of rules. ``needs`` is empty for a rule that can run."""

    name: str
    title: str
    score: int | None
    level: str
    family: str
    table: str
    author: str
    path: str
    id: str = ""
    needs: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a rule becomes: the outline of its tree, its SQL, the columns that it reads, its reason."""

    rule: Rule
    tree: str
    sql: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        parts = [
            f"{self.rule.name}: {self.rule.title}",
            f"table {self.rule.table}, needs {', '.join(self.columns) or 'no column'}",
            self.tree,
            self.sql,
        ]
        return "\n\n".join(parts)


def list_rules(rules: RuleSet) -> list[RuleLine]:
    """Rules that can run, by score, then those that cannot."""
    ready = [
        RuleLine(
            rule.name, rule.title, rule.score, rule.level, rule.family, rule.table, rule.author, rule.path, rule.id
        )
        for rule in sorted(rules, key=lambda rule: (-rule.score, rule.name))
    ]
    return ready + [_not_run_line(each) for each in rules.not_run]


def _not_run_line(each: NotRun) -> RuleLine:
    return RuleLine(
        each.rule, each.title, None, "", "", "", each.author, each.path, needs=each.needs, reason=each.reason
    )


def find_rule(rules: RuleSet, word: str) -> Rule:
    """The rule of a name, an id (or its beginning, eight characters or more), or a title. Raises UsageError."""
    folded = word.lower()
    tests = (
        lambda rule: folded in (rule.name.lower(), rule.id),
        lambda rule: rule.title.lower() == folded,
        lambda rule: len(folded) >= 8 and rule.id.startswith(folded),
    )
    for test in tests:
        if found := [rule for rule in rules if test(rule)]:
            return found[0]
    for each in rules.not_run:
        if folded in (each.rule.lower(), each.title.lower()):
            raise UsageError(f"rule {word!r} is not run: {each.reason}", check="rule-not-run")
    names = tuple(rule.name for rule in rules)
    raise UsageError(f"there is no rule {word!r}", check="unknown-rule", advice=did_you_mean(word, names))


def show_rule(rule: Rule) -> str:
    """A rule as a card: what it says of itself."""
    lines = [f"{rule.title}", f"{rule.name}  {rule.id}"]
    lines += _row("score", f"{rule.score} ({rule.level})" if rule.level else str(rule.score))
    lines += _row("family", rule.family) + _row("table", rule.table) + _row("columns", ", ".join(rule.columns))
    lines += _row("version", str(rule.version)) if rule.own else []
    lines += _row("author", rule.author) + _row("status", rule.status) + _row("date", rule.date)
    lines += _row("license", rule.license) + _row("tags", ", ".join(rule.tags)) + _row("file", rule.path)
    lines += _row("reason", str(rule.reason)) if rule.own else []
    lines += ["", rule.description.strip()] if rule.description.strip() else []
    for heading, items in (
        ("False positives", rule.false_positives),
        ("Known gaps", rule.known_gaps),
        ("References", rule.references),
    ):
        lines += ["", f"{heading}:", *(f"  - {item}" for item in items)] if items else []
    return "\n".join(lines)


def _row(name: str, value: str) -> list[str]:
    return [f"  {name + ':':<9} {value}"] if value else []


def explain_rule(rule: Rule) -> Explanation:
    """The tree as an outline, the SQL that DuckDB runs, and the columns that it needs."""
    from certhound.query.engines.duckdb import print_query, sql_text
    from certhound.rules.build import schema_of

    where = "" if rule.filter == TRUE else f"rows of its log source\n{outline(rule.filter, 1)}\n"
    tree = f"{where}condition\n{outline(rule.predicate, 1)}"
    keys = tuple(Item(Column(name), name) for name in _key_columns(rule.table))
    query = print_query(Query(keys, rule.table, rule.where), {rule.table: schema_of(rule.table)})
    sql = sql_text(query, pretty=True)
    return Explanation(rule, tree, sql, rule.columns)


def _key_columns(table: str) -> Sequence[str]:
    return {"certificates": ("id",), "contacts": ("certificate_id", "name", "dst_ip", "dst_port")}.get(
        table, ("origin_file", "origin_record")
    )

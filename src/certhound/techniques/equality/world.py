"""Rows for every rule, from one seed: the rules' own events changed in many ways, and ordinary ones beside them.

Nothing comes from outside. A row's truth for the rule that it was made for is known where every change kept it; for
the rules of other kinds of records it is known always: they must not match. The rest is for the judge to say.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from certhound.model.columns import CERTIFICATES, CONTACTS, EVENTS
from certhound.query.reference import evaluate
from certhound.rules import Example, Rule
from certhound.techniques.equality.mutations import MUTATIONS, Shape, Values, shape_of

TABLES = (EVENTS.name, CERTIFICATES.name, CONTACTS.name)
START = datetime(2026, 11, 24)
ORDINARY = "ordinary"
ORDINARY_SHARE = 0.1
_WEIGHTS = {EVENTS.name: 1.0, CERTIFICATES.name: 0.5, CONTACTS.name: 0.5}
"""How many rows a rule gets. A row of a derived table is asked of every rule there, an event only of its kind's."""
_SOURCES = {
    "tls": ("zeek.ssl", "suricata.eve", "zscaler.nss_web", "palo_alto.decryption"),
    "http": ("squid.access", "zscaler.nss_web", "bluecoat.main"),
    "process": ("windows.security", "windows.sysmon", "linux.audit"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, at its position there. ``rule``: the name of the rule that it was made for; none if ordinary.

    ``truth``: whether that rule must match, where it is known.
    """

    values: Values
    rule: str
    truth: bool | None
    changes: tuple[str, ...]


@dataclass(slots=True)
class World:
    """Rows by table. ``candidates`` are, for each rule, the rows that its log source lets through."""

    tables: dict[str, list[Row]]
    candidates: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def count(self) -> int:
        return sum(map(len, self.tables.values()))


def generate(rules: Iterable[Rule], count: int, seed: int = 1) -> World:
    """``count`` rows or a few more, for each rule of a table equally many; a tenth of them ordinary."""
    every = [rule for rule in rules if rule.positive or rule.negative]
    chance = random.Random(seed)  # noqa: S311 - test data
    share = count * (1 - ORDINARY_SHARE) / max(1.0, sum(_WEIGHTS[rule.table] for rule in every))
    tables: dict[str, list[Row]] = {table: [] for table in TABLES}
    for rule in every:
        tables[rule.table] += _rows_of(rule, max(1, round(share * _WEIGHTS[rule.table])), chance)
    for _ in range(count - sum(map(len, tables.values()))):
        rule = chance.choice(every)
        tables[rule.table].append(_ordinary(rule, every, chance))
    for table, rows in tables.items():
        chance.shuffle(rows)
        for number, row in enumerate(rows):
            _identify(table, row.values, number)
    world = World(tables)
    world.candidates = {rule.name: tuple(_candidates(rule, tables[rule.table])) for rule in every}
    return world


def _identify(table: str, values: Values, number: int) -> None:
    if table == EVENTS.name:
        values["session_uid"] = f"e{number}"
        values["time"] = START + timedelta(milliseconds=number)


def _candidates(rule: Rule, rows: list[Row]) -> Iterator[int]:
    from certhound.rules.build import schema_of

    schema, known = schema_of(rule.table), {}
    for number, row in enumerate(rows):
        key = (row.values.get("source"), row.values.get("category"))
        if key not in known:
            known[key] = evaluate(rule.filter, schema, {"source": key[0], "category": key[1]}) is True
        if known[key]:
            yield number


def _rows_of(rule: Rule, count: int, chance: random.Random) -> Iterator[Row]:
    examples, shape = [*rule.positive, *rule.negative], shape_of(rule)
    for number in range(count):
        example = examples[number] if number < len(examples) else _drawn(rule, chance)
        yield _changed(rule, example, shape, chance, 0 if number < len(examples) else chance.choice((1, 1, 1, 2, 3)))


def _drawn(rule: Rule, chance: random.Random) -> Example:
    """Positive ones more often: what a change takes away shows only there."""
    pool = rule.positive if rule.positive and chance.random() < 0.7 else (*rule.positive, *rule.negative)
    return chance.choice(pool)


def _changed(rule: Rule, example: Example, shape: Shape, chance: random.Random, times: int) -> Row:
    values: Values = {name: list(each) if isinstance(each, list) else each for name, each in example.row.items()}
    _settle(rule, values, chance)
    names = chance.sample(sorted(MUTATIONS), times)
    kept = [MUTATIONS[name](values, shape, chance) is True for name in names]
    return Row(values, rule.name, example.expected if all(kept) else None, tuple(names))


def _settle(rule: Rule, values: Values, chance: random.Random) -> None:
    """An event is of a source that the rule's log source lets through."""
    if rule.table == EVENTS.name and values.get("source") is None:
        pool = _SOURCES.get(str(values.get("category")), ("windows.sysmon",))
        web = [each for each in pool if not each.startswith(("zeek", "suricata"))]
        values["source"] = chance.choice(web if rule.category == "web" else pool)


def _ordinary(rule: Rule, every: list[Rule], chance: random.Random) -> Row:
    """A row that nobody meant for a rule: values of several rules of the same table, and gaps."""
    others = [each for each in every if each.table == rule.table and (each.positive or each.negative)]
    values: Values = dict.fromkeys(rule.positive[0].row if rule.positive else rule.negative[0].row)
    values["category"] = rule.positive[0].row.get("category") if rule.positive else None
    for _ in range(3):
        other = chance.choice(others)
        example = chance.choice((*other.positive, *other.negative))
        for name, value in example.row.items():
            if value is not None and name not in ("category", "source") and chance.random() < 0.6:
                values[name] = list(value) if isinstance(value, list) else value
    if rule.table == EVENTS.name:
        values["source"] = chance.choice([each for pool in _SOURCES.values() for each in pool])
    else:
        values.pop("category", None)
    return Row(values, "", None, (ORDINARY,))


def plain(values: Values) -> dict[str, Any]:
    """A row as one record of a log: what is absent is not there."""
    return {name: value for name, value in values.items() if value is not None}


__all__ = ["ORDINARY", "TABLES", "Row", "Shape", "World", "generate", "plain"]

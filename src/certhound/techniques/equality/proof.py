"""What the spellings say of one set of rows, against the judge; and the differences that are named with a reason."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec

from certhound.rules import Rule
from certhound.techniques.equality.spellings import JUDGE, Prepared, Spelling, installed, spellings
from certhound.techniques.equality.world import Row, World

Status: TypeAlias = Literal["same", "left out", "named", "different"]


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known difference of one spelling. ``changes``: it shows only in rows that one of these mutations made.

    ``rules`` empty: any rule. ``direction``: the spelling matches ``more`` or ``fewer`` rows than the judge, or both.
    """

    spelling: str
    reason: str
    changes: tuple[str, ...]
    rules: tuple[str, ...] = ()
    direction: Literal["more", "fewer", "both"] = "both"

    def covers(self, spelling: str, rule: str, row: Row, more: bool) -> bool:
        """Whether it is about this disagreement."""
        return (
            self.spelling == spelling
            and (not self.rules or rule in self.rules)
            and self.direction in ("both", "more" if more else "fewer")
            and (not set(self.changes).isdisjoint(row.changes))
        )


@cache
def differences() -> tuple[Difference, ...]:
    """The named differences, in the order of the file."""
    text = files(__package__).joinpath("differences.toml").read_text("utf-8")
    return tuple(msgspec.convert(tomllib.loads(text).get("difference", []), list[Difference]))


@dataclass(frozen=True, slots=True)
class Cell:
    """One rule in one spelling: how it compares, and the reasons or the rows that say so."""

    rule: str
    spelling: str
    status: Status
    reasons: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(slots=True)
class Proof:
    """All cells, the judge's matches by rule, and how often each named difference showed."""

    cells: list[Cell] = field(default_factory=list)
    judged: Mapping[str, frozenset[int]] = field(default_factory=dict)
    shown: Counter[int] = field(default_factory=Counter)
    rules_of: dict[int, set[str]] = field(default_factory=dict)

    def different(self) -> list[Cell]:
        """Cells with a difference that nobody named."""
        return [cell for cell in self.cells if cell.status == "different"]

    def unneeded(self, ran: Sequence[str]) -> list[Difference]:
        """Named differences of spellings that ran which did not show, rule by rule where rules are named."""
        return [
            each
            for number, each in enumerate(differences())
            if each.spelling in ran and (not self.shown[number] or set(each.rules) - self.rules_of.get(number, set()))
        ]


def prove(rules: Sequence[Rule], world: World, chosen: Sequence[Spelling] | None = None) -> Proof:
    """Run every spelling that is installed (or the chosen ones) over the rows, and compare each with the judge."""
    every = [each for each in (chosen or spellings()) if installed(each)]
    judge = next(each for each in spellings() if each.name == JUDGE)
    proof = Proof(judged=judge.run(judge.prepare(rules), rules, world))
    for spelling in every:
        if spelling.name == JUDGE:
            continue
        prepared = spelling.prepare(rules)
        found = spelling.run(prepared, rules, world)
        proof.cells += [_cell(rule, spelling.name, prepared, found, world, proof) for rule in rules]
    return proof


def _cell(
    rule: Rule, spelling: str, prepared: Prepared, found: Mapping[str, frozenset[int]], world: World, proof: Proof
) -> Cell:
    if rule.name not in prepared.rules:
        return Cell(rule.name, spelling, "left out", (prepared.left_out[rule.name],))
    apart = found[rule.name] ^ proof.judged[rule.name]
    unnamed, reasons = [], {}
    for at in sorted(apart):
        row = world.tables[rule.table][at]
        named = _named(spelling, rule.name, row, at in found[rule.name])
        if named is None:
            unnamed.append(at)
        else:
            proof.shown[named] += 1
            proof.rules_of.setdefault(named, set()).add(rule.name)
            reasons[differences()[named].reason] = True
    if unnamed:
        return Cell(rule.name, spelling, "different", tuple(reasons), tuple(unnamed))
    return Cell(rule.name, spelling, "named" if apart else "same", tuple(reasons), tuple(sorted(apart)))


def _named(spelling: str, rule: str, row: Row, more: bool) -> int | None:
    found = (number for number, each in enumerate(differences()) if each.covers(spelling, rule, row, more))
    return next(found, None)


def statements(rules: Sequence[Rule]) -> Iterator[Cell]:
    """What is claimed of each rule and spelling, without running anything: the run checks these claims.

    A rule that a named difference may concern is ``named``; one that the spelling says is ``same``.
    """
    for spelling in spellings():
        if spelling.name == JUDGE or not installed(spelling):
            continue
        prepared = spelling.prepare(rules)
        for rule in rules:
            if rule.name not in prepared.rules:
                yield Cell(rule.name, spelling.name, "left out", (prepared.left_out[rule.name],))
                continue
            reasons = [
                each.reason for each in differences() if each.spelling == spelling.name and rule.name in each.rules
            ]
            yield Cell(rule.name, spelling.name, "named" if reasons else "same", tuple(reasons))

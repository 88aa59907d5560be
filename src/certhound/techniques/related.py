"""What is near: techniques and rules, computed from the tags, tables and families of the rules that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from certhound.rules import Rule


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A technique met on the same rules: on how many, and how many rules it has in all."""

    technique: str
    shared: int
    rules: int


def tag(technique: str) -> str:
    """The Sigma tag of a technique id."""
    return f"attack.{technique.lower()}"


def rules_of(technique: str, rules: Iterable[Rule]) -> list[Rule]:
    """The rules that are tagged with a technique, the strongest first."""
    wanted = tag(technique)
    return sorted((rule for rule in rules if wanted in rule.tags), key=lambda rule: (-rule.score, rule.name))


def neighbours(technique: str, rules: Iterable[Rule]) -> list[Neighbour]:
    """The other techniques on this one's rules, those that share most first."""
    every = list(rules)
    counts = Counter(each for rule in every for each in set(rule.tags) if each.startswith("attack.t"))
    shared = Counter(each for rule in rules_of(technique, every) for each in set(rule.tags) if each in counts)
    del shared[tag(technique)]
    found = [Neighbour(each[len("attack.") :].upper(), number, counts[each]) for each, number in shared.items()]
    return sorted(found, key=lambda each: (-each.shared, each.technique))


def detections_near(technique: str, rules: Iterable[Rule], most: int = 12) -> list[tuple[Rule, str]]:
    """Rules that are not of this technique, but read what its rules read or look for what is near, and why."""
    every = list(rules)
    own = rules_of(technique, every)
    tags = {each for rule in own for each in rule.tags if each.startswith("attack.t")}
    families, kinds = {rule.family for rule in own}, {(rule.table, rule.category) for rule in own}
    ranked: list[tuple[int, Rule, str]] = []
    for rule in every:
        if tag(technique) in rule.tags:
            continue
        same = sorted(each[len("attack.") :].upper() for each in tags.intersection(rule.tags))
        reasons = [f"also {', '.join(same)}"] if same else []
        reasons += [f"family {rule.family}"] if rule.family in families else []
        reasons += [f"reads {rule.category} records"] if (rule.table, rule.category) in kinds else []
        if reasons:
            ranked.append((len(reasons) + len(same), rule, "; ".join(reasons)))
    ranked.sort(key=lambda each: (-each[0], -each[1].score, each[1].name))
    return [(rule, why) for _, rule, why in ranked[:most]]

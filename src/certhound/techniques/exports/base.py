"""What an exporter works on and what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from certhound.rules import Rule
from certhound.techniques.package import Package
from certhound.techniques.translated import Translation, installed, platforms, sigma_texts, translate

Files = Iterator[tuple[str, str]]
"""Paths below the folder of the export, and texts."""


class Exporter(Protocol):
    """A module of this package: its folder, what is in it, how it was checked, and its files."""

    FOLDER: str
    WHAT: str
    CHECKED: str

    def files(self, material: Material) -> Files: ...


@dataclass(slots=True)
class Material:
    """Packages and rules, the rules' texts by name, and translations, each made once."""

    packages: tuple[Package, ...]
    rules: list[Rule]
    texts: dict[str, str] = field(default_factory=sigma_texts)
    _made: dict[str, Translation | None] = field(default_factory=dict)

    def translation(self, platform: str) -> Translation | None:
        """All rules in a platform's language; None where its back end is not installed."""
        if platform not in self._made:
            there = platform in platforms() and installed(platform)
            self._made[platform] = translate(platform, self.rules) if there else None
        return self._made[platform]

    def translated(self, platform: str) -> Iterator[tuple[Rule, str]]:
        """Every rule that the platform can say, with its query."""
        made = self.translation(platform)
        for rule in self.rules if made else ():
            if made is not None and rule.name in made.queries:
                yield rule, made.queries[rule.name]


def sentences(*texts: str) -> str:
    """Texts on one line, each ended by a full stop."""
    found = [" ".join(text.split()).rstrip(".") for text in texts]
    return ". ".join(each for each in found if each) + "."


def false_positives(rule: Rule) -> str:
    """What a rule says of its false positives, on one line."""
    return sentences(*rule.false_positives) if rule.false_positives else "None is known."


def listed(items: Iterable[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {' '.join(each.split())}" for each in items)

"""The spellings of a rule that can be run here, one module each: ``SPELLING``, found by name.

The first of them, :mod:`.reference`, is the judge. Routing records to rules by log source is the work of whoever runs
Sigma's rules: so each spelling of the others' is asked of the rows that the rule's log source lets through, while our
own spellings have that filter inside.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from certhound.rules import Rule
from certhound.techniques.equality.world import World

JUDGE = "reference"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A spelling's rules by name, in whatever form it runs, and why the others cannot be said in it."""

    rules: Mapping[str, Any]
    left_out: Mapping[str, str] = field(default_factory=dict)


class Spelling(Protocol):
    """One way to say and to run rules. ``needs`` names the packages that must be there."""

    name: str
    title: str
    note: str
    needs: tuple[str, ...]

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        """Write the rules; nothing is run."""

    def run(self, prepared: Prepared, rules: Sequence[Rule], world: World) -> dict[str, frozenset[int]]:
        """For each rule that was prepared the positions of the rows of its table that it matches."""


@cache
def spellings() -> tuple[Spelling, ...]:
    """All of them, the judge first, then by name."""
    names = sorted(each.name for each in pkgutil.iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}") for name in names]
    every = [module.SPELLING for module in found if hasattr(module, "SPELLING")]
    return tuple(sorted(every, key=lambda each: (each.name != JUDGE, each.name)))


def installed(spelling: Spelling) -> bool:
    """Whether the packages that it needs are there."""
    for name in spelling.needs:
        try:
            import_module(name)
        except ImportError:
            return False
    return True

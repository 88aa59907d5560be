"""What a loaded rule is, and what the loader gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from certhound.model.errors import CerthoundError, ErrorList, Place
from certhound.query.tree import TRUE, Expr, Value, conjunction
from certhound.rules.reason import Template

LEVEL_SCORES = {"informational": 5, "low": 20, "medium": 45, "high": 75, "critical": 92}
"""Score of a rule that states none (foreign rules), by its Sigma level."""


NO_REASON = Template(())


@dataclass(frozen=True, slots=True)
class Example:
    """An event inside a rule: a full row (absent columns are ``None``) and whether the rule must match it."""

    row: dict[str, Value | list[str] | dict[str, str]]
    expected: bool
    place: Place
    marked: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One detection, ready to run.

    ``where`` is the whole test of a row of ``table``: the log source's own filter and the rule's predicate.
    ``columns`` are those that it reads, map entries as ``fields.key``. ``name`` is the short name, by which people and
    findings call it: Sigma's ``name``, else the file's name. ``score`` is 1 to 99, percent.
    """

    id: str
    name: str
    title: str
    path: str
    table: str
    category: str
    predicate: Expr
    filter: Expr = TRUE
    own: bool = False
    level: str = ""
    score: int = 0
    family: str = ""
    reason: Template = NO_REASON
    author: str = ""
    status: str = ""
    description: str = ""
    license: str = ""
    date: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    known_gaps: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    positive: tuple[Example, ...] = ()
    negative: tuple[Example, ...] = ()
    version: int = 1

    @property
    def where(self) -> Expr:
        return self.predicate if self.filter == TRUE else conjunction([self.filter, self.predicate])


@dataclass(frozen=True, slots=True)
class NotRun:
    """A rule that cannot be run, what it needs, and why in words. A value, not an error."""

    rule: str
    title: str
    needs: tuple[str, ...]
    reason: str
    author: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that can run, rules that cannot and why, and everything that is wrong in the files."""

    rules: tuple[Rule, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    errors: tuple[CerthoundError, ...] = ()
    files: int = 0

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def check(self) -> RuleSet:
        """Itself; raises all errors at once where there are any."""
        if self.errors:
            raise ErrorList(list(self.errors))
        return self

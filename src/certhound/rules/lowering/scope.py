"""What the lowering of one rule works in: its text, where fields lead, what fills placeholders, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from certhound.model.columns import Kind
from certhound.query.tree import Column, Element, Expr, Span
from certhound.rules.located import Problems, Source

MAX_TESTS = 30_000
"""Most single tests that the values of one rule may come to."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a field leads: an expression of one kind.

    ``part`` says that the field is only a part of the column: ``inside`` somewhere in it, ``tail`` its end; patterns
    must then be open on the other side(s). ``form`` names how values are written in the column (``hex``: lower-case,
    no colons, no leading zeros).
    """

    expr: Expr
    kind: Kind
    part: str = ""
    form: str = ""

    def element(self) -> Target:
        """The element of a list in turn."""
        return Target(Element(), Kind.TEXT, self.part, self.form)


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that leads nowhere: what is needed, and advice."""

    need: str
    text: str
    check: str
    advice: str = ""


class Fields(Protocol):
    """From the fields of a rule to the columns of its table."""

    def find(self, field: str, span: Span) -> Target | Missing:
        """The target of a field."""

    def keywords(self) -> Target | Missing:
        """What keywords are searched in."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a foreign rule needs and this installation or data does not have."""

    need: str
    reason: str


@dataclass
class Scope:
    """The state of one lowering. A rule of ours that lacks something is wrong, a foreign one is only not run."""

    problems: Problems
    fields: Fields
    own: bool
    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lacks: list[Lack] = field(default_factory=list)
    columns: dict[str, None] = field(default_factory=dict)
    used_selections: set[str] = field(default_factory=set)
    tests: int = 0

    @property
    def source(self) -> Source:
        return self.problems.source

    @property
    def spent(self) -> bool:
        """More tests were asked for than a rule may have, which has been told."""
        return self.tests > MAX_TESTS

    def spend(self, count: int, span: Span) -> bool:
        """Whether so many more tests may be made; a few values with modifiers can stand for very many."""
        before, self.tests = self.tests, self.tests + count
        if self.spent and before <= MAX_TESTS:
            self.wrong(span, "sigma-detection", f"the values stand for more than {MAX_TESTS:,} tests")
        return not self.spent

    def wrong(self, span: Span, check: str, text: str, advice: str = "") -> None:
        """The rule is wrong, whoever wrote it."""
        self.problems.add(span, check, text, advice)

    def lack(self, span: Span, need: str, text: str, check: str = "sigma-unsayable", advice: str = "") -> None:
        """The rule is right as Sigma, but cannot be run here."""
        if self.own:
            self.problems.add(span, check, text, advice)
        else:
            self.lacks.append(Lack(need, text))

    def unfilled(self, need: str, text: str) -> None:
        """Nothing fills a placeholder: that is the organisation's profile and no error, in whosoever's rule."""
        self.lacks.append(Lack(need, text))

    def target(self, name: str, span: Span) -> Target | None:
        """The target of a field; where there is none the lack is noted."""
        return self._take(self.fields.find(name, span), span)

    def keyword_target(self, span: Span) -> Target | None:
        return self._take(self.fields.keywords(), span)

    def _take(self, found: Target | Missing, span: Span) -> Target | None:
        if isinstance(found, Missing):
            self.lack(span, found.need, found.text, found.check, found.advice)
            return None
        if isinstance(found.expr, Column):
            self.columns[column_name(found.expr)] = None
        return found


def column_name(column: Column) -> str:
    """A column as rules write it: ``name``, or ``name.key`` for an entry of a map."""
    return column.name if column.key is None else f"{column.name}.{column.key}"

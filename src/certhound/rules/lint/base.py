"""What a lint is and what it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from certhound.model.errors import Place
from certhound.query.tree import Span
from certhound.rules.document import Document
from certhound.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Note:
    """One remark, at its place. ``str`` gives the form that editors understand."""

    check: str
    text: str
    place: Place
    advice: str = ""
    marked: str = ""

    def __str__(self) -> str:
        lines = [f"{self.place} warning[{self.check}] {self.text}"]
        lines += [f"    {self.marked}"] if self.marked else []
        lines += [f"    advice: {self.advice}"] if self.advice else []
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule with its text."""

    rule: Rule
    document: Document
    unused: tuple[str, ...] = ()


class Lint(ABC):
    """One remark that can be made on a rule. ``foreign``: also on rules that others wrote.

    ``advice`` is what to do, where a remark has nothing closer to say.
    """

    id: ClassVar[str]
    summary: ClassVar[str]
    advice: ClassVar[str]
    foreign: ClassVar[bool] = False

    @abstractmethod
    def notes(self, subject: Subject) -> Iterator[Note]:
        """The remarks on one rule."""

    def note(self, subject: Subject, span: Span, text: str, advice: str = "") -> Note:
        source = subject.document.source
        return Note(self.id, text, source.place(span.start), advice or self.advice, source.marked(span))

    def at(self, subject: Subject, *path: str, text: str, advice: str = "") -> Note:
        """A remark at the value under a path of keys."""
        return self.note(subject, subject.document.span(*path), text, advice)

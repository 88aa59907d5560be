"""What a check of packages is and what it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from certhound.rules import Rule
from certhound.techniques.package import Package

Found: TypeAlias = Iterator[tuple[str, str]]
"""What a check says: what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something wrong in a package or with a rule. ``about`` is its id or name."""

    about: str
    check: str
    text: str
    advice: str

    def __str__(self) -> str:
        return f"{self.about} error[{self.check}] {self.text}\n    advice: {self.advice}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check looks at: a package, and the rules that run."""

    package: Package
    rules: list[Rule]


class Check(ABC):
    """One thing that can be wrong in a package."""

    id: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def found(self, it: Subject) -> Found:
        """What is wrong, each with its advice."""

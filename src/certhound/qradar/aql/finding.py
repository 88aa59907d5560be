"""What the linter says: one finding, one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from certhound.query.tree import Span


class Severity(StrEnum):
    """``error``: a console refuses the query, or it cannot mean what it says. ``warning``: it runs and likely gives
    something else, or costs much. ``info``: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``span`` counts characters of the text that was checked; lines and columns count from 1,
    the end is the character behind the last."""

    check: str
    severity: Severity
    span: Span
    message: str
    advice: str = ""
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    marked: str = field(default="", compare=False, repr=False)

    @property
    def docs(self) -> str:
        """Where the check is described, below the project's ``docs/``."""
        return f"aql-checks.md#{self.check}"

"""Severity, confidence and the other small scales that everything shares."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How bad it would be if true, read off the score: critical >= 90, high >= 70, medium >= 40, low >= 15."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical."""
        return _RANKS[self]


_RANKS = {Severity.INFO: 0, Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3, Severity.CRITICAL: 4}
THRESHOLDS: tuple[tuple[int, Severity], ...] = (
    (90, Severity.CRITICAL),
    (70, Severity.HIGH),
    (40, Severity.MEDIUM),
    (15, Severity.LOW),
    (0, Severity.INFO),
)


def severity_of(score: int) -> Severity:
    """The severity of a score from 0 to 100."""
    return next(severity for least, severity in THRESHOLDS if score >= least)


class Confidence(StrEnum):
    """What stands behind a finding: low, one kind of source; medium, the bytes seen or two kinds; high, both."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

"""The level is what the score says; two scales that disagree help nobody."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.model.levels import Severity, severity_of
from certhound.rules.lint.base import Lint, Note, Subject

_LEVELS = {Severity.INFO: "informational"}


class ScoreLevel(Lint):
    id = "score-level"
    summary = "the level fits the score"
    advice = "critical from 90, high from 70, medium from 40, low from 15: change the level or the score"

    def notes(self, subject: Subject) -> Iterator[Note]:
        severity = severity_of(subject.rule.score)
        fitting = _LEVELS.get(severity, severity.value)
        if subject.rule.level and subject.rule.level != fitting:
            text = f"a score of {subject.rule.score} is level {fitting}, not {subject.rule.level}"
            yield self.at(subject, "level", text=text)

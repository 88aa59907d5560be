"""A rule of a second version was changed on some day, and readers ask when."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject


class ModifiedDate(Lint):
    id = "modified-date"
    summary = "a rule whose version was raised has a date of modification"
    advice = "add modified: with the day of the change"

    def notes(self, subject: Subject) -> Iterator[Note]:
        if subject.rule.version > 1 and "modified" not in subject.document.meta:
            text = f"version {subject.rule.version} and no date of modification"
            yield self.at(subject, "certhound", "version", text=text)

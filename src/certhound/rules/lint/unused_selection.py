"""A selection that no condition names was forgotten, or should go."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject


class UnusedSelection(Lint):
    id = "unused-selection"
    summary = "every selection is used by the condition"
    advice = "name it in the condition, or take it away"
    foreign = True

    def notes(self, subject: Subject) -> Iterator[Note]:
        for name in subject.unused:
            yield self.at(subject, "detection", name, text=f"the condition never uses selection {name!r}")

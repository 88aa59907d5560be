"""A reason that is the same for every row says no more than the title."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject


class ReasonColumns(Lint):
    id = "reason-columns"
    summary = "the reason shows something of the row"
    advice = "put what was seen into it, as {subject}"

    def notes(self, subject: Subject) -> Iterator[Note]:
        if not subject.rule.reason.slots():
            text = "the reason names no column"
            yield self.at(subject, "certhound", "reason", text=text, advice="put what was seen into it, as {subject}")

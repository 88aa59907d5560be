"""A rule without an event of each kind is not tested by ``certhound rules test``."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject


class Examples(Lint):
    id = "examples"
    summary = "the rule has at least one positive and one negative event"
    advice = "put one row that must match and one that nearly does under certhound.events"

    def notes(self, subject: Subject) -> Iterator[Note]:
        for kind, events in (("positive", subject.rule.positive), ("negative", subject.rule.negative)):
            if not events:
                yield self.at(subject, "certhound", "events", text=f"the rule has no {kind} event")

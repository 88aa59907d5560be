"""A description that repeats the title, or is a few words long, tells an analyst nothing."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject

SHORTEST = 30
"""Characters."""


class DescriptionSays(Lint):
    id = "description-says"
    summary = "the description is a sentence or more, and not the title again"
    advice = "say in a sentence what was met, and what it is usually a sign of"

    def notes(self, subject: Subject) -> Iterator[Note]:
        said = " ".join(subject.rule.description.split())
        if not said:
            return  # that there is none is said elsewhere
        if said.rstrip(".").lower() == subject.rule.title.strip().lower():
            yield self.at(subject, "description", text="the description is the title again")
        elif len(said) < SHORTEST:
            yield self.at(subject, "description", text=f"the description has {len(said)} characters")

"""Who sees a match wants to know what was meant, by whom, and where it is written up."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject


class Description(Lint):
    id = "description"
    summary = "the rule has a description, a status and an author"
    advice = "say what was met and why it matters, and who to ask"

    def notes(self, subject: Subject) -> Iterator[Note]:
        for key in ("description", "status", "author"):
            if not subject.document.meta.get(key, "").strip():
                yield self.at(subject, key, text=f"the rule has no {key}")

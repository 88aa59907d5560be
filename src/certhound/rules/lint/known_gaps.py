"""Every detection can be walked around; the reader is told how."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject


class KnownGaps(Lint):
    id = "known-gaps"
    summary = "the rule says what it does not see"
    advice = "say how an adversary would avoid this"

    def notes(self, subject: Subject) -> Iterator[Note]:
        if not subject.rule.known_gaps:
            text = "no known gap is named"
            yield self.at(subject, "certhound", "known_gaps", text=text, advice="say how an adversary would avoid this")

"""A value that stands twice in a list was pasted, and another was perhaps meant."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.lint.selections import values


class ValueTwice(Lint):
    id = "value-twice"
    summary = "no list of values has one twice; letters of either case are the same"
    advice = "take one of them away, or write |cased where case matters"

    def notes(self, subject: Subject) -> Iterator[Note]:
        for key, found in values(subject):
            exact = "cased" in key.text.split("|") or "re" in key.text.split("|")
            seen: set[str] = set()
            for each in found:
                text = each.text if exact else each.text.lower()
                if text in seen:
                    yield self.note(subject, each.span, f"{each.text!r} stands twice under {key.text}")
                seen.add(text)

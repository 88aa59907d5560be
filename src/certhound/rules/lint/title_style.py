"""Titles are read in tables."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject

LONGEST = 110


class TitleStyle(Lint):
    id = "title-style"
    summary = "a title begins with a capital, has no full stop, and fits into a table"
    advice = "a few words in title case, without a full stop"

    def notes(self, subject: Subject) -> Iterator[Note]:
        title = subject.rule.title.strip()
        if title[:1].islower():
            yield self.at(subject, "title", text="the title begins in lower case")
        if title.endswith("."):
            yield self.at(subject, "title", text="the title ends with a full stop")
        if len(title) > LONGEST:
            yield self.at(subject, "title", text=f"the title has {len(title)} characters; more than {LONGEST} get cut")

"""A title travels through systems that do not all write every letter."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject


class TitleLetters(Lint):
    id = "title-letters"
    summary = "a title is plain text on one line, without double blanks"
    advice = "write it with letters of ASCII, on one line"

    def notes(self, subject: Subject) -> Iterator[Note]:
        title = subject.rule.title
        odd = sorted({each for each in title if not " " <= each <= "~"})
        if odd:
            yield self.at(subject, "title", text=f"the title has {', '.join(ascii(each) for each in odd)}")
        if "  " in title or title != title.strip():
            yield self.at(subject, "title", text="the title has blanks that do not show")

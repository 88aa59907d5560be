"""A file is found by what its rule is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from certhound.rules.lint.base import Lint, Note, Subject

_STEM = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_WORD = re.compile(r"[a-z0-9]{3,}")


class FileName(Lint):
    id = "file-name"
    summary = "the file's name is in lower case with underscores and shares a word with the title"

    def notes(self, subject: Subject) -> Iterator[Note]:
        stem = PurePath(subject.rule.path).stem
        if not _STEM.fullmatch(stem):
            text = f"file name {stem!r} is not made of lower-case words and underscores"
            yield self.at(subject, "title", text=text)
            return
        title = subject.rule.title.lower()
        words = [word for word in _WORD.findall(stem) if len(word) >= 3]
        if words and not any(word[:5] in title for word in words):
            yield self.at(subject, "title", text=f"the title shares no word with the file's name {stem!r}")

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
    summary = "the file's name is in lower case with underscores and shares a word with the title or description"
    advice = "name the file after what the rule is about, as odd_port_outside.yml"

    def notes(self, subject: Subject) -> Iterator[Note]:
        stem = PurePath(subject.rule.path).stem
        if not _STEM.fullmatch(stem):
            text = f"file name {stem!r} is not made of lower-case words and underscores"
            yield self.at(subject, "title", text=text)
            return
        said = f"{subject.rule.title} {subject.rule.description}".lower()
        words = _WORD.findall(stem.replace("_", " "))
        if words and not any(word[:5] in said for word in words):
            text = f"neither title nor description shares a word with the file's name {stem!r}"
            yield self.at(subject, "title", text=text)

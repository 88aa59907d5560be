"""Dates in the one form that sorts."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.yaml_tree import Scalar


class DateForm(Lint):
    id = "date-form"
    summary = "dates are written yyyy-mm-dd, and the rule has one"
    advice = "write dates as 2026-01-31"

    def notes(self, subject: Subject) -> Iterator[Note]:
        meta = subject.document.meta
        if "date" not in meta:
            yield self.at(subject, "title", text="the rule has no date")
        for key in ("date", "modified"):
            node = subject.document.root.get(key)
            if key in meta and isinstance(node, Scalar) and node.text != meta[key]:
                yield self.at(subject, key, text=f"{node.text} is not written yyyy-mm-dd", advice=meta[key])
        if meta.get("modified", "9999") < meta.get("date", ""):
            yield self.at(subject, "modified", text="the rule was modified before it was written")

"""Wildcards that say what a modifier says already, or that a field exists."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.rules.lint.base import Lint, Note, Subject
from certhound.rules.lint.selections import values

_LITERAL = frozenset({"re", "cidr", "gt", "gte", "lt", "lte", "exists", "base64", "base64offset", "fieldref"})


class NeedlessWildcard(Lint):
    id = "needless-wildcard"
    summary = "wildcards stand where a modifier does not say it more plainly"
    advice = "write |exists: true for *, and |contains, |startswith or |endswith for wildcards at the ends"

    def notes(self, subject: Subject) -> Iterator[Note]:
        for key, found in values(subject):
            modifiers = set(key.text.split("|")[1:])
            if modifiers & _LITERAL:
                continue
            for each in found:
                if self._needless(each.text, modifiers):
                    yield self.note(subject, each.span, f"{each.text!r} under {key.text}: its wildcard is needless")

    @staticmethod
    def _needless(text: str, modifiers: set[str]) -> bool:
        if text == "*":
            return True
        begins, ends = text.startswith("*"), text.endswith("*") and not text.endswith("\\*")
        inner = "*" in text[1:-1] or "?" in text
        if "contains" in modifiers or "startswith" in modifiers or "endswith" in modifiers:
            return (begins and "startswith" not in modifiers) or (ends and "endswith" not in modifiers)
        return (begins or ends) and not inner and len(text) > 1

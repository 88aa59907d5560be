"""A source can be opened."""

from __future__ import annotations

from certhound.techniques.check.base import Check, Found, Subject


class References(Check):
    id = "references"
    summary = "every reference is an https address"

    def found(self, it: Subject) -> Found:
        for each in it.package.facts.reference:
            if not each.url.startswith("https://"):
                yield f"reference {each.title!r} is no https address", "name a source that can be opened"

"""A package around nothing."""

from __future__ import annotations

from certhound.techniques.check.base import Check, Found, Subject
from certhound.techniques.related import rules_of


class HasRules(Check):
    id = "has-rules"
    summary = "at least one rule is tagged with the technique"

    def found(self, it: Subject) -> Found:
        if not rules_of(it.package.id, it.rules):
            yield "no rule is tagged with it", "a package without detections is a note; tag rules or leave it out"

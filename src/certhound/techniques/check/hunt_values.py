"""A hunt starts without a finding."""

from __future__ import annotations

from certhound.techniques.check.base import Check, Found, Subject
from certhound.techniques.filled import needs


class HuntValues(Check):
    id = "hunt-values"
    summary = "no hunt asks for a finding's values"

    def found(self, it: Subject) -> Found:
        for hunt in it.package.hunts.hunt if it.package.hunts else ():
            if needs(hunt.query):
                yield f"hunt {hunt.id} asks for {', '.join(needs(hunt.query))}", "a hunt starts without a finding"

"""What is seen and what follows from it stand apart."""

from __future__ import annotations

from certhound.techniques.check.base import Check, Found, Subject


class InferredApart(Check):
    id = "inferred-apart"
    summary = "no technique is both evidence and inferred"

    def found(self, it: Subject) -> Found:
        for each in {one.id for one in it.package.facts.downstream} & {one.id for one in it.package.facts.inferred}:
            yield f"{each} is both evidence and inferred", "what is seen and what follows from it stand apart"

"""A playbook ends with lessons, not with containment."""

from __future__ import annotations

from certhound.techniques.check.base import Check, Found, Subject


class Phases(Check):
    id = "phases"
    summary = "every playbook has all six phases"

    def found(self, it: Subject) -> Found:
        wanted = ("triage", "scoping", "containment", "eradication", "recovery", "lessons")
        for each in it.package.playbook.scenario if it.package.playbook else ():
            missing = [phase for phase in wanted if phase not in {step.phase for step in each.step}]
            if missing:
                yield f"playbook {each.id} lacks {', '.join(missing)}", "six phases, each with a role and a time"

"""Somebody does each step."""

from __future__ import annotations

from certhound.techniques.check.base import Check, Found, Subject


class Roles(Check):
    id = "roles"
    summary = "every role of a playbook is explained"

    def found(self, it: Subject) -> Found:
        playbook = it.package.playbook
        for each in playbook.scenario if playbook else ():
            for role in sorted({step.role for step in each.step} - set(playbook.roles if playbook else ())):
                yield f"playbook {each.id}: nobody is {role!r}", "say under [roles] what the role does"

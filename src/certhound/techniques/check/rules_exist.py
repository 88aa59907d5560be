"""What drills and playbooks call a rule is one."""

from __future__ import annotations

from fnmatch import filter as matching

from certhound.techniques.check.base import Check, Found, Subject


class RulesExist(Check):
    id = "rules-exist"
    summary = "rules that are named exist"

    def found(self, it: Subject) -> Found:
        known = [rule.name for rule in it.rules]
        named = [(f"drill {drill.id}", rule) for drill in it.package.facts.drill for rule in drill.rules]
        scenarios = it.package.playbook.scenario if it.package.playbook else ()
        named += [(f"playbook {each.id}", rule) for each in scenarios for rule in each.rules]
        for where, pattern in named:
            if not matching(known, pattern):
                yield f"{where}: no rule is called {pattern!r}", "certhound rules list"

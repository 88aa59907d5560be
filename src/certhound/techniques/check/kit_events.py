"""Every finding is an event of exactly one kind, and each kind has a place in QRadar's categories."""

from __future__ import annotations

from collections import Counter

from certhound.techniques.check.base import Check, Found, Subject


class KitEvents(Check):
    id = "kit-events"
    summary = "kinds of events are unique, cover the families of our rules, and the last takes what is left"

    def found(self, it: Subject) -> Found:
        events = it.package.kit.event if it.package.kit else ()
        if not events:
            return
        for name, number in Counter(each.id for each in events).items():
            if number > 1:
                yield f"the event id {name!r} stands {number} times", "one id is one kind of event"
        for name, number in Counter(family for each in events for family in each.families).items():
            if number > 1:
                yield f"family {name!r} is in {number} kinds of events", "a finding is an event of one kind"
        known = {rule.family for rule in it.rules}
        stated = {family for each in events for family in each.families}
        for name in sorted(known - stated):
            yield f"family {name!r} is in no kind of event", "add it to the kind that it belongs to"
        for name in sorted(stated - known):
            yield f"no rule is of family {name!r}", "name families of rules"
        if events[-1].families:
            yield "the last kind of event takes some families only", "let the last take what is left"
        for each in events:
            if not 0 <= each.severity <= 10 or each.category % 1000 == 0:
                yield (
                    f"{each.id}: severity {each.severity}, category {each.category}",
                    ("severities are 0 to 10, and an event has a low-level category"),
                )

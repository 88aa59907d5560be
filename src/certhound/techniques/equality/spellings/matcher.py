"""A Sigma runner of somebody else's that evaluates rules itself, event by event: the package ``sigma-rule-matcher``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from certhound.rules import Rule
from certhound.techniques.equality.spellings import Prepared
from certhound.techniques.equality.spellings.sqlite import lists_of
from certhound.techniques.equality.world import World, plain


class _Matcher:
    name = "matcher"
    title = "sigma-rule-matcher"
    note = (
        "the Sigma file run by another project's evaluator, which has no lists of selections, null, or lists in events"
    )
    needs = ("sigma_rule_matcher",)

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        from sigma.conditions import ConditionAND
        from sigma.exceptions import SigmaError
        from sigma.rule import SigmaRule
        from sigma_rule_matcher.matcher import RuleMatcher

        from certhound.techniques.translated import sigma_texts

        texts, ready, left_out = sigma_texts(), {}, {}
        for rule in rules:
            if lists_of(rule):
                left_out[rule.name] = "the runner knows no lists"
                continue
            try:
                parsed = SigmaRule.from_yaml(texts[rule.name])
                if any(each.item_linking is not ConditionAND for each in parsed.detection.detections.values()):
                    left_out[rule.name] = "the runner knows no lists of selections"
                    continue
                if _has_backslash(parsed):
                    left_out[rule.name] = "the runner doubles the backslashes of regular expressions"
                    continue
                ready[rule.name] = RuleMatcher(parsed)
            except (SigmaError, NotImplementedError, ValueError, re.error) as error:
                left_out[rule.name] = f"the runner refuses it: {str(error)[:80]}"
        return Prepared(ready, left_out)

    def run(self, prepared: Prepared, rules: Sequence[Rule], world: World) -> dict[str, frozenset[int]]:
        found = {}
        for rule in rules:
            if rule.name in prepared.rules:
                matcher, rows = prepared.rules[rule.name], world.tables[rule.table]
                hits = (at for at in world.candidates[rule.name] if _matches(matcher, plain(rows[at].values)))
                found[rule.name] = frozenset(hits)
        return found


def _has_backslash(rule: Any) -> bool:
    from sigma.types import SigmaRegularExpression

    items = (item for each in rule.detection.detections.values() for item in each.detection_items)
    values = (value for item in items for value in item.value)
    return any(isinstance(value, SigmaRegularExpression) and "\\" in str(value.regexp) for value in values)


def _matches(matcher: Any, event: dict[str, Any]) -> bool:
    wanted = {item.field for each in matcher.rule.detection.detections.values() for item in each.detection_items}
    return bool(matcher.match({name: event[name] for name in wanted if name in event}))


SPELLING = _Matcher()

"""The shipped detections: each is whole, judges its own events alike in every engine, and says why in words."""

from __future__ import annotations

from functools import cache

import pytest

from certhound.rules.load import load_rules
from certhound.rules.reason import ABSENT, render
from certhound.rules.rule import Rule, RuleSet
from certhound.rules.selftest import test_rules as run_events

FAMILIES = {"identity", "trust", "name", "lifetime", "rarity", "network", "form"}
LEVELS = (("critical", 90), ("high", 70), ("medium", 40), ("low", 15), ("informational", 1))


@cache
def shipped() -> RuleSet:
    return load_rules().check()


def own_rules() -> list[Rule]:
    return [rule for rule in shipped() if rule.own]


def test_enough_rules_with_ids_of_their_own() -> None:
    rules = own_rules()
    assert len(rules) >= 25
    assert len({rule.id for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
    assert not shipped().not_run


@pytest.mark.parametrize("rule", own_rules(), ids=lambda rule: rule.name)
def test_a_rule_is_whole(rule: Rule) -> None:
    assert rule.family in FAMILIES or rule.table == "events"
    assert rule.level == next(level for level, least in LEVELS if rule.score >= least)
    assert rule.description
    assert rule.references
    assert rule.false_positives
    assert rule.known_gaps
    assert rule.author == "certhound"
    assert len(rule.positive) >= 1
    assert len(rule.negative) >= (1 if rule.table == "events" else 2)
    assert any(tag.startswith("attack.t") for tag in rule.tags)


def test_every_rule_judges_its_own_events_alike_in_every_engine() -> None:
    report = run_events(own_rules())
    assert [str(failure.as_error()) for failure in report.failures] == []
    assert report.examples >= 150


@pytest.mark.parametrize("rule", own_rules(), ids=lambda rule: rule.name)
def test_a_reason_is_a_sentence_about_the_row(rule: Rule) -> None:
    reason = render(rule.reason, rule.positive[0].row)
    assert "{" not in reason
    assert 20 < len(reason) < 400
    assert rule.reason.slots() or ABSENT not in reason


@pytest.mark.parametrize("rule", own_rules(), ids=lambda rule: rule.name)
def test_a_trusted_certificate_is_left_alone_by_all_but_a_few(rule: Rule) -> None:
    """What a public CA vouches for may be expired, misnamed or on a list of tools; nothing else counts against it."""
    matched = [example for example in rule.positive if example.row.get("trust") == "trusted"]
    assert not matched or rule.name in {"name_mismatch_outside", "brand_wrapped_in_name"}

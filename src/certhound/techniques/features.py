"""What of Sigma's language a rule uses that some back end says wrongly: told by name, for the mapping files.

A mapping's ``[limits]`` gives a feature and the reason why rules with it are left out for that platform. They were
found by reading what the back ends write; a wrong query would be worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sigma.modifiers import SigmaCIDRModifier, SigmaEndswithModifier, SigmaRegularExpressionModifier
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaNull, SigmaRegularExpression

FEATURES = {
    "regex": "a regular expression",
    "regex-backslash": "a regular expression with a backslash",
    "regex-slash": "a regular expression with a slash",
    "negated-cidr": "networks that are excluded",
    "several-endings": "several endings of one field",
    "absent": "a test for an absent field",
    "not": "something excluded",
}
"""Every feature that a mapping may name, in words."""


def features_of(rule: SigmaRule) -> frozenset[str]:
    """The features that a rule uses."""
    found: set[str] = set()
    negated = any(" not " in f" {each} " for each in rule.detection.condition)
    if negated:
        found.add("not")
    for item in _items(rule.detection.detections.values()):
        if SigmaCIDRModifier in item.modifiers and negated:
            found.add("negated-cidr")
        if SigmaEndswithModifier in item.modifiers and len(item.value) > 1:
            found.add("several-endings")
        if any(isinstance(value, SigmaNull) for value in item.value):
            found.add("absent")
        if SigmaRegularExpressionModifier in item.modifiers:
            found.add("regex")
            found.update(_of_regex(item.value))
    return frozenset(found)


def fields_of(rule: SigmaRule) -> set[str]:
    """The fields that a rule reads."""
    return {item.field for item in _items(rule.detection.detections.values()) if item.field is not None}


def _of_regex(values: list[Any]) -> Iterator[str]:
    texts = [str(value.regexp) for value in values if isinstance(value, SigmaRegularExpression)]
    if any("\\" in text for text in texts):
        yield "regex-backslash"
    if any("/" in text for text in texts):
        yield "regex-slash"


def _items(detections: Any) -> Iterator[SigmaDetectionItem]:
    for each in detections:
        if isinstance(each, SigmaDetection):
            yield from _items(each.detection_items)
        else:
            yield each

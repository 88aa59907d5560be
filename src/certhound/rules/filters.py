"""Sigma filters: documents that add ``and (their condition)`` to the rules that they name."""

from __future__ import annotations

from certhound.rules.collection import Member
from certhound.rules.document import Document, LogSource
from certhound.rules.yaml_tree import Mapping, Scalar, Sequence

ANY = "any"


def check_filter(member: Member) -> None:
    """Note what is wrong in a filter whether or not a rule uses it."""
    body = member.document.root.get("filter")
    if not isinstance(body, Mapping):
        if body is not None:
            member.problems.add(
                body.span, "sigma-filter", "filter must be a mapping of rules, selections and a condition"
            )
        return
    rules = body.get("rules")
    listed = isinstance(rules, Sequence) and all(isinstance(item, Scalar) for item in rules.items)
    if not isinstance(rules, Scalar) and not listed:
        span = rules.span if rules else body.span
        member.problems.add(span, "sigma-filter", "a filter names its rules: any, one, or a list of ids and names")


def applies(filter_document: Document, rule: Document) -> bool:
    """Whether a filter is for a rule: the log source fits, and the rule is named or any is meant."""
    if not _contains(filter_document.log_source, rule.log_source):
        return False
    body = filter_document.root.get("filter")
    rules = body.get("rules") if isinstance(body, Mapping) else None
    if isinstance(rules, Scalar):
        return rules.text.lower() == ANY or rules.text in _names(rule)
    if isinstance(rules, Sequence):
        return not rules.items or any(isinstance(each, Scalar) and each.text in _names(rule) for each in rules.items)
    return False


def _names(rule: Document) -> tuple[str, ...]:
    return (rule.meta.get("id", ""), rule.meta.get("name", ""))


def _contains(wide: LogSource, narrow: LogSource) -> bool:
    """A log source with fewer keys contains those with more, where the keys that both have agree."""
    pairs = ((wide.product, narrow.product), (wide.category, narrow.category), (wide.service, narrow.service))
    return all(not asked or asked == given for asked, given in pairs)

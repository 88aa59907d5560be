"""Sigma correlation rules: what one event cannot say, over rules of ours, as files for SIEMs that count and order.

certhound's own findings gather evidence on their own and do not run these. A file holds the correlation, perhaps rules
that are parts of it alone, and sequences of events that it must and must not find; other rules it names by their id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.processing.conditions import LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation
from sigma.rule import SigmaRule

from certhound.techniques.features import features_of, fields_of
from certhound.techniques.translated import BACKENDS, platforms, sigma_texts

EXTRAS = "certhound"


@dataclass(frozen=True, slots=True)
class Sequence:
    """Events in order, each with its time in seconds, and whether the correlation must find something in them."""

    events: tuple[tuple[int, Mapping[str, Any]], ...]
    expected: bool


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation rule: the text of its file, of the rules that it needs besides, and its sequences."""

    name: str
    title: str
    file: str
    text: str
    needs: tuple[str, ...]
    sequences: tuple[Sequence, ...]

    def bundle(self) -> str:
        """The file and the rules that it names, in one text, as back ends take it."""
        texts = sigma_texts()
        return "\n---\n".join([*(texts[name].rstrip() for name in self.needs), self.text.rstrip()]) + "\n"


@cache
def correlations() -> tuple[Correlation, ...]:
    """All that ship, by name."""
    folder = files("certhound").joinpath("content", "correlations")
    found = [each for each in folder.iterdir() if each.name.endswith(".yml")]
    return tuple(_read(each.name, each.read_text("utf-8")) for each in sorted(found, key=lambda each: each.name))


def _read(file: str, text: str) -> Correlation:
    documents = list(yaml.safe_load_all(text))
    own = next(each for each in documents if "correlation" in each)
    inside = {each.get("name") for each in documents} | {each.get("id") for each in documents}
    by_id = _names_by_id()
    needs = tuple(by_id[each] for each in own["correlation"]["rules"] if each not in inside)
    events = own[EXTRAS]["events"]
    sequences = (
        Sequence(tuple(_events(each)), side == "positive")
        for side in ("positive", "negative")
        for each in events.get(side, ())
    )
    return Correlation(own["name"], own["title"], file, text, needs, tuple(sequences))


@cache
def _names_by_id() -> dict[str, str]:
    return {str(yaml.safe_load(text)["id"]): name for name, text in sigma_texts().items()}


def _events(written: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """``events`` as often as ``repeat`` says, ``every`` so many seconds a round, or an event where there is one."""
    events, every = written["events"], int(written.get("every", 60))
    rounds = int(written.get("repeat", 1))
    for number in range(rounds):
        for place, event in enumerate(events):
            yield (number if rounds > 1 else place) * every, event


def convert(correlation: Correlation, platform: str) -> str:
    """The correlation in a platform's language. Raises SigmaError where it cannot be said there."""
    mapping = platforms()[platform]
    rules = SigmaCollection.from_yaml(correlation.bundle())
    categories = {rule.logsource.category for rule in rules if hasattr(rule, "logsource")}
    lacking = sorted(each for each in categories if each not in mapping)
    if lacking:
        raise SigmaError(f"{mapping['name']}'s usual logs have no counterpart of {', '.join(lacking)} records")
    _refuse_lacking(rules, mapping)
    items = [
        ProcessingItem(
            FieldMappingTransformation({**mapping[category]["fields"]}),
            rule_conditions=[LogsourceCondition(category=category, product="certhound")],
        )
        for category in sorted(categories)
    ]
    module, name = BACKENDS[str(mapping["backend"])]
    backend = getattr(import_module(module), name)(processing_pipeline=ProcessingPipeline(items=items))
    try:
        found = backend.convert(rules)
    except NotImplementedError:
        raise SigmaError("the back end knows no correlations") from None
    if not found:
        raise SigmaError("the back end gives nothing")
    return str(found[-1])


def _refuse_lacking(rules: SigmaCollection, mapping: Mapping[str, Any]) -> None:
    """Raise for what the platform has no field for, and for what its back end says wrongly."""
    lacking: set[str] = set()
    for rule in rules:
        if isinstance(rule, SigmaRule):
            features = features_of(rule)
            wrong = [why for feature, why in mapping.get("limits", ()) if feature in features]
            if wrong:
                raise SigmaError("; ".join(wrong))
            lacking |= fields_of(rule) - set(mapping[rule.logsource.category or ""]["fields"])
        elif isinstance(rule, SigmaCorrelationRule):
            known = {name for each in mapping.values() if isinstance(each, dict) for name in each["fields"]}
            lacking |= set(rule.group_by or ()) - known - {alias.alias for alias in rule.aliases}
    if lacking:
        raise SigmaError(f"add to the feed, and map: {', '.join(sorted(lacking))}")


def validation_config() -> str:
    """The configuration for ``sigma check`` that needs no network."""
    return files("certhound").joinpath("content", "correlations", "validation.yaml").read_text("utf-8")

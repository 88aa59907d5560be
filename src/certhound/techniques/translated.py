"""Our rules in other platforms' languages through pySigma's back ends, which are an optional extra (``export``).

A rule is translated where the platform's usual logs have every column that it reads, as the mapping files
(``content/mappings/platforms/``) say; else it is left out with the reason. Nothing is put in place of what is missing,
and nothing here was run on the platform.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from typing import Any

from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import ChangeLogsourceTransformation, FieldMappingTransformation
from sigma.rule import SigmaRule

from certhound.model.columns import EVENTS
from certhound.rules import Rule
from certhound.rules.files import packaged_files
from certhound.techniques.features import features_of

BACKENDS = {
    "splunk": ("sigma.backends.splunk", "SplunkBackend"),
    "kusto": ("sigma.backends.kusto", "KustoBackend"),
    "esql": ("sigma.backends.elasticsearch", "ESQLBackend"),
    "logscale": ("sigma.backends.crowdstrike", "LogScaleBackend"),
    "secops": ("sigma.backends.secops", "SecOpsBackend"),
    "sumologic": ("sigma.backends.sumologic", "SumoLogicCSEBackend"),
    "cortexxdr": ("sigma.backends.cortexxdr", "CortexXDRBackend"),
    "sentinelone": ("sigma.backends.sentinelone_pq", "SentinelOnePQBackend"),
    "opensearch": ("sigma.backends.opensearch", "OpensearchLuceneBackend"),
}
_COLUMNS = {column.name for column in EVENTS.columns}


@dataclass(frozen=True, slots=True)
class Translation:
    """One platform: what its mapping says, the rules' texts by name, and why others are left out."""

    id: str
    name: str
    language: str
    note: str
    queries: dict[str, str]
    left_out: dict[str, str]


def platforms() -> dict[str, dict[str, Any]]:
    """The mapping files by the platform's id."""
    folder = files("certhound").joinpath("content", "mappings", "platforms")
    found = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    return {
        each.name[:-5]: tomllib.loads(each.read_text("utf-8")) for each in sorted(found, key=lambda each: each.name)
    }


def installed(platform: str) -> bool:
    """Whether the back end is there."""
    try:
        import_module(BACKENDS[str(platforms()[platform]["backend"])][0])
    except ImportError:
        return False
    return True


def translate(platform: str, rules: Iterable[Rule]) -> Translation:
    """All rules for one platform. Raises ImportError without the back end."""
    mapping = platforms()[platform]
    texts = sigma_texts()
    queries: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for rule in rules:
        try:
            queries[rule.name] = _translated(rule, texts[rule.name], mapping)
        except _LeftOut as error:
            left_out[rule.name] = str(error)
        except SigmaError as error:
            left_out[rule.name] = f"the back end refuses it: {str(error).splitlines()[0]}"
    return Translation(
        platform, str(mapping["name"]), str(mapping["language"]), str(mapping["note"]), queries, left_out
    )


class _LeftOut(Exception):
    """Why a rule is not translated."""


def _translated(rule: Rule, text: str, mapping: dict[str, Any]) -> str:
    """A rule in a platform's language. Raises :class:`_LeftOut`, or SigmaError where the back end refuses."""
    part = mapping.get(rule.category) if rule.table == EVENTS.name else None
    reason = _missing(rule, part, str(mapping["name"]))
    if part is None or reason:
        raise _LeftOut(reason)
    features = features_of(SigmaRule.from_yaml(text))
    wrong = [why for feature, why in mapping.get("limits", ()) if feature in features]
    if wrong:
        raise _LeftOut("; ".join(wrong))
    made = _converted(_backend(mapping), text, part, mapping.get("taxonomy") == "sigma")
    return str(part["source"]) + str(part.get("around", "{}")).replace("{}", made)


def _backend(mapping: dict[str, Any]) -> Callable[..., Any]:
    """The back end's class, with the settings that the mapping corrects."""
    module, name = BACKENDS[str(mapping["backend"])]
    found = getattr(import_module(module), name)
    settings = {key: value for key, value in mapping.items() if key.startswith(("re_", "convert_"))}
    return type(name, (found,), settings) if settings else found


def _missing(rule: Rule, part: dict[str, Any] | None, platform: str) -> str:
    """Why a rule cannot be said there; empty where it can."""
    if rule.table != "events":
        return f"reads {rule.table}, which certhound derives: parsed and judged certificates"
    if part is None:
        return f"{platform}'s usual logs have no counterpart of {rule.category} records"
    computed = sorted(set(rule.columns) - _COLUMNS - {each for each in rule.columns if each.startswith("fields.")})
    if computed:
        return f"reads what certhound computes: {', '.join(computed)}"
    lacking = sorted(set(rule.columns) - set(part["fields"]) - {"category"})
    return f"add to the feed, and map: {', '.join(lacking)}" if lacking else ""


def _converted(backend: Callable[..., Any], text: str, part: dict[str, Any], own_pipeline: bool) -> str:
    """The back end's text. ``own_pipeline``: it maps Sigma's usual names itself, so the rule is brought to them."""
    rules = SigmaCollection.from_yaml(text)
    renamed = ProcessingPipeline(items=[ProcessingItem(FieldMappingTransformation({**part["fields"]}))])
    if own_pipeline:
        renamed.items.append(ProcessingItem(ChangeLogsourceTransformation(**part["logsource"])))
        for rule in rules:
            if isinstance(rule, SigmaRule):
                renamed.apply(rule)
        found = backend().convert(rules)
    else:
        found = backend(processing_pipeline=renamed).convert(rules)
    if not found:
        raise SigmaError("it gives nothing")
    return str(found[0])


def sigma_texts() -> dict[str, str]:
    """The packaged rules' YAML by the name of their file."""
    return {each.name.rsplit("/", 1)[-1].removesuffix(".yml"): each.read().text for each in packaged_files()}

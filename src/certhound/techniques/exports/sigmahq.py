"""Our rules in Sigma's own taxonomy, in folders and names as SigmaHQ has them, for tools that know no columns of ours.

A rule is here where Sigma's taxonomy (https://github.com/SigmaHQ/sigma-specification) has a log source for its records
and a field for each column that it reads; the others are listed in the README of the folder, with what is missing. The
ids are new ones, made from ours, and each rule says from which it is derived.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import ChangeLogsourceTransformation, FieldMappingTransformation
from sigma.rule import SigmaRule

from certhound.rules import Rule
from certhound.techniques.exports.base import Files, Material

FOLDER = "sigmahq"
WHAT = "rules in Sigma's own taxonomy, in SigmaHQ's folders"
CHECKED = "SigmaHQ's validators; read again by certhound, they match the rules' own events"


@dataclass(frozen=True, slots=True)
class LogSource:
    """A log source of Sigma, the folder and the beginning of file names, and its fields by our columns."""

    category: str
    product: str | None
    folder: str
    prefix: str
    fields: Mapping[str, str]


LOG_SOURCES: dict[str, LogSource] = {
    "process": LogSource(
        "process_creation", None, "rules/category/process_creation", "proc_creation_",
        {"process": "Image", "command_line": "CommandLine", "parent_process": "ParentImage",
         "parent_command_line": "ParentCommandLine", "user": "User"},
    ),
    "script": LogSource(
        "ps_script", "windows", "rules/windows/powershell/powershell_script", "posh_ps_", {"script": "ScriptBlockText"}
    ),
    "registry": LogSource(
        "registry_event", "windows", "rules/windows/registry/registry_event", "registry_event_",
        {"registry_key": "TargetObject", "registry_value": "Details", "process": "Image"},
    ),
    "file": LogSource(
        "file_event", None, "rules/category/file_event", "file_event_",
        {"file_path": "TargetFilename", "process": "Image"},
    ),
    "connection": LogSource(
        "network_connection", None, "rules/category/network_connection", "net_connection_",
        {"process": "Image", "dst_ip": "DestinationIp", "dst_port": "DestinationPort",
         "dst_host": "DestinationHostname", "src_ip": "SourceIp"},
    ),
    "web": LogSource(
        "proxy", None, "rules/web/proxy_generic", "proxy_",
        {"url": "c-uri", "dst_host": "cs-host", "http_method": "cs-method", "user": "cs-username",
         "user_agent": "c-useragent", "src_ip": "src_ip", "dst_ip": "dst_ip"},
    ),
}  # fmt: skip
"""By the category of a rule's records."""

_ORDER = (
    "title", "id", "related", "status", "description", "references", "author", "date", "modified", "tags", "logsource",
    "detection", "falsepositives", "level",
)  # fmt: skip


def files(material: Material) -> Files:
    left_out: dict[str, str] = {}
    for rule in material.rules:
        why = missing(rule)
        if why:
            left_out[rule.name] = why
            continue
        source = LOG_SOURCES[rule.category]
        yield f"{FOLDER}/{source.folder}/{source.prefix}{rule.name}.yml", rewritten(rule, material.texts[rule.name])
    said = "\n".join(f"| {name} | {why} |" for name, why in sorted(left_out.items()))
    yield f"{FOLDER}/README.md", f"# Sigma rules\n\n## Left out\n\n| rule | why |\n|---|---|\n{said}\n"


def missing(rule: Rule) -> str:
    """Why a rule cannot be said in Sigma's taxonomy; empty where it can."""
    if rule.table != "events":
        return f"reads {rule.table}, which certhound derives"
    source = LOG_SOURCES.get(rule.category)
    if source is None:
        return f"Sigma has no log source for {rule.category} records"
    lacking = sorted(set(rule.columns) - set(source.fields))
    return f"{source.category} has no field for {', '.join(lacking)}" if lacking else ""


def rewritten(rule: Rule, text: str) -> str:
    """The rule with Sigma's log source and fields, without what only certhound reads."""
    source = LOG_SOURCES[rule.category]
    parsed = SigmaRule.from_yaml(text)
    fields: dict[str | None, str | list[str]] = {ours: theirs for ours, theirs in source.fields.items()}  # noqa: C416
    pipeline = ProcessingPipeline(
        items=[
            ProcessingItem(FieldMappingTransformation(fields)),
            ProcessingItem(ChangeLogsourceTransformation(source.category, source.product, None)),
        ]
    )
    pipeline.apply(parsed)
    found = {**parsed.to_dict(), **_customs(rule, parsed.to_dict())}
    ordered = {key: found[key] for key in _ORDER if found.get(key)}
    return yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=120)


def _customs(rule: Rule, found: Mapping[str, object]) -> dict[str, object]:
    """What SigmaHQ asks of a rule that is new to it: no links that tags say already, and more capitals in titles."""
    return {
        "title": rule.title.replace(" into ", " Into "),
        "id": derived_id(rule.id),
        "related": [{"id": rule.id, "type": "derived"}],
        "status": "experimental",
        "references": [each for each in rule.references if "attack.mitre.org" not in each],
        "modified": None if found.get("modified") == found.get("date") else found.get("modified"),
    }


def derived_id(id_: str) -> str:
    """A UUID of the form that SigmaHQ takes, the same for ever."""
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"certhound/sigmahq/{id_}")
    return str(uuid.UUID(bytes=made.bytes, version=4))

"""Analytics rules for Microsoft Sentinel, in the YAML of Azure-Sentinel's repository, around the KQL of each rule.

Keys and their values are those of the repository's guide for contributors and of the resource
Microsoft.SecurityInsights/alertRules (learn.microsoft.com/azure/templates/microsoft.securityinsights/alertrules).
"""

from __future__ import annotations

import re

import yaml

from certhound.rules import Rule
from certhound.techniques.attack import attack, tactics_of, techniques_of
from certhound.techniques.exports.base import Files, Material, false_positives, sentences

FOLDER = "sentinel"
WHAT = "scheduled analytics rules"
CHECKED = "by a schema written from the vendor's documentation; unverified: not run"

_SEVERITY = {"critical": "High", "high": "High", "medium": "Medium", "low": "Low"}
_CONNECTORS = {"CommonSecurityLog": "CefAma"}
"""Data connectors by table; the tables of Defender come by MicrosoftThreatProtection."""
_TABLE = re.compile(r"\A(?:\s*//[^\n]*\n)*\s*(\w+)")
_ENTITIES: dict[str, tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = {
    "DeviceProcessEvents": (
        ("Host", (("FullName", "DeviceName"),)),
        ("Account", (("Name", "AccountName"),)),
        ("Process", (("CommandLine", "ProcessCommandLine"),)),
    ),
    "DeviceRegistryEvents": (
        ("Host", (("FullName", "DeviceName"),)),
        ("Account", (("Name", "InitiatingProcessAccountName"),)),
        ("RegistryKey", (("Key", "RegistryKey"),)),
    ),
    "DeviceFileEvents": (
        ("Host", (("FullName", "DeviceName"),)),
        ("Account", (("Name", "InitiatingProcessAccountName"),)),
        ("File", (("Name", "FileName"), ("Directory", "FolderPath"))),
    ),
    "DeviceNetworkEvents": (("Host", (("FullName", "DeviceName"),)), ("IP", (("Address", "RemoteIP"),))),
    "CommonSecurityLog": (
        ("IP", (("Address", "SourceIP"),)),
        ("Account", (("Name", "SourceUserName"),)),
        ("URL", (("Url", "RequestURL"),)),
    ),
    "EmailEvents": (("MailMessage", (("Recipient", "RecipientEmailAddress"),)),),
    "UrlClickEvents": (("Account", (("FullName", "AccountUpn"),)), ("URL", (("Url", "Url"),))),
}


def files(material: Material) -> Files:
    for rule, query in material.translated("kql"):
        yield f"{FOLDER}/{rule.name}.yaml", analytics_rule(rule, query)


def analytics_rule(rule: Rule, query: str) -> str:
    """One rule; it asks once an hour for the last hour."""
    found = _TABLE.match(query)
    table = found[1] if found else ""
    document: dict[str, object] = {
        "id": rule.id,
        "name": rule.title,
        "description": f"'{sentences(rule.description, f'False positives: {false_positives(rule)}')}'",
        "severity": _SEVERITY.get(rule.level, "Informational"),
        "status": "Available",
        "requiredDataConnectors": [
            {"connectorId": _CONNECTORS.get(table, "MicrosoftThreatProtection"), "dataTypes": [table]}
        ],
        "queryFrequency": "1h",
        "queryPeriod": "1h",
        "triggerOperator": "gt",
        "triggerThreshold": 0,
        "tactics": [
            attack().tactic[name].name.replace(" and ", " And ").replace(" ", "") for name in tactics_of(rule.tags)
        ],
        "relevantTechniques": list(techniques_of(rule.tags)),
        "tags": ["certhound", rule.name],
        "query": f"// Unverified: written by pySigma's back end, not run.\n{query}\n",
    }
    if table in _ENTITIES:
        document["entityMappings"] = [
            {
                "entityType": kind,
                "fieldMappings": [{"identifier": each, "columnName": column} for each, column in pairs],
            }
            for kind, pairs in _ENTITIES[table]
        ]
    document |= {"version": f"1.0.{rule.version - 1}", "kind": "Scheduled"}
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that a query can be read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)

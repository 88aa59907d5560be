"""Content for Splunk in the YAML of splunk/security_content: detections, the story that they belong to, data sources.

The folder is a project of ``contentctl`` without its settings: copied into one that ``contentctl init`` made, it passes
``contentctl validate``.
"""

from __future__ import annotations

import re
import uuid

import yaml

from certhound.rules import Rule
from certhound.techniques.attack import techniques_of
from certhound.techniques.exports.base import Files, Material, false_positives, sentences

FOLDER = "contentctl"
WHAT = "detections, a story and data sources, for contentctl"
CHECKED = "contentctl validate; unverified: not run on Splunk"

STORY = "Adversary TLS Certificates"
_DAY = "2026-11-24"
_KINDS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    # data source, asset type, security domain, fields of a result
    "process": ("Windows Event Log Security 4688", "Endpoint", "endpoint", ("dest", "user", "process_path", "process")),
    "script": ("Powershell Script Block Logging 4104", "Endpoint", "endpoint", ("dest", "user", "ScriptBlockText")),
    "registry": ("Sysmon EventID 13", "Endpoint", "endpoint", ("dest", "user", "registry_path", "process_path")),
    "file": ("Sysmon EventID 11", "Endpoint", "endpoint", ("dest", "user", "file_path", "process_path")),
    "connection": (
        "Sysmon EventID 3",
        "Endpoint",
        "endpoint",
        ("dest", "src_ip", "dest_ip", "dest_port", "process_path"),
    ),
    "web": ("Web proxy", "Network", "network", ("src", "user", "url", "dest_ip")),
    "mail": ("Mail gateway", "Network", "threat", ("recipient", "src_user", "url")),
    "tls": ("TLS sensor", "Network", "network", ("src", "dest", "dest_port")),
}
"""By the category of a rule's records."""
_SOURCES = {
    "Windows Event Log Security 4688": ("XmlWinEventLog:Security", "XmlWinEventLog"),
    "Powershell Script Block Logging 4104": (
        "XmlWinEventLog:Microsoft-Windows-PowerShell/Operational",
        "XmlWinEventLog",
    ),
    "Sysmon EventID 3": ("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", "XmlWinEventLog"),
    "Sysmon EventID 11": ("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", "XmlWinEventLog"),
    "Sysmon EventID 13": ("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", "XmlWinEventLog"),
    "Web proxy": ("proxy", "proxy"),
    "Mail gateway": ("mail", "mail"),
    "TLS sensor": ("zeek", "bro:ssl:json"),
}
_RISK = {"dest": "system", "src": "system", "src_ip": "system", "user": "user", "recipient": "user"}
_THREAT = {
    "process": "process",
    "process_path": "process_name",
    "registry_path": "registry_path",
    "file_path": "file_path",
    "url": "url",
    "dest_ip": "ip_address",
    "ScriptBlockText": "command",
}


def files(material: Material) -> Files:
    met: set[str] = set()
    for rule, query in material.translated("splunk"):
        if rule.category in _KINDS:
            met.add(_KINDS[rule.category][0])
            folder = _KINDS[rule.category][2].replace("threat", "network")
            yield f"{FOLDER}/detections/{folder}/{_stem(rule)}.yml", _dump(detection(rule, query))
    if met:
        yield f"{FOLDER}/stories/{_snake(STORY)}.yml", _dump(_story())
    for name in sorted(met):
        yield f"{FOLDER}/data_sources/{_snake(name)}.yml", _dump(_data_source(name))


def detection(rule: Rule, query: str) -> dict[str, object]:
    """One detection; its rows are what was met, with a count and the first and last time."""
    source, asset, domain, fields = _KINDS[rule.category]
    by = " ".join(fields)
    search = (
        f"{query} | fillnull value=unknown {by} | stats count min(_time) as firstTime max(_time) as lastTime by {by} "
        f"| `security_content_ctime(firstTime)` | `security_content_ctime(lastTime)` | `{_stem(rule)}_filter`"
    )
    return {
        "name": _title(rule),
        "id": rule.id,
        "version": rule.version,
        "date": rule.date or _DAY,
        "author": rule.author or "certhound",
        "status": "experimental",
        "type": "Anomaly",
        "description": sentences(rule.description),
        "data_source": [source],
        "search": search,
        "how_to_implement": f"Ingest {source} and normalise it with an add-on for the Common Information Model. "
        "Unverified: the query was written by pySigma's back end and not run.",
        "known_false_positives": false_positives(rule),
        "references": list(rule.references),
        "drilldown_searches": _drilldowns(fields),
        "rba": _risk(rule, fields),
        "tags": {
            "analytic_story": [STORY],
            "asset_type": asset,
            "mitre_attack_id": list(techniques_of(rule.tags)),
            "product": ["Splunk Enterprise", "Splunk Enterprise Security", "Splunk Cloud"],
            "security_domain": domain,
        },
        "tests": [],
    }


def _drilldowns(fields: tuple[str, ...]) -> list[dict[str, str]]:
    about = next(name for name in fields if name in _RISK)
    span = {"earliest_offset": "$info_min_time$", "latest_offset": "$info_max_time$"}
    return [
        {
            "name": f"View the results for {about}",
            "search": f'%original_detection_search% | search {about}="${about}$"',
            **span,
        },
        {
            "name": f"View risk events of the last 7 days for {about}",
            "search": f"| from datamodel Risk.All_Risk | search normalized_risk_object=\"${about}$\" starthoursago=168 "
            "| stats count by search_name risk_message",
            **span,
        },
    ]  # fmt: skip


def _risk(rule: Rule, fields: tuple[str, ...]) -> dict[str, object]:
    at_risk = next(name for name in fields if name in _RISK)
    return {
        "message": f"{rule.title}: ${at_risk}$",
        "risk_objects": [{"field": name, "type": _RISK[name], "score": rule.score} for name in fields if name in _RISK],
        "threat_objects": [{"field": name, "type": _THREAT[name]} for name in fields if name in _THREAT],
    }


def _story() -> dict[str, object]:
    return {
        "name": STORY,
        "id": _uuid(STORY),
        "version": 1,
        "date": _DAY,
        "author": "certhound",
        "status": "production",
        "description": "Certificates that adversaries install on servers of theirs, as a defender sees them.",
        "narrative": "The installation itself is out of sight (ATT&CK T1608.003). Seen are hosts on which somebody "
        "makes, moves, binds or trusts certificates, and clients that meet a server which nobody vouches for.",
        "references": ["https://attack.mitre.org/techniques/T1608/003/"],
        "tags": {
            "category": ["Adversary Tactics"],
            "product": ["Splunk Enterprise", "Splunk Enterprise Security", "Splunk Cloud"],
            "usecase": "Advanced Threat Detection",
        },
    }


def _data_source(name: str) -> dict[str, object]:
    source, sourcetype = _SOURCES[name]
    return {
        "name": name,
        "id": _uuid(name),
        "version": 1,
        "date": _DAY,
        "author": "certhound",
        "description": f"Data source object for {name}",
        "source": source,
        "sourcetype": sourcetype,
        "supported_TA": [],
        "fields": ["_time"],
    }


def _title(rule: Rule) -> str:
    """Titles become stanzas of Splunk's files: at most 67 characters, letters, digits and blanks."""
    plain = re.sub(r"[^A-Za-z0-9]+", " ", rule.title).strip()
    return plain if len(plain) <= _LONGEST else re.sub(r"[^A-Za-z0-9]+", " ", rule.name).strip().title()


_LONGEST = 60


def _stem(rule: Rule) -> str:
    return _snake(_title(rule))


def _snake(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _uuid(name: str) -> str:
    """A random-looking id (contentctl takes version 4 only) that is the same for ever."""
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"certhound/contentctl/{name}")
    return str(uuid.UUID(bytes=made.bytes, version=4))


def _dump(document: dict[str, object]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)

"""Detection rules for Elastic Security, in the TOML of elastic/detection-rules, around the ES|QL of each rule.

Keys are those of that repository's schema, patterns of links among them; they were written from its documentation.
"""

from __future__ import annotations

from collections import defaultdict

import tomlkit

from certhound.rules import Rule
from certhound.techniques.attack import attack, tactics_of, techniques_of
from certhound.techniques.exports.base import Files, Material, listed, sentences

FOLDER = "elastic"
WHAT = "detection rules of type esql"
CHECKED = "by a schema written from the vendor's documentation; unverified: not run"

_SITE = "https://attack.mitre.org"
_DOMAINS = {"process": "Endpoint", "file": "Endpoint", "registry": "Endpoint", "script": "Endpoint", "mail": "Email"}


def files(material: Material) -> Files:
    for rule, query in material.translated("esql"):
        tactic = (*tactics_of(rule.tags), "resource-development")[0].replace("-", "_")
        yield f"{FOLDER}/{tactic}_{rule.name}.toml", detection_rule(rule, query)


def detection_rule(rule: Rule, query: str) -> str:
    """One rule; it asks every five minutes for the last nine."""
    day = (rule.date or "2026-11-24").replace("-", "/")
    found: dict[str, object] = {
        "author": [rule.author or "certhound"],
        "description": sentences(rule.description),
        "false_positives": [sentences(each) for each in rule.false_positives],
        "from": "now-9m",
        "interval": "5m",
        "language": "esql",
        "license": "Apache-2.0",
        "name": rule.title,
        "note": f"## Known gaps\n\n{listed(rule.known_gaps)}\n\nUnverified: written by pySigma's back end, not run.\n",
        "references": list(rule.references),
        "risk_score": rule.score,
        "rule_id": rule.id,
        "severity": rule.level if rule.level in ("critical", "high", "medium", "low") else "low",
        "tags": [f"Domain: {_DOMAINS.get(rule.category, 'Network')}", *_tactic_tags(rule), "Data Source: certhound"],
        "timestamp_override": "event.ingested",
        "type": "esql",
        "version": rule.version,
        "query": f"{query}\n",
        "threat": threats(rule),
    }
    document = {"metadata": {"creation_date": day, "maturity": "development", "updated_date": day}, "rule": found}
    return tomlkit.dumps(document)


def _tactic_tags(rule: Rule) -> list[str]:
    return [f"Tactic: {attack().tactic[name].name}" for name in tactics_of(rule.tags)]


def threats(rule: Rule) -> list[dict[str, object]]:
    """One entry a tactic, with the rule's techniques that stand under it; sub-techniques below their parents."""
    under: dict[str, list[str]] = {name: [] for name in tactics_of(rule.tags)}
    for each in techniques_of(rule.tags):
        for name in attack().technique[each].tactics:
            if name in under:
                under[name].append(each)
    return [
        {"framework": "MITRE ATT&CK", "technique": _techniques(ids), "tactic": _tactic(name)}
        for name, ids in under.items()
    ]


def _tactic(name: str) -> dict[str, str]:
    tactic = attack().tactic[name]
    return {"id": tactic.id, "name": tactic.name, "reference": f"{_SITE}/tactics/{tactic.id}/"}


def _techniques(ids: list[str]) -> list[dict[str, object]]:
    parents: defaultdict[str, list[str]] = defaultdict(list)
    for each in ids:
        parents[each.partition(".")[0]].append(each)
    found = []
    for parent, members in parents.items():
        known = attack().technique[members[0]]
        entry: dict[str, object] = {
            "id": parent,
            "name": known.parent or known.name,
            "reference": f"{_SITE}/techniques/{parent}/",
        }
        if below := [each for each in members if "." in each]:
            entry["subtechnique"] = [
                {
                    "id": each,
                    "name": attack().technique[each].name,
                    "reference": f"{_SITE}/techniques/{each.replace('.', '/')}/",
                }
                for each in below
            ]
        found.append(entry)
    return found

"""Layers for ATT&CK Navigator: a technique with those on its rules, coloured by how many rules there are."""

from __future__ import annotations

import json

from certhound.rules import Rule
from certhound.techniques.exports.base import Files, Material
from certhound.techniques.package import Package
from certhound.techniques.related import neighbours, rules_of

FOLDER = "navigator"
WHAT = "layers for ATT&CK Navigator"
CHECKED = "read by MITRE's own reader of layers (mitreattack-python)"


def files(material: Material) -> Files:
    for package in material.packages:
        yield f"{FOLDER}/{package.id}.json", layer(package, material.rules)


def layer(package: Package, rules: list[Rule]) -> str:
    """One layer, format 4.5."""
    counts = {package.id: len(rules_of(package.id, rules))}
    counts |= {each.technique: each.rules for each in neighbours(package.id, rules)}
    downstream = {each.id for each in package.facts.downstream}
    found = {
        "name": f"certhound {package.id}",
        "versions": {"layer": "4.5", "navigator": "5.1.0", "attack": "17"},
        "domain": "enterprise-attack",
        "description": package.facts.name,
        "techniques": [
            {
                "techniqueID": each,
                "score": number,
                "comment": f"{number} rules; {'downstream evidence' if each in downstream else 'inferred or near'}",
            }
            for each, number in sorted(counts.items())
        ],
        "gradient": {"colors": ["#ffffff", "#0b5cad"], "minValue": 0, "maxValue": max(counts.values())},
    }
    return json.dumps(found, indent=1) + "\n"

"""The rules as they are: Sigma over certhound's columns, and all rules of a technique in one file."""

from __future__ import annotations

from certhound.techniques.exports.base import Files, Material
from certhound.techniques.pages import portable

FOLDER = "sigma"
WHAT = "the rules; fields are certhound's columns"
CHECKED = "run with their own events, in two engines; pySigma's validators"


def files(material: Material) -> Files:
    for rule in material.rules:
        yield f"{FOLDER}/rules/certhound/{rule.category}/{rule.name}.yml", material.texts[rule.name]
    for package in material.packages:
        yield f"{FOLDER}/{package.id}.yml", portable(package.id, material.rules)

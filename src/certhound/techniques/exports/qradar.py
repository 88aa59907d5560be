"""AQL of the packages: the detections, the part for a rule test, hunts."""

from __future__ import annotations

from certhound.techniques.exports.base import Files, Material
from certhound.techniques.filled import aql
from certhound.techniques.platforms import where_part

FOLDER = "qradar"
WHAT = "AQL: the combined detection in both forms, the part for a rule test, hunts"
CHECKED = "linted, and run by certhound aql run"


def files(material: Material) -> Files:
    for package in material.packages:
        home = f"{FOLDER}/{package.id}"
        for name, text in package.aql.items():
            if name != "payload_words":
                yield f"{home}/{name}.aql", text
        if "rule_test" in package.aql:
            yield f"{home}/rule_test_where.txt", where_part(package.aql["rule_test"]) + "\n"
        for hunt in package.hunts.hunt if package.hunts else ():
            yield f"{home}/hunts/{hunt.id}.aql", f"-- {hunt.title}: {hunt.hypothesis}\n{aql(hunt.query)}\n"

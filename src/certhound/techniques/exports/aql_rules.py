"""The rules as AQL, each on its own, with the list of what AQL cannot say."""

from __future__ import annotations

from certhound.techniques.aql_rules import Unsayable, aql_query
from certhound.techniques.exports.base import Files, Material

FOLDER = "aql"
WHAT = "each rule as an AQL search over the properties of the site `certhound`, and what AQL cannot say"
CHECKED = "linted, and run here over generated events beside five other spellings; not run on a console"


def files(material: Material) -> Files:
    left_out = {}
    for rule in material.rules:
        try:
            yield f"{FOLDER}/{rule.name}.aql", f"-- {rule.title}\n{aql_query(rule)}\n"
        except Unsayable as error:
            left_out[rule.name] = error.reason
    said = "\n".join(f"| {name} | {why} |" for name, why in sorted(left_out.items()))
    yield (
        f"{FOLDER}/README.md",
        f"# AQL\n\n{CHECKED.capitalize()}.\n\n## Left out\n\n| rule | why |\n|---|---|\n{said}\n",
    )

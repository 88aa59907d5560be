"""Packages and rules as files for others: Sigma in SigmaHQ's folders, AQL, other languages, Suricata, Navigator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from certhound import __version__
from certhound.rules import Rule
from certhound.techniques.filled import aql
from certhound.techniques.package import Package
from certhound.techniques.pages import portable
from certhound.techniques.platforms import where_part
from certhound.techniques.suricata import suricata_rules
from certhound.techniques.translated import installed, platforms, sigma_texts, translate

_SUFFIX = {"splunk": "spl", "kql": "kql", "esql": "esql"}
_UNVERIFIED = {
    "splunk": "",
    "kql": "// {title}. Unverified: written by pySigma's back end, not run.\n",
    "esql": "// {title}. Unverified: written by pySigma's back end, not run.\n",
}
"""What stands before a query. SPL has no comment that every version reads; there the folder's README says it."""


def export(out: Path, packages: tuple[Package, ...], rules: list[Rule]) -> list[Path]:
    """Write everything below a folder, with a manifest of hashes; the files written. Raises OSError."""
    written: list[Path] = []
    hashes: dict[str, str] = {}
    for name, text in sorted(rendered(packages, rules)):
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        hashes[name] = hashlib.sha256(text.encode()).hexdigest()
        written.append(target)
    manifest = out / "manifest.json"
    manifest.write_text(json.dumps({"certhound": __version__, "sha256": hashes}, indent=1) + "\n", "utf-8")
    return [*written, manifest]


def rendered(packages: tuple[Package, ...], rules: list[Rule]) -> Iterator[tuple[str, str]]:
    """Every file by its path."""
    texts = sigma_texts()
    for rule in rules:
        yield f"sigma/rules/certhound/{rule.category}/{rule.name}.yml", texts[rule.name]
    for package in packages:
        yield from _aql(package)
        yield f"sigma/{package.id}.yml", portable(package.id, rules)
        yield f"navigator/{package.id}.json", navigator(package, rules)
    for platform in platforms():
        if installed(platform):
            yield from _translated(platform, rules)
    yield "suricata/certhound.rules", suricata_rules()
    yield "README.md", _readme([each for each in platforms() if not installed(each)])


def _aql(package: Package) -> Iterator[tuple[str, str]]:
    for name, text in package.aql.items():
        if name != "payload_words":
            yield f"qradar/{package.id}/{name}.aql", text
    if "rule_test" in package.aql:
        yield f"qradar/{package.id}/rule_test_where.txt", where_part(package.aql["rule_test"]) + "\n"
    for hunt in package.hunts.hunt if package.hunts else ():
        yield f"qradar/{package.id}/hunts/{hunt.id}.aql", f"-- {hunt.title}: {hunt.hypothesis}\n{aql(hunt.query)}\n"


def _translated(platform: str, rules: list[Rule]) -> Iterator[tuple[str, str]]:
    made = translate(platform, rules)
    titles = {rule.name: rule.title for rule in rules}
    for name, text in made.queries.items():
        head = _UNVERIFIED[platform].format(title=titles[name])
        yield f"{platform}/{name}.{_SUFFIX[platform]}", f"{head}{text}\n"
    said = "\n".join(f"| {name} | {why} |" for name, why in sorted(made.left_out.items()))
    yield (
        f"{platform}/README.md",
        f"# {made.name} ({made.language})\n\nUnverified: written by pySigma's back end, not run. {made.note}\n\n"
        f"## Left out\n\n| rule | why |\n|---|---|\n{said}\n",
    )


def navigator(package: Package, rules: list[Rule]) -> str:
    """A layer for ATT&CK Navigator: techniques on the package's rules, coloured by how many rules there are."""
    from certhound.techniques.related import neighbours, rules_of

    counts = {package.id: len(rules_of(package.id, rules))}
    counts |= {each.technique: each.rules for each in neighbours(package.id, rules)}
    downstream = {each.id for each in package.facts.downstream}
    layer = {
        "name": f"certhound {package.id}",
        "versions": {"layer": "4.5"},
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
    return json.dumps(layer, indent=1) + "\n"


def _readme(missing: list[str]) -> str:
    lines = [
        "# Detections of certhound",
        "",
        "| folder | what | how it was checked |",
        "|---|---|---|",
        "| `sigma/` | the rules, in SigmaHQ's folders; fields are certhound's columns | run with their own events |",
        "| `qradar/` | AQL | linted, run by `certhound aql run` |",
        "| `splunk/`, `kql/`, `esql/` | translations, and what was left out | unverified |",
        "| `suricata/` | default certificates of tools | unverified |",
        "| `navigator/` | layers for ATT&CK Navigator | JSON only |",
    ]
    if missing:
        lines += ["", f"Not written, for the back ends are not installed (certhound[export]): {', '.join(missing)}."]
    return "\n".join(lines) + "\n"

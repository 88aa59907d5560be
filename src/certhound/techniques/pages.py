"""The static site of the packages: self-contained pages that work from a file, without a network, on a phone, printed.

jinja2 escapes everything; the Content-Security-Policy of each page allows its own style and script by their hashes
and loads nothing. The search index is part of the script, for a browser reads no second file from ``file://``.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from certhound import __version__
from certhound.rules import Rule
from certhound.techniques.filled import aql, command
from certhound.techniques.package import Package
from certhound.techniques.platforms import Platform, platforms_of
from certhound.techniques.related import detections_near, neighbours, rules_of
from certhound.techniques.verified import verified_of


def build(
    out: Path,
    packages: tuple[Package, ...],
    rules: list[Rule],
    comparison: str = "",
    measures: tuple[str, ...] = (),
    runs: Path | None = None,
) -> list[Path]:
    """Write all pages into a folder, which is made; the files written. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in render(packages, rules, comparison, measures, runs):
        target = out / name
        target.write_text(text, "utf-8")
        written.append(target)
    return written


def render(
    packages: tuple[Package, ...],
    rules: list[Rule],
    comparison: str = "",
    measures: tuple[str, ...] = (),
    runs: Path | None = None,
) -> Iterator[tuple[str, str]]:
    """Every page, by the name of its file, and a file of Sigma rules for each technique.

    ``comparison`` is shown on the page of QRadar, ``measures`` on the pages of techniques: one statement each. ``runs``
    is a folder of drills that were run, whose verdicts are shown instead of those that ship.
    """
    ordered = sorted(rules, key=lambda rule: (-rule.score, rule.name))
    platforms = {each.id: platforms_of(each, rules, comparison) for each in packages}
    shown = [each for found in platforms.values() for each in found if len(found) > 1]
    script = _script(packages, ordered, shown)
    owners = {platform.file: each for each in packages for platform in platforms[each.id]}
    links = [{"file": "index.html", "short": "Overview"}]
    links += [{"file": f"{each.id}.html", "short": each.id} for each in packages]
    links += [{"file": each.file, "short": each.short} for each in shown]
    common: dict[str, Any] = {
        "packages": packages, "rules": ordered, "pages": links, "version": __version__, "platforms": shown,
        "style": _asset("site.css"), "script": script, "policy": _policy(_asset("site.css"), script),
        "measures": measures, "known": {each.id for each in packages}, "aql": aql, "command": command,
        "own": lambda technique: rules_of(technique, ordered),
        "near": lambda technique: neighbours(technique, ordered),
        "verified": lambda package: verified_of(package, runs),
        "beside": lambda technique: detections_near(technique, ordered),
    }  # fmt: skip
    yield "index.html", _page("index", common, file="index.html")
    for package in packages:
        yield f"{package.id}.yml", portable(package.id, ordered)
        yield f"{package.id}.html", _page("technique", common, file=f"{package.id}.html", package=package)
    for platform in shown:
        yield (
            platform.file,
            _page("platform", common, file=platform.file, package=owners[platform.file], platform=platform),
        )


def portable(technique: str, rules: list[Rule]) -> str:
    """The Sigma rules of a technique in one file."""
    from certhound.techniques.translated import sigma_texts

    texts = sigma_texts()
    return "---\n".join(texts[rule.name].rstrip("\n") + "\n" for rule in rules_of(technique, rules))


def _page(template: str, common: dict[str, Any], **own: Any) -> str:
    return _environment().get_template(f"{template}.html.j2").render(**common, **own)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("certhound.techniques", "site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _asset(file: str) -> Markup:
    """Style and script are ours, constant, and free of data."""
    return Markup(files("certhound.techniques").joinpath("site", file).read_text("utf-8"))  # noqa: S704


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _script(packages: tuple[Package, ...], rules: list[Rule], platforms: list[Platform]) -> Markup:
    """The script with the index before it; ``<`` is spelled out, so that no text ends the element."""
    entries = [*_entries(packages, rules, platforms)]
    data = json.dumps(entries, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(f"const INDEX={data};\n") + _asset("site.js")  # noqa: S704 - escaped above


def _entry(page: str, title: str, kind: str, *more: str) -> dict[str, str]:
    return {"page": page, "title": title, "kind": kind, "text": " ".join((title, kind, *more)).lower()}


def _entries(packages: tuple[Package, ...], rules: list[Rule], platforms: list[Platform]) -> Iterator[dict[str, str]]:
    for package in packages:
        page = f"{package.id}.html"
        yield _entry(page, f"{package.id} {package.facts.name}", "technique", package.facts.description)
        for question in package.guide.question if package.guide else ():
            yield _entry(f"{page}#{question.id}", question.ask, "investigation guide", question.why)
        for hunt in package.hunts.hunt if package.hunts else ():
            yield _entry(f"{page}#{hunt.id}", hunt.title, "hunt", hunt.hypothesis)
        for scenario in package.playbook.scenario if package.playbook else ():
            yield _entry(f"{page}#playbook-{scenario.id}", scenario.title, "playbook", scenario.when)
        for each in package.tuning.false_positive if package.tuning else ():
            yield _entry(f"{page}#{each.id}", each.title, "false positive", each.situation)
    for rule in rules:
        yield _entry(f"index.html#{rule.name}", rule.title, f"rule {rule.name}", rule.category, rule.family)
    for platform in platforms:
        for snippet in platform.snippets:
            yield _entry(f"{platform.file}#{snippet.id}", snippet.title, f"query for {platform.name}")

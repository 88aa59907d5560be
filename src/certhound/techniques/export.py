"""Packages and rules as files for others, with a README that says how each folder was checked, and hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from certhound import __version__
from certhound.rules import Rule
from certhound.techniques.exports import Material, exporters
from certhound.techniques.package import Package
from certhound.techniques.translated import installed, platforms


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
    material = Material(packages, rules)
    for exporter in exporters():
        yield from exporter.files(material)
    yield "README.md", _readme([each for each in platforms() if not installed(each)])


def _readme(missing: list[str]) -> str:
    lines = ["# Detections of certhound", "", "| folder | what | how it was checked |", "|---|---|---|"]
    lines += [f"| `{each.FOLDER}/` | {each.WHAT} | {each.CHECKED} |" for each in exporters()]
    if missing:
        lines += ["", f"Not written, for the back ends are not installed (certhound[export]): {', '.join(missing)}."]
    return "\n".join(lines) + "\n"

"""The bare queries in the languages of other platforms, one file a rule, with the list of what was left out."""

from __future__ import annotations

from certhound.techniques.exports.base import Files, Material
from certhound.techniques.translated import platforms

FOLDER = "queries"
WHAT = "translations, one folder a platform, and what was left out and why"
CHECKED = "unverified: written by pySigma's back ends, not run on the platform"

_COMMENTS = {"kql": "//", "esql": "//"}
"""What begins a comment. SPL has none that every version reads: there the README of the folder says it."""


def files(material: Material) -> Files:
    for platform, mapping in platforms().items():
        made = material.translation(platform)
        if made is None:
            continue
        home = f"{FOLDER}/{platform}"
        mark = str(mapping.get("comment", _COMMENTS.get(platform, "")))
        suffix = str(mapping.get("suffix", {"splunk": "spl"}.get(platform, platform)))
        for rule, query in material.translated(platform):
            head = f"{mark} {rule.title}. Unverified: written by pySigma's back end, not run.\n" if mark else ""
            yield f"{home}/{rule.name}.{suffix}", f"{head}{query}\n"
        said = "\n".join(f"| {name} | {why} |" for name, why in sorted(made.left_out.items()))
        yield (
            f"{home}/README.md",
            f"# {made.name} ({made.language})\n\nUnverified: written by pySigma's back end, not run. {made.note}\n\n"
            f"## Left out\n\n| rule | why |\n|---|---|\n{said}\n",
        )

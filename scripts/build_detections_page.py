"""Write docs/detections.md, every packaged rule from the rules themselves, and the table of traits in docs/rules.md.

    python scripts/build_detections_page.py [--check]

With ``--check`` nothing is written; ends with 1 if a page is not what the code says.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from certhound.model.levels import severity_of
from certhound.rules import Rule, load_rules
from certhound.x509.traits import traits

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "detections.md"
TRAITS = DOCS / "rules.md"

_TRAITS = re.compile(r"(<!-- traits: [^>]*-->\n).*?(<!-- end of traits -->)", re.DOTALL)

FAMILIES = {
    "identity": "Whose handiwork is it?",
    "trust": "Who vouches for it?",
    "form": "Is it well made?",
    "lifetime": "Could a CA have issued it?",
    "rarity": "Who meets it, and when?",
    "network": "Where does it stand?",
    "name": "Is it for this name?",
}
"""Families in the order of the page, each with the question that its rules answer."""

_HEAD = """\
# Detections

Every rule that ships, by family. **Score** says how sure this rule alone would make an analyst, in percent. Within a
family only the strongest match counts; see [score and points](scan.md#score-points-and-severity).

This page is made from the rules by `scripts/build_detections_page.py`. In the terminal: `certhound rules show RULE`.
What to do about a finding is on [Reading a finding](findings.md). How scores were chosen is written down in
[a decision](decisions/scores-and-lists.md).
"""


def page() -> str:
    """The whole page."""
    rules = sorted(load_rules().check(), key=lambda rule: (-rule.score, rule.name))
    parts = [_HEAD, "\n".join(_overview(rules))]
    families = [*FAMILIES, *sorted({rule.family for rule in rules} - set(FAMILIES))]
    for family in families:
        members = [rule for rule in rules if rule.family == family]
        if members:
            parts.append(f"## {family}: {FAMILIES.get(family, 'Further rules')}")
            parts += ["\n".join(_card(rule)) for rule in members]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _overview(rules: list[Rule]) -> Iterator[str]:
    yield "| score | rule | family | looks at | title |"
    yield "|---:|---|---|---|---|"
    for rule in rules:
        link = f"[`{rule.name}`](#{rule.name})"
        yield f"| {rule.score} | {link} | {rule.family} | {rule.table} | {_cell(rule.title)} |"


def _card(rule: Rule) -> Iterator[str]:
    yield f"### {rule.name}"
    yield ""
    yield f"**{rule.title}** · score {rule.score} ({severity_of(rule.score)}) · looks at {rule.table}"
    yield ""
    yield _flow(rule.description)
    yield ""
    yield from _list("Says", [f"“{rule.reason}”"])
    yield from _list("False positives", rule.false_positives)
    yield from _list("Known gaps", rule.known_gaps)
    yield from _list("Tags", [", ".join(f"`{tag}`" for tag in rule.tags)])
    yield from _list("References", [f"<{each}>" for each in rule.references])


def _list(heading: str, items: list[str] | tuple[str, ...]) -> Iterator[str]:
    if len(items) == 1:
        yield f"- {heading}: {_flow(items[0])}"
    elif items:
        yield f"- {heading}:"
        yield from (f"  - {_flow(item)}" for item in items)


def _flow(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _cell(text: str) -> str:
    return _flow(text).replace("|", "\\|")


def with_traits(text: str) -> str:
    """A page with its table of traits made anew."""
    rows = [f"| `{trait.name}` | {trait.kind} | {_cell(trait.meaning)} |" for trait in traits()]
    table = "\n".join(["| trait | type | states |", "|---|---|---|", *rows])
    return _TRAITS.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def pages() -> dict[Path, str]:
    """Each page with the text that it should have."""
    return {PAGE: page(), TRAITS: with_traits(TRAITS.read_text("utf-8"))}


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description="write docs/detections.md and the traits in docs/rules.md")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a page is not current")
    check = parser.parse_args().check
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        if check:
            sys.stderr.write(f"{path} is not current: run python scripts/build_detections_page.py\n")
        else:
            path.write_text(pages()[path], "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

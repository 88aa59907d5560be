"""Write docs/equality.md: every rule in every spelling and platform, what is the same, and why something is left out.

    python scripts/build_equality_page.py [--check]

With ``--check`` nothing is written; ends with 1 if the page is not what the code says. What the page claims is put to
the test by tests/unit/techniques/test_techniques_equality.py, which runs every spelling.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from certhound.rules import Rule, load_rules
from certhound.techniques.equality import differences, spellings, statements
from certhound.techniques.equality.grammars import GRAMMARS
from certhound.techniques.equality.spellings import JUDGE, installed
from certhound.techniques.translated import installed as has_back_end
from certhound.techniques.translated import platforms, translate

PAGE = Path(__file__).resolve().parent.parent / "docs" / "equality.md"

_HEAD = """\
# One rule, many spellings

A rule is written once, in Sigma. It is run as a query tree, as SQL of DuckDB, as AQL, and as what other projects make
of the same file. Do they all mean the same? Tests run them over one generated set of 100,000 events, certificates and
contacts (2,000 in the quick suite), made from one seed: every rule's own positive and negative events, then changed:
other case, absent columns, near misses, wildcards, escapes, quotes, letters beyond ASCII, numbers at the bounds, lists
with more, absent or no elements, addresses in other forms; and ordinary rows beside them. The truth of a row is known
where all changes keep it, and for rules of other kinds of records always; of the rest the reference evaluator is the
judge. Each spelling must give exactly the judge's rows.

A difference fails the tests unless `src/certhound/techniques/equality/differences.toml` names it with a reason and
with the kind of change that it shows in; a named difference that no longer shows fails them too.

This page is made by `scripts/build_equality_page.py`; what it says is what the tests demand.
"""

_UNVERIFIED = """\
Texts for these platforms are written by pySigma's back ends with our mappings and are *unverified*: nobody ran them on
the platform (KQL is run above, by an engine that is not Microsoft's). Rules on certificates and contacts read what
certhound derives and stay with certhound. Where usual logs lack a fact, the reason says what to add to the feed; where
a back end would write something else than the rule says, the rule is left out.
"""


class Notes:
    """Reasons by number, in the order in which they are first met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def mark(self, reason: str) -> str:
        return f"({self.numbers.setdefault(reason, len(self.numbers) + 1)})"

    def lines(self) -> Iterator[str]:
        return (f"{number}. {reason}" for reason, number in self.numbers.items())


def page() -> str:
    """The whole page. Ends the program where a package is missing, for then it would say too little."""
    missing = [each.name for each in spellings() if not installed(each)]
    missing += [each for each in platforms() if not has_back_end(each)]
    if missing:
        raise SystemExit(f"not installed: what {', '.join(missing)} need; pip install -e .[dev]")
    rules = sorted(load_rules().check(), key=lambda rule: (rule.table, rule.category, rule.name))
    return "\n".join([_HEAD, *_spellings(rules), "", *_platforms(rules)]).rstrip() + "\n"


def _spellings(rules: list[Rule]) -> Iterator[str]:
    chosen = [each for each in spellings() if each.name != JUDGE]
    notes, cells = Notes(), {(cell.rule, cell.spelling): cell for cell in statements(rules)}
    yield "## Spellings that are run\n"
    yield from (f"- **{each.title}**: {each.note}." for each in chosen)
    yield "\n`=`: the same rows. A number: not run in this spelling, or not the same, for the reason below the table.\n"
    yield f"| rule | {' | '.join(each.title for each in chosen)} |"
    yield "|---" * (len(chosen) + 1) + "|"
    for rule in rules:
        shown = []
        for each in chosen:
            cell = cells[rule.name, each.name]
            marks = " ".join(notes.mark(reason) for reason in cell.reasons)
            shown.append("=" if cell.status == "same" else f"= but {marks}" if cell.status == "named" else marks)
        yield f"| {rule.name} | {' | '.join(shown)} |"
    yield ""
    yield from notes.lines()
    yield "\nKnown differences that any rule of a spelling may show, in rows with the named change only:\n"
    titles = {each.name: each.title for each in chosen}
    for known in differences():
        if not known.rules:
            yield f"- **{titles[known.spelling]}** ({', '.join(known.changes)}): {known.reason}"


def _platforms(rules: list[Rule]) -> Iterator[str]:
    made = [translate(each, rules) for each in platforms()]
    readers = {each.platform: each.package for each in GRAMMARS}
    notes = Notes()
    yield "## Platforms that are only written for\n"
    yield _UNVERIFIED
    yield "| platform | language | rules | read by an independent grammar |\n|---|---|---|---|"
    for each in made:
        reader = f"`{readers[each.id]}`" if each.id in readers else "not parsed here"
        yield f"| {each.name} | {each.language} | {len(each.queries)} | {reader} |"
    yield f"| Suricata | rules | default certificates | `{readers['suricata']}` |"
    yield f"| Zeek | script | default certificates | `{readers['zeek']}` |"
    yield "\n`esql-parser` is no development package (its licence is Elastic's own): its test runs where it is.\n"
    yield f"| rule | {' | '.join(each.name for each in made)} |"
    yield "|---" * (len(made) + 1) + "|"
    for rule in rules:
        if rule.table == "events":
            shown = ("yes" if rule.name in each.queries else notes.mark(each.left_out[rule.name]) for each in made)
            yield f"| {rule.name} | {' | '.join(shown)} |"
    yield ""
    yield from notes.lines()


def main(words: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args(None if words is None else list(words))
    text = page()
    if options.check:
        if PAGE.is_file() and PAGE.read_text("utf-8") == text:
            return 0
        sys.stderr.write(f"{PAGE.name} is not what the code says: python scripts/build_equality_page.py\n")
        return 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Which techniques the rules cover, which rules can run over the data that is really there, and what to switch on."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import msgspec

from certhound.findings.report import Report
from certhound.model.columns import EVENTS
from certhound.model.errors import ContentError, Place
from certhound.rules import Rule
from certhound.techniques.attack import attack
from certhound.techniques.load import folder
from certhound.techniques.met import Kind, empty_columns

FILE = "feeds.toml"


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A feed: whose rules need it, by category of records or by columns of tables, and how to get it."""

    id: str
    name: str
    category: tuple[str, ...] = ()
    table: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    switch_on: tuple[str, ...]


class Uncovered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A technique nearby that no rule is for, and why."""

    id: str
    why: str


class Feeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``feeds.toml``."""

    feed: tuple[Feed, ...]
    uncovered: tuple[Uncovered, ...] = ()


@dataclass(frozen=True, slots=True)
class Lack:
    """One feed that is missing: the rules that cannot run for want of it, what they need, how to get it."""

    feed: str
    name: str
    rules: tuple[str, ...]
    needs: tuple[str, ...]
    switch_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique with the names of its rules: those that can run here, and those that cannot."""

    id: str
    name: str
    runs: tuple[str, ...]
    lacks: tuple[str, ...]
    why: str = ""

    @property
    def percent(self) -> int:
        """Share of its rules that can run here."""
        every = len(self.runs) + len(self.lacks)
        return round(100 * len(self.runs) / every) if every else 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rules in all and those that can run; ``sources`` with their records, where there is data to compare with."""

    rules: int
    runs: int
    techniques: tuple[Technique, ...]
    lacks: tuple[Lack, ...]
    sources: dict[str, int]
    against_data: bool


@cache
def feeds() -> Feeds:
    """What to switch on for what. Raises ContentError."""
    file = folder() / FILE
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Feeds)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError(str(error), check="bad-feeds", place=Place(str(file))) from error


def coverage(rules: Iterable[Rule], report: Report | None = None, kinds: Iterable[Kind] = ()) -> Coverage:
    """Rules against ATT&CK, and where there is a report of a run, against what it read.

    ``kinds`` are the records of the run's lake, so that a column that is there and always empty counts as missing.
    """
    every = sorted(rules, key=lambda rule: (-rule.score, rule.name))
    met = tuple(kinds)
    needs = {} if report is None else missing(every, report, met)
    runs = [rule for rule in every if rule.name not in needs]
    sources: Counter[str] = Counter()
    for source, records in [(each.source, each.records) for each in met or (report.sources if report else ())]:
        sources[source] += records
    return Coverage(
        len(every),
        len(runs),
        tuple(_techniques(every, needs)),
        tuple(_lacks(every, needs)),
        dict(sorted(sources.items())),
        report is not None,
    )


def missing(rules: Iterable[Rule], report: Report, kinds: tuple[Kind, ...] = ()) -> dict[str, tuple[str, ...]]:
    """What each rule that cannot run here needs, by its name.

    A run asks rules about certificates also where none was met, which finds nothing; here they count as unable.
    """
    found = {each.rule: each.needs for each in report.not_run}
    for rule in rules:
        if rule.name in found:
            continue
        if rule.table != EVENTS.name:
            if not report.certificates:
                found[rule.name] = ("certificates",)
        elif empty := empty_columns(rule, kinds):
            found[rule.name] = tuple(f"column events.{name}" for name in empty)
    return found


def feed_for(rule: Rule, needs: tuple[str, ...]) -> Feed:
    """The feed that a rule lacks: that of its missing column where one is named, else that of its records."""
    lacking = [each.removeprefix("column ").split(".", 1) for each in needs if each.startswith("column ")]
    for table, column in lacking:
        for feed in feeds().feed:
            if column in feed.column and (table in feed.table or rule.category in feed.category):
                return feed
    if lacking:
        for feed in feeds().feed:
            if lacking[0][0] in feed.table and not feed.column:
                return feed
    return next((feed for feed in feeds().feed if rule.category in feed.category), _OTHER)


_OTHER = Feed(id="other", name="Other records", switch_on=("See what each rule needs, and the page of its source.",))


def _lacks(rules: list[Rule], needs: dict[str, tuple[str, ...]]) -> list[Lack]:
    """By feed, those first that would bring most rules."""
    groups: defaultdict[str, list[Rule]] = defaultdict(list)
    chosen: dict[str, Feed] = {}
    for rule in rules:
        if rule.name in needs:
            feed = feed_for(rule, needs[rule.name])
            chosen[feed.id] = feed
            groups[feed.id].append(rule)
    found = [
        Lack(
            id_,
            chosen[id_].name,
            tuple(rule.name for rule in members),
            tuple(dict.fromkeys(each for rule in members for each in needs[rule.name])),
            chosen[id_].switch_on,
        )
        for id_, members in groups.items()
    ]
    return sorted(found, key=lambda each: (-len(each.rules), each.feed))


def _techniques(rules: list[Rule], needs: dict[str, tuple[str, ...]]) -> list[Technique]:
    """Techniques of the rules' tags, those with most rules first; then those nearby that no rule is for."""
    known = attack().technique
    by_id: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for each in dict.fromkeys(rule.tags):
            if each.startswith("attack.t"):
                by_id[each.removeprefix("attack.").upper()].append(rule)
    found = [
        Technique(
            id_,
            known[id_].full if id_ in known else "",
            tuple(rule.name for rule in members if rule.name not in needs),
            tuple(rule.name for rule in members if rule.name in needs),
        )
        for id_, members in sorted(by_id.items(), key=lambda each: (-len(each[1]), each[0]))
    ]
    return found + [
        Technique(each.id, known[each.id].full, (), (), each.why) for each in feeds().uncovered if each.id not in by_id
    ]

"""What a technique package says. One struct a table of its TOML files; unknown keys are errors."""

from __future__ import annotations

from typing import Literal

import msgspec


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything below is frozen and refuses what it does not know."""


class Named(_Part, frozen=True, kw_only=True):
    """A technique, and what ties it to this one."""

    id: str
    name: str
    why: str = ""


class Strategy(_Part, frozen=True, kw_only=True):
    """ATT&CK's detection strategy, its analytics, and what they amount to."""

    id: str
    analytics: tuple[str, ...]
    note: str


class DataSource(_Part, frozen=True, kw_only=True):
    """A kind of log: our category of record, the columns that it must fill, and what it cannot tell."""

    name: str
    category: str
    from_: tuple[str, ...] = msgspec.field(name="from")
    fields: tuple[str, ...]
    optional: tuple[str, ...] = ()
    tells: str
    blind: str


class RequiredTable(_Part, frozen=True, kw_only=True):
    """A table that queries read: ours, Ariel's, or both."""

    name: str
    platform: Literal["certhound", "qradar"]
    columns: tuple[str, ...]
    why: str


class Query(_Part, frozen=True, kw_only=True):
    """A ready question: AQL with ``:name`` for a value, and a filter for jq over one of our tables.

    ``finds``: over the shipped sample it gives at least one row; the others ask for records that the sample lacks, or
    for what should not be there.
    """

    id: str
    title: str
    aql: str
    table: Literal["events", "certificates"] = "events"
    jq: str
    read: str
    finds: bool = False


class FalsePositive(_Part, frozen=True, kw_only=True):
    """An innocent situation: how to recognise it, and the exception to put into ``certhound.toml``."""

    id: str
    title: str
    situation: str
    detect: Query
    exception: str
    instead: str = ""


class Evasion(_Part, frozen=True, kw_only=True):
    """A way around, and what still shows."""

    how: str
    remains: str


class Reference(_Part, frozen=True, kw_only=True):
    """A source."""

    title: str
    url: str


class Drill(_Part, frozen=True, kw_only=True):
    """A way to exercise the detection: what to do, what must be seen, and the rules that must fire.

    ``plan``: the drill of ``certhound drill`` that does it.
    """

    id: str
    plan: str
    title: str
    do: str
    expect: tuple[str, ...]
    rules: tuple[str, ...]


class Step(_Part, frozen=True, kw_only=True):
    """One step of a playbook: who does what within which time, what is decided, what is kept as evidence."""

    phase: Literal["triage", "scoping", "containment", "eradication", "recovery", "lessons"]
    role: str
    within: str
    do: str
    decide: str = ""
    keep: str = ""


class Scenario(_Part, frozen=True, kw_only=True):
    """A playbook for one kind of use. ``rules``: names (with ``*``) whose findings belong to it."""

    id: str
    title: str
    when: str
    rules: tuple[str, ...] = ()
    step: tuple[Step, ...]


class Playbook(_Part, frozen=True, kw_only=True):
    """``playbook.toml``."""

    roles: dict[str, str]
    scenario: tuple[Scenario, ...]


class Question(_Part, frozen=True, kw_only=True):
    """A question of the investigation guide, with its queries and how to read their answers."""

    id: str
    ask: str
    why: str
    query: tuple[Query, ...]


class Guide(_Part, frozen=True, kw_only=True):
    """``guide.toml``: questions in order."""

    question: tuple[Question, ...]


class Hunt(_Part, frozen=True, kw_only=True):
    """A hypothesis, its query, the noise to expect, and what to do with a hit."""

    id: str
    title: str
    hypothesis: str
    query: Query
    noise: str
    next: str


class Hunts(_Part, frozen=True, kw_only=True):
    """``hunts.toml``."""

    hunt: tuple[Hunt, ...]


class Knob(_Part, frozen=True, kw_only=True):
    """Something to turn: where, what it costs, how to measure that."""

    name: str
    where: str
    effect: str
    cost: str
    measure: str


class Tuning(_Part, frozen=True, kw_only=True):
    """``tuning.toml``."""

    knob: tuple[Knob, ...]
    false_positive: tuple[FalsePositive, ...]


class Property(_Part, frozen=True, kw_only=True):
    """One expression of a custom property for one log source type, and the line that proves it."""

    name: str
    type: Literal["AlphaNumeric", "Numeric", "IP", "Port", "Date"]
    log_source_type: int
    source: str
    expression: str
    value: str
    line: str


class ReferenceSet(_Part, frozen=True, kw_only=True):
    """A reference set of QRadar; ``time_to_live`` in its own words, empty for ever."""

    name: str
    type: Literal["ALN", "ALNIC", "NUM", "IP", "PORT", "DATE"]
    purpose: str
    time_to_live: str = ""
    fill: str = ""


class LeefEvent(_Part, frozen=True, kw_only=True):
    """A kind of event that certhound writes as LEEF, and what to map it to: name, low-level category, severity.

    ``families``: a finding whose heaviest signal is of one of these is such an event.
    """

    id: str
    name: str
    description: str
    category: int
    category_name: str
    severity: int
    families: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What makes its QID on a console, which gives the number."""
        return (
            f'/opt/qradar/bin/qidmap_cli.sh -c --qname "{self.name}" --qdescription "{self.description}" '
            f"--severity {self.severity} --lowlevelcategoryid {self.category}"
        )


class BuildingBlock(_Part, frozen=True, kw_only=True):
    """A building block that recipes name: its tests, as the wizard words them."""

    name: str
    tests: tuple[str, ...]


class Recipe(_Part, frozen=True, kw_only=True):
    """What to click in the rule wizard, for no API makes rules.

    ``test``: the tests in the wizard's words. ``aql``: a ready query whose WHERE part an AQL filter test takes.
    ``limiter``: the response limiter. ``responses``: what the rule does. ``sets``: what it reads or fills.
    """

    title: str
    when: str
    test: tuple[str, ...]
    aql: str = ""
    building_blocks: tuple[str, ...] = ()
    limiter: str
    responses: tuple[str, ...]
    sets: tuple[str, ...] = ()
    index: str = ""


class Kit(_Part, frozen=True, kw_only=True):
    """``kit.toml``: what to create on a QRadar console."""

    advice: tuple[str, ...]
    property: tuple[Property, ...]
    reference_set: tuple[ReferenceSet, ...]
    building_block: tuple[BuildingBlock, ...]
    recipe: tuple[Recipe, ...]
    event: tuple[LeefEvent, ...]


class Facts(_Part, frozen=True, kw_only=True):
    """``technique.toml``: what the technique is and what it takes to see it."""

    id: str
    name: str
    version: int
    tactic: Named
    severity: Literal["low", "medium", "high", "critical"]
    confidence: Literal["low", "medium", "high"]
    confidence_why: str
    description: str
    strategy: Strategy
    downstream: tuple[Named, ...]
    inferred: tuple[Named, ...]
    source: tuple[DataSource, ...]
    table: tuple[RequiredTable, ...]
    gaps: tuple[str, ...]
    evasion: tuple[Evasion, ...]
    reference: tuple[Reference, ...]
    drill: tuple[Drill, ...] = ()


class Package(_Part, frozen=True, kw_only=True):
    """A package. Only its facts are required; ``aql`` are the ready queries by file name."""

    facts: Facts
    playbook: Playbook | None = None
    guide: Guide | None = None
    hunts: Hunts | None = None
    tuning: Tuning | None = None
    kit: Kit | None = None
    aql: dict[str, str] = {}

    @property
    def id(self) -> str:
        return self.facts.id

    def queries(self) -> tuple[Query, ...]:
        """Every query of the guide, the hunts and the false positives."""
        guide = [query for each in self.guide.question for query in each.query] if self.guide else []
        hunts = [each.query for each in self.hunts.hunt] if self.hunts else []
        tuning = [each.detect for each in self.tuning.false_positive] if self.tuning else []
        return (*guide, *hunts, *tuning)

    def scenario(self, rules: tuple[str, ...]) -> Scenario | None:
        """The scenario that most of these rules belong to; the first of equals; the first of all without rules."""
        from fnmatch import fnmatchcase

        found = self.playbook.scenario if self.playbook else ()
        fits = [sum(fnmatchcase(rule, each) for rule in rules for each in scenario.rules) for scenario in found]
        return found[fits.index(max(fits))] if found else None

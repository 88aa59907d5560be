"""A drill: steps, each a test of Atomic Red Team's on a host of the range, and what should be seen of them.

A drill is a file ``content/drills/plans/NAME.yaml``. Its tests stand in ``content/drills/atomics/``, one folder a
technique, as in Atomic Red Team's own repository, so that Invoke-AtomicRedTeam takes the folder as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from certhound.lab.drills.atomic import AtomicTest, Technique, read_technique
from certhound.lab.range.scene import OWN_DOMAIN
from certhound.model.errors import ContentError, Place, UsageError, did_you_mean
from certhound.model.profile import Profile, default_profile

Telemetry = Literal["audit", "sensor", "proxy", "mail", "syslog", "constructed"]
Value = str | int | bool
CONTENT = Path(str(files("certhound") / "content" / "drills"))
ATOMICS = CONTENT / "atomics"
KEPT = "kept"
"""The folder of a run for files that its drill says to keep."""
OPERATORS = ("contains", "startswith", "endswith", "re", "gt")


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Step(_Strict, frozen=True):
    """A test of a technique (``atomic``, T1608.003) on a host.

    ``arguments`` may hold places of the range in braces: {files}, {site}, {adversary} …
    """

    name: str
    atomic: str
    test: str
    on: Literal["adversary", "victim", "mail", "windows"]
    arguments: dict[str, str] = {}


class Signal(_Strict, frozen=True):
    """What should be seen: a row of ``events`` of this category that fits ``where``, and the rule that tells it.

    ``where``: column, or column|operator (Sigma's words), to a value. ``raw``: a pattern that is in the raw telemetry
    if the thing was recorded at all; it tells *not parsed* from *not there*. ``step``: time counts from its beginning.
    ``rules``: names of rules that must have raised a finding about what the row tells of; all of them. ``joins``: what
    other telemetry such a finding must be tied to, by the name of the join.
    Texts of ``where`` and ``raw`` may hold places in braces; in a pattern a place stands for itself, letter by letter.
    """

    name: str
    step: str
    telemetry: Telemetry
    category: str
    where: dict[str, Value | list[Value]]
    raw: str
    rules: list[str] = []
    joins: list[str] = []


class Absent(_Strict, frozen=True):
    """What must not be seen while a step runs; where ``rules`` are named, what they must not find from then on."""

    name: str
    step: str
    telemetry: Telemetry
    category: str
    where: dict[str, Value | list[Value]] = {}
    rules: list[str] = []


class Plan(_Strict, frozen=True):
    """The file of a drill. ``packages``: commands to the package of Debian that has them.

    ``services``: what must run in the range beside the hosts. ``range_only``: why a lab host cannot stand for it.
    ``keep``: files that a step makes and whoever judges needs, by the name they are kept under.
    """

    title: str
    about: str
    changes: str
    undoes: str
    steps: list[Step]
    signals: list[Signal]
    absent: list[Absent] = []
    packages: dict[str, str] = {}
    services: list[Literal["acme", "mail", "proxy", "syslog"]] = []
    range_only: str = ""
    keep: dict[str, str] = {}
    constructed: str = ""
    """Name of the builder of telemetry where the technique cannot run here; such telemetry is marked everywhere."""
    not_covered: list[str] = []
    inspection_issuers: list[str] = []
    """Issuers of inspecting devices, for the profile of the range's organisation."""
    internal_cas: list[str] = []
    """Its own CAs, for the same: names of files that are kept."""


class Drill(msgspec.Struct, frozen=True):
    """A drill by its name, with the tests of its steps."""

    name: str
    plan: Plan
    tests: dict[str, AtomicTest]
    techniques: tuple[str, ...]

    def filled(self, step: Step, places: Mapping[str, str]) -> dict[str, str]:
        """The arguments of a step; UsageError for a place that is not known."""
        return self.placed(step.arguments, places, step.name)

    def placed(self, values: Mapping[str, str], places: Mapping[str, str], where: str) -> dict[str, str]:
        """Texts with the places that they name."""
        try:
            return {name: value.format_map(places) for name, value in values.items()}
        except KeyError as error:
            raise ContentError(f"{self.name}: {where}: no place is called {error}", check="drill-place") from error

    def profile(self, folder: Path | None = None) -> Profile:
        """The profile that the range's own organisation would have. ``folder``: of the run, with the files it kept."""
        kept = [] if folder is None else [folder / KEPT / name for name in self.plan.internal_cas]
        return replace(
            default_profile(),
            domains=(OWN_DOMAIN,),
            inspection_issuers=tuple(self.plan.inspection_issuers),
            internal_cas=tuple(path for path in kept if path.is_file()),
        )


@cache
def _technique(name: str) -> Technique:
    return read_technique(ATOMICS / name / f"{name}.yaml")


def techniques() -> dict[str, Technique]:
    """All files of tests."""
    return {path.name: _technique(path.name) for path in sorted(ATOMICS.iterdir())}


def drills() -> Iterator[Drill]:
    """All drills, by name."""
    for path in sorted((CONTENT / "plans").glob("*.yaml")):
        yield read_drill(path)


def find_drills(names: tuple[str, ...]) -> list[Drill]:
    """The drills of these names, all where none is given; an unknown one is a usage error."""
    known = {each.name: each for each in drills()}
    for name in names:
        if name not in known:
            raise UsageError(f"no drill is called {name!r}", check="no-drill", advice=did_you_mean(name, tuple(known)))
    return [known[name] for name in names] if names else list(known.values())


def read_drill(path: Path) -> Drill:
    """Read a drill and find its tests; ContentError says what is wrong."""
    place = Place(str(path))
    try:
        plan = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Plan)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ContentError(str(error), check="drill-plan", place=place) from error
    tests: dict[str, AtomicTest] = {}
    found: dict[str, None] = {}
    for step in plan.steps:
        if not (ATOMICS / step.atomic).is_dir():
            raise ContentError(f"{step.name}: there are no tests of {step.atomic}", check="drill-plan", place=place)
        technique = _technique(step.atomic)
        test = technique.test(step.test)
        if test is None:
            raise ContentError(f"{step.atomic} has no test {step.test!r}", check="drill-plan", place=place)
        if unknown := sorted(set(step.arguments) - set(test.input_arguments)):
            raise ContentError(f"{step.test} has no argument {unknown[0]!r}", check="drill-plan", place=place)
        tests[step.name] = test
        found[technique.attack_technique] = None
    expected: list[Signal | Absent] = [*plan.signals, *plan.absent]
    for signal in expected:
        if signal.step not in tests:
            raise ContentError(f"{signal.name}: no step {signal.step!r}", check="drill-plan", place=place)
        for column in signal.where:
            _check_column(column, signal.name, place)
    return Drill(path.stem, plan, tests, tuple(found))


def _check_column(column: str, signal: str, place: Place) -> None:
    from certhound.model.columns import EVENTS

    name, _, operator = column.partition("|")
    EVENTS.column("fields" if name.startswith("fields.") else name)
    if operator and operator not in OPERATORS:
        raise ContentError(f"{signal}: no operator is called {operator!r}", check="drill-plan", place=place)

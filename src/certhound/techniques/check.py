"""The lint of packages, one small function a check, each with its advice, and the lock of versions to content."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import filter as matching
from pathlib import Path

from certhound.model.columns import CATEGORIES, TABLES
from certhound.qradar.aql import Severity, lint
from certhound.qradar.catalogue.console import shipped_site
from certhound.qradar.catalogue.databases import DATABASES
from certhound.rules import Rule
from certhound.techniques.filled import EXAMPLES, aql, needs
from certhound.techniques.package import Package
from certhound.techniques.related import rules_of

LOCK = "lock.json"
_MARK = re.compile(r"(?<![:\w']):([a-z][a-z_0-9]*)\b")
_TEXT = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something wrong in a package."""

    package: str
    check: str
    text: str
    advice: str

    def __str__(self) -> str:
        return f"{self.package} error[{self.check}] {self.text}\n    advice: {self.advice}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check looks at: a package, and the rules that run."""

    package: Package
    rules: list[Rule]


Found = Iterator[tuple[str, str]]
"""What a check says: what is wrong, and what to do."""


def check(package: Package, rules: list[Rule], lock: dict[str, dict[str, object]], digest: str) -> list[Remark]:
    """Everything that is wrong in a package."""
    found = [Remark(package.id, name, *said) for name, look in CHECKS.items() for said in look(Subject(package, rules))]
    return found + [Remark(package.id, "version-lock", *said) for said in _locked(package, lock, digest)]


def _query_ids(it: Subject) -> Found:
    for name, number in Counter(query.id for query in it.package.queries()).items():
        if number > 1:
            yield f"the query id {name!r} stands {number} times", "ids are anchors of pages: give each its own"


def _query_marks(it: Subject) -> Found:
    for query in it.package.queries():
        for mark in _MARK.findall(_TEXT.sub("''", query.aql)):
            if mark not in EXAMPLES:
                yield f"{query.id}: there is no value :{mark}", f"values are {', '.join(EXAMPLES)}"


def _query_lint(it: Subject) -> Found:
    texts = {query.id: aql(query) for query in it.package.queries()} | dict(it.package.aql)
    for name, text in texts.items():
        for each in lint(text, site=shipped_site()):
            if each.severity is Severity.ERROR:
                yield f"{name}: {each.message} [{each.check}]", each.advice or "certhound aql lint explains it"


def _query_bounds(it: Subject) -> Found:
    for query in it.package.queries():
        if not re.search(r"\bLIMIT \d+", query.aql) or "LAST " not in query.aql:
            yield f"{query.id} has no LIMIT or no time window", "bound every query that others will copy"


def _hunt_values(it: Subject) -> Found:
    for hunt in it.package.hunts.hunt if it.package.hunts else ():
        if needs(hunt.query):
            yield f"hunt {hunt.id} asks for {', '.join(needs(hunt.query))}", "a hunt starts without a finding"


def _categories(it: Subject) -> Found:
    for source in it.package.facts.source:
        if source.category not in CATEGORIES:
            yield f"there is no category {source.category!r}", f"categories are {', '.join(CATEGORIES)}"


def _columns(it: Subject) -> Found:
    ours = {table.name: {column.name for column in table.columns} for table in TABLES}
    for source in it.package.facts.source:
        for name in sorted({*source.fields, *source.optional} - ours["events"]):
            yield f"source {source.name!r}: events has no column {name!r}", "docs/tables.md lists the columns"
    for table in it.package.facts.table:
        known = ours if table.platform == "certhound" else {k: {c.name for c in v} for k, v in DATABASES.items()}
        for name in sorted(set(table.columns) - known.get(table.name, set())):
            yield f"{table.platform} table {table.name!r} has no column {name!r}", "name columns that exist"


def _rules_exist(it: Subject) -> Found:
    known = [rule.name for rule in it.rules]
    named = [(f"drill {drill.id}", rule) for drill in it.package.facts.drill for rule in drill.rules]
    scenarios = it.package.playbook.scenario if it.package.playbook else ()
    named += [(f"playbook {each.id}", rule) for each in scenarios for rule in each.rules]
    for where, pattern in named:
        if not matching(known, pattern):
            yield f"{where}: no rule is called {pattern!r}", "certhound rules list"


def _has_rules(it: Subject) -> Found:
    if not rules_of(it.package.id, it.rules):
        yield "no rule is tagged with it", "a package without detections is a note; tag rules or leave it out"


def _phases(it: Subject) -> Found:
    wanted = ("triage", "scoping", "containment", "eradication", "recovery", "lessons")
    for each in it.package.playbook.scenario if it.package.playbook else ():
        missing = [phase for phase in wanted if phase not in {step.phase for step in each.step}]
        if missing:
            yield f"playbook {each.id} lacks {', '.join(missing)}", "six phases, each with a role and a time"


def _roles(it: Subject) -> Found:
    for each in it.package.playbook.scenario if it.package.playbook else ():
        for role in sorted(
            {step.role for step in each.step} - set(it.package.playbook.roles if it.package.playbook else ())
        ):
            yield f"playbook {each.id}: nobody is {role!r}", "say under [roles] what the role does"


def _exceptions(it: Subject) -> Found:
    from certhound.model.profile_file import TABLES as PROFILE

    for each in it.package.tuning.false_positive if it.package.tuning else ():
        tables = re.findall(r"^\[+(\w+)\]+", each.exception, re.MULTILINE)
        if not tables or set(tables) - set(PROFILE):
            yield f"false positive {each.id}: its example is no part of a profile", "docs/profile.md has the tables"
        if "[[exception]]" in each.exception and "expires" not in each.exception:
            yield f"false positive {each.id}: the exception never ends", "give it an end"


def _expressions(it: Subject) -> Found:
    for each in it.package.kit.property if it.package.kit else ():
        try:
            found = re.search(each.expression, each.line)
        except re.error as error:
            yield f"property {each.name} of {each.source}: {error}", "the expression must be readable"
            continue
        if found is None or found.re.groups != 1 or found[1] != each.value:
            yield (
                f"property {each.name} of {each.source} does not take its value out of its line",
                "group 1 is the value",
            )


def _references(it: Subject) -> Found:
    for each in it.package.facts.reference:
        if not each.url.startswith("https://"):
            yield f"reference {each.title!r} is no https address", "name a source that can be opened"


def _inferred_apart(it: Subject) -> Found:
    for each in {one.id for one in it.package.facts.downstream} & {one.id for one in it.package.facts.inferred}:
        yield f"{each} is both evidence and inferred", "what is seen and what follows from it stand apart"


CHECKS: dict[str, Callable[[Subject], Found]] = {
    "query-ids": _query_ids,
    "query-marks": _query_marks,
    "query-lint": _query_lint,
    "query-bounds": _query_bounds,
    "hunt-values": _hunt_values,
    "categories": _categories,
    "columns": _columns,
    "rules-exist": _rules_exist,
    "has-rules": _has_rules,
    "phases": _phases,
    "roles": _roles,
    "exceptions": _exceptions,
    "expressions": _expressions,
    "references": _references,
    "inferred-apart": _inferred_apart,
}


def digest_of(folder: Path) -> str:
    """One hash over all files of a package, by their names."""
    whole = hashlib.sha256()
    for each in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{each.relative_to(folder).as_posix()}\0".encode())
        whole.update(hashlib.sha256(each.read_bytes()).digest())
    return whole.hexdigest()


def read_lock(folder: Path) -> dict[str, dict[str, object]]:
    """The lock beside the packages; empty where there is none yet."""
    file = folder / LOCK
    found: dict[str, dict[str, object]] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def locked(packages: tuple[Package, ...], folder: Path) -> str:
    """The text of the lock as it should be now."""
    entries = {each.id: {"version": each.facts.version, "sha256": digest_of(folder / each.id)} for each in packages}
    return json.dumps(entries, indent=1) + "\n"


def _locked(package: Package, lock: dict[str, dict[str, object]], digest: str) -> Found:
    entry = lock.get(package.id)
    version = package.facts.version
    if entry is None:
        yield "it is not in the lock", "certhound content check --lock"
    elif entry["sha256"] != digest and version == entry["version"]:
        yield f"its content changed and its version is still {version}", "raise version, then content check --lock"
    elif entry["sha256"] != digest or version != entry["version"]:
        yield f"the lock has version {entry['version']}", "certhound content check --lock"

"""Loading rules: from files, folders and the package to a :class:`RuleSet`, with every error of every file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from certhound.model.errors import CerthoundError
from certhound.rules.collection import Member, Role, read_members
from certhound.rules.document import Document
from certhound.rules.files import RuleFile, files_under, packaged_files
from certhound.rules.filters import applies, check_filter
from certhound.rules.located import Source, located
from certhound.rules.rule import NotRun, Rule, RuleSet


@dataclass
class Loaded:
    """A rule set with the documents that it came from, for those who look at the text (lint, show)."""

    rules: RuleSet
    documents: dict[str, Document] = field(default_factory=dict)
    unused: dict[str, tuple[str, ...]] = field(default_factory=dict)


def load_rules(
    paths: Iterable[str | Path] = (),
    *,
    packaged: bool = True,
    placeholders: Mapping[str, tuple[str, ...]] | None = None,
) -> RuleSet:
    """Rules of files and folders, and with ``packaged`` those that ship with the project.

    ``placeholders`` maps the name of a Sigma placeholder (``own_networks``) to its texts; an empty tuple means that
    there are none, an absent name that nobody says, and then the rule is not run. What is wrong is in
    ``RuleSet.errors`` (:meth:`RuleSet.check` raises them); the other rules are there all the same.
    """
    named = list(paths)
    if packaged and not named:
        return _packaged(frozenset((placeholders or {}).items()))
    return load(named, packaged=packaged, placeholders=placeholders).rules


@lru_cache(maxsize=8)
def _packaged(placeholders: frozenset[tuple[str, tuple[str, ...]]]) -> RuleSet:
    """The rules that ship do not change while a process runs, and to load them costs as much as a small scan."""
    return load((), placeholders=dict(placeholders)).rules


def load(
    paths: Iterable[str | Path] = (),
    *,
    packaged: bool = True,
    placeholders: Mapping[str, tuple[str, ...]] | None = None,
) -> Loaded:
    """As :func:`load_rules`, with the documents by rule id."""
    errors: list[CerthoundError] = []
    found = packaged_files() if packaged else []
    for path in paths:
        try:
            found += files_under(Path(path))
        except CerthoundError as error:
            errors.append(error)
    sources = [source for each in found if (source := _read(each, errors))]
    return load_sources(sources, placeholders=placeholders, errors=errors)


def _read(each: RuleFile, errors: list[CerthoundError]) -> Source | None:
    try:
        return each.read()
    except CerthoundError as error:
        errors.append(error)
        return None


def load_sources(
    sources: Iterable[Source],
    *,
    placeholders: Mapping[str, tuple[str, ...]] | None = None,
    errors: list[CerthoundError] | None = None,
) -> Loaded:
    """Rules of texts."""
    errors = errors if errors is not None else []
    members: list[Member] = []
    files = 0
    for source in sources:
        files += 1
        try:
            members += read_members(source)
        except CerthoundError as error:
            errors.append(error)
    _refuse_twins(members)
    filters = [member for member in members if member.role is Role.FILTER]
    for member in filters:
        check_filter(member)
    good = [member.document for member in filters if not member.problems.errors]
    loaded = _build(members, good, placeholders or {})
    for member in members:
        errors += member.problems.errors
    rules, not_run = loaded.rules.rules, loaded.rules.not_run
    loaded.rules = RuleSet(rules, not_run, tuple(errors), files)
    return loaded


def _build(members: list[Member], filters: list[Document], placeholders: Mapping[str, tuple[str, ...]]) -> Loaded:
    from certhound.rules.build import build_rule, not_run_correlation  # imports pySigma

    rules: list[Rule] = []
    not_run: list[NotRun] = []
    loaded = Loaded(RuleSet())
    for member in members:
        document = member.document
        if member.role is Role.CORRELATION:
            not_run.append(not_run_correlation(document))
        elif member.role is Role.RULE:
            mine = [each for each in filters if applies(each, document)]
            built = build_rule(member, mine, placeholders)
            loaded.documents[document.id] = document
            loaded.unused[document.id] = built.unused
            rules += [built.rule] if built.rule else []
            not_run += [built.not_run] if built.not_run else []
    loaded.rules = RuleSet(tuple(rules), tuple(not_run))
    return loaded


def _refuse_twins(members: list[Member]) -> None:
    """Note every id that stands in two documents, at the later one."""
    first: dict[str, Document] = {}
    for member in members:
        stated = member.document.meta.get("id")
        if stated is None:
            continue
        if stated in first:
            other = first[stated]
            place = other.source.place(other.span("id").start)
            span = member.document.span("id")
            text = f"the id is taken by {place.file}:{place.line}"
            member.problems.errors.append(located(member.document.source, span, "duplicate-id", text))
        first.setdefault(stated, member.document)

"""What a check is. Each is one file in :mod:`certhound.qradar.aql.checks` with one ``CHECK``; a new file is a check."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.query.tree import Span


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a check met. ``severity`` where it differs from that of the check."""

    span: Span
    message: str
    advice: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it looks for, why, the queries that it speaks of (``fires``) and those that it leaves alone.

    ``find`` is called with each SELECT of a query, sub-selects included. The examples are tested and printed on the
    checks' page of the documentation.
    """

    id: str
    severity: Severity
    title: str
    why: str
    find: Callable[[Scope], Iterable[Hit]]
    fires: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of error by which reading itself ends, for the documentation."""

    id: str
    title: str
    why: str
    fires: tuple[str, ...]
    silent: tuple[str, ...]


REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        "syntax",
        "The text is no AQL",
        "What stands here cannot stand here. AQL has one SELECT over one source: no UNION, JOIN, OFFSET or WITH.",
        ("SELECT sourceip FROM events WHERE username ISNOT NULL", "SELECT a FROM events UNION SELECT b FROM flows"),
        ("SELECT sourceip FROM events WHERE username IS NOT NULL LIMIT 10 LAST 1 HOURS",),
    ),
    Refusal(
        "distinct",
        "DISTINCT is not AQL",
        "A console takes DISTINCT for a field and refuses the query. GROUP BY gives each combination once; UNIQUECOUNT "
        "and DISTINCTCOUNT count different values.",
        ("SELECT DISTINCT sourceip FROM events", "SELECT COUNT(DISTINCT sourceip) FROM events"),
        ("SELECT UNIQUECOUNT(sourceip) FROM events LAST 1 HOURS",),
    ),
    Refusal(
        "text-search",
        "TEXT SEARCH not first, or not joined by AND",
        "TEXT SEARCH asks the payload index before anything else is looked at, so it stands first in WHERE and only "
        "AND may follow it. Its own terms may hold AND, OR and NOT.",
        (
            "SELECT sourceip FROM events WHERE TEXT SEARCH 'a' OR qid = 1",
            "SELECT qid FROM events WHERE qid = 1 AND TEXT SEARCH 'a'",
        ),
        ("SELECT sourceip FROM events WHERE TEXT SEARCH 'a OR b' AND qid = 1 LIMIT 10 LAST 1 HOURS",),
    ),
    Refusal(
        "typographic-quote",
        "A typographic quote",
        "Pages and word processors turn straight quotes into typographic quotes, which AQL does not know.",
        ("SELECT sourceip FROM events WHERE username = ’root’",),
        ("SELECT sourceip FROM events WHERE username = 'the ’root’' LIMIT 10 LAST 1 HOURS",),
    ),
    Refusal(
        "too-deep",
        "Nested too deeply",
        "More than 150 levels of brackets, functions and operators; no console is known to take them.",
        ("SELECT " + "(" * 200 + "qid" + ")" * 200 + " FROM events",),
        ("SELECT ((qid)) FROM events LIMIT 10 LAST 1 HOURS",),
    ),
)
"""The errors of the parser; lint gives them as findings of these checks."""


@cache
def checks() -> tuple[Check, ...]:
    """All checks by their id, found in the package."""
    package = importlib.import_module("certhound.qradar.aql.checks")
    found = []
    for info in pkgutil.iter_modules(package.__path__):
        check = importlib.import_module(f"{package.__name__}.{info.name}").CHECK
        assert isinstance(check, Check)  # noqa: S101 -- what a file of the package must give
        found.append(check)
    return tuple(sorted(found, key=lambda check: check.id))

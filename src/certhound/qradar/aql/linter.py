"""The linter: read a query, ask every check, give what they say in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from certhound.qradar.aql.check import Hit, checks
from certhound.qradar.aql.errors import AqlError
from certhound.qradar.aql.finding import Finding, Severity
from certhound.qradar.aql.lexer import Lexed, lex
from certhound.qradar.aql.options import DEFAULT, ParseOptions
from certhound.qradar.aql.parser import parse
from certhound.qradar.aql.places import Places
from certhound.qradar.aql.scope import scopes
from certhound.qradar.catalogue import Catalogue, Site, stock
from certhound.query.tree import Span

_ALLOW = re.compile(r"certhound:\s*allow\s+([\w ,-]+)")
"""``-- certhound: allow no-limit, payload-scan`` silences checks on its line, or on the next when it has its own."""


def lint(text: str, *, site: Catalogue | Site | None = None, options: ParseOptions = DEFAULT) -> list[Finding]:
    """What is wrong with a query, in the order of the text. A query that cannot be read gives one finding, its error.

    Without a ``site`` the names are those of a stock console, and a custom property that we do not know is a warning,
    not an error, for the console may have it.
    """
    places = Places(text)
    catalogue = stock() if site is None else site if isinstance(site, Catalogue) else stock().with_site(site)
    options = replace(options, hyphenated=options.hyphenated | catalogue.hyphenated())
    try:
        lexed = lex(text)
        query = parse(text, options=options)
    except AqlError as error:
        return [_finding(error.check, Severity.ERROR, Hit(error.span, error.text, error.advice), places)]
    allowed = _allowed(lexed, places)
    found = [
        _finding(check.id, hit.severity or check.severity, hit, places)
        for scope in scopes(query, catalogue, lexed, site=site is not None)
        for check in checks()
        for hit in check.find(scope)
    ]
    kept = {each: None for each in found if each.check not in allowed.get(each.line, ())}
    return sorted(kept, key=lambda each: (each.span.start, each.severity.rank, each.check, each.span.end))


def _finding(check: str, severity: Severity, hit: Hit, places: Places) -> Finding:
    start, end = places.line_column(hit.span.start), places.line_column(hit.span.end)
    return Finding(check, severity, hit.span, hit.message, hit.advice, *start, *end, marked=places.marked(hit.span))


def _allowed(lexed: Lexed, places: Places) -> dict[int, set[str]]:
    """The checks that comments silence, by line."""
    found: dict[int, set[str]] = {}
    for words, span in _allowances(lexed):
        line, column = places.line_column(span.start)
        alone = not places.text[span.start - column + 1 : span.start].strip()
        found.setdefault(line + 1 if alone else line, set()).update(words)
    return found


def _allowances(lexed: Lexed) -> Iterator[tuple[set[str], Span]]:
    for comment in lexed.comments:
        said = _ALLOW.search(comment.text)
        if said is not None:
            yield set(re.split(r"[\s,]+", said[1].strip())), comment.span

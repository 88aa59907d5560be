"""What may stand at a place of a query that is being written: fields, properties, functions, words, names in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from certhound.qradar.aql.words import CLAUSE_WORDS, OPERATOR_WORDS, SESSION_WORDS, UNITS
from certhound.qradar.catalogue import Catalogue, functions
from certhound.qradar.catalogue.databases import DATABASES
from certhound.qradar.running.reference_data import ReferenceData

KEYWORDS = (
    CLAUSE_WORDS | OPERATOR_WORDS | SESSION_WORDS | {word for word in UNITS if word.endswith("S")} | {"TRUE", "FALSE"}
)
_PLAIN = re.compile(r"[\w:]*\Z")
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)
_SOURCE = re.compile(r"\bFROM\s+(\w*)\Z", re.IGNORECASE)
_CALL_QUOTED = re.compile(r"(\w+)\s*\(\s*'((?:[^']|'')*)\Z")
_COMPARED_QUOTED = re.compile(
    r"(\w+)\s*\([^()']*\)\s*(?:NOT\s+)?(?:=|==|!=|<>|I?LIKE|IN\s*\((?:\s*'(?:[^']|'')*'\s*,)*)\s*'((?:[^']|'')*)\Z",
    re.IGNORECASE,
)
_SECTIONS = {
    "QIDNAME": "qids",
    "LOGSOURCENAME": "log_sources",
    "LOGSOURCETYPENAME": "log_source_types",
    "LOGSOURCEGROUPNAME": "log_source_groups",
    "CATEGORYNAME": "categories",
    "RULENAME": "rules",
    "PROTOCOLNAME": "protocols",
    "DOMAINNAME": "domains",
}
"""Functions that give names, and where the catalogue has these."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One possible word. ``start``: how many characters before the place it takes the place of."""

    text: str
    start: int
    meaning: str = ""


def completions(before: str, after: str, catalogue: Catalogue, reference: ReferenceData) -> list[Completion]:
    """What may follow ``before``, of which the end may be the beginning of a word; ``after`` is what stands behind."""
    named = _names(before, catalogue, reference)
    if named is not None:
        return named
    source = _SOURCE.search(before)
    if source is not None:
        return _beginning(source[1], [(name, "database") for name in DATABASES])
    found = _FROM.search(before) or _FROM.search(after)
    database = found[1].lower() if found is not None and found[1].lower() in DATABASES else "events"
    if before.count('"') % 2:
        quoted = before[before.rindex('"') + 1 :]
        columns = [(f'{each.name}"', str(each.type)) for each in catalogue.columns(database)]
        return _beginning(quoted, columns)
    plain = _PLAIN.search(before)
    return _beginning(plain[0] if plain else "", list(_words(catalogue, database)))


def _names(before: str, catalogue: Catalogue, reference: ReferenceData) -> list[Completion] | None:
    """Names in single quotes, where a place takes names that are known; None outside of quotes."""
    if before.count("'") % 2 == 0:
        return None
    call = _CALL_QUOTED.search(before)
    collections = {
        "REFERENCESETCONTAINS": reference.sets,
        "REFERENCEMAP": reference.maps,
        "REFERENCEMAPSETCONTAINS": reference.map_of_sets,
        "REFERENCETABLE": reference.tables,
    }
    if call is not None and call[1].upper() in collections:
        return _beginning(call[2], [(_quoted(name), "") for name in collections[call[1].upper()]])
    compared = _COMPARED_QUOTED.search(before)
    if compared is not None and compared[1].upper() in _SECTIONS:
        names = catalogue.names.get(_SECTIONS[compared[1].upper()], {})
        return _beginning(compared[2], [(_quoted(name), str(number)) for number, name in names.items()])
    return []


def _quoted(name: str) -> str:
    return name.replace("'", "''") + "'"


def _words(catalogue: Catalogue, database: str) -> Iterator[tuple[str, str]]:
    for column in catalogue.columns(database):
        plain = column.name.isidentifier() and column.name.upper() not in KEYWORDS
        yield column.name if plain else f'"{column.name}"', str(column.type)
    for function in functions().values():
        yield f"{function.name}(", function.doc
    for word in sorted(KEYWORDS):
        yield word, ""


def _beginning(word: str, known: list[tuple[str, str]]) -> list[Completion]:
    """Those that begin with a word, in any case; quotes round a name do not count."""
    wanted = word.lower()
    return [
        Completion(text, len(word), meaning)
        for text, meaning in known
        if text.lower().lstrip('"').startswith(wanted) and text != word
    ]

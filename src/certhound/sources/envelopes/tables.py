"""Rows below a header: CSV and TSV, and the W3C extended log format, whose ``#Fields`` may change in the middle."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from certhound.sources.envelopes.leef import unused
from certhound.sources.envelopes.record import Form, Header, Record, split_row

_NAME = re.compile(r'"?[A-Za-z_@#*][\w .()/@#*:,\[\]\-"]{0,127}"?')
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}:\d\d:\d\d")
SEPARATORS = (",", "\t", ";", "|")
_W3C_WORD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')


@dataclass(slots=True)
class Columns:
    """A header in force: the names of its columns and what separates them."""

    names: list[str]
    separator: str
    form: Form
    directives: dict[str, str] = field(default_factory=dict)

    def row(self, text: str, payload: str) -> Record:
        """The record of a row. Cells too many are kept under ``#n``; too few or many are a problem of the record."""
        cells = _w3c_cells(text, self.separator) if self.form is Form.W3C else split_row(text, self.separator)
        values = dict(zip(self.names, cells, strict=False))
        record = Record(self.form, values, text, payload)
        if len(cells) != len(self.names):
            while len(cells) > len(self.names) and not cells[-1].strip():
                cells.pop()
            for index in range(len(self.names), len(cells)):
                values[f"#{index + 1}"] = cells[index]
            if len(cells) != len(self.names):
                record.problem = f"{len(cells)} columns where the header has {len(self.names)}"
        if self.directives:
            record.header = Header("w3c", data=self.directives)
        return record


def _w3c_cells(text: str, separator: str) -> list[str]:
    if separator != " ":
        return split_row(text, separator)
    if '"' not in text:
        return text.split()
    return [quoted if whole[:1] == '"' else bare for whole, quoted, bare in _words(text)]


def _words(text: str) -> list[tuple[str, str, str]]:
    return [(found[0], (found[1] or "").replace('""', '"'), found[2] or "") for found in _W3C_WORD.finditer(text)]


def header_of(first: str, second: str) -> Columns | None:
    """The header that a file begins with, if its first line is one and the line below fits it."""
    for separator in SEPARATORS:
        if separator not in first:
            continue
        names = [name.strip() for name in split_row(first, separator)]
        while names and not names[-1]:
            names.pop()
        if len(names) < 2 or not all(_NAME.fullmatch(name) for name in names):
            continue
        if any("=" in name or _DATE.search(name) for name in names):
            continue
        cells = split_row(second, separator) if second else names
        if second and second.count('"') % 2 == 0 and len(cells) + 1 < len(names) // 2:
            continue
        return Columns(_distinct(names), separator, Form.TABLE)
    return None


def _distinct(names: list[str]) -> list[str]:
    """Names of columns, the second of one name as ``name#2``."""
    seen: dict[str, str] = {}
    for name in names:
        bare = name.strip().strip('"')
        seen[unused(seen, bare) if bare in seen else bare] = ""
    return list(seen)


def w3c_fields(line: str, directives: dict[str, str]) -> Columns | None:
    """The columns that a ``#Fields:`` line announces; other directives are gathered."""
    keyword, colon, rest = line[1:].partition(":")
    if not colon:
        return None
    if keyword.strip().lower() != "fields":
        if len(directives) < 16:
            directives[keyword.strip()] = rest.strip()[:200]
        return None
    separator = "\t" if "\t" in rest.strip() else "," if "," in rest else " "
    names = [name.strip() for name in (rest.split() if separator == " " else rest.strip().split(separator))]
    return Columns(_distinct(names), separator, Form.W3C, dict(directives)) if names else None

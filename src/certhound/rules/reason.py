"""Reason templates: why a rule matched, in plain words over the columns of the row and nothing else.

``{column}`` or ``{column|format}``; ``{{`` and ``}}`` are braces; ``{fields.key}`` is one entry of a map column.
Formats: ``date`` (a time without its hour), ``count`` (a whole number with thousands), ``first`` (the first of a list),
``list`` (the first few of a list), ``duration`` (seconds in the largest fitting unit), ``clients`` (a number of them,
in the singular or plural), ``quoted`` (a name in quotation marks, so that an empty one can be seen).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

FORMATS: tuple[str, ...] = ("date", "count", "first", "list", "duration", "clients", "quoted")
ABSENT = "unknown"
LISTED = 3
"""How many elements of a list are written out."""

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[^|{}]+)?")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a template that a column fills. ``offset`` counts in the template's text."""

    column: str
    format: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """Literal texts and slots, in order."""

    parts: tuple[str | Slot, ...]

    def slots(self) -> tuple[Slot, ...]:
        return tuple(part for part in self.parts if isinstance(part, Slot))

    def __str__(self) -> str:
        return "".join(_written(part) for part in self.parts)


class TemplateError(Exception):
    """A template that cannot be read; ``offset`` counts in its text."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.text = text
        self.offset = offset


def _written(part: str | Slot) -> str:
    if isinstance(part, str):
        return part.replace("{", "{{").replace("}", "}}")
    return "{" + part.column + (f"|{part.format}" if part.format else "") + "}"


def parse_template(text: str) -> Template:
    """A template of its text. Raises :class:`TemplateError`; column names are checked by the caller."""
    parts: list[str | Slot] = []
    literal, position = "", 0
    for token in _TOKEN.finditer(text):
        literal += text[position : token.start()]
        position = token.end()
        if token[0] in ("{{", "}}"):
            literal += token[0][0]
        elif token[1] is None:
            raise TemplateError("a single brace; write it twice to mean itself", token.start())
        else:
            parts += [literal] if literal else []
            literal = ""
            parts.append(_slot(token[1], token.start()))
    literal += text[position:]
    return Template(tuple([*parts, literal] if literal else parts))


def _slot(inside: str, offset: int) -> Slot:
    column, bar, form = (part.strip() for part in inside.partition("|"))
    if not _NAME.fullmatch(column):
        raise TemplateError(f"{inside!r} is not the name of a column", offset)
    if bar and form not in FORMATS:
        raise TemplateError(f"format {form!r} is not one of {', '.join(FORMATS)}", offset)
    return Slot(column, form, offset)


def render(template: Template, row: Mapping[str, object]) -> str:
    """The reason for one row. An absent column reads ``unknown``; texts are given as they are (outputs defuse them)."""
    return "".join(part if isinstance(part, str) else _filled(part, row) for part in template.parts)


def _filled(slot: Slot, row: Mapping[str, object]) -> str:
    column, dot, key = slot.column.partition(".")
    value = row.get(column)
    if dot:
        value = value.get(key) if isinstance(value, Mapping) else None
    if value is None:
        return ABSENT
    return _FORMATTERS.get(slot.format, _default)(value)


def _default(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case float():
            return f"{value:,.2f}".rstrip("0").rstrip(".")
        case list() | tuple():
            return _listed(value)
        case Mapping():
            return _listed([f"{key}: {each}" for key, each in value.items()])
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _date(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else _default(value)


def _count(value: object) -> str:
    if isinstance(value, list | tuple | Mapping):
        return f"{len(value):,}"
    return f"{value:,.0f}" if isinstance(value, int | float) and not isinstance(value, bool) else _default(value)


def _first(value: object) -> str:
    if isinstance(value, list | tuple):
        return str(value[0]) if value else ABSENT
    return _default(value)


def _listed(value: object) -> str:
    if not isinstance(value, list | tuple):
        return _default(value)
    if not value:
        return "none"
    more = len(value) - LISTED
    return ", ".join(map(str, value[:LISTED])) + (f" and {more:,} more" if more > 0 else "")


_UNITS = ((86_400 * 365.25, "year"), (86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"), (1.0, "second"))


def _duration(value: object) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _default(value)
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(value) >= size), _UNITS[-1])
    amount = f"{value / size:,.1f}".removesuffix(".0")
    return f"{amount} {unit}{'' if amount == '1' else 's'}"


def _clients(value: object) -> str:
    return f"{_count(value)} {'client' if value == 1 else 'clients'}"


def _quoted(value: object) -> str:
    return f"\u201c{_default(value)}\u201d"


_FORMATTERS: dict[str, Callable[[object], str]] = {
    "date": _date,
    "count": _count,
    "first": _first,
    "list": _listed,
    "duration": _duration,
    "clients": _clients,
    "quoted": _quoted,
}

"""Events of an EVTX file as values, by the shape of those before: records of one kind differ in their values alone.

``evtx`` writes each record as JSON without blanks. What stands before ``TimeCreated`` (provider, number, version,
level, task …) is the same for every record of a kind; what follows has the same keys in the same order. So the first of
a shape is taken apart with patience, and a pattern is made of it that takes the values out of the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MAX_KINDS = 4_096
MAX_SHAPES = 8
"""Further ones are read with patience."""

_TIME = ',"TimeCreated":'
_TEXT = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_MARK = "\x00"

Flatten = Callable[[Mapping[str, Any]], dict[str, str] | None]
"""Makes values by name of a record's JSON object; None where it is no event."""


@dataclass(frozen=True, slots=True)
class _Shape:
    pattern: re.Pattern[str]
    fixed: dict[str, str]
    names: tuple[str, ...]


@dataclass(slots=True)
class Shapes:
    """What was learnt of the records of a file. ``flatten`` is asked about each shape once, and where none fits."""

    flatten: Flatten
    known: dict[str, list[_Shape]] = field(default_factory=dict)

    def values_of(self, document: str) -> dict[str, str] | None:
        """The values of a record by name; None where it is no event."""
        at = document.find(_TIME)
        shapes = self.known.get(document[:at])
        for shape in shapes or ():
            found = shape.pattern.fullmatch(document, at)
            if found is None:
                continue
            said: Sequence[str] = found.groups()
            if document.find("\\", at) >= 0:
                said = [_plain(each) if "\\" in each else each for each in said]
            values = shape.fixed.copy()
            values.update(zip(shape.names, said, strict=True))
            return values
        return self._learn(document, at, len(shapes or ()))

    def _learn(self, document: str, at: int, there: int) -> dict[str, str] | None:
        try:
            found = json.loads(document)
        except (ValueError, RecursionError):
            return None
        values = self.flatten(found) if isinstance(found, dict) else None
        if values is not None and at > 0 and there < MAX_SHAPES and len(self.known) < MAX_KINDS:
            shape = _shape_of(found, document, at, values, self.flatten)
            if shape is not None:
                self.known.setdefault(document[:at], []).append(shape)
        return values


def _shape_of(
    found: dict[str, Any], document: str, at: int, values: Mapping[str, str], flatten: Flatten
) -> _Shape | None:
    """The shape of a record: its text with a group for each scalar, named as ``flatten`` names it.

    None where a value is made of several scalars, or the text is written in another way than expected.
    """
    marked = flatten(_marked(found, iter(range(1 << 20)))) or {}
    names = {mark: name for name, mark in marked.items()}
    pieces = list(_pieces(found))
    if "".join(text for text, _ in pieces) != document or any(not _is_mark(mark) for mark in names):
        return None
    fixed, grouped, pattern = {}, [], []
    size = place = 0
    for text, group in pieces:
        size += len(text)
        name = names.get(f"{_MARK}{place}") if group else None
        place += bool(group)
        if size <= at:
            if name is not None and name in values:
                fixed[name] = values[name]
        elif name is None:
            pattern.append(group.replace("(", "(?:", 1) if group else re.escape(text))
        else:
            pattern.append(group)
            grouped.append(name)
    return _Shape(re.compile("".join(pattern), re.DOTALL), fixed, tuple(grouped))


def _is_mark(text: str) -> bool:
    return text.startswith(_MARK) and text[1:].isdecimal()


def _marked(value: Any, places: Iterator[int]) -> Any:
    """The same with each scalar replaced by a mark with its place; null is none."""
    if isinstance(value, dict):
        return {key: _marked(each, places) for key, each in value.items()}
    if isinstance(value, list):
        return [_marked(each, places) for each in value]
    return None if value is None else f"{_MARK}{next(places)}"


def _pieces(value: Any) -> Iterator[tuple[str, str]]:
    """The text of a record in pieces; a scalar's comes with the group that takes its value out of others."""
    if isinstance(value, dict):
        yield "{", ""
        for index, (key, each) in enumerate(value.items()):
            yield f"{',' if index else ''}{json.dumps(key, ensure_ascii=False)}:", ""
            yield from _pieces(each)
        yield "}", ""
    elif isinstance(value, list):
        yield "[", ""
        for index, each in enumerate(value):
            yield "," if index else "", ""
            yield from _pieces(each)
        yield "]", ""
    elif value is None:
        yield "null", ""
    else:
        yield json.dumps(value, ensure_ascii=False), _group(value)


def _group(value: Any) -> str:
    if isinstance(value, str):
        return _TEXT
    return "(true|false)" if isinstance(value, bool) else r"(-?[\d.eE+\-]+)"


def _plain(value: str) -> str:
    """The text of a JSON string."""
    if "\\" not in value.replace("\\\\", ""):
        return value.replace("\\\\", "\\")
    return str(json.loads(f'"{value}"'))

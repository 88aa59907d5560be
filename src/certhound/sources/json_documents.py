"""JSON of any layout as a stream of objects: one a line, pretty-printed, arrays, answers of web services.

Brackets and commas around objects are passed over, so that an array, objects glued together and JSON lines are the same
thing. What is no object is a reject with its line; reading goes on behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from certhound.query.plan import Rejected
from certhound.sources.files import InputFile, lines
from certhound.sources.streams import Broken, content
from certhound.sources.zeek.json_text import Record, json_line, object_at, records_of

WHOLE_BYTES = 64 * 1024 * 1024
"""A file up to this size (decompressed) is read at once, in any layout; a larger one line by line."""

_BETWEEN = " \t\r\n,[]\ufeff"
_WORK = 8
"""So many times the size of a text may be walked in vain for objects of several lines."""


@dataclass(frozen=True, slots=True)
class Document:
    """One object: its value, the line on which it begins, its number from 1, its text, and whether that was UTF-8."""

    value: Record
    line: int
    number: int
    text: str
    clean: bool = True


def documents(file: InputFile) -> Iterator[Document | Rejected]:
    """Every object of a file in order."""
    data, broken, whole = beginning(file)
    if not whole:
        yield from _by_lines(file)
        return
    text, clean = json_line(data)
    number = 0
    for item in _in_text(file.path, text, clean):
        number += 1
        yield item
    if broken is not None:
        yield Rejected(file.path, f"could not be read to its end: {broken}", text.count("\n") + 1, number + 1)


def first_objects(head: str, most: int = 20) -> list[Record]:
    """The first whole objects of a text that may be cut at its end."""
    found = (item.value for item in _in_text("", head, True) if isinstance(item, Document))
    return [value for value, _ in zip(found, range(most), strict=False)]


def beginning(file: InputFile) -> tuple[bytes, str | None, bool]:
    """(bytes, why they end too early, whether they are all of the file)."""
    parts: list[bytes] = []
    size = 0
    for piece in content(file.opened, file.compression):
        if isinstance(piece, Broken):
            return b"".join(parts), piece.reason, True
        parts.append(piece)
        size += len(piece)
        if size > WHOLE_BYTES:
            return b"", None, False
    return b"".join(parts), None, True


def _by_lines(file: InputFile) -> Iterator[Document | Rejected]:
    number = 0
    for line in lines(file.opened, file.compression):
        text, clean = json_line(line.data)
        text = text.strip(_BETWEEN)
        if not text and line.problem is None:
            continue
        found, rest = records_of(text)
        for value in found:
            number += 1
            yield Document(value, line.number, number, text, clean)
        if rest.strip(_BETWEEN) or line.problem is not None:
            number += 1
            yield Rejected(file.path, line.problem or "not a JSON object", line.number, number, rest[:200])


def _in_text(path: str, text: str, clean: bool) -> Iterator[Document | Rejected]:
    at, number, work = 0, 0, _WORK * len(text) + 1000
    line, counted = 1, 0
    size = len(text)
    while (at := _behind_blanks(text, at)) < size:
        line, counted = line + text.count("\n", counted, at), at
        end = text.find("\n", at)
        end = size if end < 0 else end
        row = text[at:end]
        found, rest = records_of(row) if row[0] == "{" else ([], row)
        for value in found:
            number += 1
            yield Document(value, line, number, row if len(found) == 1 else "", clean)
        if found or not rest:
            at = end - len(rest)
            continue
        number += 1
        held, stop = object_at(text, at) if row[0] == "{" and work > 0 else (None, at)
        if held is not None:
            yield Document(held, line, number, text[at:stop], clean)
            at = stop
            continue
        work -= stop - at
        yield Rejected(path, "not a JSON object", line, number, row[:200])
        at = _next_object(text, end)


def _behind_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BETWEEN:
        at += 1
    return at


def _next_object(text: str, at: int) -> int:
    """Where the next line begins whose first sign opens an object."""
    while at < len(text):
        begin = _behind_blanks(text, at)
        if begin >= len(text) or text[begin] == "{":
            return begin
        at = text.find("\n", begin)
        if at < 0:
            return len(text)
    return at

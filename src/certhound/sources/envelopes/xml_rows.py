"""Rows in XML: elements whose children hold text alone, as consoles export tables (QRadar's events and flows)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from certhound.sources.envelopes.leef import unused
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.stream import pieces
from certhound.sources.envelopes.xml_pull import pulled
from certhound.sources.files import InputFile
from certhound.sources.streams import Broken

MIN_CELLS = 2


def looks_like(text: str) -> bool:
    """Whether a text begins as XML does."""
    bare = text.lstrip()
    return bare.startswith("<") and bare[1:2] in "?!abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"


def records_of_file(file: InputFile) -> Iterator[Record | str]:
    """Every row of a file; a text says why reading ended early."""
    return records_of(pieces(file))


def records_of(data: Iterable[bytes | Broken]) -> Iterator[Record | str]:
    """Rows of a document in pieces; damage ends it, and what stands before is kept."""
    path: list[Any] = []
    for each in pulled(data):
        if isinstance(each, str):
            yield each
            return
        ends, element = each
        if not ends:
            path.append(element)
            continue
        path.pop()
        if len(element) >= MIN_CELLS and not any(len(child) for child in element):
            yield _record(element)
            element.clear()
        if path and not len(element) and (element.text is None or not element.text.strip()) and not element.attrib:
            _forget(path[-1], element)


def _forget(parent: Any, element: Any) -> None:
    """Take a row that was read out of the tree; an empty cell stays, for its row is still to come."""
    if getattr(element, "tag", None) in _rows_read(parent):
        parent.remove(element)


def _rows_read(parent: Any) -> frozenset[str]:
    return (
        frozenset(child.tag for child in parent) if len(parent) > 1 and parent[0].tag == parent[-1].tag else frozenset()
    )


def _record(element: Any) -> Record:
    values: dict[str, str] = {}
    for child in element:
        key = child.tag.rpartition("}")[2]
        named = child.attrib.get("name") or child.attrib.get("Name")
        key = named or key
        values[unused(values, key) if key in values else key] = (child.text or "").strip()
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    return Record(Form.TABLE, values, text, text)

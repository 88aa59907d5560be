"""LEEF 1.0 and 2.0, and what writers make of it.

``LEEF:1.0|Vendor|Product|Version|EventID|attributes`` with tabs between attributes;
``LEEF:2.0|…|EventID|delimiter|attributes``. IBM, "Log Event Extended Format" guide. In the field the delimiter of 1.0
is often another, that of 2.0 may be empty, missing, or written as ``x5E``, ``0x5E``, ``\\t``, ``<009>``, ``#011``.
"""

from __future__ import annotations

import re
from collections.abc import Container

from certhound.sources.envelopes.alike import Patterns
from certhound.sources.envelopes.record import Form, Record

_MARK = re.compile(r"LEEF:\s?(\d(?:\.\d)?)\s?\|")
_HEX = re.compile(r"(?:0x|x|\\x|%)([0-9A-Fa-f]{2,4})", re.ASCII)
_WORDS = {"\\t": "\t", "tab": "\t", "TAB": "\t", "<009>": "\t", "#011": "\t", "": "\t"}
_KEY = re.compile(r"[A-Za-z_][\w.:\-\[\] ]{0,63}=")
_SECOND = re.compile(r"\t[A-Za-z_][\w.:\-\[\] ]{0,63}=")
_SPELT_TABS = ("\\t", "<009>", "#011", "\\0x09", "\\x09")
_BLANK_KEY = re.compile(r"(?:^|[ \t]+)([A-Za-z_][\w.:\-]{0,63})=")
_ESCAPED = re.compile(r"\\([=\\])")
_MAX_DELIMITERS = 16


def find(text: str, start: int = 0) -> int:
    """Where a LEEF record begins in a text, or -1."""
    at = text.find("LEEF:", start)
    return at if at >= 0 and _MARK.match(text, at) else -1


def read(text: str, payload: str, at: int = 0) -> Record | None:
    """The record that begins at ``at``; None where five header fields are not there."""
    found = _MARK.match(text, at)
    if found is None:
        return None
    parts = text[found.end() :].split("|", 4)
    if len(parts) < 4:
        return None
    vendor, product, version, event_id = parts[:4]
    attributes = parts[4] if len(parts) > 4 else ""
    delimiter = None
    if found[1].startswith("2"):
        delimiter, attributes = _announced(attributes)
    values = _split(attributes, delimiter)
    return Record(
        Form.LEEF, values, text[at:] if at else text, payload,
        vendor=vendor.strip(), product=product.strip(), version=version, event_id=event_id,
    )  # fmt: skip


def _announced(attributes: str) -> tuple[str | None, str]:
    """The delimiter that a 2.0 header names, and the attributes behind it."""
    named, bar, rest = attributes.partition("|")
    if not bar or (len(named) > 6 or _KEY.match(named)):
        return None, attributes  # the field is missing: these are attributes already
    if named in _WORDS:
        return _WORDS[named], rest
    if len(named) == 1:
        return named, rest
    spelt = _HEX.fullmatch(named)
    return (chr(int(spelt[1], 16)) if spelt else None), rest


def _split(attributes: str, delimiter: str | None) -> dict[str, str]:
    if delimiter is None and "\t" in attributes and _SECOND.search(attributes):
        delimiter = "\t"
    if delimiter is not None and "\\" not in attributes:
        plainly = _plainly(attributes, delimiter)
        if plainly is not None:
            return plainly
    if delimiter is None or (delimiter not in attributes and attributes.count("=") > 1):
        delimiter = _guessed(attributes)
    if delimiter == " ":
        return by_blanks(attributes)
    values: dict[str, str] = {}
    last = None
    for part in attributes.split(delimiter):
        key, equals, value = part.partition("=")
        if equals:
            key = key.strip()
            if key in values:
                key = unused(values, key)
            values[key] = value
            last = key
        elif last is not None:
            values[last] += delimiter + part  # the delimiter stood in a value
    if last is not None:
        values[last] = values[last].rstrip("\r\n")
    if "\\" in attributes:
        return {key: _ESCAPED.sub(r"\1", value) if "\\=" in value else value for key, value in values.items()}
    return values


_ALIKE: dict[str, Patterns] = {}
"""By delimiter."""


def _plainly(attributes: str, delimiter: str) -> dict[str, str] | None:
    """Pairs of which each has its ``=`` and a key of its own, as nearly all have; else None."""
    alike = _ALIKE.get(delimiter)
    if alike is not None and (known := alike.read(attributes)) is not None:
        return known
    parts = attributes.split(delimiter)
    try:
        values = dict([part.split("=", 1) for part in parts])
    except ValueError:
        return None
    if not len(values) == len(parts) > 1 or " " in "".join(values):
        return None
    if len(delimiter) == 1 and (alike is not None or len(_ALIKE) < _MAX_DELIMITERS):
        alike = alike or _ALIKE.setdefault(delimiter, Patterns())
        alike.learn(tuple(values), [f"([^{re.escape(delimiter)}]*)"] * len(values), delimiter)
    return values


def _guessed(attributes: str) -> str:
    """The first delimiter under which at least two keys begin."""
    for delimiter in ("\t", "^", "|", *_SPELT_TABS):
        if delimiter in attributes and sum(_KEY.match(part) is not None for part in attributes.split(delimiter)) >= 2:
            return delimiter
    return "\t" if attributes.count("=") < 2 else " "


def by_blanks(text: str) -> dict[str, str]:
    """Pairs with blanks between them, whose values may hold blanks: a value ends where the next ``key=`` begins."""
    pieces = _BLANK_KEY.split(text)
    values: dict[str, str] = {}
    for key, value in zip(pieces[1::2], pieces[2::2], strict=True):
        values[unused(values, key) if key in values else key] = value.rstrip()
    return values


def unused(values: Container[str], key: str) -> str:
    """A name for the second value of a key: ``key#2``, and so on."""
    number = 2
    while f"{key}#{number}" in values:
        number += 1
    return f"{key}#{number}"

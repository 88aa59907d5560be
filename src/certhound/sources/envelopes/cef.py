"""CEF: ``CEF:0|Vendor|Product|Version|SignatureID|Name|Severity|key=value key=value``.

ArcSight, "Common Event Format" implementation standard. A pair begins at blanks followed by ``key=``; what is not at a
blank boundary is part of the value, so unescaped ``=`` in URLs does no harm.
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.alike import Patterns
from certhound.sources.envelopes.leef import unused
from certhound.sources.envelopes.record import Form, Record

_MARK = re.compile(r"CEF:\s?(\d(?:\.\d)?)\s?\|")
_LOST_WORD = re.compile(r"\s?0\|[^|=]{1,64}\|[^|=]{1,64}\|[^|=]{0,64}\|")
_FIELD = re.compile(r"((?:[^|\\]|\\.)*+)(?:\||$)", re.DOTALL)
_PAIR = re.compile(r"(?:^|\s+)([A-Za-z0-9_][\w.,\-:]*(?:\[[^\]\s=]*\])?)=")
_BLANK_PAIR = re.compile(r" ([\w.,\-:\[\]]+)=")
_MORE = re.compile(r"[^|=]{0,64}\|")
_ESCAPE = re.compile(r"\\([\\=nr])")
_MEANT = {"\\": "\\", "=": "=", "n": "\n", "r": "\r"}
_HEADER_ESCAPE = re.compile(r"\\([\\|])")


def find(text: str, start: int = 0) -> int:
    """Where a CEF record begins in a text, or -1."""
    at = text.find("CEF:", start)
    if at >= 0 and _MARK.match(text, at):
        return at
    return -1


def lost_word(text: str) -> bool:
    """Whether a text is CEF that lost its first word: `` 0|Vendor|Product|…``."""
    return _LOST_WORD.match(text) is not None


def read(text: str, payload: str, at: int = 0) -> Record | None:
    """The record that begins at ``at``; None where the header's seven fields are not there."""
    found = _MARK.match(text, at)
    start = found.end() if found else text.find("|", at) + 1
    head, rest = _header(text, start)
    if head and not head[0] and _MORE.match(rest) is not None:  # an empty field too many, as some relays write
        head, rest = _header(text, text.index("|", start) + 1)
    if len(head) < 6:
        return None
    vendor, product, version, event_id, name, severity = head
    return Record(
        Form.CEF, _extension(rest), text[at:] if at else text, payload,
        vendor=vendor, product=product, version=version, event_id=event_id, event_name=name, severity=severity,
    )  # fmt: skip


def _header(text: str, start: int) -> tuple[list[str], str]:
    """Six fields behind the version, and the extension."""
    if "\\" not in text[start : start + 400]:
        parts = text[start:].split("|", 6)
        return [part.strip() for part in parts[:6]], parts[6] if len(parts) > 6 else ""
    fields: list[str] = []
    while len(fields) < 6 and start <= len(text):
        found = _FIELD.match(text, start)
        if found is None:
            break
        fields.append(_HEADER_ESCAPE.sub(r"\1", found[1]).strip())
        start = found.end()
        if found.end() == found.end(1):
            break
    return fields, text[start:]


def _extension(text: str) -> dict[str, str]:
    odd = "\t" in text or "\n" in text
    values = None if odd else _ALIKE.read(text)
    if values is None:
        pieces = _PAIR.split(text) if odd else _BLANK_PAIR.split(f" {text}")
        values = dict(zip(pieces[1::2], pieces[2::2], strict=True))
        if len(values) * 2 + 1 != len(pieces):
            values = _with_repeated(pieces)
        elif not odd and not pieces[0] and values:
            _learn(values)
    if not values:
        return values
    if "  " in text:
        values = {key: value.rstrip() for key, value in values.items()}
    else:
        last = next(reversed(values))
        values[last] = values[last].rstrip()
    if "\\" in text:
        return {key: unescape(value) if "\\" in value else value for key, value in values.items()}
    return values


_ALIKE = Patterns()


def _learn(values: dict[str, str]) -> None:
    """A value without ``=`` holds no other pair, nor does one without blanks."""
    _ALIKE.learn(tuple(values), ["([^=]*)" if "=" not in value else "([^ ]*)" for value in values.values()], " ")


def _with_repeated(pieces: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in zip(pieces[1::2], pieces[2::2], strict=True):
        values[unused(values, key) if key in values else key] = value
    return values


def unescape(value: str) -> str:
    """A value without its backslashes."""
    once = _ESCAPE.sub(lambda found: _MEANT[found[1]], value)
    return once.replace("\\=", "=") if "\\=" in once else once  # some writers escape twice

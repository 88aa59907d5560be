"""From the text of a record to its values: which envelopes it lies in is told by the text alone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from certhound.sources.envelopes import cef, key_value, leef, objects, windows
from certhound.sources.envelopes.record import NO_HEADER, Form, Header, Record
from certhound.sources.envelopes.syslog import read_header

_AUDIT = ("type=", "node=")
_SD_ID = re.compile(r"\A(?:[^@.\s]*@[\d.]+|[^.]*)\.")
"""What stands before the name of a parameter: the id of its element, whose number may have dots itself."""

_PREFIX = 600
"""LEEF or CEF that begins further inside is part of something else."""


def read_text(text: str, header: Header = NO_HEADER) -> list[Record]:
    """The records in a text: mostly one; several where JSON objects stand one behind the other.

    ``header`` is what is known of its surroundings; a syslog header of its own counts more.
    """
    first = text[:1]
    if text.startswith(_AUDIT) and " msg=audit(" in text[:300]:
        # Quotes tell what in it is hex, so it is left to its own reader.
        return [Record(Form.TEXT, {}, text, text, header=header)]
    if first not in "{[<":
        record = _leef_or_cef(text, header)
        if record is not None:
            return [record]
    elif first == "{" or (first == "<" and windows.START.match(text)):
        return _inner(text, text, header)
    elif first == "<":
        record = _leef_or_cef(text, header)
        if record is not None:
            return [record]
    own, at = read_header(text)
    if at:
        return _inner(text[at:], text, own if header is NO_HEADER else _joined(header, own))
    return _inner(text, text, header)


def _joined(outer: Header, own: Header) -> Header:
    return replace(
        own,
        time=own.time or outer.time,
        host=own.host or outer.host,
        app=own.app or outer.app,
        data={**outer.data, **own.data},
    )


@lru_cache(4096)
def _header_before(text: str) -> Header:
    """The header before a LEEF or CEF record; busy devices send thousands behind one and the same."""
    return read_header(text)[0]


def _leef_or_cef(text: str, header: Header) -> Record | None:
    for envelope in (leef, cef):
        at = envelope.find(text)
        if 0 <= at <= _PREFIX and "{" not in text[:at]:
            record: Record | None = envelope.read(text, text, at)
            if record is not None:
                own = _header_before(text[:at]) if at else NO_HEADER
                record.header = own if header is NO_HEADER else _joined(header, own)
            return record
    if text[:3] in ("0|", " 0|") or text[:2] == "0|":
        record = cef.read(text, text) if cef.lost_word(text) else None
        if record is not None:
            record.header = header
        return record
    return None


def _inner(text: str, payload: str, header: Header) -> list[Record]:
    """Records of a text behind its header."""
    bare = text.lstrip(" \t\ufeff")
    first = bare[:1]
    if first == "{" or (first == "[" and bare[1:].lstrip()[:1] == "{"):
        found = _objects(bare if first == "{" else bare[1:], payload, header)
        if found:
            return found
    if first == "<" and windows.START.match(bare):
        event = windows.read(bare, payload)
        if event is not None:
            event.header = header
            return [event]
    if not bare and header.data and header.kind == "rfc5424":
        values = {_SD_ID.sub("", key): value for key, value in header.data.items()}
        return [Record(Form.KEY_VALUE, values, payload, payload, header=header)]
    if cef.lost_word(text):
        lost = cef.read(text, payload)
        if lost is not None:
            lost.header = header
            return [lost]
    at = key_value.find(bare)
    if at >= 0:
        record = key_value.read(bare, payload, at)
        record.header = header
        return [record]
    return [Record(Form.TEXT, {}, bare, payload, header=header)]


def _objects(text: str, payload: str, header: Header) -> list[Record]:
    found, rest = objects.objects_of(text)
    if len(found) == 1:
        record = objects.read(found[0], text, payload)
        record.header = header
        if rest.strip("] \t\r\n,"):
            record.problem = "text behind the JSON object"
        return [record]
    records = []
    for each in found:
        own = objects.as_text(each)
        record = objects.read(each, own, own)
        record.header = header
        records.append(record)
    if records and rest.strip("] \t\r\n,"):
        records[-1].problem = "text behind the JSON object"
    return records

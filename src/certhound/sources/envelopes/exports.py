"""Exports of QRadar, Splunk, Elastic, Sentinel and log shippers around another format: the record inside.

``inside`` gives the texts that may be a record of their own format, in the order in which they should be tried, and the
header that the export gives them. ``members`` opens documents that hold many records in an array.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from certhound.sources.envelopes import objects
from certhound.sources.envelopes.record import ABSENT, Header, Record

ARRAYS = frozenset(
    "events flows simarc records Records value results Results result hits logs data rows items logEvents "
    "Events".split()
)
"""Keys under which documents keep their records."""

_MAX_BESIDE = 16
_PAYLOAD = re.compile(
    r"(?:utf8|utf-8|base64|hex|str|string|ascii)?\s*[(_ ]*\s*(?:utf8)?[(_ ]*"
    r"(?:event|flow|source|raw|decoded|base64)?[_ ]?payload"
    r"[_ ]?(?:as)?[_ ]?(?:utf8|utf-8|utf|base64|hex|text|string|raw)?[)\s]*(?:,.*)?",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_SPLUNK = ("_raw", "result._raw")
_SURE = ("SyslogMessage", "RawData", "raw_log", "rawLog", "RawEvent", "rawEvent", "_source.event.original")
_MAYBE = (
    "event.original", "message", "Message", "msg", "MESSAGE", "log", "full_log", "full_message", "@message",
    "_source.message", "_source.log.original", "log.original", "raw", "original", "line", "textPayload",
    "short_message",
)  # fmt: skip
_TIMES = (
    "_time", "result._time", "_source.@timestamp", "@timestamp", "devicetime", "DeviceTime", "starttime", "Start Time",
    "EventTime", "TimeGenerated", "timestamp", "time",
)  # fmt: skip
_HOSTS = (
    "host",
    "result.host",
    "_source.host.name",
    "host.name",
    "Computer",
    "HostName",
    "hostname",
    "_source.host.hostname",
)


@dataclass(frozen=True, slots=True)
class Inside:
    """A text inside a record. ``sure``: it is the event as the device sent it, whatever stands around it."""

    text: str
    sure: bool


def payload_key(keys: Collection[str]) -> str | None:
    """The column of a QRadar export that holds the payload, in whatever spelling."""
    if "EventID" in keys:  # PowerShell's module logging has a Payload of its own
        return None
    return next((key for key in keys if _is_payload(key)), None)


@lru_cache(4096)
def _is_payload(key: str) -> bool:
    return "ayload" in key.lower() and _PAYLOAD.fullmatch(key.strip()) is not None


def inside(record: Record) -> list[Inside]:
    """What may be a record of its own in the values of one."""
    values = record.values
    found_at = places(tuple(values))
    if found_at is None:
        return []
    splunk, payload, sure, maybe = found_at
    found = [Inside(values[key], True) for key in splunk if values[key]]
    if payload is not None and (text := decoded(values[payload])) is not None:
        found.append(Inside(text, True))
    found += [Inside(text, True) for key in sure if (text := values[key]) and text not in ABSENT]
    found += [Inside(text, False) for key in maybe if (text := values[key]) and text not in ABSENT]
    return found


_Keys: TypeAlias = tuple[str, ...]


@lru_cache(1024)
def places(keys: _Keys) -> tuple[_Keys, str | None, _Keys, _Keys] | None:
    """Which of some keys may hold a record: those of Splunk, a payload, and others; None where none may.

    Rows of a file mostly have the same keys.
    """
    splunk, sure, maybe = (tuple(key for key in known if key in keys) for known in (_SPLUNK, _SURE, _MAYBE))
    payload = payload_key(keys)
    return (splunk, payload, sure, maybe) if splunk or sure or maybe or payload is not None else None


def header_of(record: Record) -> Header:
    """What an export tells of the record inside."""
    outer = record.header
    return Header(
        "export", record.get(*_TIMES) or outer.time, record.get(*_HOSTS) or outer.host, outer.app, data=record.values
    )


def decoded(text: str) -> str | None:
    """A payload as text: base64 undone where it is base64, ``\\n`` and blanks around it removed; None for none."""
    bare = text.strip()
    if bare in ABSENT:
        return None
    if len(bare) % 4 == 0 and _BASE64.fullmatch(bare.replace("\n", "")):
        try:
            raw = base64.b64decode(bare.replace("-", "+").replace("_", "/"), validate=True)
            plain = raw.decode("utf-8")
        except (binascii.Error, ValueError):
            return bare
        return plain.strip() if plain.isprintable() or sum(c < " " for c in plain) * 20 < len(plain) else bare
    return bare


def members(record: Record) -> list[Record] | None:
    """The records of a document that keeps them in an array: ``{"events": [...]}``; None for one that is a record."""
    found = record.object
    if found is None or len(found) > _MAX_BESIDE:
        return None
    for path in ((key,) for key in found if key in ARRAYS):
        rows = found[path[0]]
        if isinstance(rows, dict) and isinstance(rows.get("hits"), list):  # Elastic's search response
            rows = rows["hits"]
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
            made = []
            for row in rows:
                text = objects.as_text(row)
                each = objects.read(row, text, text)
                each.header = record.header
                made.append(each)
            return made
    return None


def unwrapped(record: Record) -> Record:
    """An Elastic hit as the document in it (``_source``); Splunk's ``{"result": {...}}`` likewise."""
    found = record.object
    if found is not None:
        for key in ("_source", "result"):
            body = found.get(key)
            if isinstance(body, dict) and body:
                made = objects.read(body, record.text, record.payload)
                made.header = record.header
                return made
    return record

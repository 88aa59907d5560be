"""Answers of Certificate Transparency logs: ``get-entries`` and ``get-entry-and-proof`` (RFC 6962, 3.4 and 4.6).

A certificate and the precertificate that a CA logged before it are two objects with two hashes; ``entry_type`` tells
which of them an entry is.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from certhound.sources.certificate_records import JsonSource, Told
from certhound.sources.certificate_values import (
    Values,
    of_bytes,
    records_in,
    text_of,
)
from certhound.sources.zeek.json_text import Record

_X509, _PRECERTIFICATE = 0, 1
_USED = frozenset({"leaf_input", "extra_data"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_CHAIN = 100


class _Cut(ValueError):
    """A structure that ends too early or is none."""


def _read(record: Record) -> Iterator[Told | str]:
    entries = records_in(record.get("entries")) or ([record] if "leaf_input" in record else [])
    if not entries:
        yield "no entries in it" if "entries" in record else "no leaf_input in it"
    for entry in entries:
        try:
            yield _entry(entry)
        except _Cut as error:
            yield f"an entry that cannot be read: {error}"


def _entry(entry: Record) -> Told:
    leaf, extra = _bytes(entry, "leaf_input"), _bytes(entry, "extra_data")
    if len(leaf) < 15:
        raise _Cut("leaf_input is too short")
    if leaf[0] != 0 or leaf[1] != 0:
        raise _Cut(f"version {leaf[0]}, leaf type {leaf[1]}")
    time = _moment(int.from_bytes(leaf[2:10], "big"))
    kind = int.from_bytes(leaf[10:12], "big")
    values: Values = {
        "time": time,
        "log_timestamp": time,
        "time_zone_known": True if time else None,
        "log_index": text_of(entry.get("leaf_index")),
    }
    if kind == _X509:
        der, _ = _sized(leaf, 12)
        chain, problem = _chain(extra, 0)
        values |= {"event_type": "x509_entry", "entry_type": "certificate"}
    elif kind == _PRECERTIFICATE:
        # The leaf has the body without the poison, under the hash of its issuer's key; the extra data have it whole.
        der, after = _sized(extra, 0)
        chain, problem = _chain(extra, after)
        values |= {"event_type": "precert_entry", "entry_type": "precertificate"}
    else:
        raise _Cut(f"an entry of the unknown type {kind}")
    values |= of_bytes(der)
    part = {**entry, "issuer_key_hash": leaf[12:44].hex()} if kind == _PRECERTIFICATE else entry
    return Told(values, part, chain, (problem,) if problem else (), _USED)


def _bytes(entry: Record, key: str) -> bytes:
    text = text_of(entry.get(key))
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True) if text else b""
    except (binascii.Error, ValueError):
        raise _Cut(f"{key} is no base64") from None


def _sized(data: bytes, at: int) -> tuple[bytes, int]:
    """The bytes behind a length of three bytes, and where they end."""
    size = int.from_bytes(data[at : at + 3], "big")
    stop = at + 3 + size
    if size == 0 or stop > len(data):
        raise _Cut(f"{size} bytes are claimed where {max(0, len(data) - at - 3)} are left")
    return data[at + 3 : stop], stop


def _chain(extra: bytes, at: int) -> tuple[tuple[bytes, ...], str]:
    """The certificates of the chain, and what was wrong with it. The log's word: an entry stands without it, too."""
    if at >= len(extra):
        return (), ""
    found: list[bytes] = []
    stop = at + 3 + int.from_bytes(extra[at : at + 3], "big")
    at += 3
    try:
        if stop != len(extra):
            raise _Cut(f"{stop} bytes are claimed where {len(extra)} are")
        while at < stop and len(found) < MAX_CHAIN:
            der, at = _sized(extra, at)
            found.append(der)
        if at < stop:
            raise _Cut(f"more than {MAX_CHAIN} certificates")
    except _Cut as error:
        return tuple(found), f"extra_data holds no chain: {error}"
    return tuple(found), ""


def _moment(milliseconds: int) -> str | None:
    try:
        return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None


SOURCE = JsonSource("ct.entries", "ct_entry", r'"leaf_input"\s*:\s*"AA', _read)

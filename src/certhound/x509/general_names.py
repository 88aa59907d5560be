"""GeneralNames: the names in a SAN, the addresses in AIA and CRL pointers (RFC 5280, 4.2.1.6)."""

from __future__ import annotations

import ipaddress
from typing import Any

from certhound.x509.der import OID, DerError, children, element, span, whole, why
from certhound.x509.distinguished_name import read_name
from certhound.x509.oids import oid_text
from certhound.x509.strings import decode_string

MAX_NAMES = 10_000
"""Names of one SAN beyond these are not read, and ``field_errors`` says so."""

MAX_NAME_BYTES = 8192
"""Longer names are cut there and reported."""

MAX_FAST_BYTES = 65_536

EMAIL, DNS, DIRECTORY, URI, IP, REGISTERED, OTHER = 0x81, 0x82, 0xA4, 0x86, 0x87, 0x88, 0xA0

Fields = list[tuple[str, Any]]
Problems = list[tuple[str, str]]


def read_general_names(data: bytes, position: int, stop: int, fields: Fields, problems: Problems) -> None:
    """Sort the names between two positions into the ``san_*`` columns.

    ``san_other`` has what has no column of its own, as ``dirName:…``, ``otherName:oid:…`` or ``registeredID:…``.
    Raises DerError or IndexError only where nothing at all could be read.
    """
    dns: list[str] = []
    others: dict[str, list[str]] = {}
    left = MAX_NAMES
    # Decoded once and cut into names, which is half the work of decoding name after name.
    text = data[:MAX_FAST_BYTES].decode("latin-1")
    clean = b"\0" not in data[:MAX_FAST_BYTES] and stop <= MAX_FAST_BYTES
    try:
        while position < stop:
            if not left:
                problems.append(("san_dns", f"more than {MAX_NAMES} names: only the first {MAX_NAMES} are listed"))
                break
            left -= 1
            size = data[position + 1]
            if data[position] == DNS and size < 0x80 and position + 2 + size <= stop:
                start = position + 2
                position = start + size
                name = text[start:position]
                dns.append(name if clean and name.isascii() else _text(data[start:position], "san_dns", problems))
                continue
            found = element(data, position, stop)
            if found.after > stop:
                problems.append(("san_dns", "list of names is cut"))
            _one_name(found.tag, data[found.start : found.stop], dns, others, problems)
            position = found.after
    except (DerError, IndexError) as error:
        problems.append(("san_dns", f"list of names breaks off: {why(error)}"))
    fields.append(("san_dns", tuple(dns)))
    fields.extend([(column, tuple(names)) for column, names in others.items()])


def _one_name(tag: int, raw: bytes, dns: list[str], others: dict[str, list[str]], problems: Problems) -> None:
    if tag == DNS:
        dns.append(_text(raw, "san_dns", problems))
    elif tag == EMAIL:
        others.setdefault("san_email", []).append(_text(raw, "san_email", problems))
    elif tag == URI:
        others.setdefault("san_uri", []).append(_text(raw, "san_uri", problems))
    elif tag == IP and len(raw) in (4, 16):
        others.setdefault("san_ip", []).append(str(ipaddress.ip_address(raw)))
    elif tag == IP:
        problems.append(("san_ip", f"address of {len(raw)} bytes: {raw[:32].hex()}"))
    else:
        others.setdefault("san_other", []).append(_other(tag, raw, problems))


def _other(tag: int, raw: bytes, problems: Problems) -> str:
    try:
        if tag == DIRECTORY:
            start, stop, _ = span(raw, 0, len(raw))
            return "dirName:" + read_name(raw[start:stop]).text
        if tag == REGISTERED:
            return "registeredID:" + oid_text(raw)
        if tag == OTHER:
            kind = whole(raw, 0, len(raw), OID, "otherName")
            wrapped = element(raw, kind.after, len(raw))
            held = next(children(raw, wrapped.start, wrapped.stop, 2))
            value = decode_string(held.tag, raw[held.start : held.stop])[0]
            return f"otherName:{oid_text(raw[kind.start : kind.stop])}:{value[:MAX_NAME_BYTES]}"
    except (DerError, IndexError, StopIteration) as error:
        problems.append(("san_other", f"name with tag {tag:#04x} cannot be read: {why(error)}"))
    return f"{tag & 0xFF:#04x}:{raw[:MAX_NAME_BYTES].hex()}"


def read_uri_names(data: bytes, position: int, stop: int, found: list[str], column: str, problems: Problems) -> None:
    """Append the URIs among the GeneralNames between two positions. Raises DerError where they break off."""
    for name in children(data, position, stop, 200):
        if name.tag == URI:
            text = _text(data[name.start : name.stop], column, problems)
            found.append(text)


def _text(raw: bytes, column: str, problems: Problems) -> str:
    if len(raw) > MAX_NAME_BYTES:
        problems.append((column, f"name of {len(raw)} bytes, cut at {MAX_NAME_BYTES}"))
        raw = raw[:MAX_NAME_BYTES]
    if raw.isascii():
        if b"\0" in raw:
            problems.append((column, "NUL inside a name"))
        return raw.decode("ascii")
    problems.append((column, "byte outside ASCII in a name"))
    return raw.decode("utf-8", "replace")

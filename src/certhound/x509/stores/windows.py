"""Windows: serialised certificate stores (``.sst``), and the property lists in which the registry keeps certificates.

A store is a header and groups of properties; a property is id, encoding, length, value, all little-endian; the
certificate itself is the property 32 (MS-OSHARED 2.3.2.5). The value ``Blob`` under ``SystemCertificates`` in the
registry, and the files under ``AppData\\Roaming\\Microsoft\\SystemCertificates``, are one such group without a header.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from certhound.x509.found import Found, Reject

HEADER = b"\0\0\0\0CERT"
_PROPERTY = struct.Struct("<III")
_CERTIFICATE, _CRL, _CTL = 32, 33, 34
_MAX_ID = 0xFFFF
_ENCODINGS = (1, 0x10001)
"""X509_ASN_ENCODING, alone or with PKCS_7_ASN_ENCODING."""


class WindowsStore:
    """A serialised store or a single serialised certificate."""

    name = "windows_store"

    def looks_like(self, head: bytes) -> bool:
        return head[:8] == HEADER or begins_property(head, 0)

    def extract(self, data: bytes) -> Iterator[Found | Reject]:
        yield from properties(data, 8 if data[:8] == HEADER else 0)


def begins_property(data: bytes, at: int) -> bool:
    """Whether a property list may begin there: two properties that follow each other, or a certificate."""
    for _ in range(2):
        if len(data) < at + _PROPERTY.size:
            return False
        name, encoding, size = _PROPERTY.unpack_from(data, at)
        at += _PROPERTY.size
        if not 0 < name <= _MAX_ID or encoding not in _ENCODINGS or size > 1 << 24:
            return False
        if name == _CERTIFICATE:
            return data[at : at + 1] == b"\x30"
        at += size
    return True


def properties(data: bytes, at: int, container: str = WindowsStore.name) -> Iterator[Found | Reject]:
    """The certificates of a property list; everything else about them is passed over."""
    found, lists = 0, 0
    while at < len(data):
        if len(data) - at < _PROPERTY.size:
            yield Reject(f"the store breaks off: {len(data) - at} bytes are left of a property", at, None, 0)
            return
        name, encoding, size = _PROPERTY.unpack_from(data, at)
        if name == 0:
            break  # the mark at the end
        start, at = at + _PROPERTY.size, at + _PROPERTY.size + size
        if name > _MAX_ID or encoding not in _ENCODINGS:
            yield Reject("the store cannot be read on from here: no property", start - _PROPERTY.size, None, 0)
            return
        if name == _CERTIFICATE and data[start : start + 1] == b"\x30":
            found += 1
            yield Found(data[start:at], container, start, None, 0)
        elif name == _CERTIFICATE:
            yield Reject("a property that should be a certificate and is none", start, None, 0)
        lists += name in (_CRL, _CTL)
        if at > len(data):
            yield Reject(f"the store breaks off: {at - len(data)} bytes are missing", start, None, 0)
            return
    if not found:
        yield Reject("a store of lists, without a certificate" if lists else "a store without certificates", 0, None, 0)


STORE = WindowsStore()

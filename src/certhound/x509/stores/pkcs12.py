"""PKCS#12 (RFC 7292): certificates in the open, or encrypted by the empty password; keys are never looked at.

A store that somebody protected by a password is rejected with the command that takes its certificates out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.x509.der import INTEGER, OCTET_STRING, OID, SEQUENCE, DerError, Element, children, element
from certhound.x509.found import Found, Reject
from certhound.x509.oids import oid_bytes
from certhound.x509.stores.decryption import Budget, TooDear, Undecided, decrypted

_LENGTH = rb"(?:\x80|\x81.|\x82..|\x83...|\x84....|[\x00-\x7f])"
_PFX = re.compile(
    rb"\x30"
    + _LENGTH
    + rb"\x02\x01[\x00-\x04]\x30"
    + _LENGTH
    + rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01-\x07]",
    re.DOTALL,
)
_DATA, _ENCRYPTED = oid_bytes("1.2.840.113549.1.7.1"), oid_bytes("1.2.840.113549.1.7.6")
_SIGNED = oid_bytes("1.2.840.113549.1.7.2")
_CERTIFICATE_BAG, _NESTED_BAG = oid_bytes("1.2.840.113549.1.12.10.1.3"), oid_bytes("1.2.840.113549.1.12.10.1.6")
_X509 = oid_bytes("1.2.840.113549.1.9.22.1")
_CONSTRUCTED, _CONTEXT_0 = 0x20, 0xA0
MAX_DEPTH = 8

PROTECTED = (
    "PKCS#12 whose certificates are encrypted by a password: take them out with it"
    " (openssl pkcs12 -in FILE -nokeys -out certificates.pem)"
)


class Pkcs12:
    """Reads BER as well as DER: Windows and Bouncy Castle write indefinite lengths."""

    name = "pkcs12"

    def looks_like(self, head: bytes) -> bool:
        return _PFX.match(head) is not None

    def extract(self, data: bytes) -> Iterator[Found | Reject]:
        count = 0
        try:
            for found in _of_pfx(data):
                count += 1
                yield found
        except (DerError, IndexError) as error:
            count += 1
            yield Reject(f"PKCS#12 breaks off: {error}", 0, None, 0)
        if not count:
            yield Reject("PKCS#12 without certificates", 0, None, 0)


def _of_pfx(data: bytes) -> Iterator[Found | Reject]:
    pfx = element(data, 0, len(data))
    version = element(data, pfx.start, pfx.stop)
    if version.tag != INTEGER:
        raise DerError("no version")
    safe = _content(data, element(data, version.after, pfx.stop))
    budget = Budget()
    for kind, part in _content_infos(safe):
        if kind == _DATA:
            yield from _bags(octets(safe, part), 0)
        elif kind == _ENCRYPTED:
            try:
                plain = decrypted(_encrypted_parts(safe, part), budget)
            except TooDear as error:
                yield Reject(f"PKCS#12 that would take too long to decrypt: {error}", 0, None, 0)
            except Undecided as error:
                yield Reject(f"{PROTECTED}; {error}" if str(error) else PROTECTED, 0, None, 0)
            else:
                yield from _bags(plain, 0)
        else:
            yield Reject("a part of PKCS#12 that is encrypted for the key of a recipient", 0, None, 0)


def _content(data: bytes, info: Element) -> bytes:
    """What the ContentInfo of the safe holds: an octet string, alone or within signed data."""
    kind = element(data, info.start, info.stop)
    inner = element(data, kind.after, info.stop)
    if kind.tag != OID or inner.tag != _CONTEXT_0:
        raise DerError("no content")
    held = element(data, inner.start, inner.stop)
    if data[kind.start : kind.stop] != _SIGNED:
        return octets(data, held)
    parts = list(children(data, held.start, held.stop))
    return _content(data, parts[2])  # version, digest algorithms, the content, signatures


def _content_infos(safe: bytes) -> Iterator[tuple[bytes, Element]]:
    """(type, what its [0] holds) of each part of an AuthenticatedSafe."""
    outer = element(safe, 0, len(safe))
    for info in children(safe, outer.start, outer.stop, 1000):
        kind = element(safe, info.start, info.stop)
        inner = element(safe, kind.after, info.stop)
        yield safe[kind.start : kind.stop], element(safe, inner.start, inner.stop)


def _encrypted_parts(safe: bytes, part: Element) -> tuple[bytes, bytes]:
    """(algorithm identifier, encrypted bytes) of an EncryptedData (RFC 5652, 8)."""
    version = element(safe, part.start, part.stop)
    info = element(safe, version.after, part.stop)
    kind = element(safe, info.start, info.stop)
    algorithm = element(safe, kind.after, info.stop)
    return safe[kind.after : algorithm.after], octets(safe, element(safe, algorithm.after, info.stop))


def octets(data: bytes, found: Element, depth: int = 0) -> bytes:
    """The bytes of an octet string, which BER may write in pieces. Raises DerError."""
    if depth > MAX_DEPTH:
        raise DerError("an octet string in too many pieces")
    if not found.tag & _CONSTRUCTED:
        return data[found.start : found.stop]
    return b"".join(octets(data, each, depth + 1) for each in children(data, found.start, found.stop))


def _bags(safe: bytes, depth: int) -> Iterator[Found | Reject]:
    outer = element(safe, 0, len(safe))
    yield from _of_bags(safe, outer.start, outer.stop, depth)


def _of_bags(safe: bytes, start: int, stop: int, depth: int) -> Iterator[Found | Reject]:
    """The certificates of SafeContents (RFC 7292, 4.2)."""
    if depth > MAX_DEPTH:
        raise DerError("bags in bags without end")
    for bag in children(safe, start, stop):
        kind = element(safe, bag.start, bag.stop)
        held = element(safe, kind.after, bag.stop)
        name = safe[kind.start : kind.stop]
        if name == _CERTIFICATE_BAG:
            yield _certificate(safe, element(safe, held.start, held.stop))
        elif name == _NESTED_BAG:
            inner = element(safe, held.start, held.stop)
            yield from _of_bags(safe, inner.start, inner.stop, depth + 1)


def _certificate(safe: bytes, bag: Element) -> Found | Reject:
    kind = element(safe, bag.start, bag.stop)
    value = element(safe, kind.after, bag.stop)
    held = element(safe, value.start, value.stop)
    if bag.tag != SEQUENCE or safe[kind.start : kind.stop] != _X509 or held.tag & 0x1F != OCTET_STRING:
        return Reject("a certificate in PKCS#12 that is not X.509", 0, None, 0)
    return Found(octets(safe, held), Pkcs12.name, 0, None, 0)


STORE = Pkcs12()

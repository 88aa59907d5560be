"""Files and blobs that hold certificates: PEM (one or many, junk between), DER (one or many), PKCS#7, base64, stores.

What is found comes out as `Found` or `Reject` values in the order of the file; nothing raises, nothing is read twice,
and time is linear in the size. Which kind it is, is told by content and never by a file's name.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress

from certhound.x509.der import (
    GENERALIZED_TIME,
    INTEGER,
    OID,
    SEQUENCE,
    SET,
    UTC_TIME,
    DerError,
    element,
    span,
)
from certhound.x509.found import Found, Lines, Reject
from certhound.x509.oids import oid_bytes
from certhound.x509.resume import HAS_TIMES
from certhound.x509.stores import store_of
from certhound.x509.stores.embedded import extract_embedded, has_certificate

__all__ = ["Found", "Reject", "extract_certificates", "looks_like"]

MAX_CERTIFICATE_BYTES = 64 * 1024 * 1024
"""Larger single certificates are rejected."""

MAX_TRAILING = 4096
"""Up to so many bytes behind a lone certificate count as part of it; more are junk."""

MAX_JUNK_REJECTS = 100
"""Stretches of junk that are reported one by one; the rest is counted in the last report."""


_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 #.]{1,64})-----")
_CERTIFICATE_LABELS = frozenset((b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE", b"X.509 CERTIFICATE"))
_PKCS7_LABELS = frozenset((b"PKCS7", b"PKCS #7 SIGNED DATA", b"CMS"))
_BASE64_ONLY = re.compile(rb"[A-Za-z0-9+/=_\s-]+\Z")
_BASE64_PREFIX = re.compile(rb"(?:[A-Za-z0-9+/=]*[ \t]*\r?\n)*[A-Za-z0-9+/=]*")
_HEADERS = re.compile(rb"(?:[ \t]*[A-Za-z][\w-]{0,60}:[^\n]*\n(?:[ \t]+[^\n]*\n)*)*")
_SIGNED_DATA = oid_bytes("1.2.840.113549.1.7.2")
_TRANSPORT = bytes.maketrans(b"-_", b"+/")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def looks_like(data: bytes) -> str | None:
    """``pem``, ``der``, ``pkcs7``, ``base64``, a store's name or None, from the first bytes.

    Cheap, and wrong only towards yes. Base64 within other text is not looked for (:func:`embeds`).
    """
    head = data[:4096]
    store = store_of(head)
    if store is not None:
        return store.name
    if _BEGIN.search(head) is not None or _BEGIN.search(_as_ascii(head)) is not None:
        return "pem"
    if head[:1] == b"\x30":
        kind = _binary_kind(head)
        return kind if kind in ("der", "pkcs7") else None
    text = _as_ascii(head).lstrip()
    if text[:1] == b"M" and len(text) >= 64 and _BASE64_ONLY.match(text):
        return "base64"
    # PEM files may begin with pages of text about the certificate.
    return "pem" if b"-----BEGIN " in data[4096 : 1 << 20] else None


def embeds(head: bytes) -> bool:
    """Whether a text has certificates somewhere in it, with or without armour, by its beginning."""
    text = _as_ascii(head)
    return b"\0" not in text[:4096] and (b"-----BEGIN CERTIFICATE-----" in text or has_certificate(text))


def _binary_kind(head: bytes) -> str:
    """``der``, ``pkcs7``, or the words for what else it is, from the first bytes of an element."""
    limit = len(head)
    try:
        outer = element(head, 0, limit)
        inner = element(head, outer.start, limit)
        if outer.tag != SEQUENCE:
            return "no certificate"
        if inner.tag == OID:
            return "pkcs7" if head[inner.start : inner.stop] == _SIGNED_DATA else "no signed data"
        if inner.tag == INTEGER:
            return "a key or a key store"
        if inner.tag != SEQUENCE:
            return "no certificate"
    except DerError:
        return "no certificate"
    try:
        return _body_kind(head, inner.start, limit)
    except (DerError, IndexError):
        return "der"


def _body_kind(head: bytes, position: int, limit: int) -> str:
    """Tell a certificate's body from that of a request (its second part is a name) or of a CRL (no validity)."""
    if head[position] == OID:
        return "a key"
    if head[position] == SEQUENCE:
        return "a CRL or another signed object"
    if head[position] == INTEGER:
        second = element(head, position, limit).after
        if head[second] == SEQUENCE and head[element(head, second, limit).start] == SET:
            return "a certificate request"
        issuer = element(head, second, limit).after
        if issuer < limit and head[element(head, issuer, limit).after] in (UTC_TIME, GENERALIZED_TIME):
            return "a CRL"
    return "der"


def extract_certificates(data: bytes) -> Iterator[Found | Reject]:
    """Every certificate in the bytes of a file, and a Reject for everything that should have been one.

    Files that hold nothing of the kind give one Reject. Never raises.
    """
    text = _as_ascii(data)
    record = 0
    store = store_of(data[:65536])
    if store is not None:
        found: Iterator[Found | Reject] = store.extract(data)
    elif _BEGIN.search(text) is not None:
        found = _from_pem(text)
    elif data[:1] == b"\x30" or HAS_TIMES.search(data, 0, 4096):
        found = _from_binary(data, 0, None)
    else:
        found = _from_base64(text)
    for record, item in enumerate(found, 1):
        yield _numbered(item, record)
    if record == 0:
        for record, item in enumerate(extract_embedded(text), 1):
            yield _numbered(item, record)
    if record == 0:
        yield Reject("no certificate in these bytes" if data else "no bytes", 0, None, 1)


def _numbered(item: Found | Reject, record: int) -> Found | Reject:
    if isinstance(item, Found):
        return Found(item.der, item.container, item.offset, item.line, record)
    return Reject(item.reason, item.offset, item.line, record)


def _as_ascii(data: bytes) -> bytes:
    """Text files that an editor saved as UTF-16 or with a byte order mark, as plain bytes."""
    if data[:3] == _BOMS[0]:
        return data[3:]
    if data[:2] in _BOMS[1:]:
        codec = "utf-16-le" if data[:2] == _BOMS[1] else "utf-16-be"
        return data[2:].decode(codec, "replace").encode("ascii", "replace")
    return data


def _from_pem(data: bytes) -> Iterator[Found | Reject]:
    lines = Lines(data)
    begins = [(match.start(), match.end(), match[1]) for match in _BEGIN.finditer(data)]
    ends = [match.start() for match in re.finditer(rb"-----END ", data)]
    for number, (start, body, label) in enumerate(begins):
        following = begins[number + 1][0] if number + 1 < len(begins) else len(data)
        index = bisect_left(ends, body)
        stop = ends[index] if index < len(ends) else len(data)
        closed = stop < following
        line = lines.at(start)
        if label not in _CERTIFICATE_LABELS and label not in _PKCS7_LABELS:
            continue  # Keys, requests and parameters stand beside certificates in many files, and are none.
        yield from _from_block(data[body : min(stop, following)], label, start, line, closed)


def _from_block(body: bytes, label: bytes, offset: int, line: int, closed: bool) -> Iterator[Found | Reject]:
    if b"\\" in body or b"%" in body:
        body = _ESCAPED.sub(_unescaped, body)
    if not closed and (match := _BASE64_PREFIX.match(body)) is not None:
        body = match[0]
    if b":" in body:
        header = _HEADERS.match(body.lstrip(b"\r\n"))
        body = body.lstrip(b"\r\n")[header.end() if header else 0 :]
    der, reason = _decode_base64(body)
    if der is None:
        yield Reject(f"{reason}{'' if closed else '; the block has no end'}", offset, line, 0)
        return
    if label in _PKCS7_LABELS or _binary_kind(der[:4096]) == "pkcs7":
        yield from _from_pkcs7(der, offset, line)
        return
    if not der or der[0] != SEQUENCE:
        yield Reject("the block holds no certificate", offset, line, 0)
        return
    if label == b"TRUSTED CERTIFICATE":
        # OpenSSL appends its trust settings to the certificate.
        with suppress(DerError, IndexError):
            der = der[: span(der, 0, len(der))[2]]
    yield Found(der, "pem", offset, line, 0)


_ESCAPED = re.compile(rb"\\u00([0-9a-fA-F]{2})|%([0-9a-fA-F]{2})|\\{1,2}[nrt]|\\{1,2}(?=[/\r\n])")


def _unescaped(match: re.Match[bytes]) -> bytes:
    """What a string of JSON, or a URL, wrote for the line ends and signs of PEM."""
    digits = match[1] or match[2]
    return bytes((int(digits, 16),)) if digits else b"\n" if match[0][-1:] in b"nrt" else b""


def _decode_base64(body: bytes) -> tuple[bytes | None, str]:
    """(bytes, reason): the reason is set where there are none. Blanks, CRLF and missing padding are let pass."""
    packed = b"".join(body.split())
    if not packed:
        return None, "empty block"
    try:
        return binascii.a2b_base64(packed.rstrip(b"=") + b"==="[: -len(packed.rstrip(b"=")) % 4], strict_mode=True), ""
    except binascii.Error as error:
        return None, f"base64 cannot be read: {error}"


def _from_base64(data: bytes) -> Iterator[Found | Reject]:
    """A file that is nothing but base64: one certificate, or one a line."""
    stripped = data.strip()
    if not stripped or stripped[:1] != b"M" or not _BASE64_ONLY.match(stripped):
        return
    stripped = stripped.translate(_TRANSPORT)
    der, _ = _decode_base64(stripped)
    if der is not None and der[:1] == b"\x30":
        store = store_of(der[:65536])
        yield from store.extract(der) if store is not None else _from_binary(der, data.find(b"M"), 1)
        return
    lines = Lines(data)
    for match in re.finditer(rb"[^\s]+", data):
        der, reason = _decode_base64(match[0].translate(_TRANSPORT))
        line = lines.at(match.start())
        if der is None or der[:1] != b"\x30":
            yield Reject(reason or "base64 that holds no certificate", match.start(), line, 0)
        else:
            yield Found(der, "base64", match.start(), line, 0)


def _from_binary(data: bytes, offset: int, line: int | None) -> Iterator[Found | Reject]:
    """DER, one element after another: certificates, PKCS#7, and junk between them, which is skipped and reported."""
    position, size, junk = 0, len(data), 0
    container = "der" if line is None else "base64"
    while position < size:
        stop, kind = _next_element(data, position)
        if kind == "pkcs7":
            yield from _from_pkcs7(data[position:stop], offset + position, line)
        elif kind == "der" and stop - position <= MAX_CERTIFICATE_BYTES:
            yield Found(data[position:stop], container, offset + position, line, 0)
        else:
            junk += 1
            if junk <= MAX_JUNK_REJECTS:
                yield Reject(f"{stop - position} bytes: {kind}", offset + position, line, 0)
        position = stop
    if junk > MAX_JUNK_REJECTS:
        yield Reject(f"{junk - MAX_JUNK_REJECTS} more stretches of junk", offset, line, 0)


def _next_element(data: bytes, position: int) -> tuple[int, str]:
    """Where what begins at a position ends, and what it is: ``der``, ``pkcs7``, or why it is no certificate."""
    size = len(data)
    try:
        after = span(data, position, size)[2] if data[position] == SEQUENCE else 0
    except (DerError, IndexError):
        after = 0
    kind = _binary_kind(data[position : position + 4096]) if after else "no certificate"
    if kind not in ("der", "pkcs7"):
        stop = _next_candidate(data, position + 1)
        # One that lost its first bytes or its outermost tags still has its times, and is evidence.
        broken = kind == "no certificate" and HAS_TIMES.search(data, position, min(stop, position + 4096)) is not None
        return stop, "der" if broken else kind
    if after > size or (after < size and data[after] != SEQUENCE):
        later = _next_candidate(data, position + 4)
        if later < min(after, size) and _is_whole(data, later):
            return later, kind  # Cut in the middle, with a whole one behind it.
        if after > size:
            return size, kind
    if position == 0 and kind == "der" and size - after <= MAX_TRAILING and _next_candidate(data, after) == size:
        after = size  # A server sends such bytes too, and sensors hash them with the certificate.
    return after, kind


_CANDIDATE = re.compile(
    rb"\x30(?:\x82..|\x83...|\x81.)\x30(?:\x82..|\x83...|\x81.)(?:\xa0\x03\x02\x01|\x02)", re.DOTALL
)


def _next_candidate(data: bytes, position: int) -> int:
    """Where something that begins like a certificate stands next, or the end."""
    match = _CANDIDATE.search(data, position)
    return match.start() if match else len(data)


def _is_whole(data: bytes, position: int) -> bool:
    try:
        return span(data, position, len(data))[2] <= len(data)
    except (DerError, IndexError):
        return False


def _from_pkcs7(data: bytes, offset: int, line: int | None) -> Iterator[Found | Reject]:
    """The certificates of a SignedData (RFC 5652, 5.1): ContentInfo, [0], SEQUENCE, and in it [0] certificates."""
    count = 0
    try:
        start, stop = _certificate_bag(data)
        while start < stop:
            found = element(data, start, stop)
            if found.tag == SEQUENCE:
                count += 1
                yield Found(data[start : min(found.after, stop)], "pkcs7", offset + start, line, 0)
            start = found.after
    except DerError as error:
        yield Reject(f"PKCS#7 breaks off: {error}", offset, line, 0)
        return
    if not count:
        yield Reject("PKCS#7 without certificates", offset, line, 0)


def _certificate_bag(data: bytes) -> tuple[int, int]:
    """Where the certificates of a SignedData start and stop; an empty span where it has none."""
    size = len(data)
    outer = element(data, 0, size)
    kind = element(data, outer.start, size)
    if kind.tag != OID or data[kind.start : kind.stop] != _SIGNED_DATA:
        raise DerError("not signed data")
    signed = element(data, element(data, kind.after, size).start, size)
    if signed.tag != SEQUENCE:
        raise DerError("no signed data inside")
    position = signed.start
    while position < signed.stop:
        part = element(data, position, size)
        if part.tag == 0xA0:
            return part.start, part.stop
        position = part.after
    return 0, 0

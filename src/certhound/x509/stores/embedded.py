"""Certificates in base64 without armour, anywhere in a text: columns of CSV, values of JSON and XML, mails.

Nothing tells where such a certificate ends but its own length, which its first bytes state. Line ends within it, also
those that JSON writes ``\\n``, and the ``%2B`` of URLs are passed over.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from certhound.x509.der import INTEGER, SEQUENCE, DerError, element
from certhound.x509.found import Found, Lines, Reject

CONTAINER = "base64"
_START = re.compile(rb"(?<![A-Za-z0-9+/_\\-])(?=MI[I-L])|(?<=\\[nrt])(?=MI[I-L])")
_PIECE = re.compile(
    rb"([A-Za-z0-9+/_-]+)|\\u002[bB]()|\\u002[fF]()|\\/()|%2[bB]()|%2[fF]()|(?:\s|\\[nrt]|%0[aAdD]|&#1[03];|&#x[aAdD];)+"
)
_SIGNS = {2: b"+", 3: b"/", 4: b"/", 5: b"+", 6: b"/"}
_TRANSPORT = bytes.maketrans(b"-_", b"+/")
_HEADER_CHARS = 12
MAX_CHARS = 32 * 1024 * 1024
_WORK = 8
"""So many times the size of the text may be walked for beginnings that lead to nothing; then walked parts are left."""


def has_certificate(text: bytes) -> bool:
    """Whether something that begins like a certificate in base64 stands in a text (a beginning of it is enough)."""
    return any(_size_of(text, match.start()) is not None for match in _START.finditer(text))


def extract_embedded(text: bytes) -> Iterator[Found | Reject]:
    """All of them in order. One that the text cuts is a reject; base64 of something else is passed over."""
    lines = Lines(text)
    at, work = 0, _WORK * len(text)
    while (match := _START.search(text, at)) is not None:
        start = match.start()
        at = start + 1
        size = _size_of(text, start)
        if size is None:
            continue
        packed, stop = _gather(text, start, -(-size * 4 // 3))
        work -= stop - start
        der = _decoded(packed)[:size]
        if len(der) < size:
            if stop - start > 64:
                yield Reject(
                    f"base64 that begins like a certificate: {size - len(der)} bytes are missing",
                    start, lines.at(start), 0,
                )  # fmt: skip
                at = stop
        elif _is_certificate(der):
            yield Found(der, CONTAINER, start, lines.at(start), 0)
            at = stop
        elif work <= 0:
            at = stop


def _size_of(text: bytes, start: int) -> int | None:
    """How many bytes the element in base64 claims to have, or None where it does not begin as certificates do."""
    packed, _ = _gather(text, start, _HEADER_CHARS)
    head = _decoded(packed)
    if len(head) < 8 or head[0] != SEQUENCE or head[1] not in (0x81, 0x82, 0x83):
        return None
    count = head[1] & 0x7F
    if head[2 + count] != SEQUENCE:
        return None  # a key or a request for one begins with a number
    return 2 + count + int.from_bytes(head[2 : 2 + count], "big")


def _gather(text: bytes, start: int, chars: int) -> tuple[bytes, int]:
    """Up to so many characters of base64 from a place on, and where they end."""
    parts: list[bytes] = []
    got, at = 0, start
    while got < chars:
        match = _PIECE.match(text, at)
        if match is None:
            break
        index = match.lastindex
        if index is not None:
            piece = match[1] if index == 1 else _SIGNS[index]
            parts.append(piece[: chars - got])
            got += len(parts[-1])
            if index == 1 and len(parts[-1]) < len(piece):
                return b"".join(parts), match.start() + len(parts[-1])
        at = match.end()
    return b"".join(parts), at


def _decoded(packed: bytes) -> bytes:
    packed = packed.translate(_TRANSPORT)
    packed += b"A" * (-len(packed) % 4) if len(packed) % 4 != 1 else b""
    try:
        return binascii.a2b_base64(packed[: len(packed) // 4 * 4])
    except binascii.Error:
        return b""


def _is_certificate(der: bytes) -> bool:
    """Body, algorithm, signature; that of a CRL or a request begins otherwise."""
    try:
        outer = element(der, 0, len(der))
        body = element(der, outer.start, outer.stop)
        first = element(der, body.start, body.stop)
    except DerError:
        return False
    if first.tag == 0xA0:
        return True
    if first.tag != INTEGER:
        return False
    second = element(der, first.after, body.stop) if first.after < body.stop else None
    return second is not None and second.tag == SEQUENCE and first.stop - first.start > 1

"""A small DER writer and reader (X.690) for certificates that no ordinary builder would make.

The lab must also make what strict libraries refuse: version 1, an odd version, a time without seconds, an empty
attribute. So certificates are put together from these pieces, byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element: tag octet, definite length, the parts as its content."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of ready-made elements."""
    return tlv(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF, in the order DER demands."""
    return tlv(0x31, *sorted(parts))


def explicit(number: int, *parts: bytes) -> bytes:
    """Constructed context tag ``[number]`` around whole elements."""
    return tlv(0xA0 | number, *parts)


def implicit(number: int, content: bytes) -> bytes:
    """Primitive context tag ``[number]`` in place of the content's own tag."""
    return tlv(0x80 | number, content)


def integer(value: int) -> bytes:
    """INTEGER in two's complement, shortest form; negative values are allowed."""
    size = (value + 1 if value < 0 else value).bit_length() // 8 + 1
    return tlv(0x02, value.to_bytes(size, "big", signed=True))


def boolean(value: bool) -> bytes:
    """BOOLEAN."""
    return tlv(0x01, b"\xff" if value else b"\x00")


def null() -> bytes:
    """NULL."""
    return tlv(0x05)


def octet_string(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, content)


def bit_string(content: bytes, unused: int = 0) -> bytes:
    """BIT STRING with the given number of unused bits in the last octet."""
    return tlv(0x03, bytes((unused,)), content)


def named_bits(bits: tuple[int, ...]) -> bytes:
    """BIT STRING of named bits (bit 0 is the first), trailing zeros removed as DER demands."""
    top = max(bits)
    value = sum(1 << (top - bit) for bit in bits)
    unused = 7 - top % 8
    return bit_string((value << unused).to_bytes(top // 8 + 1, "big"), unused)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted text."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return tlv(0x06, b"".join(_base128(arc) for arc in (first * 40 + second, *rest)))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


def text(value: str, tag: int = 0x0C) -> bytes:
    """A string: UTF8String unless another tag (0x13 PrintableString, 0x16 IA5String) is asked for."""
    return tlv(tag, value.encode("utf-8"))


def time(moment: datetime) -> bytes:
    """Time as RFC 5280 (4.1.2.5) writes it: UTCTime from 1950 to 2049, GeneralizedTime otherwise."""
    moment = moment.astimezone(UTC)
    if 1950 <= moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, f"{moment.year:04d}".encode() + moment.strftime("%m%d%H%M%SZ").encode())


def read(data: bytes, offset: int = 0) -> tuple[int, bytes, bytes, int]:
    """The element at ``offset``: tag, content, whole encoding, offset of what follows.

    Raises ValueError where the element does not fit into ``data``. Only for bytes of the lab's own servers.
    """
    if offset + 2 > len(data):
        raise ValueError(f"no element at offset {offset}")
    tag, length, start = data[offset], data[offset + 1], offset + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > len(data):
        raise ValueError(f"element at offset {offset} runs past the end")
    return tag, data[start : start + length], data[offset : start + length], start + length


def children(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, content and whole encoding of every element in a constructed element's content."""
    offset = 0
    while offset < len(content):
        tag, inner, whole, offset = read(content, offset)
        yield tag, inner, whole


def read_oid(content: bytes) -> str:
    """Dotted text of an OBJECT IDENTIFIER's content."""
    arcs, value = [], 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - first * 40, *arcs[1:])))

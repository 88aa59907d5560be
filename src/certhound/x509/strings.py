"""ASN.1 character strings to text: every type that occurs in certificates, broken ones included (X.680, RFC 5280).

Eight-bit bytes in the types that should have none are read as Latin-1, as OpenSSL does, and reported.
"""

from __future__ import annotations

UTF8, NUMERIC, PRINTABLE, T61, VIDEOTEX, IA5 = 0x0C, 0x12, 0x13, 0x14, 0x15, 0x16
GRAPHIC, VISIBLE, GENERAL, UNIVERSAL, BMP = 0x19, 0x1A, 0x1B, 0x1C, 0x1E

STRING_TYPES: dict[int, str] = {
    UTF8: "UTF8String",
    NUMERIC: "NumericString",
    PRINTABLE: "PrintableString",
    T61: "T61String",
    VIDEOTEX: "VideotexString",
    IA5: "IA5String",
    GRAPHIC: "GraphicString",
    VISIBLE: "VisibleString",
    GENERAL: "GeneralString",
    UNIVERSAL: "UniversalString",
    BMP: "BMPString",
}
"""Tag to the name of the string type."""

_BYTE_TYPES = frozenset(STRING_TYPES) - {UNIVERSAL, BMP}

MAX_VALUE_BYTES = 65_536
"""Longer values are cut there and reported."""


def decode_string(tag: int, content: bytes) -> tuple[str, str]:
    """(text, problem) of a character string; the problem is empty when there is none. Never raises.

    A tag that is no string type gives ``#`` and the element in hex, the form that RFC 4514 has for such values.
    """
    if tag in _BYTE_TYPES and len(content) <= MAX_VALUE_BYTES and content.isascii():
        return content.decode("ascii"), _zero_byte(content) if b"\0" in content else ""
    problem = _zero_byte(content) if tag in _BYTE_TYPES and b"\0" in content else ""
    if len(content) > MAX_VALUE_BYTES:
        problem = f"value of {len(content)} bytes, cut at {MAX_VALUE_BYTES}"
        content = content[:MAX_VALUE_BYTES]
    if tag == UTF8:
        try:
            return content.decode("utf-8"), problem
        except UnicodeDecodeError:
            return content.decode("utf-8", "replace"), problem or "not valid UTF-8"
    if tag == BMP:
        return _wide(content, 2, "utf-16-be", "BMPString", problem)
    if tag == UNIVERSAL:
        return _wide(content, 4, "utf-32-be", "UniversalString", problem)
    name = STRING_TYPES.get(tag)
    if name is None:
        return "#" + _hex_element(tag, content), problem or f"tag {tag:#04x} is no character string"
    if not content.isascii() and tag != T61:
        problem = problem or f"byte outside ASCII in {name}"
    return content.decode("latin-1"), problem


def _zero_byte(content: bytes) -> str:
    """Programs in C end a text at its first NUL: one inside hides what follows, one at the end is carelessness."""
    return "NUL inside a value" if b"\0" in content.rstrip(b"\0") else "zero byte at the end of a value"


def _wide(content: bytes, width: int, codec: str, name: str, problem: str) -> tuple[str, str]:
    if len(content) % width:
        problem = problem or f"{name} of {len(content)} bytes"
    try:
        return content.decode(codec), problem
    except UnicodeDecodeError:
        return content.decode(codec, "replace"), problem or f"not a valid {name}"


def _hex_element(tag: int, content: bytes) -> str:
    from certhound.x509.der import encode

    return encode(tag & 0xFF, content).hex().upper()

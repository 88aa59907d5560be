"""Certificates of the Windows registry as text: exports (``.reg``), ``reg query``, and bare hexadecimal of a value.

A certificate stands in the value ``Blob`` of its key under ``SystemCertificates``, as a property list.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from certhound.x509.found import Found, Lines, Reject
from certhound.x509.stores.windows import begins_property, properties

_VALUE = re.compile(
    rb'^[ \t]*"Blob"[ \t]*=[ \t]*hex(?:\([0-9a-fA-F]+\))?:((?:[0-9a-fA-F]{2}|[, \t]|\\[ \t]*\r?\n)*)'
    rb"|^[ \t]*Blob[ \t]+REG_BINARY[ \t]+([0-9a-fA-F]*)",
    re.MULTILINE,
)
_HEADERS = (b"Windows Registry Editor", b"REGEDIT4")
_NO_HEX = re.compile(rb"[^0-9a-fA-F]+")


class RegistryText:
    """Text with values of the registry in it."""

    name = "registry"

    def looks_like(self, head: bytes) -> bool:
        text = as_text(head)
        if not text.lstrip().startswith(_HEADERS) and not text.lstrip()[:1024].startswith((b"HKEY_", b"HKLM")):
            return False
        return _VALUE.search(text) is not None or b"SystemCertificates" in text or b'"Blob"=' in text

    def extract(self, data: bytes) -> Iterator[Found | Reject]:
        text = as_text(data)
        lines, values = Lines(text), 0
        for match in _VALUE.finditer(text):
            values += 1
            digits = _NO_HEX.sub(b"", match[1] if match[1] is not None else match[2])
            yield from of_hex(digits, match.start(), lines.at(match.start()))
        if not values:
            yield Reject("an export of the registry without a certificate (no value Blob)", 0, 1, 0)


def of_hex(digits: bytes, offset: int, line: int) -> Iterator[Found | Reject]:
    """What a property list, or a certificate itself, in hexadecimal holds."""
    blob = binascii.unhexlify(digits[: len(digits) // 2 * 2])
    if blob[:1] == b"\x30":
        yield Found(blob, RegistryText.name, offset, line, 0)
        return
    if not begins_property(blob, 0):
        yield Reject("a value Blob that is no property list", offset, line, 0)
        return
    for found in properties(blob, 0):
        if isinstance(found, Found):
            yield Found(found.der, RegistryText.name, offset, line, 0)
        else:
            yield Reject(f"in a value Blob: {found.reason}", offset, line, 0)


def as_text(data: bytes) -> bytes:
    """Text of whichever Unicode as plain bytes: regedit writes UTF-16, with or without a mark at the beginning."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16-le" if data[:2] == b"\xff\xfe" else "utf-16-be"
        return data[2:].decode(codec, "replace").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


STORE = RegistryText()

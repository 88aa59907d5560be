"""Certificates in hexadecimal: bare digits, or a dump with offsets and characters (``certutil -encodehex``, xxd)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from certhound.x509.der import DerError, span
from certhound.x509.found import Found, Reject
from certhound.x509.stores.registry import as_text
from certhound.x509.stores.windows import begins_property, properties

_BARE = re.compile(rb"(?:0x)?30[\s:,]*(?:0x)?8[0-4](?:0x|[0-9a-fA-F]|[\s:,;{}()\\'\"x])*\Z")
_PROPERTIES = re.compile(rb"(?:[0-9a-fA-F]{2}[\s:,]*){2}0000[\s:,]*0100(?:[0-9a-fA-F]|[\s:,])*\Z")
_DUMP = re.compile(rb"^[ \t]*[0-9a-fA-F]{4,8}[:\t ][ \t]*((?:[0-9a-fA-F]{2,4}[ \t-]{0,2}){1,32})(?:[ \t]{1,}.*)?\r?$")
_FIRST_OF_DUMP = re.compile(rb"[ \t]*0000(?:0000)?[:\t ][ \t]*30[ ]?8[0-4]")
_NO_HEX = re.compile(rb"0x|[^0-9a-fA-F]+")


class Hexadecimal:
    """A text that is one certificate (or one property list of Windows) in hexadecimal."""

    name = "hexadecimal"

    def looks_like(self, head: bytes) -> bool:
        text = as_text(head).lstrip()
        if _FIRST_OF_DUMP.match(text):
            return True
        return len(text) >= 64 and (_BARE.match(text) is not None or _is_properties(text))

    def extract(self, data: bytes) -> Iterator[Found | Reject]:
        text = as_text(data)
        digits = _dumped(text) if _FIRST_OF_DUMP.match(text.lstrip()) else _NO_HEX.sub(b"", text)
        blob = binascii.unhexlify(digits[: len(digits) // 2 * 2])
        if blob[:1] == b"\x30":
            yield Found(blob, self.name, 0, 1, 0)
        elif begins_property(blob, 0):
            yield from properties(blob, 0, self.name)
        else:
            yield Reject("hexadecimal that holds no certificate", 0, 1, 0)


def _is_properties(text: bytes) -> bool:
    if not _PROPERTIES.match(text):
        return False
    digits = _NO_HEX.sub(b"", text)
    return begins_property(binascii.unhexlify(digits[: len(digits) // 2 * 2]), 0)


def _dumped(text: bytes) -> bytes:
    """The digits of a dump, sixteen bytes a line. The characters beside the last, shorter line may look like digits."""
    lines = (match[1] for line in text.splitlines() if (match := _DUMP.match(line)) is not None)
    digits = b"".join(_NO_HEX.sub(b"", line)[:32] for line in lines)
    try:
        return digits[: 2 * span(binascii.unhexlify(digits[:32]), 0, len(digits))[2]]
    except (DerError, IndexError, ValueError):
        return digits


STORE = Hexadecimal()

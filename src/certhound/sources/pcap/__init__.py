"""Packet captures (pcap and pcapng, compressed or not), taken apart by tshark."""

from __future__ import annotations

from typing import Literal

from certhound.sources.contract import NotMine, Recognised
from certhound.sources.files import InputFile
from certhound.sources.pcap.dissection import plans
from certhound.sources.pcap.tshark import HOW_TO_INSTALL, find_tshark

_MAGIC = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4",  # microseconds
    b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d",  # nanoseconds
    b"\x34\xcd\xb2\xa1", b"\xa1\xb2\xcd\x34",  # Kuznetzov's
)  # fmt: skip
_MAJOR = 2
"""The major version of every classic capture since 1998."""

_SECTION = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDER = (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a")


class Captures:
    """Recognises captures by their first bytes (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng)."""

    name = "pcap"

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        head = file.head
        if not _is_capture(head):
            return NotMine()
        if find_tshark() is None:
            return NotMine(f"a packet capture, which tshark takes apart: {HOW_TO_INSTALL}", 100)
        return Recognised("pcap.tls", plans(file))


def _is_capture(head: bytes) -> bool:
    if head.startswith(_SECTION):
        return head[8:12] in _BYTE_ORDER
    order: Literal["big", "little"] = "big" if head.startswith(b"\xa1\xb2") else "little"
    return head.startswith(_MAGIC) and int.from_bytes(head[4:6], order) == _MAJOR


SOURCE = Captures()

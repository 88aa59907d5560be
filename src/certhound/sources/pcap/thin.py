"""What stands between a capture and tshark: bulk data is taken out, and damage is stepped over.

tshark remembers what it puts together to the end of the capture: measured, two bytes and more for each byte of bulk
data, none of which tells anything of a handshake. So of each direction of a TCP connection only the first KEPT_BYTES
pass; of later segments the headers do, marked as cut short as by a snapshot length, so that frames keep their
numbers and connections their sizes.

tshark ends where a frame's header makes no sense. Here the next place is looked for at which two frames follow one
another, and reading goes on there. What is not understood from the beginning passes as it is, for tshark to judge.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

KEPT_BYTES = 256 * 1024
"""More than any handshake takes, with what is said before TLS begins."""

MAX_FLOWS = 400_000
_MAX_FRAME_BYTES = 262_144
_MAX_BLOCK_BYTES = 16 * 1024 * 1024
_SEARCHED_BYTES = 16
_NEAR_SECONDS = 30 * 86400
"""Frames behind damage are of the same time as those before it."""

_MOST_SKIPPED_BYTES = 8 * 1024 * 1024
"""Behind so much that is no frame nobody looks for another."""

_SYN = 2
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_ETHERNET, _SLL, _SLL2 = 1, 113, 276
_TAGS = (0x8100, 0x88A8)
_IP_KINDS = (0x0800, 0x86DD)
_IP_LINKS = {0: 4, 12: 0, 14: 0, 101: 0, 108: 4, 228: 0, 229: 0}
"""Link types in which IP begins at once, behind so many bytes (tcpdump.org/linktypes.html)."""

_LITTLE = (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
_BIG = (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d")

Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Skipped:
    """Bytes of a capture that are no frames and were stepped over."""

    count: int


def thinned(pieces: Iterable[bytes | Other]) -> Iterator[bytes | Other | Skipped]:
    """The pieces of a capture without bulk data, and at the end what was stepped over.

    What is not bytes (a place where the file could not be read) passes and ends the thinning.
    """
    thinner = Thinner()
    for piece in pieces:
        if isinstance(piece, bytes):
            if made := thinner.feed(piece):
                yield made
        else:
            yield thinner.rest()
            yield piece
            thinner.raw = True
    if rest := thinner.rest():
        yield rest
    if thinner.skipped:
        yield Skipped(thinner.skipped)


@dataclass(slots=True)
class Thinner:
    """Takes a capture piece by piece. ``raw``: the rest passes as it is."""

    raw: bool = False
    buffer: bytearray = field(default_factory=bytearray)
    order: str = ""
    links: list[int] = field(default_factory=list)
    is_pcapng: bool = False
    flows: dict[bytes, int] = field(default_factory=dict)
    unit: int = 1_000_000
    seconds: int | None = None
    lost: bool = False
    skipped: int = 0

    def feed(self, data: bytes) -> bytes:
        """What of the capture can be passed on by now."""
        if self.raw:
            return data
        if self.lost and self.skipped > _MOST_SKIPPED_BYTES:
            self.skipped += len(data)
            return b""
        self.buffer += data
        if not self.order and not self.is_pcapng:
            if len(self.buffer) < 24:
                return b""
            return self._begin()
        return self._blocks() if self.is_pcapng else self._frames()

    def rest(self) -> bytes:
        """What is left when the capture has ended."""
        left, self.buffer = bytes(self.buffer), bytearray()
        if self.lost:
            self.skipped += len(left)
            return b""
        return left

    def _begin(self) -> bytes:
        magic = bytes(self.buffer[:4])
        if magic in _LITTLE or magic in _BIG:
            self.order = "<" if magic in _LITTLE else ">"
            self.unit = 1_000_000 if magic in (_LITTLE[0], _BIG[0]) else 1_000_000_000
            self.links = [struct.unpack_from(f"{self.order}I", self.buffer, 20)[0] & 0xFFFF]
            head = bytes(self.buffer[:24])
            del self.buffer[:24]
            return head + self._frames()
        if magic == b"\x0a\x0d\x0d\x0a":
            self.is_pcapng = True
            return self._blocks()
        return self._give_up()

    def _give_up(self) -> bytes:
        self.raw = True
        return self.rest()

    def _frames(self) -> bytes:
        """Whole records of a classic capture."""
        buffer, at, end = self.buffer, 0, len(self.buffer)
        record = struct.Struct(f"{self.order}IIII")
        made: list[bytes] = []
        run = 0
        while at + 16 <= end:
            if self.lost:
                made.append(bytes(buffer[run:at]))
                run = at = self._search(at)
                if self.lost:
                    break
            seconds, fraction, size, length = record.unpack_from(buffer, at)
            if size > _MAX_FRAME_BYTES or fraction >= self.unit:
                self.lost = True
                continue
            if at + 16 + size > end:
                break
            self.seconds = seconds
            kept = self._kept(at + 16, size, self.links[0])
            if kept < size:
                made += [bytes(buffer[run:at]), record.pack(seconds, fraction, kept, length)]
                made.append(bytes(buffer[at + 16 : at + 16 + kept]))
                run = at + 16 + size
            at += 16 + size
        made.append(bytes(buffer[run:at]))
        del buffer[:at]
        return b"".join(made)

    def _blocks(self) -> bytes:
        """Whole blocks of a pcapng capture."""
        buffer, at, end = self.buffer, 0, len(self.buffer)
        made: list[bytes] = []
        run = 0
        while at + 12 <= end:
            if self.lost:
                made.append(bytes(buffer[run:at]))
                run = at = self._search(at)
                if self.lost:
                    break
            if buffer[at : at + 4] == b"\x0a\x0d\x0d\x0a":
                self.order = "<" if buffer[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
                self.links = []
            kind, size = struct.unpack_from(f"{self.order}II", buffer, at)
            if size < 12 or size % 4 or size > _MAX_BLOCK_BYTES:
                if not self.links:
                    made.append(bytes(buffer[run:at]))
                    del buffer[:at]
                    return b"".join(made) + self._give_up()
                self.lost = True
                continue
            if at + size > end:
                break
            if self._long(at + size - 4) != size:
                self.lost = True
                continue
            if kind == _INTERFACE and size >= 20:
                self.links.append(struct.unpack_from(f"{self.order}H", buffer, at + 8)[0])
            elif kind == _PACKET and size >= 32 and (cut := self._cut_block(at, size)) is not None:
                made += [bytes(buffer[run:at]), cut]
                run = at + size
            at += size
        made.append(bytes(buffer[run:at]))
        del buffer[:at]
        return b"".join(made)

    def _search(self, at: int) -> int:
        """The next place from ``at`` on where two frames follow one another, or where the search goes on later."""
        here = at + 1
        while here + _SEARCHED_BYTES <= len(self.buffer):
            if self._begins(here):
                self.lost = False
                break
            here += 1
        self.skipped += here - at
        return here

    def _begins(self, at: int) -> bool:
        """Whether a frame (or block) seems to begin here, and another where it ends."""
        for _ in range(2):
            size = self._block_size(at) if self.is_pcapng else self._frame_size(at)
            if size is None:
                return False
            at += size
            if at + _SEARCHED_BYTES > len(self.buffer):
                return True
        return True

    def _frame_size(self, at: int) -> int | None:
        seconds, fraction, size, length = struct.unpack_from(f"{self.order}IIII", self.buffer, at)
        fits = 14 <= size <= length <= _MAX_FRAME_BYTES and fraction < self.unit
        near = self.seconds is None or abs(seconds - self.seconds) < _NEAR_SECONDS
        return 16 + size if fits and near else None

    def _block_size(self, at: int) -> int | None:
        kind, size = (self._long(at), self._long(at + 4))
        if not 0 < kind <= _PACKET or size < 32 or size % 4 or size > 2 * _MAX_FRAME_BYTES:
            return None
        end = at + size
        if end <= len(self.buffer) and self._long(end - 4) != size:
            return None
        return size

    def _cut_block(self, at: int, size: int) -> bytes | None:
        """An Enhanced Packet Block without its bulk data and its options; nothing where it has none."""
        interface, high, low, captured, length = struct.unpack_from(f"{self.order}IIIII", self.buffer, at + 8)
        if captured > size - 32 or interface >= len(self.links):
            return None
        kept = self._kept(at + 28, captured, self.links[interface])
        if kept == captured:
            return None
        body = struct.pack(f"{self.order}IIIII", interface, high, low, kept, length)
        body += bytes(self.buffer[at + 28 : at + 28 + kept]) + b"\x00" * (-kept % 4)
        edge = struct.pack(f"{self.order}I", len(body) + 12)
        return struct.pack(f"{self.order}I", _PACKET) + edge + body + edge

    def _kept(self, at: int, size: int, link: int) -> int:
        """How many bytes of a frame pass: all, or its headers where its payload lies behind KEPT_BYTES."""
        start = self._network(at, size, link)
        if start is None:
            return size
        buffer, end = self.buffer, at + size
        version = buffer[start] >> 4
        if version == 4:
            if buffer[start + 9] != 6 or (buffer[start + 6] & 0x3F) or buffer[start + 7]:
                return size
            transport = start + 4 * (buffer[start] & 15)
            addresses = buffer[start + 12 : start + 20]
        elif version == 6 and start + 60 <= end and buffer[start + 6] == 6:
            transport = start + 40
            addresses = buffer[start + 8 : start + 40]
        else:
            return size
        if transport + 20 > end:
            return size
        payload = transport + 4 * (buffer[transport + 12] >> 4)
        sequence = int.from_bytes(buffer[transport + 4 : transport + 8], "big")
        flow = bytes(addresses + buffer[transport : transport + 4])
        first = self.flows.get(flow)
        if first is None or buffer[transport + 13] & _SYN:
            if len(self.flows) >= MAX_FLOWS:
                self.flows.clear()
            self.flows[flow] = sequence
            return size
        distance = (sequence - first) & 0xFFFFFFFF
        return payload - at if KEPT_BYTES <= distance < 1 << 31 and payload < end else size

    def _network(self, at: int, size: int, link: int) -> int | None:
        """Where IP begins in a frame that has room for it and a TCP header."""
        if link == _ETHERNET:
            kind = at + 12
            if size < 54:
                return None
            while self._number(kind) in _TAGS and kind + 46 <= at + size:
                kind += 4
            start, known = kind + 2, self._number(kind) in _IP_KINDS
        elif link in (_SLL, _SLL2):
            start, kind = (at + 16, at + 14) if link == _SLL else (at + 20, at)
            known = size >= 60 and self._number(kind) in _IP_KINDS
        else:
            offset = _IP_LINKS.get(link)
            start, known = at + (offset or 0), offset is not None
        return start if known and start + 40 <= at + size else None

    def _long(self, at: int) -> int:
        return int.from_bytes(self.buffer[at : at + 4], "little" if self.order == "<" else "big")

    def _number(self, at: int) -> int:
        return self.buffer[at] << 8 | self.buffer[at + 1]

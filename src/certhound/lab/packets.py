"""Captures as files: bytes that passed between two ends become frames, and frames pcap or pcapng.

Everything is given (addresses, ports, times, order), so that the same input makes the same file for ever. Formats:
draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng; IP, TCP and UDP headers of RFC 791, 8200, 9293, 768.
"""

from __future__ import annotations

import ipaddress
import itertools
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from certhound.lab.wire import CLIENT, SERVER, Segment

Endpoint = tuple[str, int]

ETHERNET = 1
TCP, UDP = 6, 17
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
_MACS = (b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02")


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured frame: nanoseconds since 1970, its bytes, its interface (pcapng only), its length on the wire."""

    time_ns: int
    data: bytes
    interface: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A TCP connection to be written: its ends, what was sent in which order, when, and how its frames look.

    ``mss`` bounds a segment's payload, ``step_ns`` lies between two frames. ``end`` is ``fin``, ``rst`` or nothing.
    With ``acks`` every second segment is acknowledged by a frame of its own, as receivers of bulk data do.
    """

    client: Endpoint
    server: Endpoint
    segments: Sequence[Segment]
    start_ns: int
    step_ns: int = 500_000
    mss: int = 1460
    vlan: int | None = None
    end: str = "fin"
    handshake: bool = True
    acks: bool = False


def tcp_frames(talk: Talk) -> list[Frame]:
    """Frames of a connection in order: handshake, data in segments, end. Acknowledgements ride on data."""
    made = list(_tcp_packets(talk))
    return [
        Frame(talk.start_ns + at * talk.step_ns, ethernet(packet, side, talk.vlan))
        for at, (side, packet) in enumerate(made)
    ]


def _tcp_packets(talk: Talk) -> Iterator[tuple[int, bytes]]:
    ends = (talk.client, talk.server)
    begin = (talk.start_ns // 4000 + talk.client[1]) % 2**32  # a new connection begins elsewhere (RFC 9293, 3.4.1)
    number = [begin, begin ^ 0x5A5A5A5A]

    def packet(side: int, flags: int, data: bytes = b"") -> tuple[int, bytes]:
        other = number[1 - side] if flags & ACK else 0
        made = tcp(ends[side], ends[1 - side], number[side], other, flags, data)
        number[side] = (number[side] + len(data) + bool(flags & SYN) + bool(flags & FIN)) % 2**32
        return side, made

    if talk.handshake:
        yield packet(CLIENT, SYN)
        yield packet(SERVER, SYN | ACK)
        yield packet(CLIENT, ACK)
    for side, data in talk.segments:
        for at in range(0, len(data), talk.mss):
            yield packet(side, PSH | ACK, data[at : at + talk.mss])
            if talk.acks and at // talk.mss % 2:
                yield packet(1 - side, ACK)
    if talk.end == "fin":
        yield packet(CLIENT, FIN | ACK)
        yield packet(SERVER, FIN | ACK)
        yield packet(CLIENT, ACK)
    elif talk.end == "rst":
        yield packet(SERVER, RST | ACK)


def udp_frame(source: Endpoint, target: Endpoint, data: bytes, time_ns: int, vlan: int | None = None) -> Frame:
    """One datagram."""
    header = struct.pack(">HHHH", source[1], target[1], 8 + len(data), 0)
    total = _transport_sum(source[0], target[0], UDP, header + data) or 0xFFFF
    packet = ip(source[0], target[0], UDP, header[:6] + struct.pack(">H", total) + data)
    return Frame(time_ns, ethernet(packet, CLIENT, vlan))


def tcp(source: Endpoint, target: Endpoint, number: int, acknowledged: int, flags: int, data: bytes = b"") -> bytes:
    """One IP packet with a TCP segment."""
    head = struct.pack(">HHIIBBHHH", source[1], target[1], number, acknowledged, 5 << 4, flags, 64240, 0, 0)
    total = _transport_sum(source[0], target[0], TCP, head + data)
    return ip(source[0], target[0], TCP, head[:16] + struct.pack(">H", total) + head[18:] + data)


def ip(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    """One IP packet of the version that the addresses have."""
    a, b = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if a.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + a.packed + b.packed + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + a.packed + b.packed
    return head[:10] + struct.pack(">H", _sum(head)) + head[12:] + payload


def ethernet(packet: bytes, side: int, vlan: int | None = None) -> bytes:
    """An Ethernet frame around an IP packet that ``side`` sent; with an 802.1Q tag where ``vlan`` says which."""
    kind = b"\x86\xdd" if packet[:1] >= b"\x60" else b"\x08\x00"
    tag = b"" if vlan is None else b"\x81\x00" + struct.pack(">H", vlan)
    return _MACS[1 - side] + _MACS[side] + tag + kind + packet


def _sum(data: bytes) -> int:
    padded = data + b"\x00" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _transport_sum(source: str, target: str, protocol: int, segment: bytes) -> int:
    a, b = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    return _sum(a + b + struct.pack(">II", len(segment), protocol) + segment)


def merged(*talks: Iterable[Frame]) -> list[Frame]:
    """Frames of several connections in the order of time."""
    return sorted(itertools.chain(*talks), key=lambda frame: frame.time_ns)


def cut(frames: Iterable[Frame], snaplen: int) -> list[Frame]:
    """Frames as a capture with a snapshot length keeps them."""
    return [replace(frame, data=frame.data[:snaplen], length=len(frame.data)) for frame in frames]


def pcap(frames: Iterable[Frame], nanoseconds: bool = False, order: str = "<", link: int = ETHERNET) -> bytes:
    """A classic capture; ``order`` is the byte order as :mod:`struct` writes it."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262144, link)]
    for frame in frames:
        seconds, rest = divmod(frame.time_ns, 1_000_000_000)
        fraction = rest if nanoseconds else rest // 1000
        length = len(frame.data) if frame.length is None else frame.length
        parts += [struct.pack(f"{order}IIII", seconds, fraction, len(frame.data), length), frame.data]
    return b"".join(parts)


def pcapng(frames: Iterable[Frame], resolutions: Sequence[int] = (6,), order: str = "<") -> bytes:
    """A section with one Ethernet interface for each resolution: the exponent n of its unit of time, 10⁻ⁿ seconds."""
    parts = [_block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for exponent in resolutions:
        option = struct.pack(f"{order}HHB3xHH", 9, 1, exponent, 0, 0)
        parts.append(_block(order, 1, struct.pack(f"{order}HHI", ETHERNET, 0, 262144) + option))
    for frame in frames:
        ticks = frame.time_ns // 10 ** (9 - resolutions[frame.interface])
        length = len(frame.data) if frame.length is None else frame.length
        head = struct.pack(f"{order}IIIII", frame.interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame.data), length)
        parts.append(_block(order, 6, head + frame.data))
    return b"".join(parts)


def _block(order: str, kind: int, body: bytes) -> bytes:
    body += b"\x00" * (-len(body) % 4)
    return struct.pack(f"{order}II", kind, len(body) + 12) + body + struct.pack(f"{order}I", len(body) + 12)

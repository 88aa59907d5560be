"""The packets of a recording, so that a capture of the same traffic stands beside the sensor's logs.

The tap hands over bytes, not packets: connections are written as frames under the scenario's addresses and times, DNS
answers from the sensor's rows. What the sensor lost (a session without a line in ssl.log) the capture lost too: its
handshake is not in it.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, field

from certhound.lab.packets import Frame, Talk, pcap, tcp_frames, udp_frame
from certhound.lab.tap import Capture
from certhound.lab.zeek import Value

_STEP_NS = 400_000
_HEADERS = 14 + 20 + 20
_CHANGE_OR_HANDSHAKE = (20, 21, 22)


@dataclass(slots=True)
class CaptureFile:
    """Collects frames; ``data`` gives the file."""

    frames: list[Frame] = field(default_factory=list)

    def connection(self, capture: Capture, moment: float, duration_s: float, *, lost: bool = False) -> None:
        """A TCP connection from its first byte to its end, which comes after ``duration_s``."""
        start = round(moment * 1e9)
        made = tcp_frames(Talk(capture.client, capture.server, capture.segments, start, _STEP_NS))
        if lost:
            made = [frame for frame in made if not _is_handshake(frame)]
        *others, last = made
        end = max(start + round(duration_s * 1e9), others[-1].time_ns)
        self.frames += [*others, Frame(end, last.data)]

    def lookup(self, row: dict[str, Value]) -> None:
        """Question and answer of a line of dns.log."""
        client = (str(row["id.orig_h"]), int(str(row["id.orig_p"])))
        server = (str(row["id.resp_h"]), int(str(row["id.resp_p"])))
        number = struct.pack(">H", int(str(row["trans_id"])))
        labels = str(row["query"]).encode("idna").split(b".")
        name = b"".join(bytes([len(label)]) + label for label in labels) + b"\x00"
        question = name + struct.pack(">HH", 1, 1)
        answers = row["answers"]
        first = answers[0] if isinstance(answers, list) else ""
        address = ipaddress.ip_address(first).packed
        record = struct.pack(">HHHIH", 0xC00C, 1, 1, 300, len(address)) + address
        start = round(float(str(row["ts"])) * 1e9)
        asked = number + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + question
        told = number + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + question + record
        self.frames.append(udp_frame(client, server, asked, start))
        self.frames.append(udp_frame(server, client, told, start + round(float(str(row["rtt"])) * 1e9)))

    def data(self) -> bytes:
        """The capture, frames in the order of time."""
        return pcap(sorted(self.frames, key=lambda frame: frame.time_ns))


def _is_handshake(frame: Frame) -> bool:
    payload = frame.data[_HEADERS:]
    return len(payload) > 5 and payload[0] in _CHANGE_OR_HANDSHAKE

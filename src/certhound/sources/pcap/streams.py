"""What is remembered of one stream (a TCP connection or a pair of UDP endpoints) from frame to frame."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from certhound.sources.tls_fingerprints import Carrier
from certhound.sources.tls_messages import ClientHello, ServerHello

CLIENT, SERVER = 0, 1

FIN, SYN, RST, ACK = 1, 2, 4, 16

Endpoint = tuple[str, int]


@dataclass(slots=True)
class Tls:
    """A TLS session as far as it was seen. Pairs are of client and server; ``frame`` is the first that tells of it."""

    frame: int
    time: str
    carrier: Carrier = Carrier.TCP
    hello: ClientHello | None = None
    random: bytes = b""
    answer: ServerHello | None = None
    retried: bool = False
    chains: list[list[bytes] | None] = field(default_factory=lambda: [None, None])
    finished: list[bool] = field(default_factory=lambda: [False, False])
    changed: list[bool] = field(default_factory=lambda: [False, False])
    key_exchange: bool = False
    alert: int | None = None
    alert_by: int | None = None
    fatal: bool = False
    closed: bool = False

    @property
    def version(self) -> int | None:
        return self.answer.version if self.answer is not None and not self.answer.retry else None

    @property
    def is_13(self) -> bool:
        """Whether certificates are encrypted. QUIC speaks nothing older."""
        version = self.version
        return self.carrier is Carrier.QUIC or (version is not None and _is_13(version))


def _is_13(version: int) -> bool:
    return version in (0x0304, 0xFEFC) or version & 0xFF00 == 0x7F00


@dataclass(slots=True)
class Stream:
    """One stream. ``ends`` are client and server, as the first frame, the SYN or the ClientHello tells."""

    key: tuple[str, int]
    frame: int
    time: str
    ends: list[Endpoint]
    last_time: str = ""
    sure: bool = False
    tls: Tls | None = None
    sessions: int = 0
    protocols: list[str] = field(default_factory=list)
    syn: list[bool] = field(default_factory=lambda: [False, False])
    fin: list[bool] = field(default_factory=lambda: [False, False])
    rst: int | None = None
    seen: list[bool] = field(default_factory=lambda: [False, False])
    bytes_: list[int | None] = field(default_factory=lambda: [None, None])

    @property
    def transport(self) -> str:
        return self.key[0]

    @property
    def ended(self) -> bool:
        return self.rst is not None or all(self.fin)

    @property
    def uid(self) -> str:
        """An id out of what the stream is, so that the same capture gives the same for ever."""
        said = f"{self.transport} {self.ends[0]} {self.ends[1]} {self.time}"
        return "P" + hashlib.sha256(said.encode()).hexdigest()[:17]

    def side(self, source: Endpoint) -> int:
        return SERVER if source == self.ends[SERVER] and source != self.ends[CLIENT] else CLIENT

    def turn(self) -> None:
        """What was taken for the client is the server."""
        self.ends.reverse()
        for pair in (self.syn, self.fin, self.seen):
            pair.reverse()
        self.bytes_.reverse()
        if self.rst is not None:
            self.rst = 1 - self.rst

    def note(self, protocols: str) -> None:
        """Remember what tshark took the payload for."""
        for name in protocols.split(":"):
            if name not in self.protocols and len(self.protocols) < _MOST_PROTOCOLS:
                self.protocols.append(name)

    @property
    def state(self) -> str:
        """How the connection began and ended, in the words of Zeek's ``conn_state``."""
        if not self.syn[CLIENT]:
            return "OTH"
        if not self.seen[SERVER]:
            return "RSTOS0" if self.rst == CLIENT else "SH" if self.fin[CLIENT] else "S0"
        if self.rst is not None:
            if not self.syn[SERVER]:
                return "REJ" if self.rst == SERVER else "RSTOS0"
            return "RSTO" if self.rst == CLIENT else "RSTR"
        if all(self.fin):
            return "SF"
        return "S2" if self.fin[CLIENT] else "S3" if self.fin[SERVER] else "S1"


_MOST_PROTOCOLS = 16

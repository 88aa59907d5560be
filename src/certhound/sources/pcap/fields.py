"""What tshark is asked for, and one frame of its answer.

Frames come as one line of columns each (``-T fields``): measured, that costs tshark a third of what JSON with raw bytes
does. The TCP payload is among the columns, so that handshake messages can be read from their bytes, which tshark's own
fields do not always give back (names that are not ASCII, certificates that its reader refuses).
"""

from __future__ import annotations

from dataclasses import dataclass

_TLS = (
    "handshake.type", "handshake.length", "handshake.version", "handshake.random", "handshake.session_id",
    "handshake.ciphersuite", "handshake.extension.type", "handshake.extension.len", "handshake.extensions_length",
    "handshake.extensions_server_name", "handshake.extensions_supported_group",
    "handshake.extensions_ec_point_format", "handshake.sig_hash_alg", "handshake.sig_hash_alg_len",
    "handshake.extensions.supported_version", "handshake.extensions_alpn_str",
    "handshake.extensions_key_share_group", "handshake.certificate", "record.content_type", "alert_message.level",
    "alert_message.desc",
)  # fmt: skip

FIELDS: tuple[str, ...] = (
    "frame.number", "frame.time_epoch", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.stream",
    "udp.stream", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tcp.flags", "tcp.seq", "tcp.len",
    "tls.record.opaque_type", "tls.record.length", "tcp.payload", "tcp.reassembled.data",
    *(f"tls.{name}" for name in _TLS), *(f"dtls.{name}" for name in _TLS),
    "quic.long.packet_type", "quic.cc.error_code", "dns.id", "dns.flags.response", "dns.flags.rcode", "dns.qry.name",
    "dns.qry.type", "dns.a", "dns.aaaa", "dns.cname", "http.request.method", "http.host", "http.request.uri",
    "http.user_agent", "http.referer", "http.response.code",
)  # fmt: skip
"""tshark's names of the columns, in order (Wireshark's display filter reference)."""

_PLACE = {name: place for place, name in enumerate(FIELDS)}

AGGREGATOR = "\x1e"
"""Stands between several values of one column: a character that hardly any value has."""

STARTERS: tuple[str, ...] = ("smtp", "imap", "pop", "ftp", "ldap", "pgsql", "mysql", "xmpp", "nntp", "irc", "tds")
"""Protocols that may turn into TLS in the middle of a connection, by tshark's names."""

FILTER = " or ".join(
    (
        "tls.handshake", "tls.alert_message", "tls.record.content_type == 20", "(tls.app_data and tcp.seq < 6000)",
        "(tcp.payload[0:2] == 17:03 and tcp.seq < 6000)",
        "dtls.handshake", "dtls.alert_message", "dtls.record.content_type == 20", "quic.long.packet_type == 2",
        "quic.cc.error_code", "(tcp.flags & 7)", "dns.qry.name", "http.request.method", "http.response.code",
        f"((tcp.seq < 2) and ({' or '.join(STARTERS)}))",
    )
)  # fmt: skip
"""Frames that say anything of a session; a flag of 7 is the beginning or the end of a TCP connection.

Of the data of a session only what was sent early is wanted. It is known by its first bytes too, because tshark, waiting
for what the capture lost, takes nothing apart behind the loss.
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of tshark's answer."""

    columns: list[str]

    def text(self, name: str) -> str:
        """The value of a column as it stands; empty where there is none."""
        return self.columns[_PLACE[name]]

    def last(self, name: str) -> str:
        """The innermost value: of a packet in a tunnel, the one that the tunnel carries."""
        return self.columns[_PLACE[name]].rpartition(AGGREGATOR)[2]

    def values(self, name: str) -> list[str]:
        text = self.columns[_PLACE[name]]
        return text.split(AGGREGATOR) if text else []

    def numbers(self, name: str) -> list[int]:
        """Values as numbers, decimal or ``0x…``; what is none is left out."""
        return [number for value in self.values(name) if (number := _number(value)) is not None]

    def number(self, name: str) -> int | None:
        return _number(self.last(name))

    def data(self, name: str) -> list[bytes]:
        """Values as bytes, of which tshark writes hex digits; what is none is left out."""
        return [data for value in self.values(name) if (data := _bytes(value)) is not None]


def _number(value: str) -> int | None:
    try:
        return int(value, 16) if value.startswith("0x") else int(value)
    except ValueError:
        return None


def _bytes(value: str) -> bytes | None:
    try:
        return bytes.fromhex(value.replace(":", ""))
    except ValueError:
        return None


def frame(line: str) -> Frame | None:
    """A frame of one line, or nothing where the line is no answer to what was asked."""
    columns = line.split("\t")
    if len(columns) != len(FIELDS) or _number(columns[0]) is None:
        return None
    return Frame(columns)

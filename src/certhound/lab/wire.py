"""What a passive sensor reads of a TLS connection: the plain part of its handshake.

``read_handshake`` takes the bytes of both directions in the order in which they passed, and gives one
``Handshake`` with the fields that Zeek's ssl.log has. Formats: RFC 5246, RFC 8446, RFC 6066 (server name), RFC 7301
(ALPN); JA3 as published by Salesforce (BSD). The order of messages is written in the letters of Zeek's
``ssl_history``: capital letters for the client.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

CLIENT, SERVER = 0, 1
Segment = tuple[int, bytes]
"""Direction (``CLIENT`` or ``SERVER`` sent it) and bytes."""

VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv10", 0x0302: "TLSv11", 0x0303: "TLSv12", 0x0304: "TLSv13"}
CURVES = {23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448", 4588: "X25519MLKEM768"}
ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    90: "user_canceled",
    112: "unrecognized_name",
    116: "certificate_required",
    120: "no_application_protocol",
}
_LETTERS = {0: "h", 1: "c", 2: "s", 4: "t", 11: "x", 12: "k", 13: "r", 14: "n", 15: "y", 16: "g", 20: "f", 22: "u"}
_ECDHE = {
    "ECDHE_ECDSA": {
        0xC009: "AES_128_CBC_SHA",
        0xC00A: "AES_256_CBC_SHA",
        0xC023: "AES_128_CBC_SHA256",
        0xC024: "AES_256_CBC_SHA384",
        0xC02B: "AES_128_GCM_SHA256",
        0xC02C: "AES_256_GCM_SHA384",
        0xCCA9: "CHACHA20_POLY1305_SHA256",
    },
    "ECDHE_RSA": {
        0xC013: "AES_128_CBC_SHA",
        0xC014: "AES_256_CBC_SHA",
        0xC027: "AES_128_CBC_SHA256",
        0xC028: "AES_256_CBC_SHA384",
        0xC02F: "AES_128_GCM_SHA256",
        0xC030: "AES_256_GCM_SHA384",
        0xCCA8: "CHACHA20_POLY1305_SHA256",
    },
    "RSA": {
        0x002F: "AES_128_CBC_SHA",
        0x0035: "AES_256_CBC_SHA",
        0x003C: "AES_128_CBC_SHA256",
        0x003D: "AES_256_CBC_SHA256",
        0x009C: "AES_128_GCM_SHA256",
        0x009D: "AES_256_GCM_SHA384",
    },
    "DHE_RSA": {0x009E: "AES_128_GCM_SHA256", 0x009F: "AES_256_GCM_SHA384", 0xCCAA: "CHACHA20_POLY1305_SHA256"},
}
CIPHERS = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    **{code: f"TLS_{kx}_WITH_{name}" for kx, suites in _ECDHE.items() for code, name in suites.items()},
}
_SERVER_NAME, _GROUPS, _POINT_FORMATS, _ALPN, _VERSIONS, _KEY_SHARE = 0, 10, 11, 16, 43, 51


@dataclass(slots=True)
class Handshake:
    """One TLS connection as the sensor saw it. Absent facts are empty or None; ``chain`` is DER, leaf first."""

    client_hello: bool = False
    version: str | None = None
    cipher: str | None = None
    curve: str | None = None
    server_name: str | None = None
    next_protocol: str | None = None
    resumed: bool = False
    established: bool = False
    last_alert: str | None = None
    history: str = ""
    chain: list[bytes] = field(default_factory=list)
    ja3: str | None = None
    ja3s: str | None = None
    session_id: bytes = b""
    hellos: dict[int, bytes] = field(default_factory=dict)
    """The first hello of each side, without the message's own header."""


class _Cursor:
    """Reads big-endian fields; raises struct.error or IndexError past the end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self, size: int) -> int:
        value = self.take(size)
        return int.from_bytes(value, "big")

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise struct.error("past the end")
        self.at += size
        return self.data[self.at - size : self.at]

    def block(self, size: int) -> bytes:
        return self.take(self.number(size))

    @property
    def more(self) -> bool:
        return self.at < len(self.data)


def _grease(value: int) -> bool:
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def _extensions(cursor: _Cursor) -> dict[int, bytes]:
    if not cursor.more:
        return {}
    inner, found = _Cursor(cursor.block(2)), {}
    while inner.more:
        kind = inner.number(2)
        found[kind] = inner.block(2)
    return found


def _numbers(data: bytes, size: int = 2) -> list[int]:
    return [int.from_bytes(data[at : at + size], "big") for at in range(0, len(data) - size + 1, size)]


def _fingerprint(version: int, *lists: Iterable[int]) -> str:
    text = ",".join((str(version), *("-".join(str(v) for v in values if not _grease(v)) for values in lists)))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _client_hello(body: bytes, found: Handshake) -> None:
    cursor = _Cursor(body)
    version = cursor.number(2)
    cursor.take(32)
    found.session_id = cursor.block(1)
    ciphers = _numbers(cursor.block(2))
    cursor.block(1)
    extensions = _extensions(cursor)
    found.client_hello = True
    if _SERVER_NAME in extensions:
        names = _Cursor(_Cursor(extensions[_SERVER_NAME]).block(2))
        names.number(1)
        found.server_name = names.block(2).decode("ascii", "backslashreplace")
    groups = _numbers(extensions.get(_GROUPS, b"")[2:])
    formats = list(extensions.get(_POINT_FORMATS, b"")[1:])
    found.ja3 = _fingerprint(version, ciphers, extensions, groups, formats)


def _server_hello(body: bytes, found: Handshake) -> None:
    cursor = _Cursor(body)
    version = legacy = cursor.number(2)
    cursor.take(32)
    session_id = cursor.block(1)
    cipher = cursor.number(2)
    cursor.number(1)
    extensions = _extensions(cursor)
    if _VERSIONS in extensions:
        version = int.from_bytes(extensions[_VERSIONS], "big")
    found.version = VERSIONS.get(version, f"unknown-{version}")
    found.cipher = CIPHERS.get(cipher, f"unknown-{cipher}")
    found.ja3s = _fingerprint(legacy, (cipher,), extensions)
    if _KEY_SHARE in extensions:
        group = int.from_bytes(extensions[_KEY_SHARE][:2], "big")
        found.curve = CURVES.get(group, f"unknown-{group}")
    if _ALPN in extensions:
        found.next_protocol = _Cursor(_Cursor(extensions[_ALPN]).block(2)).block(1).decode("ascii", "replace")
    found.resumed = bool(session_id) and session_id == found.session_id and found.version != "TLSv13"


def _certificates(body: bytes, found: Handshake) -> None:
    cursor = _Cursor(_Cursor(body).block(3))
    while cursor.more:
        found.chain.append(cursor.block(3))


def _key_exchange(body: bytes, found: Handshake) -> None:
    if body[:1] == b"\x03":  # named curve
        group = int.from_bytes(body[1:3], "big")
        found.curve = CURVES.get(group, f"unknown-{group}")


_READERS = {(CLIENT, 1): _client_hello, (SERVER, 2): _server_hello, (SERVER, 11): _certificates}
_READERS[SERVER, 12] = _key_exchange


class _Reader:
    """State of one connection while its segments go by."""

    def __init__(self) -> None:
        self.found = Handshake()
        self.records = [b"", b""]
        self.messages = [b"", b""]
        self.encrypted = [False, False]
        self.finished = [False, False]

    def _note(self, side: int, letter: str) -> None:
        self.found.history += letter.upper() if side == CLIENT else letter

    def feed(self, side: int, data: bytes) -> None:
        buffer = self.records[side] + data
        while len(buffer) >= 5 and not self.found.established:
            kind, _, length = struct.unpack("!BHH", buffer[:5])
            if len(buffer) < 5 + length:
                break
            self._record(side, kind, buffer[5 : 5 + length])
            buffer = buffer[5 + length :]
        self.records[side] = buffer

    def _record(self, side: int, kind: int, body: bytes) -> None:
        if kind == 20:
            self._note(side, "i")
            self.encrypted[side] = self.found.version != "TLSv13"
        elif kind == 21:
            if not self.encrypted[side] and len(body) == 2:
                self._note(side, "l")
                self.found.last_alert = ALERTS.get(body[1], f"unknown-{body[1]}")
        elif kind == 22 and self.encrypted[side]:
            self._finish(side)
        elif kind == 22:
            self.messages[side] += body
            self._handshake(side)
        elif kind == 23 and self.found.version == "TLSv13":
            self._finish(side)

    def _finish(self, side: int) -> None:
        self.finished[side] = True
        self.found.established = all(self.finished)

    def _handshake(self, side: int) -> None:
        buffer = self.messages[side]
        while len(buffer) >= 4 and len(buffer) >= 4 + (size := int.from_bytes(buffer[1:4], "big")):
            kind, body, buffer = buffer[0], buffer[4 : 4 + size], buffer[4 + size :]
            self._note(side, _LETTERS.get(kind, "z"))
            if kind in (1, 2):
                self.found.hellos.setdefault(side, body)
            if (side, kind) in _READERS:
                _READERS[side, kind](body, self.found)
        self.messages[side] = buffer


def read_handshake(segments: Iterable[Segment]) -> Handshake | None:
    """The handshake in these segments, or None where the first bytes of the client are not TLS.

    Raises ValueError where a message contradicts its own lengths.
    """
    reader = _Reader()
    first = True
    for side, data in segments:
        if first and (side != CLIENT or data[:2] != b"\x16\x03"):
            return None
        first = False
        try:
            reader.feed(side, data)
        except struct.error as error:
            raise ValueError(f"handshake message cut short: {error}") from error
    return None if first else reader.found

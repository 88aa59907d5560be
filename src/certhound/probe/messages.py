"""The certificates of a TLS handshake, from what the server sent, byte by byte as it sent them.

Up to TLS 1.2 they stand in the open (RFC 5246, 7.4.2); in TLS 1.3 (RFC 8446, 4.4.2) under a key that a client knows. A
TLS library gives certificates that it could parse, written anew; what adversaries serve is not always that.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

HANDSHAKE, ALERT, CHANGE_CIPHER, APPLICATION = 22, 21, 20, 23
_SERVER_HELLO, _CERTIFICATE, _FINISHED = 2, 11, 20
_SUPPORTED_VERSIONS, _TLS13 = 43, 0x0304
_RETRY = hashlib.sha256(b"HelloRetryRequest").digest()
_HEADER = struct.Struct(">BHH")

MAX_MESSAGE = 1 << 22
MAX_CERTIFICATES = 100

Opener = Callable[[bytes, bytes, bytes], bytes]
"""Decrypts: nonce, data, associated data."""

VERSIONS = {0x0300: "ssl3.0", 0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
    90: "user_canceled", 109: "missing_extension", 112: "unrecognized_name", 116: "certificate_required",
    120: "no_application_protocol",
}  # fmt: skip


@dataclass(slots=True)
class Reader:
    """Takes what the server sends, and knows what it showed: version, cipher suite, certificates, alerts.

    ``secret`` is asked for the secret of TLS 1.3 when the first encrypted record comes; it gives None as long as it is
    not known.
    """

    secret: Callable[[], bytes | None]
    version: str | None = None
    suite: int | None = None
    certificates: list[bytes] = field(default_factory=list)
    has_certificates: bool = False
    alert: str | None = None
    problem: str = ""
    _records: bytearray = field(default_factory=bytearray)
    _messages: bytearray = field(default_factory=bytearray)
    _open: Opener | None = None
    _nonce: bytes = b""
    _sequence: int = 0
    _ended: bool = False

    @property
    def is_tls(self) -> bool:
        """Whether anything came that TLS servers send."""
        return self.version is not None or self.alert is not None

    @property
    def waits(self) -> bool:
        """Whether a message has begun and not ended, which further bytes may do."""
        return not self._ended and not self.has_certificates and bool(self._messages or self._records)

    def feed(self, data: bytes) -> None:
        """Take further bytes. Never raises; what cannot be read ends the reading."""
        if self._ended:
            return
        self._records += data
        while not self._ended and len(self._records) >= _HEADER.size:
            kind, version, size = _HEADER.unpack_from(self._records)
            if kind not in (HANDSHAKE, ALERT, CHANGE_CIPHER, APPLICATION) or version >> 8 != 3:
                self._end("" if self.is_tls else "not TLS")
                return
            if len(self._records) < _HEADER.size + size:
                return
            head, body = bytes(self._records[: _HEADER.size]), bytes(self._records[_HEADER.size : _HEADER.size + size])
            del self._records[: _HEADER.size + size]
            self._record(kind, head, body)

    def _end(self, problem: str = "") -> None:
        self._ended = True
        self.problem = self.problem or problem
        self._records.clear()
        self._messages.clear()

    def _record(self, kind: int, head: bytes, body: bytes) -> None:
        if kind == CHANGE_CIPHER:
            if self.version not in (None, "1.3"):  # it also follows a request for another hello
                self._end()  # what follows is encrypted and of no interest
            return
        if kind == APPLICATION:
            opened = self._decrypted(head, body)
            if opened is None:
                self._end()
                return
            kind, body = opened
        if kind == ALERT and len(body) == 2:
            self.alert = ALERTS.get(body[1], f"alert {body[1]}")
        elif kind == HANDSHAKE:
            self._messages += body
            self._split()

    def _split(self) -> None:
        while len(self._messages) >= 4 and not self._ended:
            size = int.from_bytes(self._messages[1:4], "big")
            if size > MAX_MESSAGE:
                self._end(f"a message of {size} bytes is announced")
                return
            if len(self._messages) < 4 + size:
                return
            kind, body = self._messages[0], bytes(self._messages[4 : 4 + size])
            del self._messages[: 4 + size]
            if kind == _SERVER_HELLO:
                self._hello(body)
            elif kind == _CERTIFICATE:
                self._certificate(body)
            elif kind == _FINISHED:
                self._end()

    def _hello(self, body: bytes) -> None:
        if len(body) < 38 or body[2:34] == _RETRY:
            return
        after = 35 + body[34]
        version = int.from_bytes(body[:2], "big")
        self.suite = int.from_bytes(body[after : after + 2], "big")
        at = after + 5
        while at + 4 <= len(body):
            kind, size = struct.unpack_from(">HH", body, at)
            if kind == _SUPPORTED_VERSIONS and size == 2:
                version = int.from_bytes(body[at + 4 : at + 6], "big")
            at += 4 + size
        self.version = VERSIONS.get(version, f"0x{version:04x}")

    def _certificate(self, body: bytes) -> None:
        at = 0
        extended = self.version == "1.3"
        if extended:
            at = 1 + (body[0] if body else 0)
        stop = min(len(body), at + 3 + int.from_bytes(body[at : at + 3], "big"))
        at += 3
        self.has_certificates = True
        while at + 3 <= stop and len(self.certificates) < MAX_CERTIFICATES:
            size = int.from_bytes(body[at : at + 3], "big")
            at += 3
            if size:
                self.certificates.append(body[at : min(at + size, stop)])
            at += size
            if extended:
                at += 2 + int.from_bytes(body[at : at + 2], "big")
        if at < stop:
            self.problem = f"more than {MAX_CERTIFICATES} certificates"

    # --- TLS 1.3 -----------------------------------------------------------------------------------------------------

    def _decrypted(self, head: bytes, body: bytes) -> tuple[int, bytes] | None:
        """Type and content of an encrypted record, or None where it cannot be had."""
        if self._open is None and not self._keys():
            return None
        nonce = (int.from_bytes(self._nonce, "big") ^ self._sequence).to_bytes(12, "big")
        self._sequence += 1
        try:
            plain = self._open(nonce, body, head).rstrip(b"\0") if self._open is not None else b""
        except (InvalidTag, ValueError):
            return None
        return (plain[-1], plain[:-1]) if plain else None

    def _keys(self) -> bool:
        secret = self.secret()
        known = _SUITES.get(self.suite or 0)
        if secret is None or known is None:
            return False
        digest, size, cipher = known
        self._nonce = _expand(digest, secret, "iv", 12)
        self._open = cipher(_expand(digest, secret, "key", size))
        return True


def _expand(digest: str, secret: bytes, label: str, size: int) -> bytes:
    """HKDF-Expand-Label of RFC 8446, 7.1, with an empty context and no more than one block."""
    name = b"tls13 " + label.encode()
    info = size.to_bytes(2, "big") + bytes((len(name),)) + name + b"\0" + b"\1"
    return hmac.new(secret, info, digest).digest()[:size]


def _gcm(key: bytes) -> Opener:
    return AESGCM(key).decrypt


def _chacha(key: bytes) -> Opener:
    return ChaCha20Poly1305(key).decrypt


def _ccm(key: bytes) -> Opener:
    return AESCCM(key).decrypt


def _ccm8(key: bytes) -> Opener:
    return AESCCM(key, 8).decrypt


_SUITES: dict[int, tuple[str, int, Callable[[bytes], Opener]]] = {
    0x1301: ("sha256", 16, _gcm),
    0x1302: ("sha384", 32, _gcm),
    0x1303: ("sha256", 32, _chacha),
    0x1304: ("sha256", 16, _ccm),
    0x1305: ("sha256", 16, _ccm8),
}

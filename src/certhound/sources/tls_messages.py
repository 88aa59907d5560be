"""What a TLS handshake says in the clear: ClientHello, ServerHello and Certificate, from their bytes.

Formats: RFC 5246 and 8446 (messages), 6066 (server name), 7301 (ALPN), 5077 (tickets), RFC 9849 (ECH). Readers take
the body of one handshake message and are strict about lengths: what contradicts itself raises :class:`Malformed`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11

SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, ALPN, SESSION_TICKET = 0, 10, 11, 13, 16, 35
PRE_SHARED_KEY, SUPPORTED_VERSIONS, KEY_SHARE, ECH, ESNI = 41, 43, 51, 0xFE0D, 0xFFCE

HELLO_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random value by which a ServerHello asks for another ClientHello (RFC 8446, 4.1.3)."""

MAX_CHAIN = 100
"""Certificates of one chain that are looked at; OpenSSL itself refuses long before."""


class Malformed(ValueError):
    """A message that contradicts its own lengths."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client offers. ``versions`` are those of the extension; ``version`` is the message's own, older field.

    Numbers stand in the order of the message, GREASE included. ``ticket`` and ``psk`` tell that the client wants to
    resume; ``ech`` that the extension is there, which proves nothing (browsers send a decoy).
    """

    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    point_formats: tuple[int, ...] = ()
    signatures: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    alpn: tuple[bytes, ...] = ()
    server_name: str | None = None
    session_id: bytes = b""
    ticket: bool = False

    @property
    def psk(self) -> bool:
        return PRE_SHARED_KEY in self.extensions

    @property
    def ech(self) -> bool:
        return ECH in self.extensions

    @property
    def esni(self) -> bool:
        return ESNI in self.extensions


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What the server chose. ``legacy_version`` is the message's own field, ``version`` what is spoken."""

    legacy_version: int
    version: int
    cipher: int
    extensions: tuple[int, ...] = ()
    session_id: bytes = b""
    alpn: bytes | None = None
    group: int | None = None
    retry: bool = False

    @property
    def psk(self) -> bool:
        return PRE_SHARED_KEY in self.extensions


@dataclass(slots=True)
class _Cursor:
    """Reads big-endian numbers and blocks that their length precedes."""

    data: bytes
    at: int = field(default=0)

    def take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.data):
            raise Malformed(f"{size} bytes wanted where {len(self.data) - self.at} are left")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def block(self, size: int) -> bytes:
        return self.take(self.number(size))

    @property
    def more(self) -> bool:
        return self.at < len(self.data)


def _numbers(data: bytes) -> tuple[int, ...]:
    if len(data) % 2:
        raise Malformed("a list of two-byte numbers with an odd length")
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))


def _extensions(cursor: _Cursor) -> list[tuple[int, bytes]]:
    if not cursor.more:
        return []
    inner, found = _Cursor(cursor.block(2)), []
    while inner.more:
        kind = inner.number(2)
        found.append((kind, inner.block(2)))
    if cursor.more:
        raise Malformed("bytes behind the extensions")
    return found


def client_hello(body: bytes, *, datagram: bool = False) -> ClientHello:
    """A ClientHello from its body; ``datagram``: of DTLS, which has a cookie more."""
    cursor = _Cursor(body)
    version = cursor.number(2)
    cursor.take(32)
    session_id = cursor.block(1)
    if datagram:
        cursor.block(1)
    ciphers = _numbers(cursor.block(2))
    cursor.block(1)
    stated = _extensions(cursor)
    first = dict(reversed(stated))
    return ClientHello(
        version,
        ciphers,
        tuple(kind for kind, _ in stated),
        _numbers(_inner(first, GROUPS, 2)),
        tuple(_inner(first, POINT_FORMATS, 1)),
        _numbers(_inner(first, SIGNATURES, 2)),
        _numbers(_inner(first, SUPPORTED_VERSIONS, 1)),
        _protocols(_inner(first, ALPN, 2)),
        _server_name(_inner(first, SERVER_NAME, 2)),
        session_id,
        bool(first.get(SESSION_TICKET)),
    )


def _inner(extensions: dict[int, bytes], kind: int, size: int) -> bytes:
    """The list inside an extension, without the length before it; what is cut short is as if it were not there."""
    data = extensions.get(kind, b"")
    try:
        return _Cursor(data).block(size) if data else b""
    except Malformed:
        return b""


def _protocols(data: bytes) -> tuple[bytes, ...]:
    cursor, found = _Cursor(data), []
    try:
        while cursor.more:
            found.append(cursor.block(1))
    except Malformed:
        pass
    return tuple(found)


def _server_name(data: bytes) -> str | None:
    """The host name of the list; bytes that are no printable ASCII stand as ``\\xNN``."""
    cursor = _Cursor(data)
    try:
        while cursor.more:
            kind = cursor.number(1)
            name = cursor.block(2)
            if kind == 0:
                return "".join(chr(each) if 0x20 <= each < 0x7F else f"\\x{each:02x}" for each in name) or None
    except Malformed:
        pass
    return None


def server_hello(body: bytes) -> ServerHello:
    """A ServerHello from its body."""
    cursor = _Cursor(body)
    legacy = cursor.number(2)
    random = cursor.take(32)
    session_id = b"" if legacy & 0xFF00 == 0x7F00 else cursor.block(1)  # drafts of TLS 1.3 had neither this
    cipher = cursor.number(2)
    if legacy & 0xFF00 != 0x7F00:
        cursor.number(1)  # nor compression
    stated = _extensions(cursor)
    first = dict(reversed(stated))
    chosen = first.get(SUPPORTED_VERSIONS, b"")
    protocols = _protocols(_inner(first, ALPN, 2))
    share = first.get(KEY_SHARE, b"")
    return ServerHello(
        legacy,
        int.from_bytes(chosen, "big") if len(chosen) == 2 else legacy,
        cipher,
        tuple(kind for kind, _ in stated),
        session_id,
        protocols[0] if protocols else None,
        int.from_bytes(share[:2], "big") if len(share) >= 2 else None,
        random == HELLO_RETRY,
    )


def certificates(body: bytes) -> list[bytes]:
    """The chain of a Certificate message up to TLS 1.2, leaf first, each as DER."""
    cursor = _Cursor(body)
    inner = _Cursor(cursor.block(3))
    found: list[bytes] = []
    if cursor.more:
        raise Malformed("bytes behind the chain")
    while inner.more and len(found) < MAX_CHAIN:
        found.append(inner.block(3))
    return found

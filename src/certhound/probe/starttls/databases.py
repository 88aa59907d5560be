"""Databases: PostgreSQL's SSLRequest, and MySQL's, which follows the server's greeting."""

from __future__ import annotations

from certhound.probe.starttls import Refused
from certhound.probe.wire import Wire

_CLIENT_SSL, _PROTOCOL_41, _SECURE = 0x800, 0x200, 0x8000
MAX_GREETING = 4096


def _postgres(wire: Wire, _: str) -> None:
    wire.send(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
    answer = wire.exactly(1)
    if answer != b"S":
        raise Refused("it does not offer TLS" if answer == b"N" else f"no answer of PostgreSQL: {answer!r}")


def _mysql(wire: Wire, _: str) -> None:
    """Protocol::HandshakeV10, then Protocol::SSLRequest of MySQL's documentation of its internals."""
    head = wire.exactly(4)
    size = int.from_bytes(head[:3], "little")
    if not 0 < size <= MAX_GREETING:
        raise Refused("no greeting of MySQL")
    greeting = wire.exactly(size)
    if greeting[0] == 0xFF:
        raise Refused(greeting[3:203].decode("utf-8", "backslashreplace"))
    flags_at = greeting.find(b"\0", 1) + 1 + 4 + 8 + 1
    if greeting[0] != 10 or flags_at < 15 or flags_at + 2 > size:
        raise Refused("no greeting of MySQL")
    if not int.from_bytes(greeting[flags_at : flags_at + 2], "little") & _CLIENT_SSL:
        raise Refused("it does not offer TLS")
    flags = (_CLIENT_SSL | _PROTOCOL_41 | _SECURE).to_bytes(4, "little")
    body = flags + (1 << 24).to_bytes(4, "little") + b"\x21" + bytes(23)
    wire.send(len(body).to_bytes(3, "little") + bytes((head[3] + 1 & 0xFF,)) + body)


PROTOCOLS = {"postgres": _postgres, "mysql": _mysql}

"""Java key stores: JKS, JCEKS, and Bouncy Castle's BKS. Keys in them are encrypted, certificates are not.

Formats: JKS and JCEKS as the comment in OpenJDK's JavaKeyStore.java and JceKeyStore.java gives them; BKS as
BcKeyStoreSpi.java writes it. The digest at the end needs the password and is not checked.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from certhound.x509.found import Found, Reject

JKS, JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
_KEY, _TRUSTED, _SECRET = 1, 2, 3
_BKS = re.compile(rb"\x00\x00\x00[\x00-\x02]\x00\x00\x00[\x08-\x40]", re.DOTALL)
_TYPED = re.compile(rb"\x00\x05X\.509(?=\x00...\x30)|\x00\x04X509(?=\x00...\x30)", re.DOTALL)
"""The type of a certificate, which both families write before its length."""


class _Cut(ValueError):
    """The bytes end too early, or are none of this format."""


class _Reader:
    """Big-endian values one after another, as Java's DataInputStream reads them. Raises _Cut."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise _Cut(f"{size} bytes are claimed where {len(self.data) - self.at} are left")
        self.at += size
        return self.data[self.at - size : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def int4(self) -> int:
        return int(struct.unpack(">i", self.take(4))[0])

    def utf(self) -> bytes:
        return self.take(int(struct.unpack(">H", self.take(2))[0]))

    def block(self) -> bytes:
        return self.take(self.int4())


class JavaKeyStore:
    """Trusted certificates and the chains of keys, without any password."""

    name = "java"

    def looks_like(self, head: bytes) -> bool:
        if head[:4] in (JKS, JCEKS):
            return True
        if not _BKS.match(head) or len(head) < 12:
            return False
        salt = head[7]
        return len(head) >= 13 + salt and head[8 + salt : 10 + salt] == b"\0\0" and head[12 + salt] <= 4

    def extract(self, data: bytes) -> Iterator[Found | Reject]:
        reader = _Reader(data, 0)
        count = 0
        try:
            for found in _of_java(reader) if data[:4] in (JKS, JCEKS) else _of_bouncy_castle(reader):
                count += isinstance(found, Found)
                yield found
        except _Cut as error:
            yield Reject(f"the key store cannot be read on from here: {error}", reader.at, None, 0)
            for found in _searched(data, reader.at):
                count += 1
                yield found
        if not count:
            yield Reject("a Java key store without certificates, or one that is encrypted as a whole", 0, None, 0)


def _of_java(reader: _Reader) -> Iterator[Found | Reject]:
    magic, version = reader.take(4), reader.int4()
    entries = reader.int4()
    for _ in range(max(0, entries)):
        tag = reader.int4()
        if tag == _SECRET and magic == JCEKS:
            # A serialised Java object, which has no length: nothing is deserialised, the next entry is looked for.
            yield from _searched(reader.data, reader.at)
            return
        if tag not in (_KEY, _TRUSTED):
            raise _Cut(f"an entry of the unknown kind {tag}")
        reader.utf()  # alias
        reader.take(8)  # time of creation
        chain = 1
        if tag == _KEY:
            reader.block()
            chain = reader.int4()
        for _ in range(max(0, chain)):
            yield _certificate(reader, typed=version != 1)


def _of_bouncy_castle(reader: _Reader) -> Iterator[Found | Reject]:
    reader.int4()  # version
    reader.block()  # salt
    reader.int4()  # iterations
    while kind := reader.byte():
        reader.utf()  # alias
        reader.take(8)  # time of creation
        for _ in range(max(0, reader.int4())):
            yield _certificate(reader)
        match kind:
            case 1:
                yield _certificate(reader)
            case 2:
                reader.byte()
                reader.utf()
                reader.utf()
                reader.block()
            case 3 | 4:
                reader.block()
            case _:
                raise _Cut(f"an entry of the unknown kind {kind}")


def _certificate(reader: _Reader, *, typed: bool = True) -> Found | Reject:
    kind = reader.utf() if typed else b"X.509"
    offset = reader.at + 4
    der = reader.block()
    if kind not in (b"X.509", b"X509"):
        return Reject(f"a certificate of the type {kind[:40].decode('latin-1')!r}, not X.509", offset, None, 0)
    if der[:1] != b"\x30":
        return Reject("an entry that holds no certificate", offset, None, 0)
    return Found(der, JavaKeyStore.name, offset, None, 0)


def _searched(data: bytes, start: int) -> Iterator[Found]:
    """Certificates by the type that stands before each, where entries can no longer be counted."""
    at = start
    while (match := _TYPED.search(data, at)) is not None:
        begin = match.end() + 4
        size = int(struct.unpack(">I", data[match.end() : begin])[0])
        at = begin
        if begin + size <= len(data):
            yield Found(data[begin : begin + size], JavaKeyStore.name, begin, None, 0)
            at = begin + size


STORE = JavaKeyStore()

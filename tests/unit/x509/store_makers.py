"""Writers of certificate stores, by the formats' documentation: what the tools that write them are not here for."""

from __future__ import annotations

import struct

from certhound.x509.der import encode
from certhound.x509.oids import oid_bytes


def _utf(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def _block(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def java_store(
    trusted: list[bytes],
    chains: tuple[list[bytes], ...] = (),
    *,
    magic: bytes = b"\xfe\xed\xfe\xed",
    version: int = 2,
    secret_at: int | None = None,
) -> bytes:
    """JKS, or JCEKS with another magic; version 1 writes no types. ``secret_at`` puts a sealed object among them."""

    def certificate(der: bytes) -> bytes:
        return (_utf("X.509") if version != 1 else b"") + _block(der)

    entries = [struct.pack(">i", 2) + _utf(f"ca{n}") + bytes(8) + certificate(der) for n, der in enumerate(trusted)]
    for chain in chains:
        body = b"".join(map(certificate, chain))
        entries.append(
            struct.pack(">i", 1)
            + _utf("key")
            + bytes(8)
            + _block(b"\x30\x03enc")
            + struct.pack(">i", len(chain))
            + body
        )
    if secret_at is not None:
        entries.insert(
            secret_at, struct.pack(">i", 3) + _utf("secret") + bytes(8) + b"\xac\xed\x00\x05sr\x00\x33whatever"
        )
    return magic + struct.pack(">ii", version, len(entries)) + b"".join(entries) + bytes(20)


def bouncy_castle_store(trusted: list[bytes], chain: list[bytes]) -> bytes:
    """BKS, version 2: certificates, a key with its chain, a secret key, and the digest."""

    def certificate(der: bytes) -> bytes:
        return _utf("X.509") + _block(der)

    body = struct.pack(">i", 2) + _block(bytes(20)) + struct.pack(">i", 1024)
    for number, der in enumerate(trusted):
        body += b"\x01" + _utf(f"ca{number}") + bytes(8) + struct.pack(">i", 0) + certificate(der)
    body += b"\x03" + _utf("secret") + bytes(8) + struct.pack(">i", 0) + _block(b"sealed")
    body += b"\x04" + _utf("key") + bytes(8) + struct.pack(">i", len(chain)) + b"".join(map(certificate, chain))
    return body + _block(b"sealed key") + b"\x00" + bytes(20)


def property_list(der: bytes) -> bytes:
    """A serialised certificate of Windows: SHA-1 (3), key identifier (20), a name in UTF-16 (11), the certificate."""
    values = ((3, bytes(range(20))), (20, bytes(20)), (11, "name\0".encode("utf-16-le")), (32, der))
    return b"".join(struct.pack("<III", name, 1, len(value)) + value for name, value in values)


def serialised_store(ders: list[bytes]) -> bytes:
    """A file ``.sst`` (MS-OSHARED 2.3.2.5.3): header, groups, a mark at the end."""
    return b"\0\0\0\0CERT" + b"".join(map(property_list, ders)) + bytes(12)


def registry_export(ders: list[bytes], store: str = "Root") -> str:
    """What regedit writes: lines of up to 80 characters, continued by a backslash."""
    text = "Windows Registry Editor Version 5.00\r\n\r\n"
    for number, der in enumerate(ders):
        pairs = [f"{byte:02x}" for byte in property_list(der)]
        rows = [",".join(pairs[at : at + 25]) for at in range(0, len(pairs), 25)]
        key = f"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\SystemCertificates\\{store}\\Certificates\\{number:040X}"
        text += f'[{key}]\r\n"Blob"=hex:' + ",\\\r\n  ".join(rows) + "\r\n\r\n"
    return text


def registry_query(ders: list[bytes]) -> str:
    """What ``reg query … /s`` prints."""
    key = "HKEY_CURRENT_USER\\Software\\Microsoft\\SystemCertificates\\CA\\Certificates"
    return "".join(
        f"\r\n{key}\\{number:040X}\r\n    Blob    REG_BINARY    {property_list(der).hex().upper()}\r\n"
        for number, der in enumerate(ders)
    )


def certutil_dump(der: bytes) -> str:
    """What ``certutil -encodehex`` writes: offset, two times eight bytes, characters."""
    rows = []
    for at in range(0, len(der), 16):
        row = der[at : at + 16]
        pairs = [f"{byte:02x}" for byte in row]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        digits = " ".join(pairs[:8]) + ("  " + " ".join(pairs[8:]) if pairs[8:] else "")
        rows.append(f"{at:04x}\t{digits:<48}   {shown}")
    return "\r\n".join(rows) + "\r\n"


def _indefinite(tag: int, content: bytes) -> bytes:
    return bytes((tag, 0x80)) + content + b"\0\0"


def _pieces(content: bytes) -> bytes:
    """An octet string in pieces of indefinite length, as Bouncy Castle writes it."""
    parts = (encode(4, content[at : at + 100]) for at in range(0, len(content), 100))
    return _indefinite(0x24, b"".join(parts))


def open_pkcs12(ders: list[bytes], *, nested: bool = False) -> bytes:
    """PKCS#12 in BER with indefinite lengths, certificates in the open; ``nested`` puts the bags into another bag."""

    def oid(dotted: str) -> bytes:
        return encode(6, oid_bytes(dotted))

    def bag(dotted: str, content: bytes) -> bytes:
        return encode(0x30, oid(dotted) + encode(0xA0, content))

    bags = b"".join(bag("1.2.840.113549.1.12.10.1.3", bag("1.2.840.113549.1.9.22.1", encode(4, der))) for der in ders)
    if nested:
        bags = bag("1.2.840.113549.1.12.10.1.6", encode(0x30, bags))
    data = oid("1.2.840.113549.1.7.1")
    safe = _indefinite(0x30, _indefinite(0x30, data + _indefinite(0xA0, _pieces(encode(0x30, bags)))))
    return _indefinite(0x30, b"\x02\x01\x03" + _indefinite(0x30, data + _indefinite(0xA0, _pieces(safe))))

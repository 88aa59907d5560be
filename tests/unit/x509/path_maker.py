"""Certificates for path tests, written tag by tag so that every rule of encoding can be broken on purpose.

Keys come from small fixed numbers: the same on every run, and free. Nothing here checks anything.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certhound.x509.der import encode

FROM = datetime(2020, 1, 1, tzinfo=UTC)
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)
NAME_OIDS = {"CN": "2.5.4.3", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6"}
SERVER, CLIENT, ANY, CODE = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0", "1.3.6.1.5.5.7.3.3"
SIGN_BITS = {
    "digitalSignature": 0,
    "nonRepudiation": 1,
    "keyEncipherment": 2,
    "keyAgreement": 4,
    "keyCertSign": 5,
    "cRLSign": 6,
}
ECDSA_SHA256, ECDSA_SHA1, RSA_SHA256, RSA_SHA1, RSA_MD5, DSA_SHA256 = (
    "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.1",
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.5",
    "1.2.840.113549.1.1.4",
    "2.16.840.1.101.3.4.3.2",
)


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER element."""
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for arc in [first * 40 + second, *rest]:
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        out += bytes(reversed(septets))
    return encode(0x06, bytes(out))


def seq(*parts: bytes) -> bytes:
    """A SEQUENCE of elements."""
    return encode(0x30, b"".join(parts))


def integer(value: int) -> bytes:
    """An INTEGER element, negative ones too."""
    size = max(1, (value.bit_length() + 8) // 8)
    return encode(0x02, value.to_bytes(size, "big", signed=True))


def name(text: str, tag: int = 0x0C) -> bytes:
    """A Name from ``CN=a,O=b``, in the order given; empty text is the empty name."""
    rdns = []
    for part in text.split(",") if text else []:
        kind, _, value = part.partition("=")
        rdns.append(encode(0x31, seq(oid(NAME_OIDS[kind]), encode(tag, value.encode()))))
    return seq(*rdns)


def time(moment: datetime, generalized: bool | None = None) -> bytes:
    """A time in the form that RFC 5280 wants for its year, or the form asked for."""
    if generalized if generalized is not None else moment.year >= 2050:
        return encode(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())
    return encode(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())


@lru_cache(None)
def ec_key(number: int) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that is the same for the same number."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(b"%d" % number).digest()[:31], "big"), ec.SECP256R1())


@lru_cache(None)
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key of a size; made once a run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@lru_cache(None)
def dsa_key() -> dsa.DSAPrivateKey:
    """A DSA key; made once a run."""
    return dsa.generate_private_key(2048)


@lru_cache(None)
def spki(key: Any) -> bytes:
    """The SubjectPublicKeyInfo of a key."""
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def key_id(key: Any) -> bytes:
    """A key identifier: SHA-1 over the whole SPKI, which is as good as any."""
    return hashlib.sha1(spki(key), usedforsecurity=False).digest()


def ext(dotted: str, value: bytes, critical: bool = False) -> bytes:
    """An Extension element."""
    return seq(oid(dotted), encode(0x01, b"\xff") if critical else b"", encode(0x04, value))


def basic(ca: bool = True, path_len: int | None = None, critical: bool = True) -> bytes:
    """Basic constraints."""
    flag = encode(0x01, b"\xff") if ca else b""
    return ext("2.5.29.19", seq(flag, integer(path_len) if path_len is not None else b""), critical)


def usage(*names: str, critical: bool = True) -> bytes:
    """Key usage with these bits."""
    bits = 0
    for each in names:
        bits |= 0x80 >> SIGN_BITS[each]
    return ext("2.5.29.15", encode(0x03, bytes((0, bits))), critical)


def eku(*oids: str, critical: bool = False) -> bytes:
    """Extended key usage."""
    return ext("2.5.29.37", seq(*map(oid, oids)), critical)


def general(text: str) -> bytes:
    """A GeneralName from ``dns:``, ``ip:``, ``net:``, ``email:``, ``uri:``, ``dir:`` or ``hexip:`` text."""
    kind, _, value = text.partition(":")
    if kind == "ip":
        return encode(0x87, ipaddress.ip_address(value).packed)
    if kind == "net":
        network = ipaddress.ip_network(value)
        return encode(0x87, network.network_address.packed + network.netmask.packed)
    if kind == "hexip":
        return encode(0x87, bytes.fromhex(value))
    if kind == "dir":
        return encode(0xA4, name(value))
    if kind == "rid":
        return encode(0x88, oid(value)[2:])
    return encode({"dns": 0x82, "email": 0x81, "uri": 0x86}[kind], value.encode())


def san(*names: str, critical: bool = False) -> bytes:
    """Subject alternative names."""
    return ext("2.5.29.17", seq(*map(general, names)), critical)


def constraints(
    permitted: Sequence[str] | None = None, excluded: Sequence[str] | None = None, critical: bool = True
) -> bytes:
    """Name constraints; None leaves a part out, an empty list writes it empty."""
    parts = []
    for tag, names in ((0xA0, permitted), (0xA1, excluded)):
        if names is not None:
            parts.append(encode(tag, b"".join(seq(general(text)) for text in names)))
    return ext("2.5.29.30", seq(*parts), critical)


def ski(key: Any, critical: bool = False) -> bytes:
    """Subject key identifier of a key."""
    return ext("2.5.29.14", encode(0x04, key_id(key)), critical)


def aki(key: Any, critical: bool = False, more: bytes = b"", with_key: bool = True) -> bytes:
    """Authority key identifier of a key, with whatever else."""
    return ext("2.5.29.35", seq(encode(0x80, key_id(key)) if with_key else b"", more), critical)


def policies(*oids: str, critical: bool = False) -> bytes:
    """Certificate policies."""
    return ext("2.5.29.32", seq(*[seq(oid(each)) for each in oids]), critical)


def policy_constraints(require: int | None = None, inhibit: int | None = None, critical: bool = True) -> bytes:
    """Policy constraints."""
    parts = [encode(tag, bytes((value,))) for tag, value in ((0x80, require), (0x81, inhibit)) if value is not None]
    return ext("2.5.29.36", seq(*parts), critical)


def poison() -> bytes:
    """The CT poison: what makes a precertificate."""
    return ext("1.3.6.1.4.1.11129.2.4.3", encode(0x05, b""), critical=True)


def unknown(critical: bool = True) -> bytes:
    """An extension that nobody knows."""
    return ext("1.3.6.1.4.1.55555.1.2", b"\x05\x00", critical)


def sign(algorithm: str, key: Any, body: bytes) -> bytes:
    """The signature of a key over a body with an algorithm."""
    digest: hashes.HashAlgorithm = hashes.SHA256()
    if algorithm in (ECDSA_SHA1, RSA_SHA1):
        digest = hashes.SHA1()
    elif algorithm == RSA_MD5:
        digest = hashes.MD5()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(body, ec.ECDSA(digest))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(body, padding.PKCS1v15(), digest)
    return bytes(key.sign(body, digest))


def algorithm_of(key: Any) -> str:
    """The usual algorithm of a key."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return ECDSA_SHA256
    return RSA_SHA256 if isinstance(key, rsa.RSAPrivateKey) else DSA_SHA256


@dataclass(frozen=True)
class Made:
    """A certificate that was made, with the key and name that the next one needs."""

    der: bytes
    key: Any
    subject: bytes
    extensions: tuple[bytes, ...] = field(default=())


def make(
    subject: bytes,
    issuer: bytes,
    key: Any,
    signer: Any,
    extensions: Iterable[bytes],
    *,
    serial: int | None = None,
    start: datetime = FROM,
    end: datetime = UNTIL,
    version: int | None = 2,
    algorithm: str | None = None,
    outer: str | None = None,
    times: bytes | None = None,
    public_key: bytes | None = None,
    damage: bool = False,
) -> Made:
    """Write and sign one certificate. ``version`` is the encoded number (2 is v3), None leaves it out (v1).

    The serial follows from the rest, for OpenSSL takes two certificates of one issuer and serial for one.
    """
    if serial is None:
        digest = hashlib.sha256(subject + issuer + spki(key) + start.isoformat().encode() + end.isoformat().encode())
        serial = int.from_bytes(digest.digest()[:9], "big") | 1 << 71
    chosen = algorithm or algorithm_of(signer)
    null = encode(0x05, b"") if chosen.startswith("1.2.840.113549") else b""
    inner = seq(oid(chosen), null)
    parts = tuple(extensions)
    body = seq(
        encode(0xA0, integer(version)) if version is not None else b"",
        integer(serial),
        inner,
        issuer,
        times if times is not None else seq(time(start), time(end)),
        subject,
        public_key if public_key is not None else spki(key),
        encode(0xA3, seq(*parts)) if parts else b"",
    )
    signature = sign(chosen, signer, body)
    if damage:
        signature = signature[:-1] + bytes((signature[-1] ^ 1,))
    outside = seq(oid(outer), null) if outer else inner
    return Made(seq(body, outside, encode(0x03, b"\0" + signature)), key, subject, parts)

"""Names, extensions, certificates and authorities, put together from DER pieces."""

from __future__ import annotations

import hashlib
import ipaddress
from base64 import encodebytes
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from certhound.lab.certificates import der
from certhound.lab.certificates.keys import Key

Name = tuple[tuple[str, str], ...]
"""Attribute types (short names of RFC 4514 and OpenSSL) with values, in the order of the encoding."""

ATTRIBUTES = {
    "CN": "2.5.4.3",
    "SN": "2.5.4.4",
    "serialNumber": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "street": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "businessCategory": "2.5.4.15",
    "postalCode": "2.5.4.17",
    "emailAddress": "1.2.840.113549.1.9.1",
    "DC": "0.9.2342.19200300.100.1.25",
    "UID": "0.9.2342.19200300.100.1.1",
    "jurisdictionC": "1.3.6.1.4.1.311.60.2.1.3",
}
_PRINTABLE = {"C", "serialNumber", "jurisdictionC"}
_IA5 = {"emailAddress", "DC"}
KEY_USAGES = {
    "digitalSignature": 0,
    "contentCommitment": 1,
    "keyEncipherment": 2,
    "dataEncipherment": 3,
    "keyAgreement": 4,
    "keyCertSign": 5,
    "cRLSign": 6,
}
PURPOSES = {
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "ikeIntermediate": "1.3.6.1.5.5.8.2.2",
}


def encode_name(name: Name) -> bytes:
    """A Name with one attribute in each RDN; an unknown attribute type raises KeyError."""
    return der.sequence(*(der.set_of(der.sequence(der.oid(ATTRIBUTES[k]), _value(k, v))) for k, v in name))


def _value(kind: str, value: str) -> bytes:
    return der.text(value, 0x13 if kind in _PRINTABLE else 0x16 if kind in _IA5 else 0x0C)


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: dotted OID, the DER inside its OCTET STRING, and whether it is critical."""

    oid: str
    value: bytes
    critical: bool = False

    def encode(self) -> bytes:
        """The Extension element."""
        flag = der.boolean(True) if self.critical else b""
        return der.sequence(der.oid(self.oid), flag, der.octet_string(self.value))


def basic_constraints(ca: bool, path_len: int | None = None, critical: bool = True) -> Extension:
    """basicConstraints; CA:FALSE is the empty sequence, as DER leaves a default out."""
    parts = [der.boolean(True)] if ca else []
    if path_len is not None:
        parts.append(der.integer(path_len))
    return Extension("2.5.29.19", der.sequence(*parts), critical)


def key_usage(*names: str, critical: bool = True) -> Extension:
    """keyUsage of the named bits."""
    return Extension("2.5.29.15", der.named_bits(tuple(KEY_USAGES[name] for name in names)), critical)


def extended_key_usage(*names: str) -> Extension:
    """extKeyUsage of the named purposes."""
    return Extension("2.5.29.37", der.sequence(*(der.oid(PURPOSES[name]) for name in names)))


def subject_key(key: Key) -> Extension:
    """subjectKeyIdentifier."""
    return Extension("2.5.29.14", der.octet_string(key.identifier))


def authority_key(identifier: bytes) -> Extension:
    """authorityKeyIdentifier that holds the key identifier alone."""
    return Extension("2.5.29.35", der.sequence(der.implicit(0, identifier)))


def subject_alt_names(*names: str, critical: bool = False) -> Extension:
    """subjectAltName: text that reads as an address becomes iPAddress, anything else dNSName."""
    return Extension("2.5.29.17", der.sequence(*map(_general_name, names)), critical)


def _general_name(name: str) -> bytes:
    try:
        return der.implicit(7, ipaddress.ip_address(name).packed)
    except ValueError:
        return der.implicit(2, name.encode("idna") if not name.isascii() else name.encode())


@dataclass(frozen=True, slots=True)
class Spec:
    """What a certificate says. ``version`` is the number people say (3, or 1 for none); ``raw_not_before`` and
    ``raw_not_after`` replace a whole Time element with bytes of one's own."""

    subject: Name
    issuer: Name
    serial: int
    not_before: datetime
    not_after: datetime
    key: Key
    extensions: tuple[Extension, ...] = ()
    digest: str = "sha256"
    version: int = 3
    raw_not_before: bytes | None = None
    raw_not_after: bytes | None = None

    def to_be_signed(self, signer: Key, *more: Extension) -> bytes:
        """TBSCertificate with the signature algorithm of ``signer`` and further extensions at the end."""
        extensions = (*self.extensions, *more)
        return der.sequence(
            der.explicit(0, der.integer(self.version - 1)) if self.version != 1 else b"",
            der.integer(self.serial),
            signer.algorithm(self.digest),
            encode_name(self.issuer),
            der.sequence(
                self.raw_not_before or der.time(self.not_before), self.raw_not_after or der.time(self.not_after)
            ),
            encode_name(self.subject),
            self.key.spki,
            der.explicit(3, der.sequence(*(e.encode() for e in extensions))) if extensions else b"",
        )

    def sign(self, signer: Key, *more: Extension) -> bytes:
        """The certificate, DER."""
        body = self.to_be_signed(signer, *more)
        signature = signer.sign(body, self.digest)
        return der.sequence(body, signer.algorithm(self.digest), der.bit_string(signature))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that a server can show: its DER, its key, and the DER of what it sends after it."""

    der: bytes
    key: Key
    chain: tuple[bytes, ...] = ()

    @property
    def sha256(self) -> str:
        """SHA-256 of the DER, lower-case hex: the certificate's identity."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def sha1(self) -> str:
        """SHA-1 of the DER, lower-case hex."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Authority:
    """A certification authority: its certificate, and those that a server sends above it (never the root)."""

    name: Name
    key: Key
    der: bytes
    chain: tuple[bytes, ...]
    urls: str = ""
    digest: str = "sha256"


def pem(certificate: bytes) -> str:
    """PEM of one certificate."""
    body = encodebytes(certificate).decode().replace("\n", "")
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def random_serial(rng: Random, octets: int = 16) -> int:
    """A positive serial number of exactly ``octets`` octets without a leading zero octet."""
    return rng.getrandbits(octets * 8 - 1) | 1 << (octets * 8 - 2)


def self_signed(
    subject: Name,
    key: Key,
    rng: Random,
    not_before: datetime,
    lifetime: timedelta,
    extensions: tuple[Extension, ...] = (),
    serial: int | None = None,
    digest: str = "sha256",
) -> Certificate:
    """A certificate that its own key signed, with exactly the extensions given (the key's own ones too)."""
    spec = Spec(
        subject=subject,
        issuer=subject,
        serial=random_serial(rng) if serial is None else serial,
        not_before=not_before,
        not_after=not_before + lifetime,
        key=key,
        extensions=extensions,
        digest=digest,
    )
    return Certificate(spec.sign(key), key)


def build_ca(
    subject: Name,
    key: Key,
    rng: Random,
    not_before: datetime,
    lifetime: timedelta,
    issuer: Authority | None = None,
    urls: str = "",
    path_len: int | None = None,
    minimal: bool = False,
) -> Authority:
    """A root (no ``issuer``) or an intermediate. ``minimal`` leaves key usage out, as many house CAs do."""
    signer = issuer.key if issuer else key
    extensions = [basic_constraints(True, path_len), subject_key(key)]
    if not minimal:
        extensions.insert(0, key_usage("keyCertSign", "cRLSign"))
    if issuer:
        extensions.append(authority_key(issuer.key.identifier))
        extensions.extend(_pointers(issuer.urls, leaf=False))
    spec = Spec(
        subject=subject,
        issuer=issuer.name if issuer else subject,
        serial=random_serial(rng),
        not_before=not_before,
        not_after=not_before + lifetime,
        key=key,
        extensions=tuple(extensions),
        digest="sha384" if issuer is None and not minimal else "sha256",
    )
    encoded = spec.sign(signer)
    return Authority(subject, key, encoded, (encoded, *issuer.chain) if issuer else (), urls)


def _pointers(base: str, leaf: bool) -> list[Extension]:
    """AIA, CRL distribution point and certificate policy, as public CAs write them; nothing without a base."""
    if not base:
        return []
    access = [der.sequence(der.oid("1.3.6.1.5.5.7.48.2"), der.implicit(6, f"http://{base}/ca.crt".encode()))]
    if leaf:
        access.insert(0, der.sequence(der.oid("1.3.6.1.5.5.7.48.1"), der.implicit(6, f"http://ocsp.{base}".encode())))
    point = der.implicit(6, f"http://{base}/ca.crl".encode())
    return [
        Extension("1.3.6.1.5.5.7.1.1", der.sequence(*access)),
        Extension("2.5.29.31", der.sequence(der.sequence(der.explicit(0, der.explicit(0, point))))),
        Extension("2.5.29.32", der.sequence(der.sequence(der.oid("2.23.140.1.2.1")))),
    ]


@dataclass(frozen=True, slots=True)
class LogKeys:
    """Keys of the lab's transparency logs, which sign the certificate timestamps inside public certificates."""

    keys: tuple[Key, ...] = field(default=())

    def timestamps(self, spec: Spec, issuer: Authority) -> Extension:
        """SignedCertificateTimestampList (RFC 6962, 3.3) over the precertificate of ``spec``."""
        body = spec.to_be_signed(issuer.key)
        issuer_hash = hashlib.sha256(issuer.key.spki).digest()
        when = int(spec.not_before.timestamp() * 1000).to_bytes(8, "big")
        signed = b"\0\0" + when + b"\0\1" + issuer_hash + len(body).to_bytes(3, "big") + body + b"\0\0"
        entries = b""
        for key in self.keys:
            signature = key.sign(signed, "sha256")
            log_id = hashlib.sha256(key.spki).digest()
            entry = b"\0" + log_id + when + b"\0\0" + b"\4\3" + len(signature).to_bytes(2, "big") + signature
            entries += len(entry).to_bytes(2, "big") + entry
        return Extension("1.3.6.1.4.1.11129.2.4.2", der.octet_string(len(entries).to_bytes(2, "big") + entries))


def issue(
    authority: Authority,
    subject: Name,
    key: Key,
    rng: Random,
    names: tuple[str, ...],
    not_before: datetime,
    lifetime: timedelta,
    logs: LogKeys | None = None,
    send_chain: bool = True,
) -> Certificate:
    """A server certificate as a public (with ``logs``) or a house CA would issue it.

    The lifetime counts both ends, as the CA/Browser Forum does: ``lifetime`` of 90 days ends one second early.
    """
    rsa_only = ("keyEncipherment",) if key.is_rsa else ()
    extensions = [
        key_usage("digitalSignature", *rsa_only),
        extended_key_usage("serverAuth"),
        basic_constraints(False),
        subject_key(key),
        authority_key(authority.key.identifier),
        *_pointers(authority.urls, leaf=True),
    ]
    if names:
        extensions.append(subject_alt_names(*names, critical=not subject))
    spec = Spec(
        subject=subject,
        issuer=authority.name,
        serial=random_serial(rng),
        not_before=not_before,
        not_after=not_before + lifetime - timedelta(seconds=1),
        key=key,
        extensions=tuple(extensions),
        digest=authority.digest,
    )
    more = (logs.timestamps(spec, authority),) if logs and logs.keys else ()
    return Certificate(spec.sign(authority.key, *more), key, authority.chain if send_chain else ())

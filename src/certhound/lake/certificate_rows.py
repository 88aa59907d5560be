"""From what was read of certificates to rows of ``certificates``: one for each distinct one, however often it was met.

A certificate may be known by its bytes (files, or a sensor that logs them), by a hash and what the sensor says of it,
or by names alone. Bytes win; a row known by SHA-1, MD5 or names that turns out to be one whose bytes are there becomes
an alias of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from certhound.model.columns import CERTIFICATES
from certhound.x509.certificate import Certificate, read_certificate
from certhound.x509.claimed_issuer import borrows_issuer_name
from certhound.x509.distinguished_name import EMPTY_NAME
from certhound.x509.fingerprint import structural_fingerprint
from certhound.x509.house import judge
from certhound.x509.ja4plus import ja4x
from certhound.x509.signature import verify_signature
from certhound.x509.traits import Facts, traits
from certhound.x509.traits.issuer import NO_PATH
from certhound.x509.trust import RootStore

Row = dict[str, Any]

FROM_BYTES: tuple[str, ...] = (
    "sha256", "sha1", "md5", "spki_sha256", "version", "serial", "subject", "subject_cn", "issuer", "issuer_cn",
    "not_before", "not_after", "key_type", "key_bits", "curve", "signature_algorithm", "is_ca", "path_len", "aki",
    "ski", "sct_count", "self_issued", "self_signed",
)  # fmt: skip
LISTS: tuple[str, ...] = (
    "san_dns", "san_ip", "san_uri", "san_email", "key_usage", "ext_key_usage", "policies", "aia_ocsp", "aia_issuers",
    "crl_urls", "extension_oids",
)  # fmt: skip

PRECERTIFICATE_POISON = "1.3.6.1.4.1.11129.2.4.3"
"""The extension that keeps a precertificate from being a certificate (RFC 6962, 3.1)."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The trust stores of a run: the public one, the organisation's own, and its inspection devices'."""

    public: RootStore
    house: RootStore | None = None


@dataclass(slots=True)
class Pool:
    """All CA certificates whose bytes were met, by subject, for building chains that a server did not send whole."""

    by_subject: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, certificate: Certificate) -> None:
        if certificate.subject and (certificate.is_ca or certificate.self_issued):
            known = self.by_subject.setdefault(certificate.subject, [])
            if len(known) < 16 and certificate.der not in known:
                known.append(certificate.der)

    def chain_for(self, certificate: Certificate, sent: Sequence[bytes]) -> list[bytes]:
        """Candidates for the path above a certificate: what was sent with it, then what the data hold."""
        chain = list(sent)
        issuer = certificate.issuer
        for _ in range(8):
            above = self.by_subject.get(issuer or "", [])
            new = [der for der in above if der not in chain]
            if not new or len(chain) > 40:
                break
            chain.extend(new)
            issuer = read_certificate(new[0]).issuer
        return chain


@dataclass(slots=True)
class Bytes:
    """Certificates whose bytes are known, by SHA-256, and where each was first met."""

    by_id: dict[str, Certificate] = field(default_factory=dict)
    origin: dict[str, tuple[str, int | None, int | None]] = field(default_factory=dict)
    kinds: dict[str, set[str]] = field(default_factory=dict)
    pool: Pool = field(default_factory=Pool)

    def add(self, der: bytes, origin: tuple[str, int | None, int | None], kind: str) -> str:
        certificate = read_certificate(der)
        known = self.by_id.setdefault(certificate.sha256, certificate)
        self.origin.setdefault(known.sha256, origin)
        self.kinds.setdefault(known.sha256, set()).add(kind)
        self.pool.add(known)
        return known.sha256


def from_bytes(certificate: Certificate, stores: Stores, chain: Sequence[bytes], at: datetime) -> Row:
    """The row of a certificate whose bytes are known. ``at`` is the time of use for which trust is judged."""
    row: Row = {name: getattr(certificate, name) for name in FROM_BYTES}
    row.update({name: list(getattr(certificate, name)) for name in LISTS})
    row["id"], row["der"], row["field_errors"] = certificate.sha256, certificate.der, dict(certificate.field_errors)
    if PRECERTIFICATE_POISON in certificate.extension_oids:
        row["entry_type"] = "precertificate"
    row["structure"] = structural_fingerprint(certificate).text
    row["ja4x"] = ja4x(certificate)
    judgement = judge(certificate, chain, stores.public, stores.house, at)
    row["trust"], row["trust_reason"] = judgement.trust, judgement.trust_reason
    row["house_trust"], row["house_trust_reason"] = judgement.house_trust, judgement.house_trust_reason
    foreign = None
    if judgement.trust_reason in NO_PATH and not judgement.is_trusted:
        foreign = borrows_issuer_name(certificate, chain, stores.public, at)
    row.update(_traits(facts_of(certificate, row, foreign)))
    return row


def facts_of(certificate: Certificate, row: Mapping[str, Any], foreign_issuer_key: bool | None = None) -> Facts:
    """The facts of a certificate that traits are computed from."""
    return Facts(
        has_der=True,
        sha256=certificate.sha256,
        sha1=certificate.sha1,
        md5=certificate.md5,
        spki_sha256=certificate.spki_sha256,
        version=certificate.version,
        serial=certificate.serial,
        subject=certificate.subject_name or EMPTY_NAME,
        issuer=certificate.issuer_name or EMPTY_NAME,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        san_dns=certificate.san_dns,
        san_ip=certificate.san_ip,
        san_uri=certificate.san_uri,
        san_email=certificate.san_email,
        key_type=certificate.key_type,
        key_bits=certificate.key_bits,
        signature_algorithm=certificate.signature_algorithm,
        is_ca=certificate.is_ca,
        extension_oids=certificate.extension_oids,
        aki=certificate.aki,
        ski=certificate.ski,
        ext_key_usage=certificate.ext_key_usage,
        key_usage=certificate.key_usage,
        self_issued=certificate.self_issued,
        self_signed=row.get("self_signed"),
        trust=row.get("trust"),
        trust_reason=row.get("trust_reason"),
        sct_count=certificate.sct_count,
        foreign_issuer_key=foreign_issuer_key,
        own_key=_own_key(certificate, row.get("trust_reason")),
        field_errors=dict(certificate.field_errors),
    )


def _own_key(certificate: Certificate, trust_reason: str | None) -> bool | None:
    """Whether a certificate that names another issuer was signed by its own key; asked only where no path was found."""
    if certificate.self_issued or trust_reason not in NO_PATH:
        return None
    if certificate.aki is not None and certificate.ski is not None and certificate.aki != certificate.ski:
        return False
    return verify_signature(certificate, certificate.spki_der)


def _traits(facts: Facts) -> Row:
    return {trait.name: trait.compute(facts) for trait in traits()}


def decode_der(text: str | None) -> bytes | None:
    """The DER that a sensor logged in base64; nothing where it is none."""
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return None


def columns_of(rows: Iterable[Row], names: Sequence[str]) -> dict[str, list[Any]]:
    """Rows as columns, every name present."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for row in rows:
        for name, column in columns.items():
            column.append(row.get(name))
    return columns


def row_names() -> tuple[str, ...]:
    """All columns of a certificate's row: the table's own and the traits'."""
    return (*CERTIFICATES.names(), *(trait.name for trait in traits()))


def by_columns(columns: Mapping[str, Sequence[Any]]) -> Iterator[Row]:
    """Columns as rows; much faster than Arrow's own conversion row by row."""
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(names, values, strict=True))

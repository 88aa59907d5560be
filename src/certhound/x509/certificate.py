"""One certificate as data: every column that its bytes fill, and the structural facts behind them.

`read_certificate` in this module's neighbour `reader` is also importable from here. Attribute names are those of the
table ``certificates``; None means that the certificate makes no statement or that it could not be read, and then
``field_errors`` says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from certhound.x509.distinguished_name import Name
from certhound.x509.extensions import CT_POISON, Extension
from certhound.x509.sct import Sct, read_scts
from certhound.x509.strings import STRING_TYPES

Span = tuple[int, int]
NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A certificate, read from DER (or from what was meant to be DER). Equal when the bytes are.

    Lists are tuples, for they may be shared between certificates; times are aware UTC datetimes; hashes, key
    identifiers and serials lower-case hex; ``key_bits`` in bits. ``path_len`` absent means unlimited. Spans are
    (start, stop) into ``der``.
    """

    der: bytes
    sha256: str
    sha1: str
    md5: str
    spki_sha256: str | None
    version: int | None
    serial: str | None
    subject: str | None
    subject_cn: str | None
    issuer: str | None
    issuer_cn: str | None
    not_before: datetime | None
    not_after: datetime | None
    san_dns: tuple[str, ...]
    san_ip: tuple[str, ...]
    san_uri: tuple[str, ...]
    san_email: tuple[str, ...]
    san_other: tuple[str, ...]
    key_type: str | None
    key_bits: int | None
    curve: str | None
    signature_algorithm: str | None
    is_ca: bool | None
    path_len: int | None
    key_usage: tuple[str, ...]
    ext_key_usage: tuple[str, ...]
    aki: str | None
    ski: str | None
    policies: tuple[str, ...]
    aia_ocsp: tuple[str, ...]
    aia_issuers: tuple[str, ...]
    crl_urls: tuple[str, ...]
    sct_count: int | None
    extension_oids: tuple[str, ...]
    self_issued: bool | None
    field_errors: dict[str, str]

    subject_name: Name | None
    issuer_name: Name | None
    extensions: tuple[Extension, ...]
    key_oid: str | None
    signature_oid: str | None
    trailing_bytes: int
    serial_bytes: int
    algorithms_agree: bool | None
    tbs_span: Span
    spki_span: Span
    issuer_span: Span
    subject_span: Span
    algorithm_span: Span
    signature_span: Span
    _self_signed: bool | str | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @property
    def id(self) -> str:
        """The certificate's identity: its SHA-256."""
        return self.sha256

    @property
    def self_signed(self) -> bool | None:
        """Verifies with its own key; False where subject and issuer differ; None where no check is possible.

        The check costs a signature verification, so it runs when first asked for, and only where names are equal.
        """
        if not self.self_issued:
            return self.self_issued
        known = self._self_signed
        if known is None:
            from certhound.x509.signature import verify_signature

            known = verify_signature(self, self.spki_der)
            # "unknown" is remembered too: a key that cannot be checked once is not checked again.
            object.__setattr__(self, "_self_signed", "unknown" if known is None else known)
        return known if isinstance(known, bool) else None

    @property
    def tbs_der(self) -> bytes:
        """The TBSCertificate as it stands, header included: what the signature is over."""
        return self.der[self.tbs_span[0] : self.tbs_span[1]]

    @property
    def spki_der(self) -> bytes:
        """The SubjectPublicKeyInfo, header included; empty where there is none."""
        return self.der[self.spki_span[0] : self.spki_span[1]]

    @property
    def issuer_der(self) -> bytes:
        """The issuer's Name, header included."""
        return self.der[self.issuer_span[0] : self.issuer_span[1]]

    @property
    def subject_der(self) -> bytes:
        """The subject's Name, header included."""
        return self.der[self.subject_span[0] : self.subject_span[1]]

    @property
    def signature_algorithm_der(self) -> bytes:
        """The outer AlgorithmIdentifier, header included."""
        return self.der[self.algorithm_span[0] : self.algorithm_span[1]]

    @property
    def signature(self) -> bytes:
        """The signature's bytes, without the count of unused bits."""
        return self.der[self.signature_span[0] : self.signature_span[1]]

    @property
    def subject_types(self) -> tuple[str, ...]:
        """Attribute types of the subject in the order of the encoding."""
        return self.subject_name.types() if self.subject_name else ()

    @property
    def issuer_types(self) -> tuple[str, ...]:
        """Attribute types of the issuer in the order of the encoding."""
        return self.issuer_name.types() if self.issuer_name else ()

    @property
    def string_types(self) -> tuple[str, ...]:
        """String types of the subject's values in the order of the encoding, e.g. ``UTF8String``."""
        attributes = self.subject_name.attributes if self.subject_name else ()
        return tuple([STRING_TYPES.get(attribute.tag, f"{attribute.tag:#04x}") for attribute in attributes])

    @property
    def validity_s(self) -> int | None:
        """Seconds from not_before to not_after; negative where they are the wrong way round."""
        if self.not_before is None or self.not_after is None:
            return None
        return round((self.not_after - self.not_before).total_seconds())

    @property
    def critical_oids(self) -> tuple[str, ...]:
        """Identifiers of the extensions that are marked critical, in order."""
        return tuple([extension.oid for extension in self.extensions if extension.critical])

    @property
    def is_precertificate(self) -> bool:
        """Carries the poison extension of RFC 6962: was made for a log and is no certificate for use."""
        return CT_POISON in self.extension_oids

    @property
    def scts(self) -> tuple[Sct, ...]:
        """The embedded signed certificate timestamps."""
        return read_scts(self.extensions)

    @property
    def structure(self) -> str:
        """Our own fingerprint over the shape of the certificate, 16 hex digits; see `certhound.x509.fingerprint`."""
        from certhound.x509.fingerprint import structural_fingerprint

        return structural_fingerprint(self).digest

    @property
    def ja4x(self) -> str | None:
        """JA4X (FoxIO License 1.1), None where that is switched off or left out; see `certhound.x509.ja4plus`."""
        try:
            from certhound.x509.ja4plus import ja4x
        except ModuleNotFoundError:
            return None

        return ja4x(self)

    def extension(self, oid: str) -> Extension | None:
        """The first extension with this dotted identifier."""
        return next((extension for extension in self.extensions if extension.oid == oid), None)

    def row(self) -> dict[str, Any]:
        """The columns of the table ``certificates`` that a certificate's bytes fill.

        Lists come as lists, empty ones as None: the certificate makes no such statement. Only ``extension_oids`` keeps
        an empty list, so that a certificate without extensions differs from one whose extensions could not be read.
        """
        row: dict[str, Any] = dict(zip(_SCALARS, _get_scalars(self), strict=True))
        for column, entries in zip(_LISTS, _get_lists(self), strict=True):
            row[column] = list(entries) if entries else None
        row["extension_oids"] = None if self.sct_count is None else list(self.extension_oids)
        row["field_errors"] = dict(self.field_errors) or None
        return row


_SCALARS = (
    *("id", "sha256", "sha1", "md5", "spki_sha256", "ja4x", "structure", "der", "version", "serial"),
    *("subject", "subject_cn", "issuer", "issuer_cn", "not_before", "not_after"),
    *("key_type", "key_bits", "curve", "signature_algorithm", "is_ca", "path_len", "aki", "ski"),
    *("sct_count", "self_issued", "self_signed"),
)
_LISTS = (
    *("san_dns", "san_ip", "san_uri", "san_email", "san_other", "key_usage", "ext_key_usage", "policies"),
    *("aia_ocsp", "aia_issuers", "crl_urls"),
)
_get_scalars = attrgetter(*_SCALARS)
_get_lists = attrgetter(*_LISTS)

ROW_COLUMNS: tuple[str, ...] = (*_SCALARS, *_LISTS, "extension_oids", "field_errors")
"""The keys of `Certificate.row`, in order."""


def read_certificate(der: bytes) -> Certificate:
    """Read one certificate. Never raises on any bytes; see `certhound.x509.reader`."""
    from certhound.x509.reader import read_certificate as read

    return read(der)


def read_certificates(ders: Iterable[bytes]) -> list[Certificate]:
    """Read many certificates, in order."""
    from certhound.x509.reader import read_certificates as read

    return read(ders)

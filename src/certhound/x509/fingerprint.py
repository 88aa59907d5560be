"""Our structural fingerprint: the shape that a generator gives to every certificate it makes.

It survives a re-issue, because it looks at what a tool decides once (which attributes in which order, which extensions,
how it counts validity, how it draws serials, which key) and not at what it draws anew (names, numbers, dates, keys).
The readable form is seven parts, joined by ``|``::

    v3|C,ST,O,CN|C,ST,O,CN|2.5.29.14,2.5.29.19!|365d|64|rsa2048,sha256WithRSAEncryption

version; types of the issuer and of the subject in the order of the encoding, ``+`` within one relative name;
extensions in order, ``!`` where critical; how the validity was counted; the serial's size; key and signature algorithm.
``-`` is an empty part, ``?`` one that could not be read. The digest is the first 16 hex digits of its SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certhound.x509.certificate import Certificate
    from certhound.x509.distinguished_name import Name

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class StructuralFingerprint:
    """The readable form and its short hash (16 hex digits)."""

    text: str
    digest: str


def structural_fingerprint(certificate: Certificate) -> StructuralFingerprint:
    """The fingerprint of a certificate, also of one that is readable in parts only."""
    text = "|".join(
        (
            f"v{certificate.version or '?'}",
            _types(certificate.issuer_name),
            _types(certificate.subject_name),
            ",".join([f"{e[0]}!" if e[1] else e[0] for e in certificate.extensions]) or "-",
            validity_shape(certificate.not_before, certificate.not_after),
            serial_shape(certificate.serial),
            f"{certificate.key_type or '?'}{certificate.curve or certificate.key_bits or ''}"
            f",{certificate.signature_algorithm or '?'}",
        )
    )
    return StructuralFingerprint(text, sha256(text.encode()).hexdigest()[:16])


def _types(name: Name | None) -> str:
    if name is None:
        return "?"
    parts = [rdn[0][0] if len(rdn) == 1 else "+".join([attribute[0] for attribute in rdn]) for rdn in name.rdns]
    return ",".join(parts) or "-"


def validity_shape(not_before: datetime | None, not_after: datetime | None) -> str:
    """How a validity was counted.

    ``365d`` whole years of 365 days, ``years`` the same day and time in another year, ``days`` whole days, ``days-1s``
    the same ending a second early (as RFC 5280 counts), ``odd`` anything else, ``negative``, ``?`` unreadable.
    """
    if not_before is None or not_after is None:
        return "?"
    seconds = round((not_after - not_before).total_seconds())
    if seconds < 0:
        return "negative"
    if seconds and seconds % (365 * _DAY) == 0:
        return "365d"
    if seconds > 364 * _DAY and not_before.replace(year=2000) == not_after.replace(year=2000):
        return "years"
    return "days" if seconds % _DAY == 0 else "days-1s" if (seconds + 1) % _DAY == 0 else "odd"


def serial_shape(serial: str | None) -> str:
    """The size of a serial in bits, rounded up to what generators draw (16, 32, 64, 128, 160), or a word."""
    if serial is None:
        return "?"
    if serial[0] == "-":
        return "negative"
    if serial == "0":
        return "zero"
    bits = len(serial) * 4
    return next((str(size) for size in (16, 32, 64, 128, 160) if bits <= size), "long")

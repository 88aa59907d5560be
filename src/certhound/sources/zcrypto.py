"""The JSON in which ZMap's zcrypto, and Censys after it, write a certificate (github.com/zmap/zcrypto, x509)."""

from __future__ import annotations

import re

from certhound.sources.certificate_values import (
    Values,
    hash_column,
    of_names,
    record_at,
    serial_of_decimal,
    serial_of_hex,
    text_of,
    texts_of,
)
from certhound.sources.zeek.json_text import Record
from certhound.x509.oids import SIGNATURE_ALGORITHMS

_CURVES = {"p-224": "secp224r1", "p-256": "secp256r1", "p-384": "secp384r1", "p-521": "secp521r1"}
KEY_TYPES = {"rsa": "rsa", "ecdsa": "ec", "dsa": "dsa", "ed25519": "ed25519", "x25519": "x25519"}
_SIGNATURES = {
    "sha1-rsa": "sha1WithRSAEncryption", "sha256-rsa": "sha256WithRSAEncryption",
    "sha384-rsa": "sha384WithRSAEncryption", "sha512-rsa": "sha512WithRSAEncryption",
    "md5-rsa": "md5WithRSAEncryption", "md2-rsa": "md2WithRSAEncryption", "ecdsa-sha1": "ecdsa-with-SHA1",
    "ecdsa-sha256": "ecdsa-with-SHA256", "ecdsa-sha384": "ecdsa-with-SHA384", "ecdsa-sha512": "ecdsa-with-SHA512",
    "sha1withrsa": "sha1WithRSAEncryption", "sha256withrsa": "sha256WithRSAEncryption",
}  # fmt: skip
_NAME_KEYS = (
    ("country", "C"), ("province", "ST"), ("locality", "L"), ("organization", "O"), ("organizational_unit", "OU"),
    ("common_name", "CN"), ("email_address", "emailAddress"), ("serial_number", "serialNumber"),
    ("domain_component", "DC"), ("street_address", "street"), ("postal_code", "postalCode"), ("surname", "SN"),
    ("given_name", "GN"),
)  # fmt: skip


def of_parsed(record: Record) -> Values:
    """What ``parsed`` (or zcrypto's bare JSON) says of a certificate, and the hashes that stand beside it or in it."""
    parsed = record_at(record, "parsed") or record
    validity = record_at(parsed, "validity_period") or record_at(parsed, "validity")
    values: Values = {
        **of_names(
            text_of(parsed.get("subject_dn")) or _name(parsed.get("subject")),
            text_of(parsed.get("issuer_dn")) or _name(parsed.get("issuer")),
        ),
        "cert_serial": serial_of_hex(parsed.get("serial_number_hex")) or serial_of_decimal(parsed.get("serial_number")),
        "cert_not_before": text_of(validity.get("not_before")) or text_of(validity.get("start")),
        "cert_not_after": text_of(validity.get("not_after")) or text_of(validity.get("end")),
        "version": text_of(parsed.get("version")),
        "signature_algorithm": _signature(parsed),
        **_key(record_at(parsed, "subject_key_info")),
        **_extensions(record_at(parsed, "extensions")),
    }
    for holder in (parsed, record):
        for key in ("fingerprint_md5", "fingerprint_sha1", "fingerprint_sha256", "fingerprint"):
            values |= hash_column(holder.get(key))
    if not values.get("cert_san"):
        names = texts_of(record.get("names") or parsed.get("names"))
        values |= {"cert_san": names, "san_dns": names}
    return values


def _signature(parsed: Record) -> str | None:
    found = (
        record_at(parsed, "signature_algorithm")
        or record_at(parsed, "signature", "signature_algorithm")
        or {"name": text_of(record_at(parsed, "signature").get("signature_algorithm"))}
    )
    name = text_of(found.get("name"))
    by_name = _SIGNATURES.get(name.lower(), name) if name else None
    return SIGNATURE_ALGORITHMS.get(text_of(found.get("oid")) or "", by_name)


def _key(info: Record) -> Values:
    name = (text_of(record_at(info, "key_algorithm").get("name")) or "").lower()
    rsa = record_at(info, "rsa_public_key") or record_at(info, "rsa")
    ec = record_at(info, "ecdsa_public_key") or record_at(info, "ecdsa")
    curve = text_of(ec.get("curve"))
    return {
        "key_type": KEY_TYPES.get(name, name or None),
        "key_bits": text_of(rsa.get("length")) or text_of(ec.get("length")),
        "curve": _CURVES.get(curve.lower(), curve) if curve else None,
    }


def _extensions(found: Record) -> Values:
    names = record_at(found, "subject_alt_name")
    lists = {
        "san_dns": texts_of(names.get("dns_names")),
        "san_ip": texts_of(names.get("ip_addresses")),
        "san_email": texts_of(names.get("email_addresses")),
        "san_uri": texts_of(names.get("uniform_resource_identifiers")),
    }
    is_ca = record_at(found, "basic_constraints").get("is_ca")
    return {
        **lists,
        "cert_san": [name for each in lists.values() for name in each],
        "is_ca": is_ca if isinstance(is_ca, bool) else None,
    }


def _name(value: object) -> str | None:
    name = record_at(value)
    parts = [f"{short}={_escaped(text)}" for key, short in _NAME_KEYS for text in texts_of(name.get(key))]
    return ",".join(reversed(parts)) or None


def _escaped(text: str) -> str:
    return re.sub(r'([,+"\\<>;])', r"\\\1", text)

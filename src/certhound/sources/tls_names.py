"""Names of what TLS writes as numbers: cipher suites, groups, alerts, versions.

Cipher suites are named as in IANA's registry (content/lists/tls_cipher_suites.csv), groups and alerts as Zeek writes
them, so that records of different sensors say the same. What has no name is ``unknown-N``.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

GREASE = frozenset(0x1010 * n + 0x0A0A for n in range(16))
"""Values that clients strew in so that servers stay tolerant (RFC 8701)."""

VERSIONS = {
    0x0002: "ssl2.0",
    0x0300: "ssl3.0",
    0x0301: "1.0",
    0x0302: "1.1",
    0x0303: "1.2",
    0x0304: "1.3",
    0xFEFF: "dtls1.0",
    0xFEFD: "dtls1.2",
    0xFEFC: "dtls1.3",
}
_TLS13_DRAFTS = 0x7F00

GROUPS = {
    19: "secp192r1", 21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1",
    26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1", 29: "x25519", 30: "x448", 41: "curveSM2",
    256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192", 512: "MLKEM512",
    513: "MLKEM768", 514: "MLKEM1024", 4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768", 4589: "SecP384r1MLKEM1024",
    25497: "X25519Kyber768Draft00",
}  # fmt: skip
"""Supported groups (IANA, TLS parameters)."""

ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
    110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
    116: "certificate_required", 120: "no_application_protocol", 121: "ech_required",
}  # fmt: skip
"""Alert descriptions (RFC 8446, 6)."""


@cache
def _cipher_suites() -> dict[int, str]:
    text = resources.files("certhound").joinpath("content/lists/tls_cipher_suites.csv").read_text("utf-8")
    return {int(row["code"], 16): row["name"] for row in csv.DictReader(text.splitlines())}


def cipher_name(code: int) -> str:
    """IANA's name of a cipher suite."""
    return _cipher_suites().get(code) or f"unknown-{code}"


def version_name(code: int) -> str:
    """The version as the column ``tls_version`` writes it; drafts of TLS 1.3 count as 1.3."""
    if code & 0xFF00 == _TLS13_DRAFTS:
        return "1.3"
    return VERSIONS.get(code) or f"unknown-{code}"


def group_name(code: int) -> str:
    return GROUPS.get(code) or f"unknown-{code}"


def alert_name(code: int) -> str:
    return ALERTS.get(code) or f"unknown-{code}"

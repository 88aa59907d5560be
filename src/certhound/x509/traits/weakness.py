"""Keys that are too short and digests that are broken."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait

_LEAST_RSA = 2048
_LEAST_EC = 224
_BROKEN = ("md2", "md4", "md5", "sha1", "sha-1")


def _what(facts: Facts) -> str | None:
    # What a public CA vouches for keeps to its rules; the sensor's word on all others is read once each.
    if facts.self_issued is False and not facts.has_der:
        return None
    kind, bits = (facts.key_type or "").lower(), facts.key_bits
    if kind == "rsa" and bits is not None and 0 < bits < _LEAST_RSA:
        return f"RSA key of {bits} bits"
    if kind == "ec" and bits is not None and 0 < bits < _LEAST_EC:
        return f"EC key of {bits} bits"
    if kind == "dsa":
        return "DSA key"
    algorithm = (facts.signature_algorithm or "").lower()
    broken = next((name for name in _BROKEN if name in algorithm), None)
    return f"signature {facts.signature_algorithm}" if broken else None


TRAITS = (
    Trait("weakness", Kind.TEXT, "a key that is too short, or a signature with a broken digest, in words", _what),
)

"""Does this key verify that certificate's signature? Over `cryptography`, with every failure mapped to a value.

Algorithms are taken from the certificate's outer AlgorithmIdentifier (RFC 5280, 4.1.1.2; RFC 4055 for PSS; RFC 8410;
RFC 9881). Nothing is remembered between calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certhound.x509.der import INTEGER, OID, DerError, children, element, integer, span, whole
from certhound.x509.keys import read_key
from certhound.x509.oids import oid_text

if TYPE_CHECKING:
    from certhound.x509.certificate import Certificate

MAX_KEY_BITS = 16_384
"""Checks with larger RSA or DSA keys are not tried: a hostile server could make each cost seconds."""

MAX_EXPONENT_BYTES = 8
"""The same for RSA exponents; every real one is four bytes or less."""

_SHA1 = "1.3.14.3.2.26"
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    _SHA1: hashes.SHA1,
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
    "2.16.840.1.101.3.4.2.4": hashes.SHA224,
    "2.16.840.1.101.3.4.2.8": hashes.SHA3_256,
    "2.16.840.1.101.3.4.2.9": hashes.SHA3_384,
    "2.16.840.1.101.3.4.2.10": hashes.SHA3_512,
}

_SCHEMES: dict[str, tuple[str, type[hashes.HashAlgorithm]]] = {
    "1.2.840.113549.1.1.4": ("rsa", hashes.MD5),
    "1.3.14.3.2.3": ("rsa", hashes.MD5),
    "1.2.840.113549.1.1.5": ("rsa", hashes.SHA1),
    "1.3.14.3.2.29": ("rsa", hashes.SHA1),
    "1.2.840.113549.1.1.11": ("rsa", hashes.SHA256),
    "1.2.840.113549.1.1.12": ("rsa", hashes.SHA384),
    "1.2.840.113549.1.1.13": ("rsa", hashes.SHA512),
    "1.2.840.113549.1.1.14": ("rsa", hashes.SHA224),
    "2.16.840.1.101.3.4.3.14": ("rsa", hashes.SHA3_256),
    "2.16.840.1.101.3.4.3.15": ("rsa", hashes.SHA3_384),
    "2.16.840.1.101.3.4.3.16": ("rsa", hashes.SHA3_512),
    "1.2.840.10045.4.1": ("ec", hashes.SHA1),
    "1.2.840.10045.4.3.1": ("ec", hashes.SHA224),
    "1.2.840.10045.4.3.2": ("ec", hashes.SHA256),
    "1.2.840.10045.4.3.3": ("ec", hashes.SHA384),
    "1.2.840.10045.4.3.4": ("ec", hashes.SHA512),
    "2.16.840.1.101.3.4.3.10": ("ec", hashes.SHA3_256),
    "2.16.840.1.101.3.4.3.11": ("ec", hashes.SHA3_384),
    "2.16.840.1.101.3.4.3.12": ("ec", hashes.SHA3_512),
    "1.2.840.10040.4.3": ("dsa", hashes.SHA1),
    "2.16.840.1.101.3.4.3.1": ("dsa", hashes.SHA224),
    "2.16.840.1.101.3.4.3.2": ("dsa", hashes.SHA256),
    "2.16.840.1.101.3.4.3.3": ("dsa", hashes.SHA384),
    "2.16.840.1.101.3.4.3.4": ("dsa", hashes.SHA512),
}
_PSS = "1.2.840.113549.1.1.10"
_PURE = {
    "1.3.101.112": "ed25519",
    "1.3.101.113": "ed448",
    "2.16.840.1.101.3.4.3.17": "ml-dsa-44",
    "2.16.840.1.101.3.4.3.18": "ml-dsa-65",
    "2.16.840.1.101.3.4.3.19": "ml-dsa-87",
}


def verify_signature(certificate: Certificate, issuer_spki_der: bytes) -> bool | None:
    """Whether the key in ``issuer_spki_der`` (a SubjectPublicKeyInfo) made the certificate's signature.

    None where that cannot be told: no signature or key, an algorithm that is not supported, a key that no library
    loads or that is too large to try. A key of another kind than the algorithm needs is False. Never raises.
    """
    oid = certificate.signature_oid
    if oid is None or not certificate.signature or not issuer_spki_der:
        return None
    if oid not in _SCHEMES and oid not in _PURE and oid != _PSS:
        return None
    try:
        if _too_costly(issuer_spki_der):
            return None
        key = load_der_public_key(issuer_spki_der)
    except (ValueError, TypeError, IndexError, OverflowError, UnsupportedAlgorithm):
        return None
    try:
        return _verify(certificate, oid, key)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        return None
    except (ValueError, TypeError, IndexError, OverflowError):
        return False  # Key and algorithm are good, so what OpenSSL cannot even try (e.g. too short a key) is no match.


def _too_costly(spki: bytes) -> bool:
    start, stop, _ = span(spki, 0, len(spki))
    facts, size, _problem = read_key(spki, start, stop)
    if facts.kind == "rsa":
        bits = element(spki, span(spki, start, stop)[2], stop)
        pair = element(spki, bits.start + 1, bits.stop)
        exponent = list(children(spki, pair.start, pair.stop, 3))[1]
        if exponent.stop - exponent.start > MAX_EXPONENT_BYTES:
            return True
    return (size or 0) > MAX_KEY_BITS


def _verify(certificate: Certificate, oid: str, key: object) -> bool | None:
    signature, signed = certificate.signature, certificate.tbs_der
    if oid in _PURE:
        return _verify_pure(_PURE[oid], key, signature, signed)
    if oid == _PSS:
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        algorithm, scheme = _pss(certificate.signature_algorithm_der)
        key.verify(signature, signed, scheme, algorithm)
        return True
    kind, hash_type = _SCHEMES[oid]
    if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), hash_type())
    elif kind == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(hash_type()))
    elif kind == "dsa" and isinstance(key, dsa.DSAPublicKey):
        key.verify(signature, signed, hash_type())
    else:
        return False
    return True


def _verify_pure(kind: str, key: object, signature: bytes, signed: bytes) -> bool | None:
    if isinstance(key, ed25519.Ed25519PublicKey):
        fits = kind == "ed25519"
    elif isinstance(key, ed448.Ed448PublicKey):
        fits = kind == "ed448"
    else:
        # ML-DSA classes exist only in builds of cryptography whose OpenSSL has them.
        fits = type(key).__name__.lower().startswith(kind.replace("-", ""))
    if not fits:
        return False
    key.verify(signature, signed)  # type: ignore[attr-defined]
    return True


def _pss(raw: bytes) -> tuple[hashes.HashAlgorithm, padding.PSS]:
    """Hash and padding of an RSASSA-PSS AlgorithmIdentifier; absent parts have the defaults of RFC 4055."""
    outer = element(raw, 0, len(raw))
    position = whole(raw, outer.start, outer.stop, OID, "algorithm").after
    algorithm: hashes.HashAlgorithm = _HASHES[_SHA1]()
    masked: hashes.HashAlgorithm = _HASHES[_SHA1]()
    salt = 20
    for parameters in children(raw, position, outer.stop, 1):
        for part in children(raw, parameters.start, parameters.stop, 4):
            inner = element(raw, part.start, part.stop)
            if part.tag == 0xA0:
                algorithm = _hash(raw, inner.start, inner.stop)
            elif part.tag == 0xA1:
                after = whole(raw, inner.start, inner.stop, OID, "mask").after
                held = element(raw, after, inner.stop)
                masked = _hash(raw, held.start, held.stop)
            elif part.tag == 0xA2 and inner.tag == INTEGER:
                salt = integer(raw[inner.start : inner.stop])
    if not 0 <= salt <= MAX_KEY_BITS // 8:
        raise DerError("salt of no usable length")
    return algorithm, padding.PSS(mgf=padding.MGF1(masked), salt_length=salt)


def _hash(raw: bytes, start: int, stop: int) -> hashes.HashAlgorithm:
    kind = whole(raw, start, stop, OID, "hash")
    found = _HASHES.get(oid_text(raw[kind.start : kind.stop]))
    if found is None:
        raise UnsupportedAlgorithm("hash of the PSS parameters")
    return found()

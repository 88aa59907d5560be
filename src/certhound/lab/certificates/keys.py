"""Key pairs from a seed: the same seed and label give the same key for ever.

These keys are for the lab alone. Whoever knows the seed knows the private key, which is the point: a recording can
be made again, and its certificates stay the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from certhound.lab.certificates import der

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - some tools sign their defaults with it
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_RSA_SIGNATURES = {
    "sha1": "1.2.840.113549.1.1.5",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_ECDSA_SIGNATURES = {
    "sha1": "1.2.840.10045.4.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}


def _small_primes(limit: int) -> list[int]:
    sieve = bytearray([1]) * limit
    sieve[:2] = b"\0\0"
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return [number for number in range(3, limit) if sieve[number]]


_SMALL_PRIMES = _small_primes(30_000)
_WINDOW = 8192


def _prime(rng: Random, bits: int) -> int:
    """A prime of exactly ``bits`` bits whose two top bits are set, so that two of them multiply to ``2 * bits``."""
    while True:
        start = rng.getrandbits(bits) | (3 << (bits - 2)) | 1
        composite = bytearray(_WINDOW)
        for small in _SMALL_PRIMES:
            first = (-start * pow(2, -1, small)) % small
            composite[first::small] = b"\1" * len(range(first, _WINDOW, small))
        for step in range(_WINDOW):
            candidate = start + 2 * step
            if not composite[step] and pow(2, candidate - 1, candidate) == 1 and _is_prime(candidate, rng):
                return candidate


def _is_prime(number: int, rng: Random) -> bool:
    """Miller-Rabin with four random bases; enough for numbers that nobody chose to deceive."""
    odd, twos = number - 1, 0
    while not odd & 1:
        odd, twos = odd >> 1, twos + 1
    for _ in range(4):
        x = pow(rng.randrange(2, number - 1), odd, number)
        if x in (1, number - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % number
            if x == number - 1:
                break
        else:
            return False
    return True


def _rsa_key(rng: Random, bits: int) -> rsa.RSAPrivateKey:
    exponent = 65537
    while True:
        p, q = _prime(rng, bits // 2), _prime(rng, bits // 2)
        if p != q and (p - 1) % exponent and (q - 1) % exponent:
            break
    d = pow(exponent, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(exponent, p * q),
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@dataclass(frozen=True)
class Key:
    """A key pair of the lab with what certificates need of it."""

    private: PrivateKey

    @property
    def is_rsa(self) -> bool:
        """Whether the key is an RSA key."""
        return isinstance(self.private, rsa.RSAPrivateKey)

    @cached_property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @cached_property
    def identifier(self) -> bytes:
        """Key identifier: SHA-1 of the subjectPublicKey bits (RFC 5280, 4.2.1.2, method 1), 20 bytes."""
        bits = list(der.children(der.read(self.spki)[1]))[1][1][1:]
        return hashlib.sha1(bits, usedforsecurity=False).digest()

    @cached_property
    def pem(self) -> bytes:
        """The private key, PEM, not encrypted."""
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )

    def algorithm(self, digest: str) -> bytes:
        """AlgorithmIdentifier of a signature by this key with ``sha1``, ``sha256``, ``sha384`` or ``sha512``."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return der.sequence(der.oid(_RSA_SIGNATURES[digest]), der.null())
        return der.sequence(der.oid(_ECDSA_SIGNATURES[digest]))

    def sign(self, message: bytes, digest: str) -> bytes:
        """Signature that is the same every time: PKCS#1 v1.5, or ECDSA with the nonce of RFC 6979."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(message, padding.PKCS1v15(), _HASHES[digest])
        return self.private.sign(message, ec.ECDSA(_HASHES[digest], deterministic_signing=True))


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Makes the keys of one seed; asking twice for a label gives the same key."""

    seed: int
    _made: dict[tuple[str, str], Key] = field(default_factory=dict)

    def rsa(self, label: str, bits: int = 2048) -> Key:
        """RSA key of ``bits`` bits (2048: about 0.2 s, 4096: a few seconds)."""
        return self._get(label, f"rsa{bits}")

    def ec(self, label: str, curve: str = "P-256") -> Key:
        """ECDSA key on ``P-256`` or ``P-384``."""
        return self._get(label, curve)

    def _get(self, label: str, kind: str) -> Key:
        key = self._made.get((label, kind))
        if key is None:
            key = self._made[label, kind] = _make(f"{self.seed}/{kind}/{label}", kind)
        return key


def _make(seed: str, kind: str) -> Key:
    rng = Random(seed)  # noqa: S311 - repeatable on purpose, see the module's head
    if kind.startswith("rsa"):
        return Key(_rsa_key(rng, int(kind[3:])))
    curve = _CURVES[kind]
    return Key(ec.derive_private_key(rng.getrandbits(curve.key_size - 1) | 1, curve))

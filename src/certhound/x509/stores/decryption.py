"""Decryption of what was encrypted by an empty password: PBES2 (RFC 8018), and PKCS#12's own ways (RFC 7292, B and C).

How many iterations a key takes is said by the file, so all of a file's together have a budget.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from certhound.x509.der import OCTET_STRING, OID, SEQUENCE, DerError, Element, children, element, integer
from certhound.x509.oids import oid_bytes
from certhound.x509.stores.rc2 import decrypt_cbc

MAX_ITERATIONS = 3_000_000
"""Of all key derivations of a file together; usual are 2,048 to 600,000 for each."""

_PBES2, _PBKDF2 = oid_bytes("1.2.840.113549.1.5.13"), oid_bytes("1.2.840.113549.1.5.12")
_CIPHERS = {
    oid_bytes("2.16.840.1.101.3.4.1.2"): ("aes", 16),
    oid_bytes("2.16.840.1.101.3.4.1.22"): ("aes", 24),
    oid_bytes("2.16.840.1.101.3.4.1.42"): ("aes", 32),
    oid_bytes("1.2.840.113549.3.7"): ("3des", 24),
}
_HASHES = {
    oid_bytes("1.2.840.113549.2.7"): "sha1",
    oid_bytes("1.2.840.113549.2.8"): "sha224",
    oid_bytes("1.2.840.113549.2.9"): "sha256",
    oid_bytes("1.2.840.113549.2.10"): "sha384",
    oid_bytes("1.2.840.113549.2.11"): "sha512",
}
_OWN = {
    oid_bytes("1.2.840.113549.1.12.1.3"): ("3des", 24),
    oid_bytes("1.2.840.113549.1.12.1.4"): ("3des", 16),
    oid_bytes("1.2.840.113549.1.12.1.5"): ("rc2", 16),
    oid_bytes("1.2.840.113549.1.12.1.6"): ("rc2", 5),
}
_EMPTY = (b"\0\0", b"")
"""The empty password as PKCS#12 writes it, and as those do who take it for none."""


class Undecided(ValueError):
    """Not encrypted by an empty password, or in a way that is not known here (then it says which)."""


class TooDear(ValueError):
    """More iterations than the budget has."""


@dataclass(slots=True)
class Budget:
    """Iterations that are left for a file."""

    left: int = MAX_ITERATIONS

    def spend(self, iterations: int) -> None:
        if not 0 < iterations <= self.left:
            raise TooDear(f"{iterations} iterations")
        self.left -= iterations


def decrypted(parts: tuple[bytes, bytes], budget: Budget) -> bytes:
    """What an algorithm identifier and encrypted bytes give with an empty password.

    Raises Undecided, TooDear, or DerError where the parameters cannot be read.
    """
    algorithm, secret = parts
    outer = element(algorithm, 0, len(algorithm))
    name, parameters, *_ = _parts(algorithm, outer)
    oid = algorithm[name.start : name.stop]
    if oid == _PBES2:
        tries = _pbes2(algorithm, parameters, secret, budget)
    elif oid in _OWN:
        tries = _own(algorithm, parameters, secret, budget, _OWN[oid])
    else:
        raise Undecided("an algorithm that is not known here")
    for plain in tries:
        if plain is not None and _is_bags(plain):
            return plain
    raise Undecided("")


def _parts(data: bytes, outer: Element) -> list[Element]:
    """What an element holds, two parts at least. Raises DerError."""
    found = list(children(data, outer.start, outer.stop, 8))
    if len(found) < 2:
        raise DerError("an algorithm without its parameters")
    return found


def _pbes2(data: bytes, parameters: Element, secret: bytes, budget: Budget) -> Iterator[bytes | None]:
    derivation, scheme = _parts(data, parameters)[:2]
    name, values = _parts(data, derivation)[:2]
    cipher, vector = _parts(data, scheme)[:2]
    known = _CIPHERS.get(data[cipher.start : cipher.stop])
    if data[name.start : name.stop] != _PBKDF2 or known is None:
        raise Undecided("an algorithm that is not known here")
    salt, count, *more = _parts(data, values)
    digest = "sha1"
    for each in more:
        if each.tag == SEQUENCE:
            oid = element(data, each.start, each.stop)
            digest = _HASHES.get(data[oid.start : oid.stop], "") if oid.tag == OID else ""
    if not digest or salt.tag != OCTET_STRING:
        raise Undecided("a way of making keys that is not known here")
    iterations = integer(data[count.start : count.stop])
    for password in (b"", b"\0\0"):
        budget.spend(iterations)
        key = hashlib.pbkdf2_hmac(digest, password, data[salt.start : salt.stop], iterations, known[1])
        yield _decrypt(known[0], key, data[vector.start : vector.stop], secret)


def _own(
    data: bytes, parameters: Element, secret: bytes, budget: Budget, known: tuple[str, int]
) -> Iterator[bytes | None]:
    salt, count = _parts(data, parameters)[:2]
    iterations = integer(data[count.start : count.stop])
    for password in _EMPTY:
        budget.spend(3 * iterations)
        salted = data[salt.start : salt.stop]
        key = pkcs12_key(1, password, salted, iterations, known[1])
        yield _decrypt(known[0], key, pkcs12_key(2, password, salted, iterations, 8), secret)


def pkcs12_key(purpose: int, password: bytes, salt: bytes, iterations: int, size: int) -> bytes:
    """Key material by RFC 7292, B.2, with SHA-1: purpose 1 for a key, 2 for an initial vector."""
    block = 64
    filled = _filled(salt, block) + _filled(password, block)
    made = b""
    while True:
        digest = hashlib.sha1(bytes((purpose,)) * block + filled).digest()  # noqa: S324 -- the format's
        for _ in range(1, iterations):
            digest = hashlib.sha1(digest).digest()  # noqa: S324
        made += digest
        if len(made) >= size:
            return made[:size]
        plus = int.from_bytes(_filled(digest, block)[:block], "big") + 1
        numbers = (int.from_bytes(filled[at : at + block], "big") + plus for at in range(0, len(filled), block))
        filled = b"".join((number % (1 << 8 * block)).to_bytes(block, "big") for number in numbers)


def _filled(value: bytes, block: int) -> bytes:
    """A value repeated to whole blocks; nothing stays nothing."""
    size = -(-len(value) // block) * block
    return (value * (size // len(value) + 1))[:size] if value else b""


def _decrypt(cipher: str, key: bytes, vector: bytes, secret: bytes) -> bytes | None:
    if not secret:
        return None
    try:
        plain = decrypt_cbc(key, vector, secret) if cipher == "rc2" else _block_cipher(cipher, key, vector, secret)
    except ValueError:
        return None  # not whole blocks, or a vector of another length
    pad = plain[-1]
    return plain[:-pad] if 0 < pad <= 16 and plain.endswith(bytes((pad,)) * pad) else None


def _block_cipher(cipher: str, key: bytes, vector: bytes, secret: bytes) -> bytes:
    decryptor = Cipher(AES(key) if cipher == "aes" else _triple_des(key), CBC(vector)).decryptor()
    return decryptor.update(secret) + decryptor.finalize()


def _triple_des(key: bytes) -> CipherAlgorithm:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    return TripleDES(key)


def _is_bags(plain: bytes) -> bool:
    """Whether these bytes are SafeContents and not what a wrong password gives."""
    try:
        outer = element(plain, 0, len(plain))
        if outer.tag != SEQUENCE or outer.after != len(plain):
            return False
        bags = list(children(plain, outer.start, outer.stop, 10_000))
        return all(each.tag == SEQUENCE and plain[each.start : each.start + 1] == b"\x06" for each in bags)
    except DerError:
        return False

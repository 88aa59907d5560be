"""SubjectPublicKeyInfo to key type, size and curve, without asking a library to accept the key (RFC 5280, 4.1.2.7)."""

from __future__ import annotations

from typing import NamedTuple

from certhound.x509.der import BIT_STRING, INTEGER, OID, SEQUENCE, DerError, span, whole, why
from certhound.x509.oids import CURVES, KEY_TYPES, oid_text


class KeyFacts(NamedTuple):
    """What the algorithm of a SubjectPublicKeyInfo states; ``bits`` where it fixes the size of the key.

    ``kind`` is ``rsa``, ``ec``, ``dsa``, ``ed25519``, ``ml-dsa-65`` and so on, else the dotted algorithm;
    ``curve`` a name, a dotted identifier, or ``explicit``.
    """

    kind: str
    bits: int | None
    curve: str | None
    oid: str


_MEMO_BYTES = 256
_MEMO_ENTRIES = 1024
_algorithms: dict[bytes, KeyFacts] = {}


def read_key(data: bytes, start: int, stop: int) -> tuple[KeyFacts, int | None, str]:
    """(facts, bits, problem) of the SubjectPublicKeyInfo whose content lies between two positions.

    Raises DerError or IndexError where not even the algorithm can be read.
    """
    _, algorithm_stop, position = span(data, start, stop)
    if data[start] != SEQUENCE or position > stop:
        raise DerError("public key without an algorithm")
    raw = data[start:algorithm_stop]
    facts = _algorithms.get(raw) or _read_algorithm(raw)
    if facts[1] is not None:
        return facts, facts[1], ""
    try:
        key_start, key_stop, key_after = span(data, position, stop)
        if data[position] != BIT_STRING or key_after > stop:
            return facts, None, "public key is no whole bit string"
        return facts, _size(facts[0], data, key_start + 1, key_stop), ""
    except (DerError, IndexError) as error:
        return facts, None, f"size of the public key cannot be read: {why(error)}"


def _size(kind: str, data: bytes, start: int, stop: int) -> int | None:
    if kind == "rsa":
        start, stop, _ = span(data, start, stop)
        return _integer_bits(data, start, stop)
    if kind == "ec":
        # An uncompressed point is 04, x, y; a compressed one 02 or 03 and x.
        length = stop - start - 1
        return length * 4 if data[start] == 4 else length * 8
    if kind.startswith(("ml-", "slh-")):
        return (stop - start) * 8
    return None


def _integer_bits(data: bytes, start: int, stop: int) -> int:
    if data[start] != INTEGER:
        raise DerError(f"tag {data[start]:#04x} where an integer belongs")
    start, stop, after = span(data, start, stop)
    if after > stop:
        raise DerError("integer is cut")
    while start < stop and data[start] == 0:
        start += 1
    return (stop - start - 1) * 8 + data[start].bit_length() if start < stop else 0


def _read_algorithm(raw: bytes) -> KeyFacts:
    outer = whole(raw, 0, len(raw), SEQUENCE, "key algorithm")
    kind = whole(raw, outer.start, outer.stop, OID, "key algorithm")
    oid = oid_text(raw[kind.start : kind.stop])
    name, bits = KEY_TYPES.get(oid, (oid, None))
    curve: str | None = None
    try:
        if name == "ec":
            curve, bits = _read_curve(raw, kind.after, outer.stop)
        elif name == "dsa" and kind.after < outer.stop:
            parameters = whole(raw, kind.after, outer.stop, SEQUENCE, "DSA parameters")
            bits = _integer_bits(raw, parameters.start, parameters.stop)
    except (DerError, IndexError):
        curve = curve or None  # Parameters that cannot be read leave the type and cost only the size.
    facts = KeyFacts(name, bits, curve, oid)
    if len(raw) <= _MEMO_BYTES:
        if len(_algorithms) >= _MEMO_ENTRIES:
            _algorithms.clear()
        _algorithms[raw] = facts
    return facts


def _read_curve(raw: bytes, position: int, limit: int) -> tuple[str | None, int | None]:
    if position >= limit:
        return None, None
    if raw[position] != OID:
        return "explicit" if raw[position] == SEQUENCE else None, None
    start, stop, _ = span(raw, position, limit)
    oid = oid_text(raw[start:stop])
    return CURVES.get(oid, (oid, None))

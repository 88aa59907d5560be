"""RC2 in CBC mode, decryption only (RFC 2268): what PKCS#12 of the nineties, and much of today's, is encrypted with.

No library that is kept offers it with short keys. It protects nothing; it is read.
"""

from __future__ import annotations

import struct

PITABLE = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
_SHIFTS = (1, 2, 3, 5)
_PLAN = ("mix",) * 5 + ("mash",) + ("mix",) * 6 + ("mash",) + ("mix",) * 5


def decrypt_cbc(key: bytes, vector: bytes, secret: bytes) -> bytes:
    """Plain bytes, padding and all; as many bits of the key count as it has. Raises ValueError on broken sizes."""
    if len(vector) != 8 or len(secret) % 8 or not 1 <= len(key) <= 128:
        raise ValueError("sizes do not fit")
    words = _expanded(key)
    made: list[bytes] = []
    before = int.from_bytes(vector, "big")
    for at in range(0, len(secret), 8):
        block = secret[at : at + 8]
        made.append((int.from_bytes(_block(block, words), "big") ^ before).to_bytes(8, "big"))
        before = int.from_bytes(block, "big")
    return b"".join(made)


def _expanded(key: bytes) -> tuple[int, ...]:
    size = len(key)
    table = bytearray(key.ljust(128, b"\0"))
    for at in range(size, 128):
        table[at] = PITABLE[(table[at - 1] + table[at - size]) & 255]
    table[128 - size] = PITABLE[table[128 - size]]
    for at in range(127 - size, -1, -1):
        table[at] = PITABLE[table[at + 1] ^ table[at + size]]
    return struct.unpack("<64H", table)


def _block(block: bytes, words: tuple[int, ...]) -> bytes:
    r = list(struct.unpack("<4H", block))
    at = 63
    for step in _PLAN:
        for i in (3, 2, 1, 0):
            if step == "mash":
                r[i] = (r[i] - words[r[i - 1] & 63]) & 0xFFFF
                continue
            shift = _SHIFTS[i]
            turned = (r[i] >> shift | r[i] << 16 - shift) & 0xFFFF
            r[i] = (turned - words[at] - (r[i - 1] & r[i - 2]) - (~r[i - 1] & r[i - 3])) & 0xFFFF
            at -= 1
    return struct.pack("<4H", *r)

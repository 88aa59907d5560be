"""Structure-aware mutants of certificates, from a seed: what hostile or broken servers send.

`mutants(ders, seed)` is an endless, repeatable stream. A mutant begins with a real certificate and goes through one to
three of the mutations below; those that change a length inside the structure mend the lengths around it half of the
time, so that the damage reaches the inner readers too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

TAGS = (
    *(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1C, 0x1E, 0x30, 0x31),
    *(0x80, 0x81, 0x82, 0x86, 0x87, 0xA0, 0xA3, 0xA4, 0x00, 0x1F, 0x3F, 0xFF),
)
TIMES = (
    *(b"500101000000Z", b"491231235959Z", b"991231235959Z", b"000000000000Z", b"9912312359Z", b"250101000000+0100"),
    *(b"250230000000Z", b"250101240000Z", b"250101000060Z", b"", b"Z", b"-50101000000Z", b"2501010000", b"25010100Z"),
    *(b"00000101000000Z", b"99991231235959Z", b"20250101000000.5Z", b"20250101000000", b"0001010100000Z", b"2025\x00"),
    *(
        b"19500101000000Z",
        b"20500101000000-1200",
        b"\xff" * 13,
        b"250101000000z",
        b" 50101000000Z",
        b"25010100000\xd9Z",
    ),
)
STRINGS = (
    b"",
    b"\0",
    b"a\0b",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"<script>",
    b"=cmd|' /C calc'!A0",
    b"\x1b[2J",
    b"a" * 5000,
)
INTEGERS = (b"", b"\0", b"\xff", b"\x80", b"\0\0\0\1", b"\xff\xff\x80", b"\x7f" * 300, b"\x80" + b"\0" * 40, b"\x01")
MAX_BYTES = 60_000


class Node(NamedTuple):
    """One element as it stands: where it begins, where its content begins and stops, and how deep it lies."""

    at: int
    start: int
    stop: int
    depth: int


def nodes(data: bytes) -> list[Node]:
    """All elements of well-formed DER, also those wrapped in octet strings; broken parts are passed over."""
    found: list[Node] = []
    todo = [(0, len(data), 0)]
    while todo and len(found) < 2000:
        at, limit, depth = todo.pop()
        while at + 2 <= limit and depth < 40:
            start, stop = _bounds(data, at)
            if stop > limit:
                break
            found.append(Node(at, start, stop, depth))
            if data[at] & 0x20 or (data[at] == 0x04 and stop - start > 2):
                todo.append((start, stop, depth + 1))
            at = stop
    return found


def _bounds(data: bytes, at: int) -> tuple[int, int]:
    length = data[at + 1]
    if length < 0x80:
        return at + 2, at + 2 + length
    count = length & 0x7F
    start = at + 2 + count
    return start, start + int.from_bytes(data[at + 2 : start], "big")


def header(tag: int, size: int) -> bytes:
    if size < 0x80:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length


def replace(data: bytes, node: Node, element: bytes) -> bytes:
    """Put an element in a node's place and mend every length around it."""
    around = [n for n in nodes(data) if n.start <= node.at and node.stop <= n.stop and n.at != node.at]
    inner = element
    position, stop = node.at, node.stop
    for outer in sorted(around, key=lambda n: -n.depth):
        content = data[outer.start : position] + inner + data[stop : outer.stop]
        inner = header(data[outer.at], len(content)) + content
        position, stop = outer.at, outer.stop
    return data[:position] + inner + data[stop:]


def swap(data: bytes, node: Node, content: bytes, rng: random.Random, tag: int | None = None) -> bytes:
    """Give a node other content: with all lengths mended, or with the old lengths left as lies."""
    new = header(data[node.at] if tag is None else tag, len(content)) + content
    if rng.random() < 0.7:
        return replace(data, node, new)
    return data[: node.at] + new + data[node.stop :]


Mutation = Callable[[bytes, random.Random], bytes]


def flip(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def set_byte(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    out[rng.randrange(len(out))] = rng.choice((0, 1, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF))
    return bytes(out)


def truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def append(data: bytes, rng: random.Random) -> bytes:
    return data + rng.choice((b"\0", b"\n", b"\0\0", rng.randbytes(rng.randrange(1, 40)), data[: rng.randrange(80)]))


def remove_bytes(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randrange(1, 20) :]


def _pick(data: bytes, rng: random.Random, tags: Sequence[int] = ()) -> Node | None:
    found = [node for node in nodes(data) if not tags or data[node.at] in tags]
    return rng.choice(found) if found else None


def lie_about_length(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng)
    if node is None:
        return data
    size = node.stop - node.start
    lie = rng.choice((0, 1, size + 1, max(size - 1, 0), size * 2, 0x7F, 0xFFFF, 1 << 31, (1 << 64) - 1, 1 << 200))
    form = rng.randrange(4)
    if form == 0:
        length = b"\x80"
    elif form == 1:
        length = b"\x84" + (size & 0xFFFFFFFF).to_bytes(4, "big")  # True, but longer than needed.
    else:
        length = header(0, lie)[1:]
    return data[: node.at + 1] + length + data[node.start :]


def swap_tag(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng)
    return data if node is None else data[: node.at] + bytes((rng.choice(TAGS),)) + data[node.at + 1 :]


def duplicate(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng)
    return data if node is None else replace(data, node, data[node.at : node.stop] * rng.choice((2, 2, 3, 20)))


def drop(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng)
    return data if node is None else replace(data, node, b"")


def splice(data: bytes, rng: random.Random) -> bytes:
    """One element of the certificate in the place of another."""
    here, there = _pick(data, rng), _pick(data, rng)
    if here is None or there is None or there.stop - there.at > 5000:
        return data
    return replace(data, here, data[there.at : there.stop])


def nest(data: bytes, rng: random.Random) -> bytes:
    """An element wrapped many times over: the depth that recursive readers die of."""
    node = _pick(data, rng)
    if node is None:
        return data
    depth = rng.choice((2, 40, 400))
    if rng.random() < 0.5:
        return swap(data, node, b"\x30\x80" * depth + rng.choice((b"", b"\0\0" * depth)), rng)
    content = data[node.at : node.stop]
    for _ in range(depth):
        content = header(0x30, len(content)) + content
    return replace(data, node, content)


def weird_time(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng, (0x17, 0x18))
    return data if node is None else swap(data, node, rng.choice(TIMES), rng, rng.choice((0x17, 0x18)))


def weird_integer(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng, (0x02,))
    content = rng.choice(INTEGERS) if rng.random() < 0.8 else rng.randbytes(rng.randrange(1, 40))
    return data if node is None else swap(data, node, content, rng)


def weird_string(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng, (0x0C, 0x13, 0x16, 0x1E, 0x82, 0x86))
    if node is None:
        return data
    content = rng.choice(STRINGS) if rng.random() < 0.7 else rng.randbytes(rng.randrange(30))
    return swap(data, node, content, rng, rng.choice((None, *TAGS[6:14])))


def weird_oid(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng, (0x06,))
    content = rng.choice((b"", b"\x80\x01", b"\xff" * 200 + b"\x01", b"\x2a\x86", b"\x55\x1d\x11", rng.randbytes(5)))
    return data if node is None else swap(data, node, content, rng)


def many(data: bytes, rng: random.Random) -> bytes:
    """Very many copies of a short element."""
    node = _pick(data, rng)
    if node is None or node.stop - node.at > 60:
        return data
    return replace(data, node, data[node.at : node.stop] * rng.choice((100, 1000)))


def random_content(data: bytes, rng: random.Random) -> bytes:
    node = _pick(data, rng)
    return data if node is None else swap(data, node, rng.randbytes(rng.randrange(60)), rng)


def unchanged(data: bytes, rng: random.Random) -> bytes:
    return data


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, flip, set_byte, truncate, append, remove_bytes, lie_about_length, lie_about_length, swap_tag, swap_tag),
    *(duplicate, drop, splice, nest, weird_time, weird_time, weird_integer, weird_integer, weird_string, weird_string),
    *(weird_oid, many, random_content, unchanged),
)


def mutate(der: bytes, rng: random.Random) -> bytes:
    """One mutant of a certificate."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if der:
            der = rng.choice(MUTATIONS)(der, rng)[:MAX_BYTES]
    return der


def mutants(ders: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """An endless stream of mutants; the same certificates and seed give the same stream."""
    rng = random.Random(seed)
    while True:
        yield mutate(rng.choice(ders), rng)

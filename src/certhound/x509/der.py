"""A bounded, tolerant reader of DER and BER tag-length-value elements (X.690).

Tolerant: lengths that are longer than needed, indefinite lengths, tags in long form, and lengths that run past
the end are all read; the caller sees from the result that an element was cut and decides what that costs.
Bounded: nothing recurses, nesting of indefinite lengths ends at MAX_DEPTH, every call is linear in what it
walks, and no length is believed beyond the bytes that are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MAX_DEPTH = 32
"""How deep indefinite lengths may nest."""

MAX_STEPS = 100_000
"""How many elements the search for the end of an indefinite length passes before it gives up."""

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
SEQUENCE, SET = 0x30, 0x31
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18


class DerError(ValueError):
    """Bytes that cannot be read as what they should be. Never leaves the package: it becomes a field error."""


class Element(NamedTuple):
    """One element: its tag, where its content starts and stops, and where the next element starts.

    ``stop`` never exceeds the limit that was given to the reader; ``after`` is what the element claims, so
    ``after > limit`` says that it was cut. Tags above 30 (long form) are the first byte in the low eight bits and
    the number above them, which keeps them apart from all short tags.
    """

    tag: int
    start: int
    stop: int
    after: int


def element(data: bytes, position: int, limit: int) -> Element:
    """The element at a position of ``data``, read no further than ``limit``. Raises DerError without one."""
    if position + 2 > limit:
        raise DerError(f"no element at byte {position}")
    tag = data[position]
    position += 1
    if tag & 0x1F == 0x1F:
        tag, position = _long_tag(data, position, limit)
        if position >= limit:
            raise DerError("tag without a length")
    length = data[position]
    position += 1
    if length & 0x80:
        if length == 0x80:
            stop = _end_of_contents(data, position, limit)
            return Element(tag, position, stop, stop + 2)
        count = length & 0x7F
        if position + count > limit:
            raise DerError("length is cut")
        # A length of more than eight bytes cannot be true unless it starts with zeros; int is unbounded, so read it.
        length = int.from_bytes(data[position : position + count], "big")
        position += count
    after = position + length
    return Element(tag, position, after if after < limit else limit, after)


def whole(data: bytes, position: int, limit: int, tag: int, what: str) -> Element:
    """The element at a position, which has to have this tag and must not be cut. Raises DerError."""
    found = element(data, position, limit)
    if found.tag != tag:
        raise DerError(f"{what}: tag {found.tag:#04x} where {tag:#04x} belongs")
    if found.stop != found.after and data[position + 1] != 0x80:
        raise DerError(f"{what}: cut, {found.after - found.stop} bytes are missing")
    return found


def children(data: bytes, start: int, stop: int, most: int = 100_000) -> Iterator[Element]:
    """The elements that follow each other between two positions. Raises DerError at one that is cut."""
    for _ in range(most):
        if start >= stop:
            return
        found = element(data, start, stop)
        if found.after > stop:
            raise DerError(f"element at byte {start} runs {found.after - stop} bytes past its container")
        yield found
        start = found.after
    if start < stop:
        raise DerError(f"more than {most} elements")


def integer(content: bytes) -> int:
    """A signed INTEGER from its content bytes. Raises DerError if there are none."""
    if not content:
        raise DerError("integer without content")
    return int.from_bytes(content, "big", signed=True)


def encode(tag: int, content: bytes) -> bytes:
    """One DER element with a short tag: what writes test data and re-encodes values."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _long_tag(data: bytes, position: int, limit: int) -> tuple[int, int]:
    first = data[position - 1]
    number = 0
    for _ in range(4):
        if position >= limit:
            raise DerError("tag is cut")
        byte = data[position]
        position += 1
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            return number << 8 | first, position
    raise DerError("tag number is too large")


def _end_of_contents(data: bytes, position: int, limit: int) -> int:
    """Where the content of an indefinite length stops: at its end-of-contents octets. Walks, never recurses."""
    depth = 1
    for _ in range(MAX_STEPS):
        if position + 2 > limit:
            break
        if data[position] == 0 and data[position + 1] == 0:
            depth -= 1
            if depth == 0:
                return position
            position += 2
            continue
        start = position + 1
        if data[position] & 0x1F == 0x1F:
            start = _long_tag(data, start, limit)[1]
        if start < limit and data[start] == 0x80:
            depth += 1
            if depth > MAX_DEPTH:
                raise DerError(f"indefinite lengths nest deeper than {MAX_DEPTH}")
            position = start + 1
            continue
        position = element(data, position, limit).after
    raise DerError("indefinite length without an end")


def span(data: bytes, position: int, limit: int) -> tuple[int, int, int]:
    """(start, stop, after) of the element at a position: `element` without the tag, for the hot loops.

    The one- to three-byte definite lengths, which is to say nearly all, are read in line; the rest goes to
    `element`. Raises DerError or IndexError where no element is.
    """
    length = data[position + 1]
    if length < 0x80:
        start = position + 2
    elif length == 0x82:
        start = position + 4
        length = data[position + 2] << 8 | data[position + 3]
    elif length == 0x81:
        start = position + 3
        length = data[position + 2]
    else:
        return element(data, position, limit)[1:]
    if start > limit or data[position] & 0x1F == 0x1F:
        return element(data, position, limit)[1:]
    after = start + length
    return start, after if after < limit else limit, after


def why(error: Exception) -> str:
    """What stopped a reader, in words: running over the end shows as Python's IndexError."""
    return "its bytes end too early" if isinstance(error, IndexError) else str(error)

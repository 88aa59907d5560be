"""Where to go on in the body of a certificate after a part that cannot be read.

Three tries, in order: the broken part's own length leads to something that fits; the part is missing and the next one
already stands there; a pattern that is hard to mistake (two times, a known key algorithm, the tag of the extensions)
is found further on.
"""

from __future__ import annotations

import re

from certhound.x509.der import DerError, span
from certhound.x509.oids import KEY_TYPES, oid_bytes

VERSION, SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS = range(8)
"""The parts of a body, in order."""

HAS_TIMES = re.compile(rb"\x30[\x10-\x40](?=[\x17\x18][\x0b-\x20]\d{8})", re.DOTALL)
"""A Validity: a short sequence that begins with a time."""

BODY = re.compile(rb"\xa0\x03\x02\x01[\x00-\x0f](?=\x02[\x01-\x40])")
"""The first parts of a body: a version, and the header of a serial."""

_KEY_OIDS = b"|".join(re.escape(b"\x06" + bytes((len(oid_bytes(oid)),)) + oid_bytes(oid)) for oid in KEY_TYPES)
_KEY = re.compile(
    rb"\x30(?:[\x10-\x7f]|\x81.|\x82..)\x30(?:[\x05-\x7f]|\x81.|\x82..)(?:" + _KEY_OIDS + rb")", re.DOTALL
)
_EXTENSIONS = re.compile(rb"\xa3(?:[\x05-\x7f]|\x81.|\x82..)\x30(?:[\x05-\x7f]|\x81.|\x82..)\x30", re.DOTALL)

_ANCHORS = ((VALIDITY, HAS_TIMES), (KEY, _KEY), (EXTENSIONS, _EXTENSIONS))
_NAME_STARTS = 64


def resume(data: bytes, first: int, position: int, part: int, limit: int) -> tuple[int, int] | None:
    """(part, position) at which reading can go on after ``part`` at ``position`` failed, or None.

    ``first`` is where the body begins. The part returned is always a later one, so that reading ends.
    """
    # A length may claim more than a position can be: such a part ends where the bytes do.
    position = min(position, limit)
    try:
        after = span(data, position, limit)[2]
    except (DerError, IndexError):
        after = limit
    for place in (after, position):
        if part < EXTENSIONS and _looks_like(data, part + 1, place, limit):
            return part + 1, place
    for target, pattern in _ANCHORS:
        # From the start of the body, for a part before this one may have swallowed what is looked for.
        if target > part or (target == part == VALIDITY):
            found = pattern.search(data, first if target == VALIDITY else position, limit)
            if found is not None and (target > part or found.start() != position):
                return target, found.start()
    return None


def _looks_like(data: bytes, part: int, position: int, limit: int) -> bool:
    """Whether a part may begin at a position: by its tag, and by what is inside where the tag is a common one."""
    if not position + 4 <= limit:
        return False
    if part == VALIDITY:
        return HAS_TIMES.match(data, position, limit) is not None
    if part == KEY:
        return _KEY.match(data, position, limit) is not None
    if part == EXTENSIONS:
        return data[position] in (0x81, 0x82, 0xA3)
    if part == SERIAL:
        return data[position] == 0x02
    if part == ALGORITHM:
        return data[position] == 0x30 and data[position + 2] == 0x06
    try:
        start, stop, _ = span(data, position, limit)
    except (DerError, IndexError):
        return False
    return data[position] == 0x30 and (start == stop or data[start] == 0x31)


def name_before(data: bytes, first: int, stop: int) -> int | None:
    """Where the outermost Name begins that ends at ``stop``, or None."""
    position = first
    for _ in range(_NAME_STARTS):
        position = data.find(b"\x30", position, stop)
        if position < 0:
            return None
        try:
            start, _end, after = span(data, position, len(data))
            if after == stop and data[start] == 0x31:
                return position
        except (DerError, IndexError):
            pass
        position += 1
    return None

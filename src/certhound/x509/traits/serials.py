"""Serials that no CA gives: zero, negative, tiny, typed by hand, longer than the standard allows.

RFC 5280, 4.1.2.2 asks for a positive number of at most twenty octets; CAs draw at least 64 bits at random since 2016.
"""

from __future__ import annotations

import re

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait

_LONGEST = 40
_SMALL = 4
_TYPED = re.compile(
    r"(?:(.)\1{5,}|(..)\2{3,}|(?:0?123456?7?8?9?a?b?c?d?e?f?)+|(?:deadbeef|cafebabe|badc0de|c0ffee)+)\Z", re.I
)


def _oddity(facts: Facts) -> str | None:
    # A serial speaks where the certificate issued itself, or where the bytes show that nobody vouches for it.
    if not facts.self_issued and not (facts.has_der and facts.trust == "untrusted"):
        return None
    serial = facts.serial
    if not serial or facts.trust == "trusted":
        return None
    if serial[0] == "-":
        return "negative"
    if serial.strip("0") == "":
        return "zero"
    if len(serial) <= _SMALL:
        return "tiny"
    if len(serial) > _LONGEST:
        return "long"
    return "typed" if _TYPED.match(serial) else None


TRAITS = (
    Trait(
        "serial_oddity",
        Kind.TEXT,
        "negative, zero, tiny, typed or long: what is odd about the serial of a certificate nobody vouches for",
        _oddity,
    ),
)

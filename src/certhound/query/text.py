"""Simple lower case: one code point to one code point, the same in every engine.

Python's ``str.lower`` differs from it in two ways: U+0130 becomes two code points, and a capital sigma at the end of a
word becomes ``ς``. SQL's ``ILIKE`` differs elsewhere. DuckDB's ``lower()`` is the simple mapping; a test compares all
code points. Source: Unicode Character Database, field Simple_Lowercase_Mapping, as of Unicode 14.
"""

from __future__ import annotations

from functools import cache

_LATER_THAN_UNICODE_14 = frozenset({0xA7CB, 0xA7CC, 0xA7DA, 0xA7DC, *range(0x10D50, 0x10D66)})
"""Capitals that newer versions of Unicode (and so of Python) added; the engines do not know them yet."""

_LAST_CASED = 0x1FFFF
"""Planes behind the first supplementary one hold no letters with case; looking through them all takes a moment."""


@cache
def lower_table() -> dict[int, int]:
    """Every code point whose simple lower case is another one, with that one."""
    table = {0x130: 0x69}
    for point in range(0x41, _LAST_CASED + 1):
        lowered = chr(point).lower()
        if len(lowered) == 1 and ord(lowered) != point and point not in _LATER_THAN_UNICODE_14:
            table[point] = ord(lowered)
    return table


def simple_lower(text: str) -> str:
    """The text in simple lower case; as many code points as before."""
    return text.lower() if text.isascii() else text.translate(lower_table())


@cache
def _cased() -> frozenset[str]:
    """The characters that lower case makes, or makes something else of."""
    return frozenset(chr(point) for pair in lower_table().items() for point in pair)


def is_cased(text: str) -> bool:
    """Whether ignoring case can make a difference for a text; without, a comparison need not lower the other side."""
    if text.isascii():  # the table of all others takes a moment to make
        return any(character.isalpha() for character in text)
    return not _cased().isdisjoint(text)


@cache
def upper_table() -> dict[int, int]:
    """Every code point whose simple upper case is another one, with that one."""
    table = {0xDF: 0x1E9E}  # the sharp s: Python writes SS, DuckDB the capital that Unicode added for it
    later = frozenset(ord(chr(point).lower()) for point in _LATER_THAN_UNICODE_14)
    for point in range(0x61, _LAST_CASED + 1):
        char = chr(point)
        raised = char.upper()
        if len(raised) != 1:  # Python maps to several where the simple mapping has one or none
            raised = char.title()
        if len(raised) == 1 and raised != char and point not in later and point not in table:
            table[point] = ord(raised)
    return table


def simple_upper(text: str) -> str:
    """The text in simple upper case; as many code points as before."""
    return text.upper() if text.isascii() else text.translate(upper_table())

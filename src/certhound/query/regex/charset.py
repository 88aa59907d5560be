"""Sets of code points as sorted, disjoint, closed ranges: the arithmetic behind character classes."""

from __future__ import annotations

import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from certhound.query.text import lower_table

LAST = 0x10FFFF


@dataclass(frozen=True, slots=True)
class CharSet:
    """An immutable set of code points. Make it with :func:`of`, which sorts and joins the ranges."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __or__(self, other: CharSet) -> CharSet:
        return of(self.ranges + other.ranges)

    def __and__(self, other: CharSet) -> CharSet:
        few, many = (self, other) if len(self.ranges) < len(other.ranges) else (other, self)
        return CharSet(tuple(cut for each in few.ranges for cut in many.within(*each)))

    def __sub__(self, other: CharSet) -> CharSet:
        kept: list[tuple[int, int]] = []
        for low, high in self.ranges:
            start = low
            for first, last in other.within(low, high):
                if first > start:
                    kept.append((start, first - 1))
                start = last + 1
            if start <= high:
                kept.append((start, high))
        return CharSet(tuple(kept))

    def meets(self, other: CharSet) -> bool:
        """Whether the two have a member in common."""
        few, many = (self, other) if len(self.ranges) < len(other.ranges) else (other, self)
        return any(True for each in few.ranges for _ in many.within(*each))

    def within(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The ranges of what lies between two code points (both included)."""
        at = max(0, bisect_right(self.ranges, (low, LAST)) - 1)
        while at < len(self.ranges) and self.ranges[at][0] <= high:
            first, last = max(low, self.ranges[at][0]), min(high, self.ranges[at][1])
            if first <= last:
                yield first, last
            at += 1

    def __invert__(self) -> CharSet:
        return EVERYTHING - self

    def __contains__(self, point: int) -> bool:
        at = bisect_right(self.ranges, (point, LAST)) - 1
        return at >= 0 and point <= self.ranges[at][1]

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def single(self) -> int | None:
        """The only member, if there is just one."""
        if len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]:
            return self.ranges[0][0]
        return None


def of(ranges: Iterable[tuple[int, int]]) -> CharSet:
    """The set of all code points in the given ranges (both ends included)."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return CharSet(tuple(joined))


def chars(text: str) -> CharSet:
    """The set of the characters of a text."""
    return of((ord(char), ord(char)) for char in text)


EVERYTHING = CharSet(((0, LAST),))
NEWLINE = chars("\n")
DIGIT = of([(0x30, 0x39)])
LOWER = of([(0x61, 0x7A)])
UPPER = of([(0x41, 0x5A)])
ALPHA = LOWER | UPPER
WORD = ALPHA | DIGIT | chars("_")
SPACE = chars("\t\n\x0b\f\r ")
HORIZONTAL = chars("\t \xa0\u1680\u180e\u202f\u205f\u3000") | of([(0x2000, 0x200A)])
VERTICAL = chars("\n\x0b\f\r\x85\u2028\u2029")
JAVA_LINE_ENDS = chars("\n\r\x85\u2028\u2029")

POSIX: dict[str, CharSet] = {
    "alpha": ALPHA,
    "digit": DIGIT,
    "alnum": ALPHA | DIGIT,
    "upper": UPPER,
    "lower": LOWER,
    "word": WORD,
    "space": SPACE,
    "blank": chars("\t "),
    "cntrl": of([(0, 0x1F), (0x7F, 0x7F)]),
    "graph": of([(0x21, 0x7E)]),
    "print": of([(0x20, 0x7E)]),
    "punct": of([(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)]),
    "xdigit": DIGIT | of([(0x41, 0x46), (0x61, 0x66)]),
    "ascii": of([(0, 0x7F)]),
}
"""Classes of POSIX; all of them ASCII."""


@cache
def _categories() -> dict[str, CharSet]:
    found: dict[str, list[tuple[int, int]]] = {}
    for point in range(sys.maxunicode + 1):
        found.setdefault(unicodedata.category(chr(point)), []).append((point, point))
    return {name: of(ranges) for name, ranges in found.items()}


def category(name: str) -> CharSet | None:
    """A general category of Unicode, such as ``Lu`` or ``L``; None when there is none of that name."""
    hits = [points for key, points in _categories().items() if key == name or (len(name) == 1 and key[0] == name)]
    return of(each for points in hits for each in points.ranges) if hits else None


def _cased(points: CharSet, table: Iterable[int]) -> Iterator[int]:
    return (point for point in table if point in points)


@cache
def _raised() -> dict[int, tuple[int, ...]]:
    """For a code point that is the lower case of others: those others."""
    found: dict[int, tuple[int, ...]] = {}
    for point, lowered in lower_table().items():
        found[lowered] = (*found.get(lowered, ()), point)
    return found


@cache
def capitals() -> CharSet:
    """The code points that lower case changes; a text in lower case has none of them."""
    return of((point, point) for point in lower_table())


@cache
def closed(points: CharSet) -> CharSet:
    """The set with every code point whose lower case equals that of a member."""
    lowered = {lower_table()[point] for point in _cased(points, lower_table())}
    lowered.update(_cased(points, _raised()))
    return points | of((each, each) for low in lowered for each in (low, *_raised().get(low, ())))

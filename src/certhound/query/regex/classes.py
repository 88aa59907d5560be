"""Bracketed character classes, computed to sets: ranges, POSIX names, and Java's unions and intersections."""

from __future__ import annotations

import re

from certhound.query.regex import charset
from certhound.query.regex.charset import CharSet
from certhound.query.regex.dialects import Dialect, Flags, refuse, wrong
from certhound.query.regex.escapes import escaped_set

_POSIX = re.compile(r"\[:(\^?)([a-z]{1,10}):\]")
_MAX_DEPTH = 20


def read_class(pattern: str, at: int, dialect: Dialect, flags: Flags, depth: int = 0) -> tuple[CharSet, int]:
    """The class whose ``[`` stands at ``at``, as a set, and where it ends. With the flag i it is closed under case."""
    return _Class(pattern, at, dialect, flags, depth).read()


class _Class:
    def __init__(self, pattern: str, start: int, dialect: Dialect, flags: Flags, depth: int) -> None:
        self.pattern = pattern
        self.start = start
        self.at = start + 1
        self.dialect = dialect
        self.flags = flags
        self.depth = depth
        if depth > _MAX_DEPTH:
            refuse(pattern, start, start + 1, f"more than {_MAX_DEPTH} classes inside each other")

    def read(self) -> tuple[CharSet, int]:
        negated = self.peek() == "^"
        self.at += negated
        begin = self.at
        points, known = self.union(first=True), self.at > begin
        while self.java() and self.peek(2) == "&&":
            self.at += 2
            begin = self.at
            right = self.union(first=False)
            if self.at > begin:  # an empty side of && says nothing
                points, known = (points & right if known else right), True
        self.at += 1
        return (~points if negated else points), self.at

    def java(self) -> bool:
        return self.dialect is Dialect.JAVA

    def peek(self, length: int = 1) -> str:
        return self.pattern[self.at : self.at + length]

    def union(self, first: bool) -> CharSet:
        """Members up to the closing bracket or Java's ``&&``."""
        points = CharSet()
        while True:
            char = self.peek()
            if not char:
                wrong(self.pattern, self.start, self.start + 1, "the class is not closed")
            if char == "]" and not first:
                return points
            if self.java() and self.peek(2) == "&&":
                return points
            if self.java() and self.flags.verbose and char.isspace():
                self.at += 1
            else:
                points |= self.member()
            first = False

    def member(self) -> CharSet:
        """One member: a nested class, a POSIX name, a shorthand, a range or a character."""
        if self.peek() == "[":
            posix = _POSIX.match(self.pattern, self.at)
            if self.java():
                points, self.at = read_class(self.pattern, self.at, self.dialect, self.flags, self.depth + 1)
                return points
            if posix:
                return self.posix(posix)
            if self.peek(2) in ("[.", "[="):
                refuse(self.pattern, self.at, self.at + 2, "collating elements of POSIX are not known to every engine")
        if self.peek(2) == "\\Q" and self.dialect is not Dialect.PYTHON:
            return self.quoted()
        if self.peek(2) == "\\E" and self.dialect is not Dialect.PYTHON:
            self.at += 2
            return CharSet()
        start = self.at
        low = self.item()
        if self.peek() != "-" or self.peek(2) in ("-]", "-") or (self.java() and self.peek(2) == "-["):
            return self.fold(low, start)
        return self.range(low, start)

    def range(self, low: CharSet, start: int) -> CharSet:
        self.at += 1
        high = self.item()
        first, last = low.single(), high.single()
        if first is None or last is None:  # [\w-.]: the hyphen is itself, in PCRE and in Python's reading of it
            if self.dialect is Dialect.PYTHON:
                wrong(self.pattern, start, self.at, "a range needs a character at both ends")
            return self.fold(low, start) | charset.chars("-") | self.fold(high, self.at)
        if last < first:
            wrong(self.pattern, start, self.at, "the range is the wrong way round")
        return self.closed(charset.of([(first, last)]))

    def item(self) -> CharSet:
        if self.peek() == "\\":
            found = escaped_set(self.pattern, self.at, self.dialect, in_class=True)
            if found is None:
                wrong(self.pattern, self.at, self.at + 2, f"{self.peek(2)} stands for no character in a class")
            points, self.at = found
            return points
        if not self.peek():
            wrong(self.pattern, self.start, self.start + 1, "the class is not closed")
        self.at += 1
        return charset.chars(self.pattern[self.at - 1])

    def posix(self, found: re.Match[str]) -> CharSet:
        points = charset.POSIX.get(found[2])
        if points is None or self.dialect is Dialect.PYTHON:
            wrong(self.pattern, found.start(), found.end(), "no such class of POSIX")
        self.at = found.end()
        return ~self.closed(points) if found[1] else self.closed(points)

    def quoted(self) -> CharSet:
        end = self.pattern.find("\\E", self.at)
        if end < 0:
            wrong(self.pattern, self.at, self.at + 2, r"\Q without \E inside a class")
        text = self.pattern[self.at + 2 : end]
        self.at = end + 2
        return self.closed(charset.chars(text))

    def fold(self, points: CharSet, start: int) -> CharSet:
        r"""Closed under case; of a negated shorthand such as ``\W`` the rest of what it negates."""
        negated = self.pattern[start : start + 1] == "\\" and self.pattern[start + 1 : start + 2] in "DWSHVP"
        return ~self.closed(~points) if negated else self.closed(points)

    def closed(self, points: CharSet) -> CharSet:
        return charset.closed(points) if self.flags.fold else points

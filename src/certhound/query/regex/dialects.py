"""The dialects that patterns come in, where they differ, and the error that says what cannot be carried over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from certhound.model.errors import ContentError


class Dialect(StrEnum):
    """Whose reading a pattern was written for."""

    PCRE = "pcre"  # PCRE2 without the option UCP
    SIGMA = "sigma"  # Sigma asks for a subset of PCRE; it is read as PCRE
    PYTHON = "python"  # the module re with the flag ASCII
    JAVA = "java"  # java.util.regex; also Ariel's MATCHES
    COMMON = "common"  # what this package prints: RE2, less what it reads otherwise than others


@dataclass(frozen=True, slots=True)
class Flags:
    """Options in force at a place of a pattern."""

    fold: bool = False
    multi_line: bool = False
    dot_all: bool = False
    verbose: bool = False
    unix_lines: bool = False  # Java's (?d): only \\n ends a line


class RegexError(ContentError):
    """A pattern that cannot be said. ``start`` and ``end`` are offsets inside the pattern."""

    def __init__(self, text: str, pattern: str, start: int, end: int, *, check: str, advice: str = "") -> None:
        shown, at = _window(pattern, start)
        caret = " " * at + "^" * max(1, min(end, start + 40) - start)
        super().__init__(text, check=check, advice=advice, marked=f"{shown}\n    {caret}")
        self.pattern = pattern
        self.start = start
        self.end = end


def _window(pattern: str, start: int, width: int = 80) -> tuple[str, int]:
    """The part of a pattern around an offset, with nothing unprintable in it, and where the offset is in it."""
    first = max(0, start - width // 2)
    part = pattern[first : first + width]
    return "".join(char if char.isprintable() else "·" for char in part), start - first


def refuse(pattern: str, start: int, end: int, why: str, advice: str = "") -> NoReturn:
    """A construct that is right in its dialect, but that not every engine can say."""
    raise RegexError(why, pattern, start, end, check="regex-not-portable", advice=advice)


def wrong(pattern: str, start: int, end: int, why: str) -> NoReturn:
    """A pattern that is no regular expression of its dialect at all."""
    raise RegexError(why, pattern, start, end, check="regex-syntax")

"""Backslash escapes of each dialect: to a set of characters, or None where an escape is something else."""

from __future__ import annotations

import re
import unicodedata

from certhound.query.regex import charset
from certhound.query.regex.charset import CharSet, of
from certhound.query.regex.dialects import Dialect, refuse, wrong

_PERL_FAMILY = (Dialect.PCRE, Dialect.SIGMA, Dialect.JAVA)
_RE2_SPACE = charset.chars("\t\n\f\r ")
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9}
_OCTAL = re.compile(r"[0-7]{1,3}")
_HEX_BRACED = re.compile(r"\{\s*([0-9A-Fa-f]{1,8})\s*\}")
_PROPERTY = re.compile(r"\{(\^?)([^{}]{1,60})\}|([A-Za-z])")
_JAVA_PROPERTIES = {
    "javaLowerCase": "Ll",
    "javaUpperCase": "Lu",
    "javaWhitespace": None,
}


def escaped_set(pattern: str, at: int, dialect: Dialect, in_class: bool) -> tuple[CharSet, int] | None:
    """The characters that the escape at ``at`` (its backslash) stands for, and where it ends.

    None for escapes that are no character: assertions, references, quoting; they are the parser's.
    """
    if at + 1 >= len(pattern):
        wrong(pattern, at, at + 1, "a backslash at the end of the pattern")
    letter = pattern[at + 1]
    if letter in "dDwWsShHvVN":
        found = _shorthand(pattern, at, dialect, in_class)
        if found is not None:
            return found, at + 2
    if letter in "pP":
        return _property(pattern, at, dialect)
    if letter.isascii() and letter.isalnum():
        point = _numbered(pattern, at, dialect, in_class)
        return None if point is None else (of([(point[0], point[0])]), point[1])
    return charset.chars(letter), at + 2


def _shorthand(pattern: str, at: int, dialect: Dialect, in_class: bool) -> CharSet | None:
    letter = pattern[at + 1]
    sets = {"d": charset.DIGIT, "w": charset.WORD, "s": _RE2_SPACE if dialect is Dialect.COMMON else charset.SPACE}
    if dialect in _PERL_FAMILY:
        sets |= {"h": charset.HORIZONTAL, "v": charset.VERTICAL}
        if letter == "N" and dialect is not Dialect.JAVA and not in_class:
            return ~charset.NEWLINE
    if letter in sets:
        return sets[letter]
    if letter.lower() in sets and letter != "N":
        return ~sets[letter.lower()]
    if letter == "v" and dialect is Dialect.PYTHON:
        return charset.chars("\x0b")
    return None


def _numbered(pattern: str, at: int, dialect: Dialect, in_class: bool) -> tuple[int, int] | None:
    """Escapes that name one code point: control letters, octal, hexadecimal, names."""
    letter = pattern[at + 1]
    if letter in _CONTROL:
        return _CONTROL[letter], at + 2
    if letter == "e" and dialect in _PERL_FAMILY:
        return 27, at + 2
    if letter == "b" and in_class:
        if dialect is Dialect.JAVA:
            wrong(pattern, at, at + 2, r"\b stands for no character in a class")
        return 8, at + 2
    if letter in "0123456789":
        return _octal(pattern, at, dialect, in_class)
    if letter == "x":
        return _hexadecimal(pattern, at, dialect)
    if letter in "uU" and dialect in (Dialect.JAVA, Dialect.PYTHON) and (letter == "u" or dialect is Dialect.PYTHON):
        return _digits(pattern, at, 4 if letter == "u" else 8)
    if letter == "c" and dialect in _PERL_FAMILY:
        if at + 2 >= len(pattern) or not pattern[at + 2].isascii():
            wrong(pattern, at, at + 2, r"\c needs an ASCII character after it")
        return ord(pattern[at + 2].upper()) ^ 0x40, at + 3
    if letter == "o" and dialect in (Dialect.PCRE, Dialect.SIGMA):
        braced = re.compile(r"\{([0-7]{1,7})\}").match(pattern, at + 2)
        if braced is None:
            wrong(pattern, at, at + 2, r"\o needs octal digits in braces")
        return _point(pattern, at, braced.end(), int(braced[1], 8))
    if letter == "N" and dialect is Dialect.PYTHON:
        return _named(pattern, at)
    return None


def _octal(pattern: str, at: int, dialect: Dialect, in_class: bool) -> tuple[int, int] | None:
    if dialect is Dialect.JAVA:
        digits = re.compile(r"[0-3]?[0-7]{1,2}").match(pattern, at + 2) if pattern[at + 1] == "0" else None
        if pattern[at + 1] == "0" and digits is None:
            wrong(pattern, at, at + 2, r"\0 needs octal digits after it")
        return (int(digits[0], 8), digits.end()) if digits else None
    digits = _OCTAL.match(pattern, at + 1)
    if digits and (pattern[at + 1] == "0" or len(digits[0]) == 3 or in_class):
        return _point(pattern, at, digits.end(), int(digits[0], 8))
    return None


def _hexadecimal(pattern: str, at: int, dialect: Dialect) -> tuple[int, int]:
    braced = _HEX_BRACED.match(pattern, at + 2)
    if braced and dialect is not Dialect.PYTHON:
        return _point(pattern, at, braced.end(), int(braced[1], 16))
    if dialect in (Dialect.PCRE, Dialect.SIGMA):
        digits = re.compile(r"[0-9A-Fa-f]{0,2}").match(pattern, at + 2)
        text = digits[0] if digits else ""
        return int(text or "0", 16), at + 2 + len(text)
    return _digits(pattern, at, 2)


def _digits(pattern: str, at: int, count: int) -> tuple[int, int]:
    text = pattern[at + 2 : at + 2 + count]
    if len(text) != count or not re.fullmatch(r"[0-9A-Fa-f]+", text):
        wrong(pattern, at, at + 2, f"\\{pattern[at + 1]} needs {count} hexadecimal digits")
    return _point(pattern, at, at + 2 + count, int(text, 16))


def _point(pattern: str, at: int, end: int, point: int) -> tuple[int, int]:
    if point > charset.LAST:
        wrong(pattern, at, end, "no such code point")
    if 0xD800 <= point <= 0xDFFF:
        refuse(pattern, at, end, "half of a surrogate pair is no character", "name the code point itself")
    return point, end


def _named(pattern: str, at: int) -> tuple[int, int]:
    braced = re.compile(r"\{([^{}]{1,100})\}").match(pattern, at + 2)
    try:
        return (ord(unicodedata.lookup(braced[1])), braced.end()) if braced else wrong(pattern, at, at + 2, "no name")
    except KeyError:
        wrong(pattern, at, at + 2, "no character has that name")


def _property(pattern: str, at: int, dialect: Dialect) -> tuple[CharSet, int]:
    found = _PROPERTY.match(pattern, at + 2)
    if dialect in (Dialect.PYTHON, Dialect.COMMON):
        wrong(pattern, at, at + 2, r"\p is not known in this dialect")
    if found is None:
        wrong(pattern, at, at + 2, r"\p needs the name of a property")
    negated = (pattern[at + 1] == "P") != bool(found[1])
    points = property_set((found[2] or found[3]).strip(), dialect)
    if points is None:
        refuse(
            pattern,
            at,
            found.end(),
            f"the Unicode property {found[2] or found[3]!r} is not known here",
            "general categories such as L, Lu, Nd work, and ASCII classes such as [A-Za-z]",
        )
    return (~points if negated else points), found.end()


def property_set(name: str, dialect: Dialect) -> CharSet | None:
    """A property by name: general categories in every dialect, POSIX classes in Java's spelling."""
    for prefix in ("gc=", "general_category=", "Is" if dialect is Dialect.JAVA else "gc="):
        name = name.removeprefix(prefix)
    if name in ("Any", "ALL"):
        return charset.EVERYTHING
    if name in ("L&", "LC"):
        parts = [charset.category(each) or CharSet() for each in ("Lu", "Ll", "Lt")]
        return parts[0] | parts[1] | parts[2]
    if dialect is Dialect.JAVA:
        if _JAVA_PROPERTIES.get(name):
            return charset.category(_JAVA_PROPERTIES[name] or "")
        if name[:1].isupper() and name.lower() in charset.POSIX and name != "Word":
            return charset.POSIX[name.lower()]
    return charset.category(name)

"""Text that an adversary wrote, made harmless before a terminal, a browser or a spreadsheet sees it.

Everything that is shown to a person goes through ``visible``: control characters, terminal escapes, bidirectional
overrides and invisible characters are spelt out (``\\x1b``, ``\\u202e``), so that what is seen is what is there.
JSON stays lossless: there the same characters are written as ``\\uXXXX`` escapes (``json_text``).

Sources: ECMA-48 (C0, C1, CSI), Unicode Standard Annex 9 (bidirectional formatting) and Annex 31 (invisible
characters), Trojan Source (CVE-2021-42574), OWASP "CSV Injection".
"""

from __future__ import annotations

import re

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_INVISIBLE}]")
_JSON_UNSAFE = re.compile(f"[\x7f-\x9f{_INVISIBLE}]")

RE2_UNSAFE = (
    r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{200b}-\x{200f}"
    r"\x{2028}-\x{202e}\x{2060}-\x{206f}\x{3164}\x{feff}\x{ffa0}\x{fff0}-\x{fffb}\x{fffe}\x{ffff}"
    r"\x{e0000}-\x{e0fff}]"
)
"""The characters of ``visible`` in RE2's spelling, for engines that test a whole column at once."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_LINK = re.compile(r"https?://[!-~]{1,2000}")
_COMBINING = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}")


def _spelt(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str, limit: int | None = None) -> str:
    """One line of printable text: nothing in it acts on a terminal, reorders its surroundings, or hides.

    Over ``limit`` characters the rest is cut and its length stated. Stacks of more than four combining marks,
    which would draw over neighbouring lines, lose the surplus.
    """
    cut = 0
    if limit is not None and len(text) > limit:
        cut = len(text) - limit
        text = text[:limit]
    if not (text.isascii() and text.isprintable()):
        text = _COMBINING.sub(lambda stack: stack[0][:4], _UNSAFE.sub(_spelt, text))
    return f"{text}… ({cut:,} more characters)" if cut else text


def cell(text: str) -> str:
    """Text for one cell of a CSV file: what a spreadsheet would take for a formula starts with an apostrophe."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA else shown


def link(url: str) -> str | None:
    """The URL if it may be made clickable: http or https, printable ASCII; anything else is only text."""
    return url if _LINK.fullmatch(url) else None


def valid(text: str) -> str:
    """The text without lone surrogates, which UTF-8 cannot carry (names of files can hold them)."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_text(encoded: str) -> str:
    """JSON with every character that acts on a terminal, or hides, as an escape; the value stays the same.

    Takes finished JSON: outside of its strings there is none of these characters.
    """
    return _JSON_UNSAFE.sub(_json_escape, encoded)


def _json_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"

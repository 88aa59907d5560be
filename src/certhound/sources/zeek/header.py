"""The header of a Zeek TSV file: its separators, and which columns follow.

A header may stand again inside a file (concatenation), with other columns. ``#close`` ends a file; any other line that
begins with ``#`` is a comment. Zeek documentation: scripts/base/frameworks/logging/writers/ascii.zeek.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_HEX = re.compile(r"\\x([0-9A-Fa-f]{2})")
_LIST_TYPES = ("vector[", "set[", "table[")


@dataclass(frozen=True, slots=True)
class Header:
    """What the lines above the records say. ``columns`` are Zeek's own names, ``lists`` those of set or vector type."""

    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    columns: tuple[str, ...] = ()
    lists: frozenset[str] = frozenset()

    def absorb(self, line: str) -> Header:
        """The header after one more line that begins with ``#``."""
        keyword, _, rest = line.partition(" " if line.startswith("#separator") else self.separator)
        match keyword:
            case "#separator":
                return Header(separator=unescape(rest) or "\t")
            case "#set_separator":
                return replace(self, set_separator=unescape(rest))
            case "#empty_field":
                return replace(self, empty=unescape(rest))
            case "#unset_field":
                return replace(self, unset=unescape(rest))
            case "#path":
                return replace(self, path=rest.strip())
            case "#fields":
                return replace(self, columns=tuple(rest.split(self.separator)), lists=frozenset())
            case "#types":
                return replace(self, lists=self._lists(rest.split(self.separator)))
            case _:
                return self

    def is_damaged_by(self, line: str) -> bool:
        """Whether a line that begins with ``#`` looks like a record or a list of columns whose beginning is damaged."""
        if not self.columns or line.startswith(("#fields", "#types")):
            return False
        return line.count(self.separator) + 1 in (len(self.columns), len(self.columns) + 1)

    def _lists(self, types: list[str]) -> frozenset[str]:
        named = zip(self.columns, types, strict=False)
        return frozenset(name for name, type_ in named if type_.startswith(_LIST_TYPES))


def unescape(text: str) -> str:
    """``\\xNN`` as the byte it means; runs of them are decoded as UTF-8, what is not UTF-8 stays as it was."""
    if "\\x" not in text:
        return text
    return re.sub(r"(?:\\x[0-9A-Fa-f]{2})+", _decode_run, text)


def _decode_run(match: re.Match[str]) -> str:
    data = bytes(int(pair, 16) for pair in _HEX.findall(match.group()))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return match.group()
    return match.group() if "\x00" in text else text

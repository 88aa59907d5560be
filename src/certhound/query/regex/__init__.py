r"""Regular expressions of PCRE, Sigma, Python and Java, brought to one dialect that every engine reads alike.

A pattern is parsed to nodes, its character classes are computed to sets of code points, and the result is printed in
the *common dialect*: RE2's syntax, less everything that another engine reads in another way. ``\d``, ``\w``, ``\s``
and ``\b`` are ASCII; Unicode's categories, POSIX names and Java's class intersections become plain ranges; ``$`` means
the very end of the text. What is not regular (look-around, back references, possessive and atomic groups) is refused
with its place in the pattern.

Case-insensitive patterns are matched against the text in simple lower case (:mod:`certhound.query.text`): the common
form of a folded pattern contains no capital. So U+212A KELVIN SIGN is a ``k`` and U+017F LONG S is no ``s``, in every
engine, which their own flags ``i`` do not agree on.

Known differences that are left: before Java 19 ``\b`` knew letters beyond ASCII; ``\R`` never gives back a line feed
that follows a carriage return, here it may. A quantifier directly behind inline flags is refused.

RE2 matches in linear time. The reference evaluator uses Python's backtracking ``re`` and so is for small data only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from certhound.query.regex import charset
from certhound.query.regex.dialects import Dialect, Flags, RegexError, refuse
from certhound.query.regex.ends import settle_ends
from certhound.query.regex.nodes import Chars, Node
from certhound.query.regex.parse import parse
from certhound.query.regex.show import bare, show, size
from certhound.query.regex.walk import nodes_of

__all__ = ["Dialect", "RegexError", "Translated", "check_common", "compile_python", "translate"]

MAX_SIZE = 60_000
"""Largest program, in RE2's instructions, that is handed to an engine: DuckDB gives RE2 8 MiB."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A pattern in the common dialect. With ``fold`` it holds for the text in simple lower case."""

    text: str
    fold: bool


def translate(
    pattern: str,
    dialect: Dialect = Dialect.SIGMA,
    *,
    fold: bool = False,
    multi_line: bool = False,
    dot_all: bool = False,
    whole: bool = False,
) -> Translated:
    """A pattern of a dialect in the common dialect.

    ``fold``, ``multi_line`` and ``dot_all`` are the flags i, m and s set from outside; inline flags add to them.
    ``whole``: the pattern must fit the whole text, not only be found in it.
    Raises :class:`RegexError` (check ``regex-syntax`` or ``regex-not-portable``) with the place in the pattern.
    """
    node, folds = parse(pattern, dialect, Flags(fold=fold, multi_line=multi_line, dot_all=dot_all))
    node = settle_ends(node, pattern, whole)
    if size(node) > MAX_SIZE:
        refuse(pattern, 0, len(pattern), "the pattern is too large once its counts are multiplied out")
    folded = folds and _is_folded(node)
    return Translated(show(node, lowered=folded), folded)


def _is_folded(node: Node) -> bool:
    """True when case matters somewhere and every set is closed under it, so that lower case can carry it."""
    sets = {each.points for each in nodes_of(node) if isinstance(each, Chars)}
    capitals = charset.capitals()
    cased = any(points.meets(capitals) and (~points).meets(capitals) for points in sets)
    return cased and all(charset.closed(points) == points for points in sets)


def check_common(text: str, *, fold: bool = False) -> None:
    """Raise :class:`RegexError` unless the text is in the common dialect (for ``fold``: without capitals)."""
    node, _ = parse(text, Dialect.COMMON, Flags())
    if size(node) > MAX_SIZE:
        refuse(text, 0, len(text), "the pattern is too large once its counts are multiplied out")
    if not fold:
        return
    for each in nodes_of(node):
        only = each.points.single() if isinstance(each, Chars) else None
        if only is not None and only in charset.capitals():
            at = max(0, text.find(chr(only)))
            refuse(text, at, at + 1, "a capital can never be found in lower case", "use translate(…, fold=True)")


@lru_cache(maxsize=4096)
def compile_python(text: str) -> re.Pattern[str]:
    """A pattern of the common dialect for Python's ``re``, with the same meaning; use its ``search``.

    Time is not bounded (``re`` backtracks): for the reference evaluator and small data.
    """
    node, _ = parse(text, Dialect.COMMON, Flags())
    return re.compile(show(bare(node), python=True), re.ASCII)

"""Nodes to text of the common dialect, or to the form of it that Python's ``re`` reads in the same way."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import assert_never

from certhound.query.regex import charset
from certhound.query.regex.charset import CharSet
from certhound.query.regex.nodes import Alt, Assert, At, Cat, Chars, Group, Node, Repeat

RE2_REPEATS = 1000
"""RE2 refuses counts whose product over the nesting is larger."""

_NAMED_SETS = {
    ~charset.NEWLINE: ".",
    charset.EVERYTHING: "(?s:.)",
    charset.DIGIT: r"\d",
    ~charset.DIGIT: r"\D",
    charset.WORD: r"\w",
    ~charset.WORD: r"\W",
    charset.SPACE: r"[\t-\r ]",
    ~charset.SPACE: r"[^\t-\r ]",
    CharSet(): "[^\\x00-\U0010ffff]",
}
_COMMON_AT = {
    At.START: "^",
    At.END: "$",
    At.LINE_START: "(?m:^)",
    At.LINE_END: "(?m:$)",
    At.WORD_EDGE: r"\b",
    At.NO_WORD_EDGE: r"\B",
}
_PYTHON_AT = {At.END: r"\Z", At.NO_WORD_EDGE: r"(?!\b)"}
"""Python's ``$`` also fits before a last newline, and before 3.14 its ``\\B`` did not fit the empty text."""


def show(node: Node, *, python: bool = False, lowered: bool = False) -> str:
    """The text of a node.

    ``python`` spells the end of the text as Python's ``re`` does (``\\Z``; its ``$`` also fits before a last newline).
    ``lowered`` leaves out of each set what never stands in a text of simple lower case.
    """
    return _Printer(python, lowered).text(node)


class _Printer:
    def __init__(self, python: bool, lowered: bool) -> None:
        self.python = python
        self.lowered = lowered

    def text(self, node: Node) -> str:
        match node:
            case Chars(points=points):
                return shown_chars(points, self.lowered)
            case Assert(at=at) if self.python and at in _PYTHON_AT:
                return _PYTHON_AT[at]
            case Assert(at=at):
                return _COMMON_AT[at]
            case Cat(parts=parts):
                return "".join(f"(?:{self.text(part)})" if isinstance(part, Alt) else self.text(part) for part in parts)
            case Alt(options=options):
                return "|".join(self.text(option) for option in options)
            case Group(body=body, name=name):
                return f"(?P<{name}>{self.text(body)})" if name else f"({self.text(body)})"
            case Repeat():
                return self.repeat(node)
            case _:
                assert_never(node)

    def repeat(self, node: Repeat) -> str:
        """A repeat; counts beyond what RE2 takes become several one after the other."""
        body = self.text(node.body)
        if not isinstance(node.body, (Chars, Group)):
            body = f"(?:{body})"
        room = max(1, RE2_REPEATS // product(node.body))
        pieces: list[tuple[int, int | None]] = []
        low, high = node.low, node.high
        rest = None if high is None else high - low
        while low > room:
            pieces.append((room, room))
            low -= room
        if rest is None:
            pieces.append((low, None))
        elif low + rest <= room:
            pieces.append((low, low + rest))
        else:
            pieces.append((low, low))
            pieces.extend((0, min(room, rest - done)) for done in range(0, rest, room))
        shown = [quantifier(*piece) + ("?" if node.lazy else "") for piece in pieces if piece != (0, 0)]
        if len(shown) > 1:
            body = self.without_names(node.body)
        return "".join(f"{body}{each}" for each in shown) or "(?:)"

    def without_names(self, body: Node) -> str:
        """The body with its groups made non-capturing, for it stands several times."""
        return f"(?:{self.text(bare(body))})"


@lru_cache(maxsize=4096)
def shown_chars(points: CharSet, lowered: bool) -> str:
    """A set by its short name, as a single character or as a class."""
    if not lowered:
        return _NAMED_SETS.get(points) or shown_set(points)
    small = points - charset.capitals()
    named = _small_named_sets().get(small)
    if named is not None:
        return named
    return shown_set(~(~points - charset.capitals()) if charset.LAST in points else small)


@cache
def _small_named_sets() -> dict[CharSet, str]:
    """What of the named sets a text in lower case can have; of those that have the same the first."""
    return {points - charset.capitals(): text for points, text in reversed(_NAMED_SETS.items())}


def bare(node: Node) -> Node:
    """The node without capturing groups."""
    match node:
        case Group(body=body):
            return bare(body)
        case Cat(parts=parts):
            return Cat(tuple(bare(part) for part in parts))
        case Alt(options=options):
            return Alt(tuple(bare(option) for option in options))
        case Repeat(body=body, low=low, high=high, lazy=lazy):
            return Repeat(bare(body), low, high, lazy)
        case Chars() | Assert():
            return node


def quantifier(low: int, high: int | None) -> str:
    """``*``, ``+``, ``?``, ``{2}``, ``{2,}`` or ``{2,5}``; nothing for exactly once."""
    simple = {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}
    if (low, high) in simple:
        return simple[low, high]
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"


def product(node: Node) -> int:
    """The largest product of counts over the nesting, as RE2 reckons it."""
    match node:
        case Chars() | Assert():
            return 1
        case Cat(parts=parts):
            return max((product(part) for part in parts), default=1)
        case Alt(options=options):
            return max(product(option) for option in options)
        case Group(body=body):
            return product(body)
        case Repeat(body=body, low=low, high=high):
            return min(RE2_REPEATS, max(1, low, high or 0) * product(body))


def size(node: Node) -> int:
    """About how many instructions RE2 compiles the node to; counts multiply, characters beyond ASCII cost more."""
    match node:
        case Chars(points=points):
            return sum(1 if high < 0x80 else 8 for _, high in points.ranges) or 1
        case Assert():
            return 1
        case Cat(parts=parts):
            return sum(size(part) for part in parts)
        case Alt(options=options):
            return len(options) + sum(size(option) for option in options)
        case Group(body=body):
            return 2 + size(body)
        case Repeat(body=body, low=low, high=high):
            return max(1, low + 1 if high is None else high) * (1 + size(body))


_CONTROL = {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\f": r"\f"}


def shown_set(points: CharSet) -> str:
    """A set as a single character or a bracketed class."""
    only = points.single()
    if only is not None:
        return _shown(only, r".+*?()|[]{}^$\\")
    negated = charset.LAST in points
    body = "".join(
        _shown(low, r"[]^\-&~") + ("" if high == low else ("-" if high > low + 1 else "") + _shown(high, r"[]^\-&~"))
        for low, high in (~points if negated else points).ranges
    )
    return f"[{'^' if negated else ''}{body}]"


def _shown(point: int, special: str) -> str:
    char = chr(point)
    if char in special:
        return "\\" + char
    if char in _CONTROL:
        return _CONTROL[char]
    if point < 0x20 or 0x7F <= point < 0xA1 or point == 0xAD:
        return f"\\x{point:02x}"
    return char

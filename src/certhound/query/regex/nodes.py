"""What a regular expression can be once it is parsed: a small closed set of nodes, free of any dialect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from certhound.query.regex.charset import CharSet


class At(Enum):
    """Assertions of no width."""

    START = "start of the text"
    END = "end of the text"
    END_OR_NEWLINE = "end of the text, or before a newline that ends it"
    END_OR_LINE_END = "end of the text, or before a line terminator (in Java's sense) that ends it"
    LINE_START = "start of a line"
    LINE_END = "end of a line"
    WORD_EDGE = "between a word character and another"
    NO_WORD_EDGE = "not at the edge of a word"


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a set."""

    points: CharSet


@dataclass(frozen=True, slots=True)
class Assert:
    """An assertion; ``start`` and ``end`` are its place in the source pattern."""

    at: At
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Cat:
    """One after the other; none is the empty expression."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of several, the first that fits."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Between ``low`` and ``high`` (None: any number) times; ``lazy`` as few as possible."""

    body: Node
    low: int
    high: int | None
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group."""

    body: Node
    name: str | None = None


Node: TypeAlias = Chars | Assert | Cat | Alt | Repeat | Group
EMPTY = Cat(())


def nullable(node: Node) -> bool:
    """True when the node can match the empty text at any position (assertions other than of the end do not count)."""
    match node:
        case Chars():
            return False
        case Assert(at=at):
            return at in (At.END, At.END_OR_NEWLINE, At.END_OR_LINE_END, At.LINE_END)
        case Cat(parts=parts):
            return all(nullable(part) for part in parts)
        case Alt(options=options):
            return any(nullable(option) for option in options)
        case Repeat(body=body, low=low):
            return low == 0 or nullable(body)
        case Group(body=body):
            return nullable(body)

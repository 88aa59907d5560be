"""Text to tokens: one regular expression, one pass, linear in the length of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import NoReturn

from certhound.qradar.aql.errors import AqlError
from certhound.qradar.aql.nodes import Comment
from certhound.query.tree import Span

LONGEST_NUMBER = 64
"""Characters of a number; a console's longs need 19."""


class Kind(Enum):
    """Kinds of tokens."""

    WORD = "word"
    QUOTED = "quoted name"
    TEXT = "text"
    NUMBER = "number"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``text`` is what it says, without quotes; ``upper`` a word or symbol to compare with, else empty."""

    kind: Kind
    text: str
    upper: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(slots=True)
class Lexed:
    """The tokens of a text, an END last, and what stands between them."""

    tokens: list[Token] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    odd_blanks: list[Span] = field(default_factory=list)
    """Blanks that are none in plain text (no-break spaces, zero-width spaces), as pages and mails put them in."""


_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r\n\f\v]+)
    | (?P<odd>[\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff\x85\x1c-\x1f]+)
    | (?P<line>--[^\n]*)
    | (?P<block>/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/)
    | (?P<text>'[^']*+(?:''[^']*+)*+')
    | (?P<quoted>"[^"]*+(?:""[^"]*+)*+")
    | (?P<hex>0[xX][0-9a-fA-F]+)
    | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[^\W\d][\w$@]*)
    | (?P<symbol>>>>|<<|>>|\|\||::|==|!=|<>|<=|>=|/(?!\*)|[-+*%^&|\#~=<>(),;])
    """,
    re.VERBOSE,
)
_CURLY = "‘’‚‛“”„‟´`′″«»"
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){2,3}(?:/[0-9]{1,2})?")
_WORD_CHARACTER = re.compile(r"[\w$@.]")
_MARKS = re.compile(r"%\w+%|\$\{?\w+\}?|\{\{?\w+\}?\}|<\w[\w ]*>|\[\w+\]|:\w+|\?")


def lex(text: str) -> Lexed:
    """The tokens of a text.

    Raises:
        AqlError: where something stands that is no token.
    """
    out = Lexed()
    position, length = 0, len(text)
    while position < length:
        found = _TOKEN.match(text, position)
        if found is None:
            _refuse(text, position)
        end = found.end()
        kind = found.lastgroup or ""
        if kind in ("hex", "number"):
            _check_number(text, position, end)
        if kind == "odd":
            out.odd_blanks.append(Span(position, end))
        elif kind in ("line", "block"):
            out.comments.append(Comment(text[position:end].rstrip(), Span(position, end)))
        elif kind != "blank":
            out.tokens.append(_token(kind, text, position, end))
        position = end
    out.tokens.append(Token(Kind.END, "", "", length, length))
    return out


def _token(kind: str, text: str, start: int, end: int) -> Token:
    written = text[start:end]
    if kind == "word":
        return Token(Kind.WORD, written, written.upper(), start, end)
    if kind == "symbol":
        return Token(Kind.SYMBOL, written, written, start, end)
    if kind == "text":
        return Token(Kind.TEXT, written[1:-1].replace("''", "'"), "", start, end)
    if kind == "quoted":
        return Token(Kind.QUOTED, written[1:-1].replace('""', '"'), "", start, end)
    return Token(Kind.NUMBER, written, "", start, end)


def _check_number(text: str, start: int, end: int) -> None:
    """A number ends where a word cannot go on, and is no address without quotes."""
    address = _ADDRESS.match(text, start)
    if address is not None:
        raise AqlError(
            f"{address[0]} is no number",
            Span(start, address.end()),
            text,
            advice=f"write an address as text: '{address[0]}'",
        )
    if end < len(text) and _WORD_CHARACTER.match(text, end):
        raise AqlError(
            f"{text[start:end]} runs into {text[end]!r}", Span(start, end + 1), text, advice="put a blank between them"
        )
    written = text[start:end].lower()
    endless = "e" in written and not written.startswith("0x") and float(written) == float("inf")
    if end - start > LONGEST_NUMBER or endless:
        raise AqlError("this number is too large", Span(start, end), text)


def _refuse(text: str, position: int) -> NoReturn:
    character = text[position]
    if character in "'\"":
        kind, advice = ("text", "a quote inside a text is doubled: 'O''Brien'") if character == "'" else ("name", "")
        raise AqlError(f"this {kind} has no closing quote", Span(position, position + 1), text, advice=advice)
    if text.startswith("/*", position):
        raise AqlError("this comment does not end", Span(position, position + 2), text, advice="close it with */")
    if character in _CURLY:
        raise AqlError(
            f"{character} is no quote that AQL knows",
            Span(position, position + 1),
            text,
            check="typographic-quote",
            advice="text copied from a page has typographic quotes; write ' round texts and \" round names",
        )
    placeholder = _MARKS.match(text, position)
    if placeholder is not None:
        raise AqlError(
            f"{placeholder[0]} is a placeholder, not AQL",
            Span(position, placeholder.end()),
            text,
            advice="put the value in its place",
        )
    raise AqlError(
        f"{character!r} has no meaning in AQL", Span(position, position + 1), text, advice=_instead(character)
    )


def _instead(character: str) -> str:
    if character == ".":
        return "a field has no database before it: write sourceip, not events.sourceip"
    return 'a name with such characters stands in double quotes: "User Domain"'

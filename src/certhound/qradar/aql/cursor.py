"""A place in the tokens of a query, and how a parser speaks of what it meets there."""

from __future__ import annotations

from typing import NoReturn

from certhound.qradar.aql.errors import AqlError
from certhound.qradar.aql.lexer import Kind, Lexed, Token
from certhound.qradar.aql.nodes import MAX_DEPTH
from certhound.qradar.aql.options import ParseOptions
from certhound.qradar.aql.words import UNITS
from certhound.query.tree import Span

_NO_JOIN = "AQL has no joins and reads one source: use IN (SELECT …), or a reference set"
_INSTEAD = {
    "UNION": "AQL has no UNION: widen the condition with OR, or run two searches",
    "JOIN": _NO_JOIN,
    "INNER": _NO_JOIN,
    "LEFT": _NO_JOIN,
    "RIGHT": _NO_JOIN,
    "FULL": _NO_JOIN,
    "OUTER": _NO_JOIN,
    "CROSS": _NO_JOIN,
    "OFFSET": "AQL has no OFFSET: page through the results with the Range header of the REST API",
    "WITH": "AQL has no WITH: use a sub-select in FROM, or name a result with INTO",
    "INSERT": "AQL only reads: a query begins with SELECT",
    "UPDATE": "AQL only reads: a query begins with SELECT",
    "DELETE": "AQL only reads: a query begins with SELECT",
    "TOP": "AQL has no TOP: write LIMIT n before the time window",
    "ISNOT": "write IS NOT as two words",
    "ISNULL": "write IS NULL as two words",
    "NOTIN": "write NOT IN as two words",
    "CONTAINS": "write x ILIKE '%part%'",
    "REGEXP": "write x MATCHES 'expression'",
    "RLIKE": "write x MATCHES 'expression'",
    "STOP": "STOP follows START",
    "NULLS": "AQL puts NULL first and has no words to change that",
    "WHERE": "WHERE follows FROM, and a query has one",
    "AS": "an alias is a single word or stands in quotes",
    "ON": _NO_JOIN,
    "SINCE": "write LAST n HOURS or START '…' STOP '…'",
    "BETWEEN": "a time window is written START '…' STOP '…'",
}
_SYMBOLS = {
    "=": "a condition belongs behind WHERE or HAVING",
    "::": "a namespace stands before a function: GEO::LOOKUP(sourceip, 'geo_json')",
    ";": "one query at a time",
}


class Cursor:
    """Tokens and the position in them. Everything that parses derives from this."""

    def __init__(self, lexed: Lexed, text: str, options: ParseOptions) -> None:
        self.tokens = lexed.tokens
        self.text = text
        self.options = options
        self.index = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        """The token in turn."""
        return self.tokens[self.index]

    @property
    def end(self) -> int:
        """Where the token before this one ends."""
        return self.tokens[self.index - 1].end if self.index else 0

    def peek(self, ahead: int = 1) -> Token:
        """A token further on; END when there is none."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The token in turn, and on to the next."""
        token = self.tokens[self.index]
        if token.kind is not Kind.END:
            self.index += 1
        return token

    def at(self, *words: str) -> bool:
        """Whether a word or symbol is in turn."""
        return self.tokens[self.index].upper in words

    def accept(self, *words: str) -> bool:
        """Step over a run of words or symbols when all of it stands here."""
        for ahead, word in enumerate(words):
            if self.peek(ahead).upper != word:
                return False
        self.index += len(words)
        return True

    def expect(self, word: str, after: str) -> Token:
        """The word or symbol that must stand here."""
        if self.token.upper != word:
            self.unexpected(f"{word} expected {after}")
        return self.take()

    def since(self, start: int) -> Span:
        """From an offset to the end of the last token taken."""
        return Span(start, self.end)

    def enter(self) -> None:
        """One level deeper.

        Raises:
            AqlError: too deep for any console, and for us.
        """
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            self.too_deep(self.token.span)

    def leave(self) -> None:
        self.nesting -= 1

    def too_deep(self, span: Span) -> NoReturn:
        raise AqlError(
            f"the query is nested more than {MAX_DEPTH} levels deep",
            span,
            self.text,
            check="too-deep",
            advice="take brackets away, or turn a long chain of OR into IN (…)",
        )

    def fail(self, text: str, span: Span, advice: str = "", check: str = "syntax") -> NoReturn:
        """Refuse the query for what stands at a span."""
        raise AqlError(text, span, self.text, check=check, advice=advice)

    def unexpected(self, wanted: str) -> NoReturn:
        """Refuse the token in turn, and say what was wanted in its place."""
        token = self.token
        if token.kind is Kind.END:
            span = Span(max(0, self.end - 1), self.end)
            self.fail(f"the query ends too early: {wanted}", span, self._advice(token))
        shown = self.text[token.start : token.end]
        shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
        self.fail(f"{shown} is unexpected here: {wanted}", token.span, self._advice(token))

    def _advice(self, token: Token) -> str:
        before = self.tokens[self.index - 1] if self.index else token
        if token.upper in UNITS and before.kind is Kind.NUMBER:
            return "a unit stands behind LAST only; elsewhere count in milliseconds: NOW() - 3600000"
        if token.upper in _INSTEAD:
            return _INSTEAD[token.upper]
        if token.upper == "FROM" and before.upper == ",":
            return "take the last comma away"
        if before.kind is Kind.NUMBER and token.kind is Kind.NUMBER:
            return "put an operator or a comma between them"
        if before.upper == ";":
            return "one query at a time: divide a file at its semicolons"
        return _INSTEAD.get(before.upper, _SYMBOLS.get(token.upper, ""))

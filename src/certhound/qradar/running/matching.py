"""Patterns: LIKE and ILIKE over the whole value, MATCHES and IMATCHES in Java's dialect, TEXT SEARCH."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import wrong_argument
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.naming import by_ids
from certhound.qradar.running.typed import Typed, as_text
from certhound.query import regex
from certhound.query import tree as t

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions

_WILD = {"%": t.Wild.ANY, "_": t.Wild.ONE}


def like_pattern(text: str) -> t.Like:
    """A pattern of LIKE: ``%`` any run, ``_`` one character; nothing escapes them."""
    parts: list[str | t.Wild] = []
    for piece in re.split(r"([%_])", text):
        if piece in _WILD:
            parts.append(_WILD[piece])
        elif piece:
            parts.append(piece)
    return t.Like(tuple(parts))


def match(to: Expressions, node: n.Match, operand: Typed) -> t.Expr:
    """A match. A list is matched where some element is."""
    if operand.type is ArielType.BYTES:
        raise to.error(wrong_argument("byte[]", "String"), node, "bytes", "match UTF8(payload)")
    if isinstance(node.pattern, n.Null):
        unknown: t.Expr = t.Compare(t.Op.EQ, as_text(operand), as_text(to.value(node.pattern)), span=node.span)
        return unknown
    pattern = to.value(node.pattern)
    if pattern.quoted is None:
        raise to.error(
            "a pattern is a text in single quotes here", node.pattern, "pattern", "use STRPOS for a computed text"
        )
    made, fold = _pattern(to, node, pattern.quoted)
    if operand.type is ArielType.LIST:
        test: t.Expr = t.AnyOf(operand.expr, t.Match(t.Element(), made, fold), node.span)
    else:
        test = by_ids(t.Match(as_text(operand), made, fold, node.span))
    return t.Not(test, node.span) if node.negated else test


def _pattern(to: Expressions, node: n.Match, text: str) -> tuple[t.Pattern, bool]:
    if node.op in (n.MatchOp.LIKE, n.MatchOp.ILIKE):
        return like_pattern(text), node.op is n.MatchOp.ILIKE
    fold, whole = node.op is n.MatchOp.IMATCHES, to.setting.switches.whole_match
    found = java(to, node.pattern, text, fold=fold, whole=whole)
    shorter = text if whole else _searched(text)
    if shorter != text:
        found = java(to, node.pattern, shorter, fold=fold)
    return t.Regex(found.text), found.fold


def _searched(text: str) -> str:
    """A pattern that is searched for, without ``.*`` at its ends, which says nothing there and costs much."""
    if "|" in text or not text.strip(".*"):
        return text
    start = re.match(r"(?:\.\*(?![?+]))*", text)
    text = text[start.end() if start else 0 :]
    end = re.search(r"(?<!\\)(?:\.\*)+\Z", text)
    return text[: end.start()] if end and end.start() else text


def java(to: Expressions, node: n.Expr, text: str, *, fold: bool = False, whole: bool = False) -> regex.Translated:
    """A Java regular expression; what no engine can say is refused with its place in the query."""
    try:
        return regex.translate(text, regex.Dialect.JAVA, fold=fold, whole=whole)
    except regex.RegexError as error:
        before = text[: error.start].count("'")  # quotes are doubled in the literal
        start = node.span.start + 1 + error.start + before
        span = t.Span(start, min(max(start + 1, start + error.end - error.start), node.span.end))
        raise to.scope.error(f"in the pattern: {error.text}", span, error.check, error.advice) from None


# TEXT SEARCH


_TOKEN = re.compile(r'\s*(?:(\()|(\))|"([^"]*)"|([^\s()"]+))')


def text_search(to: Expressions, node: n.TextSearch) -> t.Expr:
    """The quick filter over the payload: words, "phrases", AND, OR, NOT, brackets; ``%`` and ``*`` in words."""
    column = to.scope.columns.get("payload") or to.scope.columns.get("sourcepayload")
    if column is None:
        raise to.error("TEXT SEARCH needs a payload to search in", node, "text-search")
    tokens = [found.groups() for found in _TOKEN.finditer(node.terms) if found.group().strip()]
    if not tokens:
        raise to.error("TEXT SEARCH without a word to search for", node, "text-search")
    search = _Search(to, node, column, tokens)
    return search.whole()


class _Search:
    """Reads the terms: OR between ANDs, words side by side are ANDed."""

    def __init__(self, to: Expressions, node: n.TextSearch, column: Typed, tokens: list[tuple[str, ...]]) -> None:
        self.to, self.node, self.column, self.tokens, self.at = to, node, column, tokens, 0

    def whole(self) -> t.Expr:
        found = self.either(0)
        if self.at < len(self.tokens):
            raise self.fault()
        return found

    def fault(self) -> Exception:
        return self.to.error("the terms of TEXT SEARCH are not well formed", self.node, "text-search")

    def word(self) -> str:
        return self.tokens[self.at][3] or "" if self.at < len(self.tokens) else ""

    def either(self, depth: int) -> t.Expr:
        parts = [self.all(depth)]
        while self.word() == "OR":
            self.at += 1
            parts.append(self.all(depth))
        return t.disjunction(parts)

    def all(self, depth: int) -> t.Expr:
        parts = [self.single(depth)]
        while self.at < len(self.tokens) and self.word() != "OR" and not self.tokens[self.at][1]:
            self.at += self.word() == "AND"
            parts.append(self.single(depth))
        return t.conjunction(parts)

    def single(self, depth: int) -> t.Expr:
        if self.at >= len(self.tokens) or depth > 40:
            raise self.fault()
        if self.word() == "NOT":
            self.at += 1
            return t.Not(self.single(depth + 1))
        opening, closing, phrase, word = self.tokens[self.at]
        self.at += 1
        if opening:
            inner = self.either(depth + 1)
            if self.at >= len(self.tokens) or not self.tokens[self.at][1]:
                raise self.fault()
            self.at += 1
            return inner
        if closing or word in ("AND", "OR"):
            raise self.fault()
        return self.term(phrase if word is None else word)

    def term(self, text: str) -> t.Expr:
        """A word or phrase that stands by itself, its case ignored; with a wildcard it may be part of a word."""
        pieces = [re.sub(r"(\W)", r"\\\1", piece) for piece in re.split(r"[%*]+", text)]
        body = r"\w*".join(pieces)
        start = "" if text[:1] in ("%", "*", "") or not _is_word(text[0]) else r"\b"
        end = "" if text[-1:] in ("%", "*", "") or not _is_word(text[-1]) else r"\b"
        if not "".join(pieces):
            return t.Not(t.IsNull(self.column.expr))
        found = java(self.to, self.node, f"{start}{body}{end}", fold=True)
        return t.Match(self.column.expr, t.Regex(found.text), found.fold, self.node.span)


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")

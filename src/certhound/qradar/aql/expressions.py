"""Expressions and conditions: recursive descent, with precedence climbing for operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeAlias

from certhound.qradar.aql.cursor import Cursor
from certhound.qradar.aql.errors import no_such_field
from certhound.qradar.aql.lexer import Kind, Token
from certhound.qradar.aql.nodes import (
    And,
    Between,
    Binary,
    Boolean,
    Call,
    Case,
    Compare,
    Expr,
    If,
    In,
    IsNull,
    Match,
    Name,
    Not,
    Null,
    Number,
    Or,
    Query,
    Star,
    Text,
    TextSearch,
    Unary,
    UnaryOp,
)
from certhound.qradar.aql.options import Precedence
from certhound.qradar.aql.places import Places
from certhound.qradar.aql.words import BINARY, COMPARISONS, MATCHES, PRECEDENCE, RESERVED
from certhound.query.tree import Span

_Part: TypeAlias = tuple[Expr, Span]


class ExpressionParser(Cursor):
    """Reads expressions; what reads queries derives from it and gives :meth:`query`."""

    def query(self) -> Query:
        raise NotImplementedError

    def expression(self) -> Expr:
        """Any expression, conditions included."""
        self.enter()
        parts = [self._part()]
        joins: list[str] = []
        while self.at("AND", "OR"):
            joins.append(self.take().upper)
            parts.append(self._part())
        self.leave()
        return parts[0][0] if not joins else self._joined(parts, joins)

    def _part(self) -> _Part:
        """One condition and where it stands, its brackets included."""
        start = self.token.start
        return self._negation(), self.since(start)

    def _joined(self, parts: list[_Part], joins: list[str]) -> Expr:
        match self.options.precedence:
            case Precedence.SQL:
                return _by_rank(parts, joins, "OR")[0]
            case Precedence.OR_FIRST:
                return _by_rank(parts, joins, "AND")[0]
            case Precedence.LEFT_TO_RIGHT:
                return _left_to_right(parts, joins)[0]

    def _negation(self) -> Expr:
        if not self.at("NOT"):
            return self._comparison()
        self.enter()
        start = self.take().start
        operand = self._negation()
        self.leave()
        return Not(operand, span=self.since(start))

    def _comparison(self) -> Expr:
        start = self.token.start
        left = self.operand()
        word = self.token.upper
        if word in COMPARISONS:
            self.take()
            right = self.operand()
            return Compare(COMPARISONS[word], left, right, spelt=word, span=self.since(start))
        if word == "IS":
            self.take()
            negated = self.accept("NOT")
            self.expect("NULL", "after IS")
            return IsNull(left, negated, span=self.since(start))
        negated = word == "NOT"
        if negated:
            word = self.peek().upper
            if word not in MATCHES and word not in ("IN", "BETWEEN"):
                return left
            self.take()
        if word in MATCHES:
            self.take()
            return Match(MATCHES[word], left, self.operand(), negated, span=self.since(start))
        if word == "BETWEEN":
            return self._between(left, negated, start)
        if word == "IN":
            return self._in(left, negated, start)
        return left

    def _between(self, left: Expr, negated: bool, start: int) -> Expr:
        self.take()
        low = self.operand()
        self.expect("AND", "between the ends of BETWEEN")
        return Between(left, low, self.operand(), negated, span=self.since(start))

    def _in(self, left: Expr, negated: bool, start: int) -> Expr:
        self.take()
        self.expect("(", "after IN")
        options: tuple[Expr, ...] | Query
        if self.at("SELECT"):
            options = self.query()
        else:
            options = self.listed(self.expression)
        self.expect(")", "after the list of IN")
        return In(left, options, negated, span=self.since(start))

    def listed(self, element: Callable[[], Expr]) -> tuple[Expr, ...]:
        """One or more, with commas between."""
        out = [element()]
        while self.accept(","):
            out.append(element())
        return tuple(out)

    def operand(self, least: int = 1) -> Expr:
        """What stands on one side of a comparison: arithmetic, bits, joined text."""
        start = self.token.start
        left = self._signed()
        while True:
            op = BINARY.get(self.token.upper)
            if op is None or PRECEDENCE[op] < least:
                return left
            self.take()
            self.enter()
            right = self.operand(PRECEDENCE[op] + 1)
            self.leave()
            left = Binary(op, left, right, span=self.since(start))

    def _signed(self) -> Expr:
        if not self.at("-", "+", "~"):
            return self._primary()
        self.enter()
        token = self.take()
        operand = self._signed()
        self.leave()
        return Unary(UnaryOp(token.text), operand, span=self.since(token.start))

    def _primary(self) -> Expr:
        token = self.token
        match token.kind:
            case Kind.NUMBER:
                self.take()
                return Number(token.text, span=token.span)
            case Kind.TEXT:
                self.take()
                return Text(token.text, span=token.span)
            case Kind.QUOTED:
                self.take()
                return self._call(token.text, token) if self.at("(") else Name(token.text, True, span=token.span)
            case Kind.WORD:
                return self._word(token)
            case _:
                return self._bracketed() if token.upper == "(" else self.unexpected("a field, a value or a function")

    def _bracketed(self) -> Expr:
        opening = self.take()
        if self.at("SELECT"):
            self.fail("a sub-select has no place here", self.token.span, "write it behind FROM or IN")
        inner = self.expression()
        if not self.accept(")"):
            line, column = Places(self.text).line_column(opening.start)
            self.unexpected(f"AND, OR, an operator, or a bracket to close the one of {line}:{column}")
        if isinstance(inner, And):
            return And(inner.operands, bracketed=True, span=inner.span)
        if isinstance(inner, Or):
            return Or(inner.operands, bracketed=True, span=inner.span)
        return inner

    def _word(self, token: Token) -> Expr:
        word = token.upper
        after = self.peek()
        if word == "CASE":
            return self._case()
        if word == "IF":
            return self._if()
        if word in ("TRUE", "FALSE"):
            self.take()
            return Boolean(word == "TRUE", span=token.span)
        if word == "NULL":
            self.take()
            return Null(span=token.span)
        if word == "TEXT" and after.upper == "SEARCH":
            return self._text_search()
        if word in RESERVED:
            self.unexpected("a field, a value or a function")
        if after.upper == "::":
            return self._namespaced()
        self.take()
        return self._call(token.text, token) if after.upper == "(" else self._name(token)

    def _namespaced(self) -> Expr:
        first = self.take()
        self.take()
        second = self.token
        if second.kind is not Kind.WORD:
            self.unexpected("the name of a function")
        self.take()
        if not self.at("("):
            self.unexpected("the arguments of the function in brackets")
        return self._call(f"{first.text}::{second.text}", Token(Kind.WORD, "", "", first.start, second.end))

    def _name(self, token: Token) -> Expr:
        """A bare name; with hyphens where the options know the whole run."""
        if not self.options.hyphenated or not self.at("-"):
            return Name(token.text, span=token.span)
        longest, index, end = 0, self.index, token.end
        while self.tokens[index].upper == "-" and self.tokens[index].start == end:
            part = self.tokens[min(index + 1, len(self.tokens) - 1)]
            if part.start != self.tokens[index].end or part.kind not in (Kind.WORD, Kind.NUMBER):
                break
            index, end = index + 2, part.end
            if self.text[token.start : end].lower() in self.options.hyphenated:
                longest = index
        if longest:
            self.index = longest
        return Name(self.text[token.start : self.end], span=self.since(token.start))

    def _call(self, name: str, token: Token) -> Expr:
        self.enter()
        self.take()
        arguments: list[Expr] = []
        while not self.at(")"):
            if arguments:
                self.expect(",", f"between the arguments of {name}")
            arguments.append(self._argument(name))
        self.take()
        self.leave()
        return Call(name, tuple(arguments), span=self.since(token.start), name_span=token.span)

    def _argument(self, name: str) -> Expr:
        if self.at("*") and self.peek().upper in (")", ","):
            return Star(span=self.take().span)
        if self.at("DISTINCT") and self.peek().upper not in (")", ",", "="):
            self.distinct(
                f"AQL has no {name.upper()}(DISTINCT …): write UNIQUECOUNT(…), or DISTINCTCOUNT(…) when large"
            )
        if self.at("SELECT"):
            self.fail("a sub-select has no place here", self.token.span, "write it behind FROM or IN")
        return self.expression()

    def distinct(self, advice: str) -> NoReturn:
        """Refuse DISTINCT as a console does, which takes it for a field."""
        later = self.tokens[self.index :]
        at_from = next((index for index, token in enumerate(later) if token.upper == "FROM"), None)
        source = later[at_from + 1].text if at_from is not None and at_from + 1 < len(later) else ""
        database = source.lower() if source.lower() in ("flows", "simarc") else "events"
        self.fail(no_such_field(self.token.text, database), self.token.span, advice, check="distinct")

    def _text_search(self) -> Expr:
        start = self.take().start
        self.take()
        if self.token.kind is not Kind.TEXT:
            self.unexpected("the search terms in single quotes")
        terms = self.take().text
        return TextSearch(terms, span=self.since(start))

    def _case(self) -> Expr:
        self.enter()
        start = self.take().start
        operand = None if self.at("WHEN") else self.expression()
        branches: list[tuple[Expr, Expr]] = []
        while self.accept("WHEN"):
            condition = self.expression()
            self.expect("THEN", "after the condition of WHEN")
            branches.append((condition, self.expression()))
        if not branches:
            self.unexpected("WHEN … THEN …")
        default = self.expression() if self.accept("ELSE") else None
        self.expect("END", "to close CASE")
        self.leave()
        return Case(operand, tuple(branches), default, span=self.since(start))

    def _if(self) -> Expr:
        self.enter()
        start = self.take().start
        condition = self.expression()
        if self.at(","):
            self.unexpected("IF is written IF condition THEN value ELSE value")
        self.expect("THEN", "after the condition of IF")
        then = self.expression()
        self.expect("ELSE", "after the value of THEN")
        otherwise = self.expression()
        self.leave()
        return If(condition, then, otherwise, span=self.since(start))


def _made(join: str, parts: list[_Part]) -> _Part:
    if len(parts) == 1:
        return parts[0]
    span = Span(parts[0][1].start, parts[-1][1].end)
    operands = tuple(expr for expr, _ in parts)
    return (And(operands, span=span) if join == "AND" else Or(operands, span=span)), span


def _by_rank(parts: list[_Part], joins: list[str], loose: str) -> _Part:
    """One of the two binds looser: cut there, join what lies between by the other."""
    runs = [[parts[0]]]
    for join, part in zip(joins, parts[1:], strict=True):
        if join == loose:
            runs.append([part])
        else:
            runs[-1].append(part)
    tight = "AND" if loose == "OR" else "OR"
    return _made(loose, [_made(tight, run) for run in runs])


def _left_to_right(parts: list[_Part], joins: list[str]) -> _Part:
    """Each join takes all that stands before it."""
    held, last = [parts[0]], joins[0]
    for join, part in zip(joins, parts[1:], strict=True):
        if join != last:
            held, last = [_made(last, held)], join
        held.append(part)
    return _made(last, held)

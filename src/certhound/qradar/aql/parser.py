"""Queries: the clauses behind SELECT, in IBM's order or in any other that is met in the wild."""

from __future__ import annotations

from dataclasses import replace

from certhound.qradar.aql.expressions import ExpressionParser
from certhound.qradar.aql.lexer import Kind, Token, lex
from certhound.qradar.aql.nodes import (
    MAX_DEPTH,
    And,
    Call,
    Clause,
    ClauseMark,
    Expr,
    GlobalView,
    Item,
    Last,
    Number,
    OffenseTime,
    OrderKey,
    Parameter,
    Query,
    Session,
    SessionEdge,
    Source,
    Star,
    StartStop,
    Table,
    Text,
    TextSearch,
    Unit,
    Window,
    deepest,
    everything,
    walk,
)
from certhound.qradar.aql.options import DEFAULT, ParseOptions
from certhound.qradar.aql.words import CLAUSE_WORDS, OPERATOR_WORDS, SESSION_WORDS, UNITS
from certhound.query.recursion import make_room
from certhound.query.tree import Span

_FIRST_WORDS: dict[str, Clause] = {
    "INTO": Clause.INTO,
    "WHERE": Clause.WHERE,
    "GROUP": Clause.GROUP_BY,
    "SESSION": Clause.SESSION_BY,
    "HAVING": Clause.HAVING,
    "ORDER": Clause.ORDER_BY,
    "LIMIT": Clause.LIMIT,
    "LAST": Clause.WINDOW,
    "START": Clause.WINDOW,
    "TIMES": Clause.WINDOW,
    "PARAMETERS": Clause.PARAMETERS,
}
_ORDER = list(Clause)
_NO_ALIAS = CLAUSE_WORDS | OPERATOR_WORDS


def parse(text: str, *, options: ParseOptions = DEFAULT) -> Query:
    """The query that a text holds, and nothing beside it but comments and a closing semicolon.

    Names are not looked up: unknown fields, functions and wrong types are for the linter and for running.

    Raises:
        AqlError: what a console refuses, with place and advice.
    """
    make_room()
    lexed = lex(text)
    reader = QueryParser(lexed, text, options)
    query = reader.query()
    reader.accept(";")
    if reader.token.kind is not Kind.END:
        reader.unexpected("the end of the query, or a clause that it does not have yet")
    below = deepest(query, MAX_DEPTH)
    if below is not None:
        reader.too_deep(below)
    return replace(query, comments=tuple(lexed.comments))


class QueryParser(ExpressionParser):
    """Reads one SELECT with everything in it."""

    def query(self) -> Query:
        self.enter()
        start = self.token.start
        if not self.at("SELECT"):
            self.unexpected("a query begins with SELECT")
        marks: list[ClauseMark] = []
        parts = _Parts()
        self.take()
        parts.items = self._items()
        marks.append(ClauseMark(Clause.SELECT, self.since(start)))
        at = self.expect("FROM", "after the SELECT list").start
        parts.source = self._source()
        marks.append(ClauseMark(Clause.FROM, self.since(at)))
        while (clause := _FIRST_WORDS.get(self.token.upper)) is not None:
            self._check_order(clause, marks)
            at = self.token.start
            self._clause(clause, parts)
            marks.append(ClauseMark(clause, self.since(at)))
        self.leave()
        query = parts.query(self.since(start), tuple(marks), self.text)
        self._check_text_search(query)
        return query

    def _check_order(self, clause: Clause, marks: list[ClauseMark]) -> None:
        if any(mark.clause is clause for mark in marks):
            what = "time window" if clause is Clause.WINDOW else clause.value
            self.fail(f"a query has one {what}, this is a second one", self.token.span)
        if not self.options.any_clause_order and _ORDER.index(marks[-1].clause) > _ORDER.index(clause):
            self.fail(
                f"{clause.value} stands behind {marks[-1].clause.value}",
                self.token.span,
                "see aql-checks: clause-order",
            )

    def _clause(self, clause: Clause, parts: _Parts) -> None:
        match clause:
            case Clause.INTO:
                self.take()
                parts.into = self._cursor_name()
            case Clause.WHERE:
                self.take()
                parts.where = self.expression()
            case Clause.GROUP_BY:
                self._two_words("BY")
                parts.group_by = self.listed(self.expression)
            case Clause.SESSION_BY:
                parts.session = self._session()
            case Clause.HAVING:
                self.take()
                parts.having = self.expression()
            case Clause.ORDER_BY:
                self._two_words("BY")
                parts.order_by, parts.collate = self._order()
            case Clause.LIMIT:
                self.take()
                parts.limit = self._limit()
            case Clause.WINDOW:
                parts.window = self._window()
            case Clause.PARAMETERS:
                self.take()
                parts.parameters = self._parameters()
            case _:
                raise AssertionError(clause)

    def _two_words(self, second: str) -> None:
        first = self.take()
        self.expect(second, f"after {first.upper}")

    # SELECT and FROM

    def _items(self) -> tuple[Item, ...]:
        if self.at("DISTINCT") and self.peek().upper not in (",", "FROM", "AS", "::"):
            self.distinct("AQL has no SELECT DISTINCT: write GROUP BY with the same fields, or UNIQUECOUNT(…)")
        items = [self._item()]
        while self.accept(","):
            items.append(self._item())
        return tuple(items)

    def _item(self) -> Item:
        start = self.token.start
        if self.at("*"):
            star = self.take()
            return Item(Star(span=star.span), span=star.span)
        expr = self.expression()
        explicit = self.accept("AS")
        token = self.token
        if not self._is_alias(token, explicit):
            if explicit:
                self.unexpected("an alias after AS")
            return Item(expr, span=self.since(start))
        if token.upper in UNITS and isinstance(expr, Number) and not explicit:
            self.unexpected("a comma or FROM")
        self.take()
        return Item(expr, token.text, explicit, span=self.since(start), alias_span=token.span)

    def _is_alias(self, token: Token, explicit: bool) -> bool:
        if token.kind is Kind.WORD:
            if explicit:
                return token.upper not in ("FROM", "AS", "WHERE")
            return token.upper not in _NO_ALIAS and self.peek().upper not in ("(", "::")
        return token.kind in (Kind.QUOTED, Kind.TEXT)

    def _source(self) -> Source:
        start = self.token.start
        if self.at("("):
            self.take()
            inner = self.query()
            self.expect(")", "to close the sub-select")
            self._no_second_source()
            return inner
        token = self.token
        if token.kind is Kind.QUOTED or (token.kind is Kind.WORD and token.upper not in _FIRST_WORDS):
            self.take()
            if token.upper == "GLOBALVIEW" and self.at("("):
                return self._global_view(start)
            self._no_second_source()
            return Table(token.text, span=token.span)
        return self.unexpected("events, flows, simarc, GLOBALVIEW(…), a cursor or a sub-select in brackets")

    def _no_second_source(self) -> None:
        if self.at(","):
            self.unexpected("AQL reads one source, it has no joins")
        if self.token.kind in (Kind.QUOTED, Kind.TEXT) or self.at("AS"):
            self.fail("a source has no alias", self.token.span, "AQL reads one source: its fields need no prefix")

    def _global_view(self, start: int) -> GlobalView:
        self.take()
        search = self._text("the name of a saved search in single quotes")
        self.expect(",", "between the saved search and its interval")
        interval = self._text("'NORMAL', 'HOURLY' or 'DAILY'")
        self.expect(")", "after the interval")
        return GlobalView(search, interval, span=self.since(start))

    def _text(self, wanted: str) -> str:
        if self.token.kind is not Kind.TEXT:
            self.unexpected(wanted)
        return self.take().text

    def _cursor_name(self) -> str:
        if self.token.kind is Kind.QUOTED or (self.token.kind is Kind.WORD and self.token.upper not in _NO_ALIAS):
            return self.take().text
        return self.unexpected("a name for the result")

    # ORDER BY, LIMIT, PARAMETERS

    def _order(self) -> tuple[tuple[OrderKey, ...], str | None]:
        keys = [self._order_key()]
        while self.accept(","):
            keys.append(self._order_key())
        collate = self._text("a language tag in single quotes") if self.accept("COLLATE") else None
        return tuple(keys), collate

    def _order_key(self) -> OrderKey:
        start = self.token.start
        expr = self.expression()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        return OrderKey(expr, descending, span=self.since(start))

    def _whole_number(self, wanted: str) -> int:
        token = self.token
        if token.kind is not Kind.NUMBER or not token.text.isdigit():
            self.unexpected(wanted)
        self.take()
        return int(token.text)

    def _limit(self) -> int:
        limit = self._whole_number("LIMIT takes a whole number")
        if self.at(","):
            self.fail("LIMIT takes one number", self.token.span, "AQL has no OFFSET")
        return limit

    def _parameters(self) -> tuple[Parameter, ...]:
        found: list[Parameter] = [self._parameter()]
        while self.accept(","):
            found.append(self._parameter())
        return tuple(found)

    def _parameter(self) -> Parameter:
        start = self.token.start
        if self.token.kind is not Kind.WORD or self.peek().upper != "=":
            self.unexpected("PARAMETERS takes name=value")
        name = self.take().text
        self.take()
        values = [self.operand()]
        while self.at(",") and self.peek(2).upper != "=":
            self.take()
            values.append(self.operand())
        return Parameter(name, tuple(values), span=self.since(start))

    # time

    def _window(self) -> Window:
        start = self.token.start
        word = self.take().upper
        if word == "LAST":
            return self._last(start)
        if word == "TIMES":
            name = self.expression()
            if not isinstance(name, Call) or name.upper != "OFFENSE_TIME" or len(name.arguments) != 1:
                self.fail("TIMES takes OFFENSE_TIME(id)", name.span)
            return OffenseTime(name.arguments[0], span=self.since(start))
        first = self._moment()
        return StartStop(first, self._moment() if self.accept("STOP") else None, span=self.since(start))

    def _moment(self) -> Expr:
        """A bound; its zone may stand behind the quotes: ``START '2026-11-24 08:00'Z``."""
        value = self.operand()
        token = self.token
        if isinstance(value, Text) and token.upper == "Z" and token.kind is Kind.WORD:
            self.take()
            return replace(value, value=f"{value.value}Z", span=Span(value.span.start, token.end))
        return value

    def _last(self, start: int) -> Last:
        count = self._whole_number("LAST takes a whole number and a unit: LAST 24 HOURS")
        singular = self.token.upper in UNITS and not self.token.upper.endswith("S")
        unit = self._unit("LAST takes SECONDS, MINUTES, HOURS or DAYS")
        return Last(count, unit, singular, span=self.since(start))

    def _unit(self, wanted: str) -> Unit:
        token = self.token
        unit = UNITS.get(token.upper)
        if unit is None:
            self.unexpected(wanted)
        if not self.options.singular_units and not token.upper.endswith("S"):
            self.fail(f"{token.text} is no unit", token.span, f"write {unit.value}", check="singular-unit")
        self.take()
        return unit

    # SESSION BY

    def _session(self) -> Session:
        start = self.token.start
        self._two_words("BY")
        keys = [self.operand()]
        while not self.at(*SESSION_WORDS) and (self.accept(",") or self._begins_key()):
            keys.append(self.operand())
        session = Session(keys[0], tuple(keys[1:]))
        while self.at(*SESSION_WORDS):
            session = self._session_part(session)
        if not session.keys:
            self.fail("SESSION BY takes a time and at least one more expression", self.since(start))
        return replace(session, span=self.since(start))

    def _begins_key(self) -> bool:
        token = self.token
        if token.kind is Kind.WORD:
            return token.upper not in CLAUSE_WORDS
        return token.kind in (Kind.QUOTED, Kind.TEXT, Kind.NUMBER) or token.upper == "("

    def _session_part(self, session: Session) -> Session:
        start = self.token.start
        explicit = self.accept("EXPLICIT")
        if explicit and not self.at("BEGIN", "END"):
            self.unexpected("BEGIN or END after EXPLICIT")
        word = self.take()
        part = word.upper.lower() if word.upper != "TIMEWINDOW" else "window"
        if getattr(session, part) is not None:
            self.fail(f"a session has one {word.upper}, this is a second one", word.span)
        if part in ("begin", "end"):
            edge = SessionEdge(self.expression(), explicit, span=self.since(start))
            return replace(session, begin=edge) if part == "begin" else replace(session, end=edge)
        if part == "timeout":
            return replace(session, timeout=self._whole_number("TIMEOUT takes milliseconds"))
        count = self._whole_number("TIMEWINDOW takes a whole number and a unit")
        return replace(session, window=(count, self._unit("TIMEWINDOW takes SECONDS, MINUTES, HOURS or DAYS")))

    # TEXT SEARCH

    def _check_text_search(self, query: Query) -> None:
        """It may stand only first in WHERE, and AND may be all that is round it."""
        first: Expr | None = query.where
        while isinstance(first, And):
            first = first.operands[0]
        for expr in everything(query):
            for node in walk(expr):
                if isinstance(node, TextSearch) and node is not first:
                    self.fail(
                        "TEXT SEARCH stands only as the first condition of WHERE, and only AND may follow it",
                        node.span,
                        "put it first and join the others by AND; several terms go inside: TEXT SEARCH 'a OR b'",
                        check="text-search",
                    )


class _Parts:
    """What has been read of a query until now."""

    def __init__(self) -> None:
        self.items: tuple[Item, ...] = ()
        self.source: Source = Table("")
        self.into: str | None = None
        self.where: Expr | None = None
        self.group_by: tuple[Expr, ...] = ()
        self.session: Session | None = None
        self.having: Expr | None = None
        self.order_by: tuple[OrderKey, ...] = ()
        self.collate: str | None = None
        self.limit: int | None = None
        self.window: Window | None = None
        self.parameters: tuple[Parameter, ...] = ()

    def query(self, span: Span, marks: tuple[ClauseMark, ...], text: str) -> Query:
        return Query(**vars(self), span=span, clauses=marks, text=text)

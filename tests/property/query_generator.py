"""Random well-typed expressions, queries and rows for the agreement of engines; all of it from one seeded source."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from certhound.model.columns import Kind
from certhound.query.functions import Constant, Function, Overload, functions, records
from certhound.query.regex import Dialect, RegexError, translate
from certhound.query.schema import Schema
from certhound.query.tree import (
    And,
    AnyOf,
    Between,
    Call,
    Case,
    Cast,
    Column,
    Compare,
    Element,
    Expr,
    In,
    IsNull,
    IsTrue,
    Item,
    Like,
    Literal,
    Match,
    Not,
    Op,
    Or,
    Order,
    Query,
    Regex,
    SubQuery,
    Wild,
)

TEXTS = (
    "", "a", "A", "b", "ab", "aB", "Ab.c", "abc", "a b", " a ", "a\nb", "a\n", "\n", "\t", "a\x00b", "%", "_",
    "a%b", "a_b",
    "\\", "a\\b", "'", '"', "*", "?", "[a]", "é", "É", "İ", "ı", "ſ", "K", "k", "ß", "ẞ", "Σ", "σ", "ς", "ΑΣ",
    "😀", "e\u0301",
    "12", "-5", "+7", " 7", "1.5", "1e5", ".5", "9223372036854775808", "0x1f", "true", "TRUE", "False", "1", "0",
    "null",
    "2024-02-29T10:00:00Z", "2023-02-29", "2024-02-29 23:59", "10.0.0.1", "::1", "example.com", "EXAMPLE.com",
)  # fmt: skip
ADDRESSES = (
    "10.0.0.1", "10.0.0.2", "10.255.0.1", "192.168.1.1", "0.0.0.0", "255.255.255.255", "::", "::1", "fe80::1%eth0",
    "::ffff:10.0.0.1", "::FFFF:a00:1", "2001:db8::1", "2001:DB8:0:0::1", "-", "", "10.0.0.256", "10.0.0.01",
    "localhost",
)  # fmt: skip
NETWORKS = (
    "10.0.0.0/8", "10.0.0.1", "10.0.0.0/31", "0.0.0.0/0", "192.168.0.0/13", "::/0", "fe80::/10", "::ffff:0:0/96",
    "2001:db8::/32",
    "8.0.0.0/5", "10.0.0.0/17",
)  # fmt: skip
INTS = (0, 1, -1, 2, 3, 7, -7, 10, 443, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 1_700_000_000_000)
DOUBLES = (0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 443.0, 1e308, -1e308, 1e-320, 1e16, 123456.789, 2.0**63, float("inf"))
TIMES = (
    datetime(1970, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2024, 2, 29, 10, 0, 0),
    datetime(1, 1, 1),
    datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(2024, 12, 30, 1, 2, 3, 456), datetime(2021, 1, 3, 12),
)  # fmt: skip
PATTERNS = (
    "a", "^a", "b$", "^$", "[a-c]+", r"\d+", r"\w", r"\bA", "a.b", "(?s)a.b", "(?i)ab", "(?i)[k-s]", "(?i)ſ",
    "[^a]", "(a|b)c?",
    "(?m)^b", r"\s", "é", "(?i)É", "a{2,3}", r"\.com\z", r"(?i)^[\W_]*$", r"\\", "(?i)σ", "x*", "[[:upper:]]",
    r"\p{Lu}",
)  # fmt: skip
TABLES = (
    '[["a", "A"], ["", "b"], ["é", "10.1.2.3"]]',
    "[]",
    '["a", "", "10.1.2.3", "::1"]',
    '[["0", "none"], ["7", "seven"], ["443", "https"]]',
    '[["-1", "a"], ["1700000000000", "far"]]',
)
DATES = ("yyyy-MM-dd HH:mm:ss.SSS", "YYYY-ww EEE MMM h a", "dd/MMM/yyyy:H:m:s Z", "yyMMdd")
RECORDS = {function.name for function in records.FUNCTIONS}
"""Functions that only readers of logs call; their own tests compare bulk and careful reading."""

KINDS = (Kind.TEXT, Kind.INT, Kind.DOUBLE, Kind.BOOL, Kind.TIME, Kind.INET, Kind.LIST, Kind.MAP)
ORDERED = (Kind.TEXT, Kind.INT, Kind.DOUBLE, Kind.BOOL, Kind.TIME, Kind.INET)

SCHEMA = Schema("t", {"id": Kind.INT, **{f"{kind.value}_{n}": kind for kind in KINDS for n in (1, 2)}})


class Generator:
    """Draws from ``choose``: a seeded :class:`random.Random`, or one that hypothesis steers."""

    def __init__(self, source: random.Random, schema: Schema = SCHEMA) -> None:
        self.random = source
        self.schema = schema
        self.inside = 0
        self.sub_queries = True

    # rows

    def value(self, kind: Kind) -> Any:
        pick = self.random.choice
        match kind:
            case Kind.LIST:
                return [pick((*TEXTS, None)) for _ in range(self.random.randrange(4))]
            case Kind.MAP:
                return {key: pick(TEXTS) for key in self.random.sample(["a", "b", "", "A"], self.random.randrange(4))}
            case Kind.BOOL:
                return pick((True, False))
            case Kind.BYTES:
                return pick((b"", b"\x00", b"ab", b"\xff"))
        pools: dict[Kind, tuple[Any, ...]] = {
            Kind.TEXT: TEXTS, Kind.INET: ADDRESSES, Kind.INT: INTS, Kind.DOUBLE: DOUBLES, Kind.TIME: TIMES,
        }  # fmt: skip
        return pick(pools[kind])

    def rows(self, count: int) -> list[dict[str, Any]]:
        """Rows where about a third of all values are absent."""
        return [
            {"id": number}
            | {
                name: self.value(kind)
                for name, kind in self.schema.columns.items()
                if name != "id" and self.random.random() > 0.35
            }
            for number in range(count)
        ]

    # expressions

    def literal(self, kind: Kind) -> Literal:
        if self.random.random() < 0.05 or kind in (Kind.LIST, Kind.MAP):
            return Literal(None, self.random.choice((kind, Kind.NULL)))
        value = self.value(kind)
        while kind is Kind.INET and value in ("-", "", "10.0.0.256", "10.0.0.01", "localhost"):
            value = self.value(kind)
        return Literal(value, kind)

    def leaf(self, kind: Kind) -> Expr:
        options: list[Expr] = [Column(name) for name, each in self.schema.columns.items() if each is kind]
        if kind is Kind.TEXT:
            options += [Column("map_1", "a")] if "map_1" in self.schema.columns else []
            options += [Element()] * 3 if self.inside else []
        if not options or self.random.random() < 0.25:
            return self.literal(kind)
        return self.random.choice(options)

    def expr(self, kind: Kind, depth: int) -> Expr:
        """An expression of a type, nested at most ``depth`` deep."""
        if depth <= 0 or self.random.random() < 0.1:
            return self.leaf(kind)
        makers: list[Callable[[int], Expr]] = [
            lambda d: self.call(kind, d),
            lambda d: self.call(kind, d),
            lambda d: self.case(kind, d),
        ]
        if kind is Kind.BOOL:
            makers += [self.compare, self.compare, self.match, self.match, self.membership, self.between, self.any_of]
            makers += [self.connected] * 3 + [self.negated, self.null_test, self.is_true]
        else:
            makers.append(lambda d: self.cast(kind, d))
        if self.sub_queries and not self.inside and kind in ORDERED and self.random.random() < 0.1:
            makers = [lambda d: SubQuery(self.column_query(kind, d))]
        return self.random.choice(makers)(depth - 1)

    def call(self, kind: Kind, depth: int) -> Expr:
        fitting = [
            (function, overload)
            for function in functions().values()
            for overload in function.overloads
            if not function.aggregate
            and function.name not in RECORDS
            and (overload.result is kind or overload.result is None)
        ]
        if not fitting:
            return self.leaf(kind)
        return self.call_of(*self.random.choice(fitting), kind, depth)

    def call_of(self, function: Function, overload: Overload, kind: Kind, depth: int) -> Expr:
        count = len(overload.parameters) + (self.random.randrange(2) if overload.variadic else 0)
        arguments: list[Expr] = []
        for parameter in overload.expanded(count) or ():
            if isinstance(parameter, Constant):
                arguments.append(Literal(self.constant(parameter), parameter.kind))
            else:
                arguments.append(self.expr(self.near(parameter or kind), depth))
        call = Call(function.name, tuple(arguments))
        return call if self.kind_fits(function, call, kind) else self.leaf(kind)

    def kind_fits(self, function: Function, call: Call, kind: Kind) -> bool:
        from certhound.query.check import Scope

        scope = Scope(self.schema, {"t": self.schema})
        scope._inside = self.inside
        return scope.kind(call) is kind

    def constant(self, parameter: Constant) -> Any:
        pool = [value for value in (*NETWORKS, *TEXTS, *TABLES, *DATES) if not parameter.wrong(value)]
        return self.random.choice(pool)

    def near(self, kind: Kind) -> Kind:
        """The type itself, sometimes one that widens to it."""
        if self.random.random() < 0.15:
            return {Kind.DOUBLE: Kind.INT, Kind.TEXT: Kind.INET}.get(kind, kind)
        return kind

    def case(self, kind: Kind, depth: int) -> Expr:
        branches = tuple(
            (self.expr(Kind.BOOL, depth), self.expr(kind, depth)) for _ in range(self.random.randrange(1, 3))
        )
        return Case(branches, self.expr(kind, depth))

    def cast(self, kind: Kind, depth: int) -> Expr:
        sources = {
            Kind.TEXT: (Kind.INT, Kind.DOUBLE, Kind.BOOL, Kind.TIME, Kind.INET),
            Kind.INT: (Kind.TEXT, Kind.DOUBLE, Kind.BOOL),
            Kind.DOUBLE: (Kind.TEXT, Kind.INT),
            Kind.TIME: (Kind.TEXT,),
            Kind.INET: (Kind.TEXT,),
        }.get(kind)
        return Cast(self.expr(self.random.choice(sources), depth), kind) if sources else self.leaf(kind)

    def pair(self, depth: int, kinds: tuple[Kind, ...] = ORDERED) -> tuple[Expr, Expr]:
        kind = self.random.choice(kinds)
        left = self.expr(kind, depth)
        if kind is Kind.INET and self.random.random() < 0.5:
            return left, Literal(self.random.choice(ADDRESSES[:13]), Kind.TEXT)
        return left, self.expr(self.near(kind) if kind is Kind.DOUBLE else kind, depth)

    def compare(self, depth: int) -> Expr:
        left, right = self.pair(depth)
        return Compare(self.random.choice(list(Op)), left, right)

    def folded_compare(self, depth: int) -> Expr:
        op = self.random.choice(list(Op))
        return Compare(op, self.expr(Kind.TEXT, depth), self.expr(Kind.TEXT, depth), fold=True)

    def match(self, depth: int) -> Expr:
        operand = self.expr(self.near(Kind.TEXT), depth)
        if self.random.random() < 0.3:
            return self.folded_compare(depth)
        if self.random.random() < 0.5:
            parts = tuple(self.random.choice((Wild.ANY, Wild.ONE, *TEXTS)) for _ in range(self.random.randrange(5)))
            return Match(operand, Like(parts), fold=self.random.random() < 0.5)
        translated = translate(self.random.choice(PATTERNS), Dialect.PCRE, fold=self.random.random() < 0.4)
        return Match(operand, Regex(translated.text), translated.fold)

    def membership(self, depth: int) -> Expr:
        kind = self.random.choice(ORDERED)
        operand = self.expr(kind, depth)
        fold = kind is Kind.TEXT and self.random.random() < 0.5
        if self.sub_queries and not self.inside and self.random.random() < 0.3:
            return In(operand, SubQuery(self.column_query(kind, depth - 1)), fold)
        options = tuple(
            self.literal(self.near(kind) if kind is Kind.DOUBLE else kind)
            if self.random.random() < 0.8
            else self.expr(kind, depth - 1)
            for _ in range(self.random.randrange(4))
        )
        return In(operand, options, fold)

    def between(self, depth: int) -> Expr:
        kind = self.random.choice(ORDERED)
        return Between(self.expr(kind, depth), self.expr(kind, depth - 1), self.expr(kind, depth - 1))

    def any_of(self, depth: int) -> Expr:
        items = self.expr(Kind.LIST, depth)
        self.inside += 1
        predicate = self.expr(Kind.BOOL, depth)
        if self.random.random() < 0.3:
            predicate = Compare(Op.EQ, Element(), Literal(self.value(Kind.TEXT), Kind.TEXT))
        self.inside -= 1
        return AnyOf(items, predicate)

    def connected(self, depth: int) -> Expr:
        kind = self.random.choice((And, Or))
        return kind(tuple(self.expr(Kind.BOOL, depth) for _ in range(self.random.randrange(4))))

    def negated(self, depth: int) -> Expr:
        return Not(self.expr(Kind.BOOL, depth))

    def is_true(self, depth: int) -> Expr:
        return IsTrue(self.expr(Kind.BOOL, depth))

    def null_test(self, depth: int) -> Expr:
        return IsNull(self.expr(self.random.choice(KINDS), depth))

    # queries

    def column_query(self, kind: Kind, depth: int) -> Query:
        """A query of one column; ordered by everything, so that its limit means the same in every engine."""
        where = self.expr(Kind.BOOL, min(depth, 1))
        if self.random.random() < 0.3 and kind is Kind.INT:
            return Query((Item(Call("count", ()), "n"),), "t", where)
        order = (Order(Column("id")),)
        return Query((Item(self.expr(kind, min(depth, 1)), "x"),), "t", where, order_by=order, limit=self.limit())

    def limit(self) -> int | None:
        return self.random.choice((None, 0, 1, 2, 5))

    def plain_query(self, depth: int) -> Query:
        kinds = [self.random.choice(KINDS) for _ in range(self.random.randrange(1, 4))]
        items = [Item(self.expr(kind, depth), f"c{n}") for n, kind in enumerate(kinds)]
        items.append(Item(Column("id"), "id"))
        orders = [self.order(self.expr(self.random.choice(ORDERED), 1)) for _ in range(self.random.randrange(3))]
        where = self.expr(Kind.BOOL, depth) if self.random.random() < 0.8 else None
        return Query(tuple(items), "t", where, order_by=(*orders, Order(Column("id"))), limit=self.limit())

    def order(self, expr: Expr) -> Order:
        return Order(expr, self.random.random() < 0.5, self.random.random() < 0.5)

    def aggregate(self, depth: int) -> Expr:
        fitting = [
            (function, overload)
            for function in functions().values()
            for overload in function.overloads
            if function.aggregate and function.name not in ("first", "any_value", "first_by", "last_by")
        ]
        function, overload = self.random.choice(fitting)
        arguments = tuple(
            self.expr(each if isinstance(each, Kind) else self.random.choice(ORDERED), depth)
            for each in overload.parameters
        )
        return Call(function.name, arguments)

    def grouped_query(self, depth: int) -> Query:
        keys = tuple(self.expr(self.random.choice((*ORDERED, Kind.LIST)), 1) for _ in range(self.random.randrange(3)))
        items = [Item(key, f"k{n}") for n, key in enumerate(keys)]
        items += [Item(self.aggregate(depth), f"a{n}") for n in range(self.random.randrange(1, 4))]
        having = None
        if self.random.random() < 0.4:
            having = Compare(self.random.choice(list(Op)), Call("count", ()), Literal(2, Kind.INT))
        where = self.expr(Kind.BOOL, depth) if self.random.random() < 0.6 else None
        return Query(tuple(items), "t", where, keys, having)

    def nested_query(self, depth: int) -> Query:
        """A query over the result of a query."""
        inner = Query(tuple(Item(Column(name), name) for name in self.schema.columns), "t", self.expr(Kind.BOOL, depth))
        outer = self.grouped_query(depth) if self.random.random() < 0.5 else self.plain_query(depth)
        return Query(outer.items, inner, outer.where, outer.group_by, outer.having, outer.order_by, outer.limit)


def random_pattern(source: random.Random, depth: int = 2) -> str:
    """A random regular expression in the dialect of PCRE; it may be refused."""
    pieces = (
        "a", "b", "A", "K", "k", "s", "ſ", "é", "İ", ".", r"\d", r"\w", r"\W", r"\s", r"\S", "[a-c]", "[^a-c]",
        r"[\W_k]", "[^k]",
        r"\b", r"\B", "^", "$", r"\A", r"\z", r"\Z", "[A-Z]", "(?i)", "(?s)", "(?m)", "(?-i)", r"\x41", r"\n",
        r"\h", r"\R", r"\.",
        r"\Qa.\E", "(?i:k)", "(?i:[^s])", r"\p{Ll}", r"\P{Lu}", "[[:alpha:]]", "x{0,2}", "{", "}", "]", r"[]a]",
        r"[^\d\s]",
    )  # fmt: skip
    parts = []
    for _ in range(source.randrange(1, 5)):
        quantifier = (
            source.choice(("*", "+", "?", "{2}", "{1,3}", "*?", "{0}", "{1,}")) if source.random() < 0.3 else ""
        )
        if depth and source.random() < 0.3:
            inner = random_pattern(source, depth - 1)
            if quantifier:  # no quantifiers inside of quantifiers: Python's engine would try all ways to share the text
                inner = re.sub(r"(?<!\\)[*+?]|\{[\d,]+\}", "", inner.replace("(?", "(\0")).replace("(\0", "(?")
            parts.append(source.choice(("(", "(?:", "(?i:")) + inner + ")")
        else:
            parts.append(source.choice(pieces))
            quantifier = quantifier or ("{1001}" if source.random() < 0.02 else "")
        parts.append(quantifier)
        if source.random() < 0.1:
            parts.append("|")
    return "".join(parts)


def translated_pattern(source: random.Random) -> Match | None:
    """A match of text_1 against a random pattern, None when the pattern is refused."""
    try:
        found = translate(random_pattern(source), Dialect.PCRE, fold=source.random() < 0.4)
    except RegexError:
        return None
    return Match(Column("text_1"), Regex(found.text), found.fold)

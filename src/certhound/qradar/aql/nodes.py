"""The syntax tree of AQL: what a query says, in AQL's own words, before anything is looked up.

The set of nodes is closed, as that of :mod:`certhound.query.tree`: printing, checking and lowering are each one
exhaustive ``match``. Names are kept as typed (QRadar names result columns so); they are compared without case by
whoever looks them up. Every node carries its :class:`~certhound.query.tree.Span`, which equality ignores; so do the
fields that only tell how something was spelt (``==`` for ``=``, a quoted name, an implied ``AS``).

Brackets leave no node: the shape of the tree says it. Comments stand beside the tree, in :attr:`Query.comments`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, assert_never

from certhound.query.tree import NOWHERE, Span

MAX_DEPTH = 150
"""Deepest tree that is accepted, sub-selects counted in; it keeps every recursive walk far from Python's limit."""


class CompareOp(StrEnum):
    """Comparisons; ``==`` is read as ``=`` and ``<>`` as ``!=``."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class MatchOp(StrEnum):
    """Text against a pattern. LIKE and ILIKE fit the whole value; MATCHES and IMATCHES take a Java expression."""

    LIKE = "LIKE"
    ILIKE = "ILIKE"
    MATCHES = "MATCHES"
    IMATCHES = "IMATCHES"


class BinaryOp(StrEnum):
    """Arithmetic, bits (on longs) and joining of text. ``XOR`` is read as ``#``; ``^`` is power."""

    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    MOD = "%"
    POW = "^"
    BIT_AND = "&"
    BIT_OR = "|"
    BIT_XOR = "#"
    SHIFT_LEFT = "<<"
    SHIFT_RIGHT = ">>"
    SHIFT_RIGHT_ZERO = ">>>"
    JOIN = "||"


class UnaryOp(StrEnum):
    """Signs and the bitwise not."""

    MINUS = "-"
    PLUS = "+"
    BIT_NOT = "~"


class Unit(StrEnum):
    """Units of LAST and TIMEWINDOW."""

    SECONDS = "SECONDS"
    MINUTES = "MINUTES"
    HOURS = "HOURS"
    DAYS = "DAYS"

    @property
    def milliseconds(self) -> int:
        """Length of one unit in milliseconds."""
        return {"SECONDS": 1_000, "MINUTES": 60_000, "HOURS": 3_600_000, "DAYS": 86_400_000}[self.value]


@dataclass(frozen=True, slots=True)
class Name:
    """A field, a custom property or an alias, as typed and without its quotes."""

    text: str
    quoted: bool = field(default=False, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A literal in single quotes. In GROUP BY and ORDER BY it may mean an alias (``GROUP BY 'Full Name'``)."""

    value: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """An unsigned number as typed: ``5``, ``0.5``, ``1.5e3``, ``0x00ff``."""

    text: str
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def value(self) -> int | float:
        """An int where the text has neither point nor exponent."""
        if self.text[:2].lower() == "0x":
            return int(self.text, 16)
        return int(self.text) if self.text.isdecimal() else float(self.text)


@dataclass(frozen=True, slots=True)
class Boolean:
    """``TRUE`` or ``FALSE``."""

    value: bool
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Null:
    """``NULL`` as a value."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Star:
    """``*`` as a SELECT item or as the argument of COUNT."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name as typed, ``NAMESPACE::NAME`` included. ``name_span`` marks the name alone."""

    name: str
    arguments: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False)
    name_span: Span = field(default=NOWHERE, compare=False)

    @property
    def upper(self) -> str:
        """The name in upper case, for looking it up."""
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Unary:
    op: UnaryOp
    operand: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    op: BinaryOp
    left: Expr
    right: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; ``spelt`` is the operator as typed."""

    op: CompareOp
    left: Expr
    right: Expr
    spelt: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Match:
    """``operand [NOT] LIKE | ILIKE | MATCHES | IMATCHES pattern``; the pattern is mostly a :class:`Text`."""

    op: MatchOp
    operand: Expr
    pattern: Expr
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """``operand [NOT] BETWEEN low AND high``, both ends included."""

    operand: Expr
    low: Expr
    high: Expr
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """``operand [NOT] IN (…)``: values, or a sub-select of one column."""

    operand: Expr
    options: tuple[Expr, ...] | Query
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class IsNull:
    """``operand IS [NOT] NULL``."""

    operand: Expr
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Two or more conditions. ``bracketed``: the text has brackets round the whole of it."""

    operands: tuple[Expr, ...]
    bracketed: bool = field(default=False, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more conditions. ``bracketed``: the text has brackets round the whole of it."""

    operands: tuple[Expr, ...]
    bracketed: bool = field(default=False, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """``CASE [operand] WHEN … THEN … [ELSE …] END``; with an operand each WHEN is a value that it may equal."""

    operand: Expr | None
    branches: tuple[tuple[Expr, Expr], ...]
    default: Expr | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class If:
    """``IF condition THEN then ELSE otherwise``; there is no END."""

    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TextSearch:
    """``TEXT SEARCH 'terms'``: the parser lets it stand only first in WHERE and joined by AND."""

    terms: str
    span: Span = field(default=NOWHERE, compare=False)


Expr: TypeAlias = (
    Name
    | Text
    | Number
    | Boolean
    | Null
    | Star
    | Call
    | Unary
    | Binary
    | Compare
    | Match
    | Between
    | In
    | IsNull
    | And
    | Or
    | Not
    | Case
    | If
    | TextSearch
)


@dataclass(frozen=True, slots=True)
class Item:
    """One SELECT item. ``alias`` is without its quotes; ``explicit``: the word AS was there."""

    expr: Expr
    alias: str | None = None
    explicit: bool = field(default=True, compare=False)
    span: Span = field(default=NOWHERE, compare=False)
    alias_span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """``FROM events | flows | simarc`` or the name of a cursor, as typed."""

    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class GlobalView:
    """``FROM GLOBALVIEW('saved search', 'NORMAL | HOURLY | DAILY')``."""

    search: str
    interval: str
    span: Span = field(default=NOWHERE, compare=False)


Source: TypeAlias = "Table | GlobalView | Query"


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of ORDER BY; a :class:`Text` may mean an alias."""

    expr: Expr
    descending: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SessionEdge:
    """``[EXPLICIT] BEGIN condition`` or ``[EXPLICIT] END condition``."""

    condition: Expr
    explicit: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Session:
    """``SESSION BY time keys…``: ``timeout`` in milliseconds, ``window`` a number and its unit."""

    time: Expr
    keys: tuple[Expr, ...]
    begin: SessionEdge | None = None
    end: SessionEdge | None = None
    timeout: int | None = None
    window: tuple[int, Unit] | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Last:
    """``LAST count unit``; ``singular``: the unit stood as HOUR, which not every console takes."""

    count: int
    unit: Unit
    singular: bool = field(default=False, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class StartStop:
    """``START start [STOP stop]``: a text, epoch milliseconds, PARSEDATETIME(…); without ``stop`` it is now."""

    start: Expr
    stop: Expr | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class OffenseTime:
    """``TIMES OFFENSE_TIME(offense)``: the life of an offense."""

    offense: Expr
    span: Span = field(default=NOWHERE, compare=False)


Window: TypeAlias = Last | StartStop | OffenseTime


@dataclass(frozen=True, slots=True)
class Parameter:
    """``name=value[, value…]`` after PARAMETERS."""

    name: str
    values: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False)


class Clause(StrEnum):
    """The clauses, in the order that IBM documents."""

    SELECT = "SELECT"
    FROM = "FROM"
    INTO = "INTO"
    WHERE = "WHERE"
    GROUP_BY = "GROUP BY"
    SESSION_BY = "SESSION BY"
    HAVING = "HAVING"
    ORDER_BY = "ORDER BY"
    LIMIT = "LIMIT"
    WINDOW = "LAST, START or TIMES"
    PARAMETERS = "PARAMETERS"


@dataclass(frozen=True, slots=True)
class ClauseMark:
    """Where a clause stands: its span from its keyword to its end."""

    clause: Clause
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its marks (``-- …`` or ``/* … */``)."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT. What equality ignores: ``clauses`` in the order written, ``comments`` (of the outermost query: all),
    ``text``, the whole source text, which the spans of this query and of everything in it refer to."""

    items: tuple[Item, ...]
    source: Source
    into: str | None = None
    where: Expr | None = None
    group_by: tuple[Expr, ...] = ()
    session: Session | None = None
    having: Expr | None = None
    order_by: tuple[OrderKey, ...] = ()
    collate: str | None = None
    limit: int | None = None
    window: Window | None = None
    parameters: tuple[Parameter, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)
    clauses: tuple[ClauseMark, ...] = field(default=(), compare=False, repr=False)
    comments: tuple[Comment, ...] = field(default=(), compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly below one, in source order; a sub-select is left out, for it has its own scope."""
    match expr:
        case Name() | Text() | Number() | Boolean() | Null() | Star() | TextSearch():
            return ()
        case Call(arguments=arguments):
            return arguments
        case Unary(operand=operand) | Not(operand=operand) | IsNull(operand=operand):
            return (operand,)
        case Binary(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Match(operand=operand, pattern=pattern):
            return (operand, pattern)
        case Between(operand=operand, low=low, high=high):
            return (operand, low, high)
        case In(operand=operand, options=options):
            return (operand, *options) if isinstance(options, tuple) else (operand,)
        case And(operands=operands) | Or(operands=operands):
            return operands
        case Case(operand=subject, branches=branches, default=default):
            ends = tuple(part for part in (default,) if part is not None)
            parts = tuple(part for branch in branches for part in branch)
            return (*parts, *ends) if subject is None else (subject, *parts, *ends)
        case If(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case _:
            assert_never(expr)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node of an expression, itself first, in source order; without recursion, sub-selects left out."""
    pending = [expr]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def expressions(query: Query) -> Iterator[Expr]:
    """The expressions of a query itself, each whole; not those of its source or of sub-selects."""
    yield from (item.expr for item in query.items)
    if query.where is not None:
        yield query.where
    yield from query.group_by
    if query.session is not None:
        yield query.session.time
        yield from query.session.keys
        yield from (edge.condition for edge in (query.session.begin, query.session.end) if edge is not None)
    if query.having is not None:
        yield query.having
    yield from (key.expr for key in query.order_by)


def everything(query: Query) -> Iterator[Expr]:
    """As :func:`expressions`, and those of the time window and of PARAMETERS, which name no fields."""
    yield from expressions(query)
    match query.window:
        case StartStop(start=start, stop=stop):
            yield from (bound for bound in (start, stop) if bound is not None)
        case OffenseTime(offense=offense):
            yield offense
        case _:
            pass
    for parameter in query.parameters:
        yield from parameter.values


def subqueries(query: Query) -> Iterator[Query]:
    """The sub-selects directly inside a query: in FROM, then those of IN."""
    if isinstance(query.source, Query):
        yield query.source
    for expr in everything(query):
        for node in walk(expr):
            if isinstance(node, In) and isinstance(node.options, Query):
                yield node.options


def queries(query: Query) -> Iterator[Query]:
    """A query and every sub-select in it, outermost first."""
    pending = [query]
    while pending:
        each = pending.pop()
        yield each
        pending.extend(reversed(list(subqueries(each))))


def deepest(query: Query, limit: int) -> Span | None:
    """A place below ``limit`` levels of nesting, sub-selects counted in, or None; without recursion."""
    level: list[Expr | Query] = [query]
    for _ in range(limit):
        level = [below for node in level for below in _below(node)]
        if not level:
            return None
    return level[0].span


def _below(node: Expr | Query) -> Iterator[Expr | Query]:
    if isinstance(node, Query):
        yield from everything(node)
        if isinstance(node.source, Query):
            yield node.source
        return
    yield from children(node)
    if isinstance(node, In) and isinstance(node.options, Query):
        yield node.options

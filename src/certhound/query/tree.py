"""The query tree: what a rule or a query can say, and nothing else.

The set of nodes is closed. The checker, the reference evaluator and every printer are each one exhaustive ``match``
over it, so that what has no node cannot be said and nothing unknown is passed through to an engine.

Logic is three-valued, as in AQL and SQL: a comparison with an absent value is *unknown*. A two-valued language such as
Sigma lowers its ``not b`` to ``Not(IsTrue(b))``.

Every node carries its :class:`Span` in the source text; equality of trees ignores spans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import TypeAlias, assert_never

from certhound.model.columns import Kind

MAX_DEPTH = 150
"""Deepest nesting that is accepted; it keeps every recursive walk far from the interpreter's own limit."""


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of character offsets in the text that a node was read from."""

    start: int = 0
    end: int = 0


NOWHERE = Span()


class Op(StrEnum):
    """Comparisons; with an absent side each is unknown."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Wild(Enum):
    """Wildcards inside a :class:`Like` pattern; no texts, or a literal ``*`` would equal one."""

    ANY = "*"  # any run of characters, also none
    ONE = "?"  # exactly one character


@dataclass(frozen=True, slots=True)
class Like:
    """A pattern that must fit the whole text: literal runs and wildcards, in order."""

    parts: tuple[str | Wild, ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression that must be found somewhere in the text.

    ``text`` is in the common dialect, as :func:`certhound.query.regex.translate` makes it: flags are worked into it,
    and where the node's ``fold`` is set it is written for text in simple lower case.
    """

    text: str


Pattern: TypeAlias = Like | Regex
Value: TypeAlias = str | int | float | bool | datetime | bytes | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table in scope. ``key`` takes one entry of a map column."""

    name: str
    key: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Element:
    """The element in turn, inside the predicate of the innermost :class:`AnyOf`."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Value
    kind: Kind
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of :mod:`certhound.query.functions`, by its name there."""

    function: str
    arguments: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison. Text compares by code point; ``fold`` compares both sides in simple lower case."""

    op: Op
    left: Expr
    right: Expr
    fold: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Match:
    """Text against a pattern; ``fold`` ignores case (simple lower case, code point by code point)."""

    operand: Expr
    pattern: Pattern
    fold: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when the predicate holds for some element of a list; unknown when the list is absent."""

    items: Expr
    predicate: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """Membership in a list of constants or in the one column of a sub-query."""

    operand: Expr
    options: tuple[Expr, ...] | SubQuery
    fold: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """``low <= operand <= high``."""

    operand: Expr
    low: Expr
    high: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class IsNull:
    """True when the operand is absent; never unknown."""

    operand: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class IsTrue:
    """True when the operand is true; false when it is false or unknown. The bridge to two-valued languages."""

    operand: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the first branch whose condition is true, else ``default``."""

    branches: tuple[tuple[Expr, Expr], ...]
    default: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Cast:
    """To another type; what cannot be read as that type becomes absent, never an error in mid-run."""

    operand: Expr
    kind: Kind
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A query as a value: one column, its rows a list (in :class:`In`) or its single row a scalar."""

    query: Query
    span: Span = field(default=NOWHERE, compare=False)


Expr: TypeAlias = (
    Column
    | Element
    | Literal
    | Call
    | Compare
    | Match
    | AnyOf
    | In
    | Between
    | IsNull
    | IsTrue
    | And
    | Or
    | Not
    | Case
    | Cast
    | SubQuery
)


@dataclass(frozen=True, slots=True)
class Item:
    """One output column: its expression and the name that the result gives it."""

    expr: Expr
    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key. Where NULL stands is said, for languages differ."""

    expr: Expr
    descending: bool = False
    nulls_first: bool = True
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A query over one table (by name) or over another query.

    With ``group_by`` or an aggregate call among the items it gives one row a group, otherwise one row an input row.
    """

    items: tuple[Item, ...]
    source: str | Query
    where: Expr | None = None
    group_by: tuple[Expr, ...] = ()
    having: Expr | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    span: Span = field(default=NOWHERE, compare=False)


TRUE = Literal(True, Kind.BOOL)
FALSE = Literal(False, Kind.BOOL)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly below one, in source order; a sub-query is a leaf here, for it has its own scope."""
    match expr:
        case Column() | Element() | Literal() | SubQuery():
            return ()
        case Call(arguments=arguments):
            return arguments
        case Compare(left=left, right=right):
            return (left, right)
        case Match(operand=operand) | IsNull(operand=operand) | IsTrue(operand=operand):
            return (operand,)
        case Not(operand=operand) | Cast(operand=operand):
            return (operand,)
        case AnyOf(items=items, predicate=predicate):
            return (items, predicate)
        case In(operand=operand, options=options):
            return (operand, *options) if isinstance(options, tuple) else (operand, options)
        case Between(operand=operand, low=low, high=high):
            return (operand, low, high)
        case And(operands=operands) | Or(operands=operands):
            return operands
        case Case(branches=branches, default=default):
            return (*(part for branch in branches for part in branch), default)
        case _:
            assert_never(expr)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node of an expression, itself first; without recursion, so that depth does not matter here."""
    pending = [expr]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def columns(expr: Expr) -> set[str]:
    """Names of the columns that an expression reads."""
    return {node.name for node in walk(expr) if isinstance(node, Column)}


def expressions(query: Query) -> Iterator[Expr]:
    """The expressions of a query itself, not those of its source or of sub-queries."""
    yield from (item.expr for item in query.items)
    yield from (part for part in (query.where, query.having) if part is not None)
    yield from query.group_by
    yield from (order.expr for order in query.order_by)


def _below(node: Expr | Query) -> Iterator[Expr | Query]:
    if isinstance(node, Query):
        yield from expressions(node)
        if isinstance(node.source, Query):
            yield node.source
    elif isinstance(node, SubQuery):
        yield node.query
    else:
        yield from children(node)


def depth(node: Expr | Query) -> int:
    """Nesting, through sub-queries too: 1 for a leaf. Without recursion."""
    deepest: int = 0
    level: list[Expr | Query] = [node]
    while level:
        deepest += 1
        level = [below for each in level for below in _below(each)]
    return deepest


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with every node changed, those below first; sub-queries stay as they are."""

    def below(node: Expr) -> Expr:
        return rebuild(node, change)

    match expr:
        case Column() | Element() | Literal() | SubQuery():
            return change(expr)
        case Call(arguments=arguments):
            return change(replace(expr, arguments=tuple(map(below, arguments))))
        case Compare(left=left, right=right):
            return change(replace(expr, left=below(left), right=below(right)))
        case AnyOf(items=items, predicate=predicate):
            return change(replace(expr, items=below(items), predicate=below(predicate)))
        case In(operand=operand, options=options):
            kept = tuple(map(below, options)) if isinstance(options, tuple) else options
            return change(replace(expr, operand=below(operand), options=kept))
        case Between(operand=operand, low=low, high=high):
            return change(replace(expr, operand=below(operand), low=below(low), high=below(high)))
        case And(operands=operands) | Or(operands=operands):
            return change(replace(expr, operands=tuple(map(below, operands))))
        case Case(branches=branches, default=default):
            kept_branches = tuple((below(condition), below(value)) for condition, value in branches)
            return change(replace(expr, branches=kept_branches, default=below(default)))
        case Match() | IsNull() | IsTrue() | Not() | Cast():
            return change(replace(expr, operand=below(expr.operand)))
        case _:
            assert_never(expr)


def conjunction(parts: list[Expr]) -> Expr:
    """All of the parts: TRUE for none, the part itself for one."""
    return parts[0] if len(parts) == 1 else And(tuple(parts)) if parts else TRUE


def disjunction(parts: list[Expr]) -> Expr:
    """Any of the parts: FALSE for none, the part itself for one."""
    return parts[0] if len(parts) == 1 else Or(tuple(parts)) if parts else FALSE

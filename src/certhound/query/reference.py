"""The reference evaluator: slow, obvious, over Python rows. It is the judge of every engine.

A row is a mapping from column name to value; a missing key and None both mean *absent*. Values are ``str`` (TEXT and
INET), ``int``, ``float``, ``bool``, ``datetime`` without zone (TIME, UTC), ``list`` of ``str`` or None (LIST), ``dict``
(MAP) and ``bytes``. A truth value is True, False or None (unknown).

The semantics of each node stand here in code and in :mod:`certhound.query.tree` in words; of functions in their family
under :mod:`certhound.query.functions`; of casts in :mod:`certhound.query.casts`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from certhound.model.columns import Kind
from certhound.query import casts
from certhound.query.check import Scope, check, check_expr, compared_as, is_grouped, scope_of
from certhound.query.functions import Function, Overload, find
from certhound.query.inet import inet_key, same_address
from certhound.query.order import sort_key
from certhound.query.regex import compile_python
from certhound.query.schema import Schema
from certhound.query.text import simple_lower
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

Row: TypeAlias = Mapping[str, Any]

_OPERATORS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the reference evaluator."""

    schema: Schema
    rows: Sequence[Row]


def evaluate(expr: Expr, schema: Schema, row: Row) -> Any:
    """The value of an expression over one row. Raises ErrorList when the checker refuses it."""
    check_expr(expr, schema, condition=False)
    return _Evaluator(Scope(schema), {}).value(expr, _At(row))


def run(query: Query, tables: Mapping[str, Table]) -> list[dict[str, Any]]:
    """The rows of a query's result. Raises ErrorList when the checker refuses it."""
    check(query, {name: table.schema for name, table in tables.items()})
    return _run(query, tables)


@dataclass(frozen=True, slots=True)
class _At:
    """Where an expression is evaluated: at a row, or at a group of rows, and inside of lists at an element."""

    row: Row
    elements: tuple[str | None, ...] = ()
    group: Sequence[Row] | None = None
    keys: tuple[Expr, ...] = ()


@dataclass
class _Evaluator:
    scope: Scope
    tables: Mapping[str, Table]
    sub_queries: dict[int, list[Any]] = field(default_factory=dict)

    def value(self, expr: Expr, at: _At) -> Any:
        if at.group is not None and expr in at.keys:
            return self.value(expr, _At(at.row))
        match expr:
            case Column(name=name, key=key):
                found = at.row.get(name)
                return found if key is None or found is None else found.get(key)
            case Element():
                return at.elements[-1]
            case Literal(value=value, kind=kind):
                return float(value) if kind is Kind.DOUBLE and isinstance(value, int) else casts.naive(value)
            case Call():
                return self.call(expr, at)
            case Compare(op=op, left=left, right=right, fold=fold):
                kind = compared_as(left, self.scope.kind(left), right, self.scope.kind(right)) or Kind.NULL
                return compared(op, self.value(left, at), self.value(right, at), kind, fold)
            case Match(operand=operand, pattern=pattern, fold=fold):
                return matched(self.value(operand, at), pattern, fold)
            case AnyOf(items=items, predicate=predicate):
                return self.any_of(self.value(items, at), predicate, at)
            case In():
                return self.is_in(expr, at)
            case Between(operand=operand, low=low, high=high):
                above = self.value(Compare(Op.GE, operand, low), at)
                return both(above, self.value(Compare(Op.LE, operand, high), at))
            case IsNull(operand=operand):
                return self.value(operand, at) is None
            case IsTrue(operand=operand):
                return self.value(operand, at) is True
            case And(operands=operands):
                return every(self.value(each, at) for each in operands)
            case Or(operands=operands):
                return negated(every(negated(self.value(each, at)) for each in operands))
            case Not(operand=operand):
                return negated(self.value(operand, at))
            case Case():
                return self.case(expr, at)
            case Cast(operand=operand, kind=kind):
                return casts.cast(self.value(operand, at), self.scope.kind(operand), kind)
            case SubQuery(query=query):
                values = self.column_of(query)
                return values[0] if len(values) == 1 else None
            case _:
                assert_never(expr)

    def case(self, expr: Case, at: _At) -> Any:
        wanted = self.scope.kind(expr)
        for condition, result in expr.branches:
            if self.value(condition, at) is True:
                return widened(self.value(result, at), wanted)
        return widened(self.value(expr.default, at), wanted)

    def any_of(self, items: list[str | None] | None, predicate: Expr, at: _At) -> bool | None:
        if items is None:
            return None
        return any(
            self.value(predicate, _At(at.row, (*at.elements, item), at.group, at.keys)) is True for item in items
        )

    def is_in(self, expr: In, at: _At) -> bool | None:
        """True when one is equal, else unknown when a comparison is; nothing is in an empty list, not even NULL."""
        operand, kind = self.value(expr.operand, at), self.scope.kind(expr.operand)
        options: Iterable[tuple[Any, Kind]]
        if isinstance(expr.options, SubQuery):
            other = compared_as(expr.operand, kind, expr.options, self.scope.kind(expr.options)) or Kind.NULL
            options = [(value, other) for value in self.column_of(expr.options.query)]
        else:
            options = [
                (self.value(each, at), compared_as(expr.operand, kind, each, self.scope.kind(each)) or Kind.NULL)
                for each in expr.options
            ]
        return negated(
            every(negated(compared(Op.EQ, operand, value, kind, expr.fold)) for value, kind in options),
        )

    def call(self, expr: Call, at: _At) -> Any:
        function, overload = self.function(expr)
        if function.aggregate:
            rows = at.group if at.group is not None else ()
            if not expr.arguments:
                return overload.reference(rows)
            columns = [
                [self.as_parameter(self.value(each, _At(row)), overload, place) for row in rows]
                for place, each in enumerate(expr.arguments)
            ]
            return overload.reference(*columns)
        values = [self.as_parameter(self.value(each, at), overload, n) for n, each in enumerate(expr.arguments)]
        if function.strict and any(value is None for value in values):
            return None
        result = overload.reference(*values)
        return widened(result, self.scope.kind(expr))

    def function(self, expr: Call) -> tuple[Function, Overload]:
        function = find(expr.function)
        overload = function.overload(tuple(self.scope.kind(each) for each in expr.arguments)) if function else None
        if function is None or overload is None:  # the checker has refused it before
            raise AssertionError(expr.function)
        return function, overload

    def as_parameter(self, value: Any, overload: Overload, index: int) -> Any:
        parameter = overload.parameters[min(index, len(overload.parameters) - 1)]
        return widened(value, parameter) if isinstance(parameter, Kind) else value

    def column_of(self, query: Query) -> list[Any]:
        """The values of a sub-query's one column; it is run once."""
        if id(query) not in self.sub_queries:
            self.sub_queries[id(query)] = [row[query.items[0].name] for row in _run(query, self.tables)]
        return self.sub_queries[id(query)]


def widened(value: Any, wanted: Kind) -> Any:
    """An integer where a double is wanted becomes one."""
    return float(value) if wanted is Kind.DOUBLE and isinstance(value, int) and value is not None else value


def both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def every(values: Iterable[bool | None]) -> bool | None:
    """False when one is false, else unknown when one is, else true; true for none."""
    result: bool | None = True
    for value in values:
        result = both(result, value)
    return result


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def compared(op: Op, left: Any, right: Any, kind: Kind, fold: bool) -> bool | None:
    """A comparison in a type; unknown when a side is absent, or has no place in the order of addresses."""
    if left is None or right is None:
        return None
    if kind is Kind.INET:
        if op in (Op.EQ, Op.NE):
            return same_address(left, right) is (op is Op.EQ)
        left, right = inet_key(left), inet_key(right)
        return None if left is None or right is None else _OPERATORS[op](left, right)
    if fold:
        left, right = simple_lower(left), simple_lower(right)
    left, right = widened(left, kind), widened(right, kind)
    return _OPERATORS[op](sort_key(left), sort_key(right))


def matched(text: str | None, pattern: Like | Regex, fold: bool) -> bool | None:
    if text is None:
        return None
    if fold:
        text = simple_lower(text)
    match pattern:
        case Regex():
            return compile_python(pattern.text).search(text) is not None
        case Like():
            return like_fits(tuple(simple_lower(p) if fold and type(p) is str else p for p in pattern.parts), text)


def like_fits(parts: tuple[str | Wild, ...], text: str) -> bool:
    """Whether a pattern fits a whole text: part after part, all the places in the text that it can end at."""
    ends = {0}
    for part in parts:
        if part is Wild.ANY:
            ends = set(range(min(ends), len(text) + 1)) if ends else ends
        elif part is Wild.ONE:
            ends = {end + 1 for end in ends if end < len(text)}
        else:
            ends = {end + len(part) for end in ends if text.startswith(part, end)}
    return len(text) in ends


# queries


def _run(query: Query, tables: Mapping[str, Table]) -> list[dict[str, Any]]:
    schemas = {name: table.schema for name, table in tables.items()}
    rows = _run(query.source, tables) if isinstance(query.source, Query) else list(tables[query.source].rows)
    evaluator = _Evaluator(scope_of(query, schemas), tables)
    if query.where is not None:
        where = query.where
        rows = [row for row in rows if evaluator.value(where, _At(row)) is True]
    places = _groups(query, rows, evaluator) if is_grouped(query) else [_At(row) for row in rows]
    if query.having is not None:
        having = query.having
        places = [at for at in places if evaluator.value(having, at) is True]
    for order in reversed(query.order_by):
        places = _sorted(places, order, evaluator)
    kept = places if query.limit is None else places[: query.limit]
    return [{item.name: evaluator.value(item.expr, at) for item in query.items} for at in kept]


def _groups(query: Query, rows: Sequence[Row], evaluator: _Evaluator) -> list[_At]:
    """One place a group; without keys there is one group, even over no rows. NULL is a key like any other."""
    if not query.group_by:
        return [_At(rows[0] if rows else {}, group=rows)]
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        key = tuple(hashable(evaluator.value(expr, _At(row))) for expr in query.group_by)
        groups.setdefault(key, []).append(row)
    return [_At(group[0], group=group, keys=query.group_by) for group in groups.values()]


def hashable(value: Any) -> Any:
    """A stand-in that groups alike values."""
    return ("list", *value) if isinstance(value, list) else sort_key(value)


def _sorted(places: list[_At], order: Order, evaluator: _Evaluator) -> list[_At]:
    inet = evaluator.scope.kind(order.expr) is Kind.INET

    def rank(at: _At) -> Any:
        value = evaluator.value(order.expr, at)
        return inet_key(value) if inet and value is not None else value

    ranked = [(rank(at), at) for at in places]
    absent = [at for value, at in ranked if value is None]
    there = [pair for pair in ranked if pair[0] is not None]
    there.sort(key=lambda pair: sort_key(pair[0]), reverse=order.descending)
    present = [at for _, at in there]
    return absent + present if order.nulls_first else present + absent

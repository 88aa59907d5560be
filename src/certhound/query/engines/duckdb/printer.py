"""Queries and expressions as SQL of DuckDB: tree to sqlglot expressions, one exhaustive match; sqlglot writes the text.

Everything must have passed the checker: what has no form here cannot occur. Identifiers are always quoted, literals are
made by sqlglot, and nothing is ever put together from strings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.check import Scope, compared_as, scope_of
from certhound.query.engines.duckdb import forms
from certhound.query.engines.duckdb.like import like
from certhound.query.functions import Constant, find, sql
from certhound.query.functions.inet import equals, key
from certhound.query.inet import inet_key
from certhound.query.schema import Schema
from certhound.query.text import is_cased, simple_lower
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
)


def print_query(query: Query, tables: Mapping[str, Schema]) -> exp.Select:
    """A checked query as a SELECT."""
    scope = scope_of(query, tables)
    alias = query.source if isinstance(query.source, str) else "inner"
    shower = _Shower(scope, alias if _shadowed(query, scope) else None)
    select = exp.select(*(_named(shower.value(item.expr), item.name) for item in query.items))
    if isinstance(query.source, Query):
        select = select.from_(exp.Subquery(this=print_query(query.source, tables), alias=_alias(alias)))
    else:
        select = select.from_(exp.Table(this=exp.to_identifier(query.source, quoted=True)))
    if query.where is not None:
        select = select.where(shower.value(query.where))
    if query.group_by:
        select = select.group_by(*(shower.key(expr) for expr in query.group_by))
    if query.having is not None:
        select = select.having(shower.value(query.having))
    orders = [shower.order(order) for order in query.order_by if not isinstance(order.expr, Literal)]
    if orders:
        select = select.order_by(*orders)
    return select if query.limit is None else select.limit(exp.Literal.number(query.limit))


def print_expr(expr: Expr, schema: Schema, tables: Mapping[str, Schema] | None = None) -> exp.Expression:
    """A checked expression over the columns of a table."""
    return _Shower(Scope(schema, tables), None).value(expr)


def print_predicates(
    predicates: Mapping[str, Expr], schema: Schema, keys: Sequence[str], tables: Mapping[str, Schema] | None = None
) -> exp.Select:
    """One pass over a table for many predicates: the keys, and a truth value under each predicate's name.

    Only rows where any predicate is true are given. DuckDB moves the condition into the scan, where an OR stops at its
    first true part, and computes the single values for the few rows that are left.
    """
    shower = _Shower(Scope(schema, tables), None)
    table = exp.Table(this=exp.to_identifier(schema.name, quoted=True))
    tests = {name: shower.value(expr) for name, expr in predicates.items()}
    items: list[exp.Expression] = [exp.column(name, quoted=True) for name in keys]
    items += [_named(_is_true(test.copy()), name) for name, test in tests.items()]
    if not tests:
        return exp.select(*items).from_(table).where(exp.false())
    return exp.select(*items).from_(table).where(sql.balanced(exp.Or, list(tests.values())))


def _shadowed(query: Query, scope: Scope) -> bool:
    """Whether an output name hides a column of the source in ORDER BY and HAVING, so that columns say their table."""
    known = {name.lower() for name in scope.schema.columns}
    return any(item.name.lower() in known and item.expr != Column(item.name) for item in query.items)


def _named(node: exp.Expression, name: str) -> exp.Expression:
    return exp.Alias(this=node, alias=exp.to_identifier(name, quoted=True))


def _alias(name: str) -> exp.Expression:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def _is_true(node: exp.Expression) -> exp.Expression:
    return exp.Is(this=sql.paren(node), expression=exp.true())


def _literal_text(expr: Expr) -> str | None:
    return expr.value if isinstance(expr, Literal) and isinstance(expr.value, str) else None


_CONSTANTS = (exp.Literal, exp.Boolean, exp.Null)


class _Shower:
    """Expressions of one scope. ``table``: the name that columns must say, or None."""

    def __init__(self, scope: Scope, table: str | None) -> None:
        self.scope = scope
        self.table = table
        self.level = 0  # lists around the node in turn

    def value(self, expr: Expr) -> exp.Expression:
        match expr:
            case Column(name=name, key=key):
                column = exp.column(name, table=self.table, quoted=True)
                return column if key is None else sql.call("map_extract_value", column, sql.text(key))
            case Element():
                return sql.variable(f"element {self.level}")
            case Literal():
                return forms.literal(expr)
            case Call():
                return self.call(expr)
            case Compare():
                return self.compare(expr)
            case Match(operand=operand, pattern=pattern, fold=fold):
                if isinstance(pattern, Like) and not is_cased("".join(p for p in pattern.parts if isinstance(p, str))):
                    fold = False
                text = sql.lower(self.value(operand)) if fold else self.value(operand)
                match pattern:
                    case Like():
                        return like(text, pattern, fold)
                    case Regex(text=regex):
                        return sql.call("regexp_matches", text, sql.text(regex))
            case AnyOf():
                return self.any_of(expr)
            case In():
                return self.is_in(expr)
            case Between(operand=operand, low=low, high=high):
                return self.between(operand, low, high)
            case IsNull(operand=operand):
                return exp.Is(this=sql.paren(self.value(operand)), expression=exp.Null())
            case IsTrue(operand=operand):
                return _is_true(self.truth(operand))
            case And(operands=operands):
                return self.connected(exp.And, operands, exp.true())
            case Or(operands=operands):
                return self.connected(exp.Or, operands, exp.false())
            case Not(operand=operand):
                return exp.Not(this=sql.paren(self.truth(operand)))
            case Case(branches=branches, default=default):
                shown = exp.Case()
                for condition, result in branches:
                    shown = shown.when(self.truth(condition), self.value(result), copy=False)
                return shown.else_(self.value(default), copy=False)
            case Cast(operand=operand, kind=kind):
                return forms.cast(self.value(operand), self.scope.kind(operand), kind)
            case SubQuery(query=query):
                return self.scalar(query)
            case _:
                assert_never(expr)

    def truth(self, expr: Expr) -> exp.Expression:
        """A condition; a bare NULL gets the type that DuckDB wants there."""
        node = self.value(expr)
        return sql.cast(node, "BOOLEAN") if self.scope.kind(expr) is Kind.NULL else node

    def connected(self, kind: type[exp.Connector], operands: tuple[Expr, ...], none: exp.Expression) -> exp.Expression:
        return sql.balanced(kind, [self.truth(each) for each in operands]) if operands else none

    def call(self, expr: Call) -> exp.Expression:
        kinds = tuple(self.scope.kind(each) for each in expr.arguments)
        function = find(expr.function)
        overload = function.overload(kinds) if function else None
        parameters = overload.expanded(len(kinds)) if overload else None
        if overload is None or parameters is None:  # the checker has refused it before
            raise AssertionError(expr.function)
        shown: list[object] = []
        for argument, kind, parameter in zip(expr.arguments, kinds, parameters, strict=True):
            if isinstance(parameter, Constant):
                shown.append(argument.value if isinstance(argument, Literal) else None)
            elif isinstance(parameter, Kind) and kind in (Kind.INT, Kind.NULL) and kind is not parameter:
                shown.append(sql.cast(self.value(argument), forms.TYPES[parameter]))
            else:
                shown.append(self.value(argument))
        return overload.duckdb(*shown)

    def compare(self, expr: Compare) -> exp.Expression:
        left, right = self.value(expr.left), self.value(expr.right)
        kind = compared_as(expr.left, self.scope.kind(expr.left), expr.right, self.scope.kind(expr.right))
        if kind is Kind.INET:
            return self.compare_addresses(expr, left, right)
        if expr.fold and _may_differ(expr.left) and _may_differ(expr.right):
            left, right = self.folded(expr.left, left), self.folded(expr.right, right)
        return sql.binary(forms.OPERATORS[expr.op], left, right)

    def folded(self, expr: Expr, node: exp.Expression) -> exp.Expression:
        """In lower case, a literal already here."""
        text = _literal_text(expr)
        return sql.lower(node) if text is None else sql.text(simple_lower(text))

    def compare_addresses(self, expr: Compare, left: exp.Expression, right: exp.Expression) -> exp.Expression:
        first, second = _literal_text(expr.left), _literal_text(expr.right)
        if expr.op in (Op.EQ, Op.NE):
            same = forms.same_address(left, right, first, second)
            return same if expr.op is Op.EQ else exp.Not(this=sql.paren(same))
        keys = forms.inet_key_of(left, first), forms.inet_key_of(right, second)
        return sql.binary(forms.OPERATORS[expr.op], *keys)

    def between(self, operand: Expr, low: Expr, high: Expr) -> exp.Expression:
        if self.scope.kind(operand) in (Kind.INET, Kind.TEXT) or self.scope.kind(low) is not self.scope.kind(high):
            return self.value(And((Compare(Op.GE, operand, low), Compare(Op.LE, operand, high))))
        node = sql.paren(self.value(operand))
        return exp.Between(this=node, low=sql.paren(self.value(low)), high=sql.paren(self.value(high)))

    def any_of(self, expr: AnyOf) -> exp.Expression:
        items = self.value(expr.items)
        match expr.predicate:
            case Compare(op=Op.EQ, left=Element(), right=Literal(value=str() as text), fold=False):
                return sql.call("list_contains", items, sql.text(text))
        self.level += 1
        kept = sql.call("list_filter", items, sql.lambda_(f"element {self.level}", self.truth(expr.predicate)))
        self.level -= 1
        return sql.binary(exp.GT, sql.call("len", kept), sql.number(0))

    def is_in(self, expr: In) -> exp.Expression:
        if isinstance(expr.options, SubQuery):
            return self.in_sub_query(expr, expr.options)
        if not expr.options:
            return exp.false()
        kind = self.scope.kind(expr.operand)
        kinds = {compared_as(expr.operand, kind, each, self.scope.kind(each)) for each in expr.options}
        if kinds <= {Kind.INET} and all(_known_address(each) for each in expr.options):
            keys = [inet_key(str(_literal_text(each))) for each in expr.options]
            return equals(self.value(expr.operand), [each for each in keys if each is not None])
        if len(kinds - {Kind.NULL}) > 1 or Kind.INET in kinds:
            tests = tuple(Compare(Op.EQ, expr.operand, each, expr.fold) for each in expr.options)
            return self.value(Or(tests))
        operand, options = self.value(expr.operand), [self.value(each) for each in expr.options]
        if expr.fold and any(_may_differ(each) for each in expr.options):
            operand = sql.lower(operand)
            options = [self.folded(each, node) for each, node in zip(expr.options, options, strict=True)]
        return exp.In(this=sql.paren(operand), expressions=[sql.paren(option) for option in options])

    def in_sub_query(self, expr: In, options: SubQuery) -> exp.Expression:
        kind = compared_as(expr.operand, self.scope.kind(expr.operand), options, self.scope.kind(options))
        inner = print_query(options.query, self.scope.tables)
        operand = self.value(expr.operand)
        if expr.fold:
            return _within(sql.lower(operand), _mapped(inner, options.query, sql.lower))
        if kind is not Kind.INET:
            return _within(operand, inner)
        same_key = _within(key(operand.copy()), _mapped(inner.copy(), options.query, key))
        sure = sql.call("coalesce", same_key, exp.false())
        return exp.Paren(this=exp.Or(this=_within(operand, inner), expression=sure))

    def scalar(self, query: Query) -> exp.Expression:
        """The single row's value; NULL when there is none or there are several."""
        inner = print_query(query, self.scope.tables)
        column = exp.column(query.items[0].name, quoted=True)
        single = exp.EQ(this=exp.Count(this=exp.Star()), expression=sql.number(1))
        value = exp.Case().when(single, sql.call("first", column))
        outer = exp.select(value).from_(exp.Subquery(this=inner, alias=_alias("inner")))
        return exp.Subquery(this=outer)

    def key(self, expr: Expr) -> exp.Expression:
        """An expression to group by; a bare number there would be the position of a column."""
        node = self.value(expr)
        bare = node.unnest()
        bare = bare.this if isinstance(bare, exp.Neg) else bare
        return sql.cast(node, forms.TYPES[self.scope.kind(expr)]) if isinstance(bare, _CONSTANTS) else node

    def order(self, order: Order) -> exp.Expression:
        node = self.value(order.expr)
        if self.scope.kind(order.expr) is Kind.INET:
            node = key(node)
        return exp.Ordered(this=sql.paren(node), desc=order.descending, nulls_first=order.nulls_first)


def _may_differ(expr: Expr) -> bool:
    """Whether ignoring case can make a difference beside this expression."""
    text = _literal_text(expr)
    return text is None or is_cased(text)


def _known_address(expr: Expr) -> bool:
    text = _literal_text(expr)
    return text is not None and inet_key(text) is not None


def _within(operand: exp.Expression, inner: exp.Expression) -> exp.Expression:
    return exp.Paren(this=exp.In(this=sql.paren(operand), query=exp.Subquery(this=inner)))


def _mapped(inner: exp.Select, query: Query, form: Callable[[exp.Expression], exp.Expression]) -> exp.Select:
    """The one column of a sub-query through a function."""
    column = exp.column(query.items[0].name, quoted=True)
    return exp.select(form(column)).from_(exp.Subquery(this=inner, alias=_alias("inner")))

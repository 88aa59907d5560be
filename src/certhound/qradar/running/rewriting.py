"""Changes of lowered expressions that begin at the top: what is changed is not looked into."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from certhound.model.columns import Kind
from certhound.query import tree as t
from certhound.query.functions import find

Change = Callable[[t.Expr], t.Expr | None]


def rewrite(expr: t.Expr, change: Change) -> t.Expr:
    """``change`` gives another expression for a node, or None to look further below. Sub-queries stay as they are."""
    changed = change(expr)
    if changed is not None:
        return changed

    def below(node: t.Expr) -> t.Expr:
        return rewrite(node, change)

    match expr:
        case t.Column() | t.Element() | t.Literal() | t.SubQuery():
            return expr
        case t.Call(arguments=arguments):
            return replace(expr, arguments=tuple(map(below, arguments)))
        case t.Compare(left=left, right=right):
            return replace(expr, left=below(left), right=below(right))
        case t.AnyOf(items=items, predicate=predicate):
            return replace(expr, items=below(items), predicate=below(predicate))
        case t.In(operand=operand, options=options):
            kept = tuple(map(below, options)) if isinstance(options, tuple) else options
            return replace(expr, operand=below(operand), options=kept)
        case t.Between(operand=operand, low=low, high=high):
            return replace(expr, operand=below(operand), low=below(low), high=below(high))
        case t.And(operands=operands) | t.Or(operands=operands):
            return replace(expr, operands=tuple(map(below, operands)))
        case t.Case(branches=branches, default=default):
            kept_branches = tuple((below(condition), below(value)) for condition, value in branches)
            return replace(expr, branches=kept_branches, default=below(default))
        case t.Match() | t.IsNull() | t.IsTrue() | t.Not() | t.Cast():
            return replace(expr, operand=below(expr.operand))
        case _:
            assert_never(expr)


def is_aggregate_call(expr: t.Expr) -> bool:
    """Whether a node is itself an aggregate."""
    if not isinstance(expr, t.Call):
        return False
    function = find(expr.function)
    return function is not None and function.aggregate


def with_first(expr: t.Expr, keys: Sequence[t.Expr], order: str | None) -> t.Expr:
    """An expression of a grouped query: what is neither grouped by nor inside an aggregate is the group's first value.

    ``order``: the column that says in which order records are read; None: in that of the source.
    """

    def change(node: t.Expr) -> t.Expr | None:
        if node in keys or is_aggregate_call(node):
            return node
        if not isinstance(node, t.Column):
            return None
        if order is None:
            return t.Call("first", (node,), node.span)
        return t.Call("first_by", (node, t.Column(order)), node.span)

    return rewrite(expr, change)


def named_column(expr: t.Expr) -> t.Column | None:
    """The column of ids behind ``QIDNAME(qid)`` and its like, if different ids have different names.

    Grouping by the ids is then the same and far cheaper; the names are made of the groups.
    """
    match expr:
        case t.Call(
            function="coalesce",
            arguments=(
                t.Call(function="lookup", arguments=(t.Column(key=None) as column, t.Literal(value=str() as table))),
                t.Cast(operand=t.Column() as other, kind=Kind.TEXT),
            ),
        ) if column == other:
            names = [name for _, name in json.loads(table)]
            distinct = len(set(names)) == len(names) and not any(name.lstrip("-").isdecimal() for name in names)
            return column if distinct else None
    return None


def with_columns(expr: t.Expr, columns: dict[t.Expr, t.Column]) -> t.Expr:
    """An expression with others inside it replaced by columns that have their values, also inside of aggregates."""
    return rewrite(expr, columns.get)

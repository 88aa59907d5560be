"""Aggregates. Numbers come back as doubles, whatever they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certhound.model.columns import Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.arithmetic import number
from certhound.qradar.running.calls import Lowering
from certhound.qradar.running.rewriting import is_aggregate_call
from certhound.qradar.running.typed import Typed, as_double, as_text
from certhound.query import tree as t

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions


def _argument(to: Expressions, node: n.Call) -> Typed:
    value = to.value(node.arguments[0])
    if any(is_aggregate_call(each) for each in t.walk(value.expr)):
        raise to.error("an aggregate inside an aggregate", node, "aggregate", "use a sub-select in FROM")
    return value


def _double(node: n.Call, expr: t.Expr) -> Typed:
    return Typed(t.Cast(expr, Kind.DOUBLE, node.span), ArielType.DOUBLE)


def _count(to: Expressions, node: n.Call) -> Typed:
    if isinstance(node.arguments[0], n.Star):
        return _double(node, t.Call("count", (), node.span))
    return _double(node, t.Call("count", (_argument(to, node).expr,), node.span))


def _distinct(to: Expressions, node: n.Call) -> Typed:
    value = _argument(to, node)
    return _double(node, t.Call("count_distinct", (value.expr,), node.span))


def _ordered(name: str) -> Lowering:
    def lower(to: Expressions, node: n.Call) -> Typed:
        value = _argument(to, node)
        if to.scope.order is None and name == "first_by":
            found: t.Expr = t.Call("first", (value.expr,), node.span)
        elif to.scope.order is None:
            raise to.error(
                "LAST needs records in an order, which a grouped sub-select does not have", node, "aggregate"
            )
        else:
            found = t.Call(name, (value.expr, t.Column(to.scope.order)), node.span)
        return _double(node, found) if value.type.is_number else Typed(found, value.type, value.ids)

    return lower


def _extreme(name: str) -> Lowering:
    def lower(to: Expressions, node: n.Call) -> Typed:
        value = _argument(to, node)
        to.no_bytes((value,), node)
        if value.type.is_number:
            return _double(node, t.Call(name, (value.expr,), node.span))
        if value.type is ArielType.LIST:
            return Typed(t.Call(name, (as_text(value),), node.span), ArielType.STRING)
        return Typed(t.Call(name, (value.expr,), node.span), value.type)

    return lower


def _numeric(name: str, *, double: bool = False) -> Lowering:
    def lower(to: Expressions, node: n.Call) -> Typed:
        value = number(to, _argument(to, node), node.arguments[0])
        return _double(node, t.Call(name, (as_double(value) if double else value.expr,), node.span))

    return lower


LOWERINGS: dict[str, Lowering] = {
    "COUNT": _count,
    "UNIQUECOUNT": _distinct,
    "DISTINCTCOUNT": _distinct,
    "FIRST": _ordered("first_by"),
    "LAST": _ordered("last_by"),
    "MIN": _extreme("min"),
    "MAX": _extreme("max"),
    "SUM": _numeric("sum"),
    "AVG": _numeric("avg"),
    "STDEV": _numeric("deviation_of_sample", double=True),
    "STDEVP": _numeric("deviation", double=True),
}

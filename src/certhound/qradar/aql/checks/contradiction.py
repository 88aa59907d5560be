"""Conditions that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.implied import constant
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if isinstance(node, n.And):
            yield from _never(scope, node)
        elif isinstance(node, n.Or):
            yield from _always(node)


def _never(scope: Scope, node: n.And) -> Iterator[Hit]:
    equal: dict[n.Expr, n.Expr] = {}
    for operand in node.operands:
        if not isinstance(operand, n.Compare) or operand.op is not n.CompareOp.EQ or not _is_value(operand.right):
            continue
        if str(scope.type_of(operand.left)) == "List":  # there = means contains
            continue
        before = equal.setdefault(operand.left, operand.right)
        if _value(before) != _value(operand.right):
            yield Hit(
                operand.span, "this contradicts an earlier condition beside it: no record meets both", "join them by OR"
            )


def _always(node: n.Or) -> Iterator[Hit]:
    unequal: dict[n.Expr, n.Expr] = {}
    for operand in node.operands:
        if not isinstance(operand, n.Compare) or operand.op is not n.CompareOp.NE or not _is_value(operand.right):
            continue
        before = unequal.setdefault(operand.left, operand.right)
        if _value(before) != _value(operand.right):
            yield Hit(
                operand.span, "one of these != is true of every value, so the OR excludes nothing", "join them by AND"
            )


def _is_value(expr: n.Expr) -> bool:
    return isinstance(expr, n.Text | n.Number)


def _value(expr: n.Expr) -> object:
    number = constant(expr)
    return expr if number is None else number


CHECK = Check(
    id="contradiction",
    severity=Severity.WARNING,
    title="Conditions that exclude each other, or nothing",
    why="x = 'a' AND x = 'b' is never true; x != 'a' OR x != 'b' always is.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE username = 'a' AND username = 'b'",
        "SELECT qid FROM events WHERE username != 'a' OR username != 'b'",
    ),
    silent=(
        "SELECT qid FROM events WHERE (username = 'a' OR username = 'b') AND creeventlist = 1 AND creeventlist = 2",
    ),
)

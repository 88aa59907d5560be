"""Expressions of AQL lowered to the query tree, with QRadar's rules for types, NULL, lists and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from certhound.model.columns import Kind
from certhound.model.errors import did_you_mean
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import AqlError, wrong_argument
from certhound.qradar.catalogue import ArielType, find_function, functions
from certhound.qradar.running import addresses, arithmetic, matching
from certhound.qradar.running.calls import lowering_of
from certhound.qradar.running.naming import by_ids
from certhound.qradar.running.scope import Scope
from certhound.qradar.running.setting import Setting
from certhound.qradar.running.typed import (
    Typed,
    as_text,
    as_type,
    common_type,
    null_literal,
    number_literal,
    read_number,
    text_literal,
    together,
)
from certhound.query import tree as t

if TYPE_CHECKING:
    from certhound.qradar.running.select import Lowered

_OPS = {
    n.CompareOp.EQ: t.Op.EQ,
    n.CompareOp.NE: t.Op.NE,
    n.CompareOp.LT: t.Op.LT,
    n.CompareOp.LE: t.Op.LE,
    n.CompareOp.GT: t.Op.GT,
    n.CompareOp.GE: t.Op.GE,
}
MAX_LOOKED_UP = 10_000
"""Most rows of a sub-select behind IN that a console looks at."""
_TURNED = {t.Op.LT: t.Op.GT, t.Op.LE: t.Op.GE, t.Op.GT: t.Op.LT, t.Op.GE: t.Op.LE}


@dataclass(slots=True)
class Expressions:
    """Lowers the expressions of one SELECT. ``alias_first``: aliases win over columns (GROUP BY, HAVING, ORDER BY)."""

    setting: Setting
    scope: Scope
    alias_first: bool = False
    inside: int = field(default=0)
    """Function calls around the node in turn."""

    def error(self, text: str, node: n.Expr, check: str, advice: str = "") -> AqlError:
        return self.scope.error(text, node.span, check, advice)

    # values

    def value(self, node: n.Expr) -> Typed:
        """An expression with its type. Raises AqlError for what a console refuses, and what cannot be known here."""
        match node:
            case n.Name(text=text, span=span):
                return self.scope.find(text, span, alias_first=self.alias_first, inside=self.inside > 0)
            case n.Text(value=value, span=span):
                return text_literal(value, span)
            case n.Number(value=value, span=span):
                return number_literal(value, span)
            case n.Boolean(value=value, span=span):
                return Typed(t.Literal(value, Kind.BOOL, span), ArielType.BOOLEAN)
            case n.Null(span=span):
                return null_literal(span)
            case n.Call():
                return self.call(node)
            case n.Unary():
                return arithmetic.unary(self, node, self.value(node.operand))
            case n.Binary():
                return arithmetic.binary(self, node, self.value(node.left), self.value(node.right))
            case n.Case():
                return self.case(node)
            case n.If(condition=condition, then=then, otherwise=otherwise, span=span):
                return self.branches([(self.condition(condition), self.value(then))], self.value(otherwise), span)
            case n.Star():
                raise self.error("* stands here for no value", node, "syntax")
            case _:
                return Typed(self.condition(node), ArielType.BOOLEAN)

    def call(self, node: n.Call) -> Typed:
        function = find_function(node.name)
        if function is None:
            advice = did_you_mean(node.name.upper(), list(functions())) or "certhound aql fields function lists them"
            raise self.scope.error(
                f'Function "{node.name}" does not exist in catalog "{self.scope.database}"',
                node.name_span,
                "unknown-function",
                advice,
            )
        count = len(node.arguments)
        if count < function.least or (function.most is not None and count > function.most):
            given = "1 argument is" if count == 1 else f"{count} arguments are"
            raise self.error(
                f"Wrong argument type: {given} given, {function.shown} is required.", node, "arguments", function.shown
            )
        self.inside += 1
        lowered = lowering_of(function.name)(self, node)
        self.inside -= 1
        return lowered

    def case(self, node: n.Case) -> Typed:
        default = null_literal() if node.default is None else self.value(node.default)
        if node.operand is None:
            pairs = [(self.condition(condition), self.value(value)) for condition, value in node.branches]
        else:
            subject = self.value(node.operand)
            pairs = [
                (self.compared(t.Op.EQ, subject, self.value(when), node), self.value(value))
                for when, value in node.branches
            ]
        return self.branches(pairs, default, node.span)

    def branches(self, pairs: list[tuple[t.Expr, Typed]], default: Typed, span: t.Span) -> Typed:
        values = [*(value for _, value in pairs), default]
        wanted = common_type(values)
        if wanted is ArielType.STRING and any(value.type is ArielType.BYTES for value in values):
            raise self.scope.error(wrong_argument("byte[]", "String"), span, "bytes", "use UTF8(payload)")
        lowered = tuple((condition, as_type(value, wanted)) for condition, value in pairs)
        ids = all(value.ids for value in values if value.type is ArielType.LIST)
        return Typed(t.Case(lowered, as_type(default, wanted), span), wanted, ids)

    # conditions

    def condition(self, node: n.Expr) -> t.Expr:
        """An expression where a truth value is wanted."""
        match node:
            case n.Compare(op=op, left=left, right=right):
                return self.compared(_OPS[op], self.value(left), self.value(right), node)
            case n.Match():
                return matching.match(self, node, self.value(node.operand))
            case n.Between():
                return self.between(node)
            case n.In():
                return self.membership(node)
            case n.IsNull(operand=operand, negated=negated, span=span):
                test = t.IsNull(self.value(operand).expr, span)
                return t.Not(test, span) if negated else test
            case n.And(operands=operands, span=span):
                return t.And(tuple(self.condition(each) for each in operands), span)
            case n.Or(operands=operands, span=span):
                return t.Or(tuple(self.condition(each) for each in operands), span)
            case n.Not(operand=operand, span=span):
                return t.Not(self.condition(operand), span)
            case n.TextSearch():
                return matching.text_search(self, node)
            case (
                n.Name()
                | n.Text()
                | n.Number()
                | n.Boolean()
                | n.Null()
                | n.Star()
                | n.Call()
                | n.Unary()
                | n.Binary()
                | n.Case()
                | n.If()
            ):
                return self.truth(self.value(node), node)
            case _:
                assert_never(node)

    def truth(self, value: Typed, node: n.Expr) -> t.Expr:
        if value.type in (ArielType.BOOLEAN, ArielType.NULL):
            return value.expr
        raise self.error(
            f"a condition is expected here, this is {value.type}", node, "condition", "compare it with something"
        )

    def no_bytes(self, values: Sequence[Typed], node: n.Expr) -> None:
        """Bytes are compared with nothing (a console says so in these words)."""
        if any(value.type is ArielType.BYTES for value in values):
            raise self.error(wrong_argument("byte[]", "String"), node, "bytes", "compare UTF8(payload)")

    def compared(self, op: t.Op, left: Typed, right: Typed, node: n.Expr) -> t.Expr:
        self.no_bytes((left, right), node)
        if ArielType.NULL in (left.type, right.type) and self.setting.switches.null_equals:
            test = t.IsNull(right.expr if left.type is ArielType.NULL else left.expr, node.span)
            if op in (t.Op.EQ, t.Op.NE):
                return test if op is t.Op.EQ else t.Not(test, node.span)
        if right.type is ArielType.LIST and left.type is not ArielType.LIST:
            left, right, op = right, left, _TURNED.get(op, op)
        if left.type is ArielType.LIST:
            return self.in_list(op, left, right, node)
        both = together((left, right), ordered=op not in (t.Op.EQ, t.Op.NE))
        if ArielType.HOST in (left.type, right.type) and op not in (t.Op.EQ, t.Op.NE) and not both.text:
            return addresses.compared(op, both.parts[0], both.parts[1], node.span)
        return by_ids(t.Compare(op, both.parts[0], both.parts[1], both.fold, node.span))

    def in_list(self, op: t.Op, items: Typed, value: Typed, node: n.Expr) -> t.Expr:
        """For a list ``=`` means contains; other comparisons hold where they hold for some element."""
        text = as_text(value)
        if op in (t.Op.EQ, t.Op.NE):
            has: t.Expr = t.Call("list_contains", (items.expr, text), node.span)
            if isinstance(text, t.Literal):
                has = t.AnyOf(items.expr, t.Compare(t.Op.EQ, t.Element(), text), node.span)
            return has if op is t.Op.EQ else t.Not(has, node.span)
        number = read_number(value.quoted) if value.quoted is not None else None
        if value.type.is_number or number is not None:  # ids are ordered as numbers
            bound = value.expr if number is None else number_literal(number).expr
            return t.AnyOf(items.expr, t.Compare(op, t.Cast(t.Element(), Kind.INT), bound), node.span)
        return t.AnyOf(items.expr, t.Compare(op, t.Element(), text), node.span)

    def between(self, node: n.Between) -> t.Expr:
        values = (self.value(node.operand), self.value(node.low), self.value(node.high))
        self.no_bytes(values, node)
        both = together(values, ordered=True)
        make = addresses.between if values[0].type is ArielType.HOST and not both.text else t.Between
        test: t.Expr = make(both.parts[0], both.parts[1], both.parts[2], node.span)
        return t.Not(test, node.span) if node.negated else test

    def membership(self, node: n.In) -> t.Expr:
        operand = self.value(node.operand)
        self.no_bytes((operand,), node.operand)
        if isinstance(node.options, n.Query):
            test = self.in_query(operand, node.options, node)
        else:
            test = self.in_values(operand, [self.value(each) for each in node.options], node)
        return t.Not(test, node.span) if node.negated else test

    def in_values(self, operand: Typed, options: list[Typed], node: n.In) -> t.Expr:
        if operand.type is ArielType.LIST:
            return t.disjunction([self.in_list(t.Op.EQ, operand, each, node) for each in options])
        self.no_bytes(options, node)
        both = together((operand, *options))
        return by_ids(t.In(both.parts[0], both.parts[1:], both.fold, node.span))

    def in_query(self, operand: Typed, query: n.Query, node: n.In) -> t.Expr:
        from certhound.qradar.running.select import lower_select

        limit = MAX_LOOKED_UP if query.limit is None else min(query.limit, MAX_LOOKED_UP)
        inner = lower_select(replace(query, limit=limit), self.setting, self.scope.text, inner=True)
        if len(inner.columns) != 1:
            raise self.error(
                f"a sub-select behind IN gives one column, this one {len(inner.columns)}", node, "sub-select"
            )
        return self.within(operand, inner, node)

    def within(self, operand: Typed, inner: Lowered, node: n.In) -> t.Expr:
        column = inner.columns[0]
        given = Typed(t.Column(column.internal), column.type)
        if operand.type is ArielType.LIST:
            raise self.error("a list cannot be looked up in a sub-select", node, "sub-select")
        both = together((operand, given))
        narrow = t.Query((t.Item(both.parts[1], "value"),), inner.query)
        return t.In(both.parts[0], t.SubQuery(narrow, node.span), both.fold, node.span)

"""The checker: what is not known is refused, all of it at once, each with its place and the nearest names.

A :class:`Scope` is one table seen from one query; it infers types (:class:`~certhound.model.columns.Kind`) bottom up
and is what the printer and the reference evaluator ask for types too. Types meet as follows:

* INT beside DOUBLE is DOUBLE; NULL fits every type; nothing else is converted unless a Cast says so;
* an address (INET) may be compared with a text literal that is an address, and stands for text in Match and functions;
* lists and maps cannot be compared or sorted; a map's entry is ``Column(name, key)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from certhound.model.columns import Kind
from certhound.model.errors import ContentError, ErrorList, Place, did_you_mean
from certhound.query import regex
from certhound.query.functions import Constant, Function, find, functions
from certhound.query.functions.declare import shown
from certhound.query.inet import inet_key
from certhound.query.recursion import make_room
from certhound.query.schema import Schema, unify
from certhound.query.tree import (
    MAX_DEPTH,
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
    Or,
    Query,
    Regex,
    Span,
    SubQuery,
    children,
    depth,
    expressions,
    walk,
)

__all__ = ["QueryError", "Schema", "Scope", "Source", "check", "check_expr"]

_TEXTUAL = (Kind.TEXT, Kind.INET, Kind.NULL)
_UNORDERED = (Kind.LIST, Kind.MAP)
_CASTS = {
    Kind.TEXT: {Kind.TEXT, Kind.INET, Kind.INT, Kind.DOUBLE, Kind.BOOL, Kind.TIME},
    Kind.INT: {Kind.TEXT, Kind.INT, Kind.DOUBLE, Kind.BOOL},
    Kind.DOUBLE: {Kind.TEXT, Kind.INT, Kind.DOUBLE},
    Kind.BOOL: {Kind.TEXT, Kind.INT, Kind.BOOL},
    Kind.TIME: {Kind.TEXT, Kind.TIME},
    Kind.INET: {Kind.TEXT, Kind.INET},
}
"""Target of a cast to the types that it can be made from; see :class:`~certhound.query.tree.Cast`."""


class QueryError(ContentError):
    """Something in a query that is not known or does not fit. ``span``: where in its text."""

    def __init__(self, text: str, check: str, span: Span, advice: str = "") -> None:
        super().__init__(text, check=check, advice=advice)
        self.span = span


@dataclass(frozen=True, slots=True)
class Source:
    """The text that spans count in, so that errors can say line and column."""

    text: str
    file: str = ""

    def locate(self, error: QueryError) -> QueryError:
        """The error with its place and its line marked."""
        start = min(error.span.start, len(self.text))
        first = self.text.rfind("\n", 0, start) + 1
        line = self.text[first:].split("\n", 1)[0]
        error.place = Place(self.file, self.text.count("\n", 0, start) + 1, start - first + 1)
        width = max(1, min(error.span.end, first + len(line)) - start)
        shown_line = "".join(char if char.isprintable() else " " for char in line)
        error.marked = f"{shown_line}\n    {' ' * (start - first)}{'^' * width}"
        return error


class Scope:
    """A table in view of one query. ``kind`` gives the type of an expression; faults gather in ``errors``."""

    def __init__(self, schema: Schema, tables: Mapping[str, Schema] | None = None) -> None:
        self.schema = schema
        self.tables = tables or {}
        self.errors: list[QueryError] = []
        self._kinds: dict[
            int, tuple[Expr, Kind]
        ] = {}  # by identity; the expression is kept so that its id stays its own
        self._inside = 0  # predicates of AnyOf around the node in turn

    def kind(self, expr: Expr) -> Kind:
        """The type of an expression; NULL where it has a fault, so that one fault is told once."""
        known = self._kinds.get(id(expr))
        if known is None:
            known = self._kinds[id(expr)] = (expr, self._infer(expr))
        return known[1]

    def fault(self, expr: Expr, check: str, text: str, advice: str = "") -> Kind:
        self.errors.append(QueryError(text, check, expr.span, advice))
        return Kind.NULL

    def _infer(self, expr: Expr) -> Kind:
        match expr:
            case Column():
                return self._column(expr)
            case Element():
                if not self._inside:
                    self.fault(expr, "element", "an element outside of any list")
                return Kind.TEXT
            case Literal():
                return self._literal(expr)
            case Call():
                return self._call(expr)
            case Compare():
                return self._compare(expr)
            case Match():
                return self._match(expr)
            case AnyOf():
                return self._any_of(expr)
            case In():
                return self._in(expr)
            case Between(operand=operand, low=low, high=high):
                for side in (low, high):
                    self._comparable(expr, operand, side, ordered=True)
                return Kind.BOOL
            case IsNull(operand=operand):
                self.kind(operand)
                return Kind.BOOL
            case And() | Or() | Not() | IsTrue():
                for child in children(expr):
                    self.condition(child)
                return Kind.BOOL
            case Case():
                return self._case(expr)
            case Cast(operand=operand, kind=wanted):
                return self._cast(expr, self.kind(operand), wanted)
            case SubQuery():
                return self._sub_query(expr)
            case _:
                assert_never(expr)

    def condition(self, expr: Expr) -> None:
        """An expression where a truth value is wanted."""
        kind = self.kind(expr)
        if kind not in (Kind.BOOL, Kind.NULL):
            self.fault(expr, "type", f"a condition is wanted here, this is {kind.value}")

    def _column(self, expr: Column) -> Kind:
        kind = self.schema.columns.get(expr.name)
        if kind is None:
            advice = did_you_mean(expr.name, list(self.schema.columns))
            return self.fault(expr, "unknown-column", f"table {self.schema.name} has no column {expr.name!r}", advice)
        if expr.key is None:
            return kind
        if kind is not Kind.MAP:
            return self.fault(expr, "no-map", f"column {expr.name!r} is {kind.value} and has no entries to take by key")
        return Kind.TEXT

    def _literal(self, expr: Literal) -> Kind:
        wrong = literal_fault(expr)
        return self.fault(expr, "literal", wrong) if wrong else expr.kind

    def _call(self, expr: Call) -> Kind:
        kinds = tuple(self.kind(argument) for argument in expr.arguments)
        function = find(expr.function)
        if function is None:
            advice = did_you_mean(expr.function, list(functions()))
            return self.fault(expr, "unknown-function", f"there is no function {expr.function!r}", advice)
        if function.aggregate:
            if any(is_aggregate(argument) for argument in expr.arguments):
                return self.fault(expr, "aggregate", "an aggregate inside an aggregate")
            if self._inside:
                return self.fault(expr, "aggregate", "an aggregate inside the predicate of a list")
        if function.joins and self._inside:
            return self.fault(expr, "sub-query", f"{expr.function} inside the predicate of a list")
        overload = function.overload(kinds)
        if overload is None:
            given = ", ".join(kind.value for kind in kinds)
            known = " or ".join(shown(each) for each in function.overloads[:4])
            return self.fault(expr, "arguments", f"{expr.function} does not take ({given})", f"it takes {known}")
        self._constants(expr, function)
        return overload.accepts(kinds) or Kind.NULL

    def _constants(self, expr: Call, function: Function) -> None:
        overload = function.overload(tuple(self.kind(argument) for argument in expr.arguments))
        parameters = overload.expanded(len(expr.arguments)) if overload else None
        for argument, parameter in zip(expr.arguments, parameters or (), strict=True):
            if not isinstance(parameter, Constant):
                continue
            if not isinstance(argument, Literal):
                self.fault(argument, "constant", f"{expr.function} needs a constant here")
            elif wrong := parameter.wrong(argument.value):
                self.fault(argument, "argument", wrong)

    def _comparable(self, place: Expr, left: Expr, right: Expr, ordered: bool) -> Kind:
        """The type in which two expressions compare."""
        first, second = self.kind(left), self.kind(right)
        kind = compared_as(left, first, right, second)
        if kind is None:
            advice = "say it with a cast" if Kind.TEXT in (first, second) else ""
            return self.fault(place, "type", f"{first.value} cannot be compared with {second.value}", advice)
        if kind in _UNORDERED:
            return self.fault(place, "type", f"a {kind.value} cannot be compared; compare its elements or entries")
        if ordered and kind is Kind.INET:
            for side in (left, right):
                if isinstance(side, Literal) and side.value is not None and inet_key(str(side.value)) is None:
                    self.fault(side, "address", f"{side.value!r} is no address")
        return kind

    def _compare(self, expr: Compare) -> Kind:
        ordered = expr.op not in ("=", "!=")
        kind = self._comparable(expr, expr.left, expr.right, ordered)
        if expr.fold and kind not in _TEXTUAL:
            self.fault(expr, "type", f"case can be ignored in text only, not in {kind.value}")
        return Kind.BOOL

    def _match(self, expr: Match) -> Kind:
        kind = self.kind(expr.operand)
        if kind not in _TEXTUAL:
            self.fault(expr, "type", f"a pattern needs text, this is {kind.value}", "use a cast to text")
        match expr.pattern:
            case Regex(text=text):
                try:
                    regex.check_common(text, fold=expr.fold)
                except regex.RegexError as error:
                    self.fault(expr, error.check, f"in the pattern {text!r}: {error.text}", error.advice)
            case Like(parts=parts):
                if any(isinstance(part, str) and has_surrogate(part) for part in parts):
                    self.fault(expr, "literal", "half of a surrogate pair is no character")
        return Kind.BOOL

    def _any_of(self, expr: AnyOf) -> Kind:
        kind = self.kind(expr.items)
        if kind not in (Kind.LIST, Kind.NULL):
            self.fault(expr.items, "type", f"a list is wanted here, this is {kind.value}")
        for node in walk(expr.predicate):
            if isinstance(node, SubQuery):
                self.fault(node, "sub-query", "a sub-query inside the predicate of a list")
        self._inside += 1
        self.condition(expr.predicate)
        self._inside -= 1
        return Kind.BOOL

    def _in(self, expr: In) -> Kind:
        options = expr.options if isinstance(expr.options, tuple) else (expr.options,)
        for option in options:
            kind = self._comparable(expr, expr.operand, option, ordered=False)
            if expr.fold and kind not in _TEXTUAL:
                self.fault(expr, "type", f"case can be ignored in text only, not in {kind.value}")
        if not options:
            self.kind(expr.operand)
        return Kind.BOOL

    def _case(self, expr: Case) -> Kind:
        for condition, _ in expr.branches:
            self.condition(condition)
        kinds = [self.kind(value) for _, value in expr.branches] + [self.kind(expr.default)]
        kind = unify(kinds)
        if kind is None:
            names = ", ".join(sorted({each.value for each in kinds}))
            return self.fault(expr, "type", f"the branches have no type in common: {names}")
        return kind

    def _cast(self, expr: Cast, kind: Kind, wanted: Kind) -> Kind:
        if kind is not Kind.NULL and kind is not wanted and kind not in _CASTS.get(wanted, set()):
            return self.fault(expr, "cast", f"{kind.value} cannot be turned into {wanted.value}")
        return wanted

    def _sub_query(self, expr: SubQuery) -> Kind:
        inner = infer_query(expr.query, self.tables, self.errors)
        if len(expr.query.items) != 1:
            return self.fault(expr, "sub-query", f"a sub-query here has one column, this has {len(expr.query.items)}")
        return next(iter(inner.columns.values()))


def compared_as(left: Expr, first: Kind, right: Expr, second: Kind) -> Kind | None:
    """The type in which two expressions compare, None when they do not. A text literal beside an address is one."""
    if {first, second} == {Kind.INET, Kind.TEXT}:
        return Kind.INET if isinstance(left if first is Kind.TEXT else right, Literal) else None
    return unify([first, second])


def has_surrogate(text: str) -> bool:
    """Whether a text has a lone half of a surrogate pair, which no engine can store."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


_VALUE_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.INET: (str,),
    Kind.INT: (int,),
    Kind.DOUBLE: (float, int),
    Kind.BOOL: (bool,),
    Kind.TIME: (datetime,),
    Kind.BYTES: (bytes,),
}


def literal_fault(literal: Literal) -> str:
    """What is wrong with a literal, or an empty text."""
    value, kind = literal.value, literal.kind
    if value is None:
        return ""
    if type(value) not in _VALUE_TYPES.get(kind, ()):
        return f"{value!r} is no literal of type {kind.value}"
    if kind is Kind.INT and isinstance(value, int) and not -(2**63) <= value < 2**63:
        return f"{value} does not fit into 64 bits"
    if isinstance(value, float) and value != value:
        return "not-a-number is no literal"
    if isinstance(value, str):
        if has_surrogate(value):
            return "half of a surrogate pair is no character"
        if kind is Kind.INET and inet_key(value) is None:
            return f"{value!r} is no address"
    return ""


def is_aggregate(expr: Expr) -> bool:
    """Whether an expression has an aggregate in it (sub-queries are their own)."""
    return any(
        isinstance(node, Call) and (function := find(node.function)) is not None and function.aggregate
        for node in walk(expr)
    )


def is_grouped(query: Query) -> bool:
    """Whether a query gives one row a group."""
    parts = [*(item.expr for item in query.items), *(order.expr for order in query.order_by)]
    parts.extend([query.having] if query.having is not None else [])
    return bool(query.group_by) or any(is_aggregate(part) for part in parts)


def scope_of(query: Query, tables: Mapping[str, Schema]) -> Scope:
    """The scope in which the expressions of a checked query stand."""
    if isinstance(query.source, Query):
        return Scope(infer_query(query.source, tables, []), tables)
    return Scope(tables[query.source], tables)


def infer_query(query: Query, tables: Mapping[str, Schema], errors: list[QueryError]) -> Schema:
    """The schema of a query's result; faults go to ``errors``. The depth must have been checked."""
    if isinstance(query.source, Query):
        schema = infer_query(query.source, tables, errors)
    else:
        found = tables.get(query.source)
        if found is None:
            advice = did_you_mean(query.source, list(tables))
            errors.append(QueryError(f"there is no table {query.source!r}", "unknown-table", query.span, advice))
            return Schema("", {item.name: Kind.NULL for item in query.items})
        schema = found
    scope = Scope(schema, tables)
    _infer_parts(query, scope)
    errors.extend(scope.errors)
    return Schema("", {item.name: scope.kind(item.expr) for item in query.items})


def _infer_parts(query: Query, scope: Scope) -> None:
    for expr in expressions(query):
        scope.kind(expr)
    if not query.items:
        scope.errors.append(QueryError("a query without columns", "items", query.span))
    names: set[str] = set()
    for item in query.items:
        if item.name.lower() in names:
            scope.errors.append(QueryError(f"two columns are named {item.name!r}", "duplicate-name", item.span))
        names.add(item.name.lower())
    for condition in (query.where, query.having):
        if condition is not None:
            scope.condition(condition)
    if query.where is not None and is_aggregate(query.where):
        scope.fault(query.where, "aggregate", "an aggregate among the conditions on rows", "use having")
    if query.limit is not None and not 0 <= query.limit < 2**63:
        scope.errors.append(QueryError("a limit is a number from 0", "limit", query.span))
    _check_groups(query, scope)


def _check_groups(query: Query, scope: Scope) -> None:
    for expr in query.group_by:
        if is_aggregate(expr):
            scope.fault(expr, "aggregate", "an aggregate cannot be grouped by")
        if scope.kind(expr) is Kind.MAP:
            scope.fault(expr, "type", "a map cannot be grouped by")
    for order in query.order_by:
        if scope.kind(order.expr) in _UNORDERED:
            scope.fault(order.expr, "type", f"a {scope.kind(order.expr).value} has no order")
    if not is_grouped(query):
        if query.having is not None:
            scope.fault(query.having, "having", "having without groups", "use where")
        return
    after = [*(item.expr for item in query.items), *(order.expr for order in query.order_by)]
    for expr in [*after, *([query.having] if query.having is not None else [])]:
        for column in ungrouped(expr, query.group_by):
            scope.fault(
                column,
                "ungrouped",
                f"column {column.name!r} is neither grouped by nor inside an aggregate",
                "group by it, or take first(…) of it",
            )


def ungrouped(expr: Expr, keys: tuple[Expr, ...]) -> list[Column]:
    """Columns outside of aggregates and of the expressions that are grouped by."""
    if expr in keys:
        return []
    if isinstance(expr, Column):
        return [expr]
    if isinstance(expr, Call) and (function := find(expr.function)) and function.aggregate:
        return []
    return [column for child in children(expr) for column in ungrouped(child, keys)]


def check(query: Query, tables: Mapping[str, Schema], source: Source | None = None) -> Schema:
    """The schema of a query's result. Raises ErrorList with every fault, located when ``source`` is given."""
    errors: list[QueryError] = []
    _check_depth(query, source)
    schema = infer_query(query, tables, errors)
    _raise(errors, source)
    return schema


def _check_depth(node: Expr | Query, source: Source | None) -> None:
    make_room()
    if depth(node) > MAX_DEPTH:
        _raise([QueryError(f"nested more than {MAX_DEPTH} deep", "depth", node.span)], source)


def check_expr(
    expr: Expr,
    schema: Schema,
    *,
    condition: bool = True,
    tables: Mapping[str, Schema] | None = None,
    source: Source | None = None,
) -> Kind:
    """The type of an expression over the rows of a table; with ``condition`` it must be a truth value.

    Raises ErrorList with every fault. Aggregates are refused: they belong to a query.
    """
    _check_depth(expr, source)
    scope = Scope(schema, tables)
    kind = scope.kind(expr)
    if condition:
        scope.condition(expr)
    if is_aggregate(expr):
        scope.fault(expr, "aggregate", "an aggregate outside of a query")
    _raise(scope.errors, source)
    return kind


def _raise(errors: list[QueryError], source: Source | None) -> None:
    if errors:
        raise ErrorList([source.locate(error) if source else error for error in errors])

"""The tree as AQL on one line, with as few brackets as can be misread nowhere.

AND beside OR, powers, bits and shifts are always bracketed, for no page settles how a console reads them bare.
"""

from __future__ import annotations

import re
from typing import assert_never

from certhound.qradar.aql.nodes import (
    And,
    Between,
    Binary,
    BinaryOp,
    Boolean,
    Call,
    Case,
    Compare,
    Expr,
    GlobalView,
    If,
    In,
    IsNull,
    Item,
    Last,
    Match,
    Name,
    Not,
    Null,
    Number,
    OffenseTime,
    Or,
    OrderKey,
    Parameter,
    Query,
    Session,
    SessionEdge,
    Source,
    Star,
    StartStop,
    Table,
    Text,
    TextSearch,
    Unary,
    Window,
)
from certhound.qradar.aql.words import CLAUSE_WORDS, NO_FUNCTIONS, PRECEDENCE, QUOTE_WHEN_PRINTED, SESSION_WORDS
from certhound.query.recursion import make_room

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_$@]*")
_BARE_FUNCTION = re.compile(r"[^\W\d][\w$@]*(?:::[^\W\d][\w$@]*)?")
_PLAIN = frozenset({BinaryOp.ADD, BinaryOp.SUB, BinaryOp.MUL, BinaryOp.DIV, BinaryOp.MOD})
"""Operators whose order every reader knows."""

_IF, _OR, _AND, _NOT, _COMPARISON, _OPERAND, _UNARY, _PRIMARY = 0, 1, 2, 3, 4, 5, 20, 21


def to_aql(query: Query) -> str:
    """A query as text: ``parse(to_aql(query)) == query``. Comments are left to the formatter."""
    make_room()
    return _query(query)


def expression_to_aql(expr: Expr) -> str:
    """One expression as text."""
    make_room()
    return _expr(expr)


def quoted_name(text: str) -> str:
    """A name in double quotes where it cannot stand bare."""
    if _BARE.fullmatch(text) and text.upper() not in QUOTE_WHEN_PRINTED:
        return text
    return '"' + text.replace('"', '""') + '"'


def quoted_text(value: str) -> str:
    """A literal in single quotes."""
    return "'" + value.replace("'", "''") + "'"


def _query(query: Query) -> str:
    parts = ["SELECT " + ", ".join(map(_item, query.items)), "FROM " + _source(query.source)]
    if query.into is not None:
        parts.append("INTO " + quoted_name(query.into))
    if query.where is not None:
        parts.append("WHERE " + _expr(query.where))
    if query.group_by:
        parts.append("GROUP BY " + ", ".join(map(_expr, query.group_by)))
    if query.session is not None:
        parts.append(_session(query.session))
    if query.having is not None:
        parts.append("HAVING " + _expr(query.having))
    if query.order_by:
        parts.append("ORDER BY " + ", ".join(map(_order_key, query.order_by)))
        if query.collate is not None:
            parts.append("COLLATE " + quoted_text(query.collate))
    if query.limit is not None:
        parts.append(f"LIMIT {query.limit}")
    if query.window is not None:
        parts.append(_window(query.window))
    if query.parameters:
        parts.append("PARAMETERS " + ", ".join(map(_parameter, query.parameters)))
    return " ".join(parts)


def _item(item: Item) -> str:
    return _expr(item.expr) if item.alias is None else f"{_expr(item.expr)} AS {quoted_name(item.alias)}"


def _source(source: Source) -> str:
    match source:
        case Table(name=name):
            return quoted_name(name)
        case GlobalView(search=search, interval=interval):
            return f"GLOBALVIEW({quoted_text(search)}, {quoted_text(interval)})"
        case Query():
            return f"({_query(source)})"
        case _:
            assert_never(source)


def _session(session: Session) -> str:
    keys = [session.time, *session.keys]
    simple = all(map(_simple_key, keys))  # else a blank could be taken for an operator's, or a key for a clause
    parts = ["SESSION BY " + (" " if simple else ", ").join(_expr(key, _OPERAND) for key in keys)]
    if session.begin is not None:
        parts.append(_edge("BEGIN", session.begin))
    if session.end is not None:
        parts.append(_edge("END", session.end))
    if session.timeout is not None:
        parts.append(f"TIMEOUT {session.timeout}")
    if session.window is not None:
        parts.append(f"TIMEWINDOW {session.window[0]} {session.window[1].value}")
    return " ".join(parts)


def _simple_key(key: Expr) -> bool:
    return isinstance(key, Name) or (isinstance(key, Call) and key.upper not in CLAUSE_WORDS | SESSION_WORDS)


def _edge(word: str, edge: SessionEdge) -> str:
    return f"{'EXPLICIT ' if edge.explicit else ''}{word} {_expr(edge.condition)}"


def _order_key(key: OrderKey) -> str:
    return f"{_expr(key.expr)} DESC" if key.descending else _expr(key.expr)


def _window(window: Window) -> str:
    match window:
        case Last(count=count, unit=unit):
            return f"LAST {count} {unit.value}"
        case StartStop(start=start, stop=stop):
            tail = "" if stop is None else f" STOP {_expr(stop, _OPERAND)}"
            return f"START {_expr(start, _OPERAND)}{tail}"
        case OffenseTime(offense=offense):
            return f"TIMES OFFENSE_TIME({_expr(offense)})"
        case _:
            assert_never(window)


def _parameter(parameter: Parameter) -> str:
    return f"{parameter.name}=" + ", ".join(_expr(value, _OPERAND) for value in parameter.values)


def _expr(expr: Expr, least: int = _IF) -> str:
    """An expression, in brackets where it binds looser than its place asks for."""
    text = _bare(expr)
    return text if _level(expr) >= least else f"({text})"


def _level(expr: Expr) -> int:
    match expr:
        case If():
            return _IF
        case Or():
            return _OR
        case And():
            return _AND
        case Not():
            return _NOT
        case Compare() | Match() | Between() | In() | IsNull():
            return _COMPARISON
        case Binary(op=op):
            return _OPERAND + PRECEDENCE[op] if op in _PLAIN or op is BinaryOp.JOIN else _COMPARISON
        case Unary():
            return _UNARY
        case _:
            return _PRIMARY


def _bare(expr: Expr) -> str:
    match expr:
        case Name(text=text):
            return quoted_name(text)
        case Text(value=value):
            return quoted_text(value)
        case Number(text=text):
            return text
        case Boolean(value=value):
            return "TRUE" if value else "FALSE"
        case Null():
            return "NULL"
        case Star():
            return "*"
        case TextSearch(terms=terms):
            return f"TEXT SEARCH {quoted_text(terms)}"
        case Call(name=name, arguments=arguments):
            return f"{_function(name)}({', '.join(map(_expr, arguments))})"
        case Unary(op=op, operand=operand):
            return f"{op.value}{_expr(operand, _PRIMARY)}"
        case Binary():
            return _binary(expr)
        case Case():
            return _case(expr)
        case If(condition=condition, then=then, otherwise=otherwise):
            return f"IF {_expr(condition, _OR)} THEN {_expr(then, _OR)} ELSE {_expr(otherwise)}"
        case Not(operand=operand):
            return f"NOT {_expr(operand, _NOT)}"
        case And(operands=operands):
            return " AND ".join(_expr(operand, _NOT) for operand in operands)
        case Or(operands=operands):
            return " OR ".join(_expr(operand, _NOT) for operand in operands)
        case Compare() | Match() | Between() | In() | IsNull():
            return _condition(expr)
        case _:
            assert_never(expr)


def _condition(expr: Compare | Match | Between | In | IsNull) -> str:
    match expr:
        case Compare(op=op, left=left, right=right):
            return f"{_expr(left, _OPERAND)} {op.value} {_expr(right, _OPERAND)}"
        case Match(op=op, operand=operand, pattern=pattern, negated=negated):
            return f"{_expr(operand, _OPERAND)} {_not(negated)}{op.value} {_expr(pattern, _OPERAND)}"
        case Between(operand=operand, low=low, high=high, negated=negated):
            ends = f"{_expr(low, _OPERAND)} AND {_expr(high, _OPERAND)}"
            return f"{_expr(operand, _OPERAND)} {_not(negated)}BETWEEN {ends}"
        case In(operand=operand, options=options, negated=negated):
            inside = ", ".join(map(_expr, options)) if isinstance(options, tuple) else _query(options)
            return f"{_expr(operand, _OPERAND)} {_not(negated)}IN ({inside})"
        case IsNull(operand=operand, negated=negated):
            return f"{_expr(operand, _OPERAND)} IS {_not(negated)}NULL"
        case _:
            assert_never(expr)


def _not(negated: bool) -> str:
    return "NOT " if negated else ""


def _function(name: str) -> str:
    bare = _BARE_FUNCTION.fullmatch(name) is not None and name.upper() not in NO_FUNCTIONS
    return name if bare else '"' + name.replace('"', '""') + '"'


def _binary(expr: Binary) -> str:
    own = _OPERAND + PRECEDENCE[expr.op]
    plain = expr.op in _PLAIN and all(
        not isinstance(side, Binary) or side.op in _PLAIN for side in (expr.left, expr.right)
    )
    apart = _PRIMARY if expr.op is BinaryOp.POW else _UNARY
    left, right = (own, own + 1) if plain else (apart, apart)
    if expr.op is BinaryOp.JOIN and isinstance(expr.left, Binary) and expr.left.op is BinaryOp.JOIN:
        left = own
    return f"{_expr(expr.left, left)} {expr.op.value} {_expr(expr.right, right)}"


def _case(expr: Case) -> str:
    parts = ["CASE"] if expr.operand is None else [f"CASE {_expr(expr.operand, _OR)}"]
    parts += [f"WHEN {_expr(condition, _OR)} THEN {_expr(value, _OR)}" for condition, value in expr.branches]
    if expr.default is not None:
        parts.append(f"ELSE {_expr(expr.default, _OR)}")
    return " ".join([*parts, "END"])

"""Our rules as AQL: the query tree of a rule printed with the names that Ariel has for our columns.

Sigma's *not* holds where a field is absent, AQL's does not: what stands below a *not* is turned inside out and each
test says what it means for an absent column. ``LIKE`` has no escape, so that a text with ``%`` or ``_`` becomes a
regular expression; those are written to mean the same whether a console searches for them or fits the whole value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from certhound.model.columns import EVENTS, Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.printer import expression_to_aql, to_aql
from certhound.qradar.running.own_events import PROPERTIES
from certhound.query import tree as t
from certhound.rules import Rule

_NATIVE = {
    "src_ip": "sourceip", "src_port": "sourceport", "dst_ip": "destinationip", "dst_port": "destinationport",
    "user": "username", "payload": "payload",
}  # fmt: skip
_KINDS = {column.name: column.kind for column in EVENTS.columns}
_SAYABLE = (Kind.TEXT, Kind.INT, Kind.DOUBLE, Kind.INET)
NAMES = {
    **{column: name for name, column in PROPERTIES.items() if _KINDS[column] in _SAYABLE},
    **_NATIVE,
}
"""Our columns of ``events`` by the name that Ariel has for them; lists and times are kept otherwise there."""

_REGEX_SPECIAL = re.compile(r"([\\^$.|?*+()\[\]{}&~#-])")
_COMPARISONS = {op: n.CompareOp(op.value) for op in t.Op}


@dataclass(frozen=True, slots=True)
class Unsayable(Exception):
    """Why a rule cannot be said in AQL."""

    reason: str


def aql_query(rule: Rule, days: int = 1) -> str:
    """A search for a rule's events. Raises :class:`Unsayable` with the reason."""
    read = [NAMES[name] for name in rule.columns if name in NAMES and name not in ("category", "source")]
    shown = dict.fromkeys(["sourceip", "destinationip", "username", *read])
    items: tuple[n.Item, ...] = (
        n.Item(n.Call("DATEFORMAT", (n.Name("starttime"), n.Text("yyyy-MM-dd HH:mm:ss"))), "Time"),
    )
    items += tuple(n.Item(n.Name(name), None) for name in shown)
    window = n.Last(24 * days, n.Unit.HOURS)
    return to_aql(n.Query(items, n.Table("events"), where=condition(rule), limit=1000, window=window))


def aql_condition(rule: Rule) -> str:
    """The WHERE part alone, for a rule's AQL filter test. Raises :class:`Unsayable`."""
    return expression_to_aql(condition(rule))


def condition(rule: Rule) -> n.Expr:
    """A rule's whole test of an event. Raises :class:`Unsayable`."""
    if rule.table != EVENTS.name:
        raise Unsayable(f"reads {rule.table}, which certhound derives; QRadar has log records only")
    lacking = sorted(column for column in t.columns(rule.where) if column not in NAMES)
    lists = [column for column in lacking if _KINDS.get(column) is Kind.LIST]
    if lists:
        raise Unsayable(f"AQL has no lists: a property would hold {', '.join(lists)} as one text")
    if lacking:
        raise Unsayable(f"no property of QRadar's has {', '.join(lacking)}")
    return _true(rule.where)


def _true(expr: t.Expr) -> n.Expr:
    """A condition that is true exactly where the tree's is; where that is false, this is false or unknown."""
    match expr:
        case t.And(operands=operands):
            return n.And(tuple(map(_true, operands)))
        case t.Or(operands=operands):
            return n.Or(tuple(map(_true, operands)))
        case t.Not(operand=t.IsTrue(operand=operand)):
            return _untrue(operand)
        case t.Not(operand=t.IsNull(operand=operand)):
            return n.IsNull(_operand(operand), True)
        case t.Not(operand=t.Or(operands=operands)):
            return n.And(tuple(_true(t.Not(each)) for each in operands))
        case t.Not(operand=t.And(operands=operands)):
            return n.Or(tuple(_true(t.Not(each)) for each in operands))
        case t.Not(operand=t.Not(operand=operand)) | t.IsTrue(operand=operand):
            return _true(operand)
        case t.Not(operand=operand):
            return n.Not(_test(operand))
        case _:
            return _test(expr)


def _untrue(expr: t.Expr) -> n.Expr:
    """True exactly where the tree's condition is false or unknown."""
    match expr:
        case t.And(operands=operands):
            return n.Or(tuple(map(_untrue, operands)))
        case t.Or(operands=operands):
            return n.And(tuple(map(_untrue, operands)))
        case t.IsTrue(operand=operand):
            return _untrue(operand)
        case t.IsNull(operand=operand):
            return n.IsNull(_operand(operand), True)
        case t.Not(operand=t.IsTrue(operand=operand)):
            return _true(operand)
        case t.Not(operand=t.IsNull(operand=operand)):
            return n.IsNull(_operand(operand))
        case _:
            absent = [n.IsNull(n.Name(NAMES[name])) for name in sorted(t.columns(expr))]
            return n.Or((*absent, n.Not(_test(expr))))


def _test(expr: t.Expr) -> n.Expr:
    match expr:
        case t.Compare(op=t.Op.EQ | t.Op.NE as op, left=left, right=t.Literal(value=str() as text), fold=True):
            same = _same(left, text)
            return same if op is t.Op.EQ else n.Not(same)
        case t.Compare(op=op, left=left, right=right, fold=False):
            return n.Compare(_COMPARISONS[op], _operand(left), _operand(right))
        case t.In(operand=operand, options=tuple() as options, fold=True):
            return n.Or(tuple(_same(operand, str(each.value)) for each in options if isinstance(each, t.Literal)))
        case t.In(operand=operand, options=tuple() as options):
            return n.In(_operand(operand), tuple(map(_operand, options)))
        case t.Match(operand=operand, pattern=t.Like(parts=parts), fold=fold):
            return _like(_operand(operand), parts, fold)
        case t.Match(operand=operand, pattern=t.Regex(text=text), fold=fold):
            return _matches(_operand(operand), java(text), fold)
        case t.Call(function="cidr_match", arguments=(address, t.Literal(value=str() as network))):
            return n.Call("INCIDR", (n.Text(network), _operand(address)))
        case t.Between(operand=operand, low=low, high=high):
            return n.Between(_operand(operand), _operand(low), _operand(high))
        case t.IsNull(operand=operand):
            return n.IsNull(_operand(operand))
        case t.And() | t.Or() | t.Not() | t.IsTrue():
            return _true(expr)
        case _:
            raise Unsayable(f"AQL has no counterpart of {type(expr).__name__}")


def _operand(expr: t.Expr) -> n.Expr:
    match expr:
        case t.Column(name=name, key=None):
            return n.Name(NAMES[name])
        case t.Literal(value=bool() as value):
            return n.Boolean(value)
        case t.Literal(value=str() as value):
            return n.Text(value)
        case t.Literal(value=int() | float() as value):
            number: n.Expr = n.Number(str(abs(value)))
            return n.Unary(n.UnaryOp.MINUS, number) if value < 0 else number
        case _:
            raise Unsayable(f"AQL has no counterpart of {type(expr).__name__} as a value")


def _same(operand: t.Expr, text: str) -> n.Expr:
    return _like(_operand(operand), (text,), True)


def _like(operand: n.Expr, parts: tuple[str | t.Wild, ...], fold: bool) -> n.Expr:
    if any(isinstance(part, str) and ("%" in part or "_" in part) for part in parts):
        made = "".join(_of_part(part) for part in parts)
        start, end = ("" if parts[0] is t.Wild.ANY else "^"), ("" if parts[-1] is t.Wild.ANY else r"\z")
        return _matches(operand, f"{start}{made}{end}", fold)
    wild = {t.Wild.ANY: "%", t.Wild.ONE: "_"}
    pattern = "".join(part if isinstance(part, str) else wild[part] for part in parts)
    return n.Match(n.MatchOp.ILIKE if fold else n.MatchOp.LIKE, operand, n.Text(pattern))


def _of_part(part: str | t.Wild) -> str:
    if isinstance(part, str):
        return _REGEX_SPECIAL.sub(r"\\\1", part)
    return "(?s:.*)" if part is t.Wild.ANY else "(?s:.)"


def _matches(operand: n.Expr, pattern: str, fold: bool) -> n.Expr:
    """A regular expression that means the same searched for and fitted to the whole value."""
    start = "" if pattern.startswith("^") and "|" not in pattern else "(?s:.*)"
    end = "" if pattern.endswith(r"\z") and "|" not in pattern else "(?s:.*)"
    body = f"(?:{pattern})" if "|" in pattern else pattern
    return n.Match(n.MatchOp.IMATCHES if fold else n.MatchOp.MATCHES, operand, n.Text(start + body + end))


_PIECE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?m:\$\)|\$|.", re.DOTALL)


def java(common: str) -> str:
    r"""A pattern of the common dialect for Java, whose ``$`` also fits before a last line's end: there it is ``\z``."""
    return "".join(r"\z" if piece == "$" else piece for piece in _PIECE.findall(common))

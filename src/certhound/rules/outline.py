"""An expression as an indented outline that a person reads: one condition a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

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
    Pattern,
    SubQuery,
    Value,
    Wild,
)

INDENT = "  "
LISTED = 8
"""How many members of a list are written out."""


def outline(expr: Expr, level: int = 0) -> str:
    """The outline of an expression."""
    return "\n".join(_lines(expr, level))


def _lines(expr: Expr, level: int) -> list[str]:
    pad = INDENT * level
    match expr:
        case And(operands=operands):
            return [f"{pad}all of", *(line for each in _flat(operands, And) for line in _lines(each, level + 1))]
        case Or(operands=operands):
            return [f"{pad}any of", *(line for each in _flat(operands, Or) for line in _lines(each, level + 1))]
        case Not(operand=IsNull(operand=operand)):
            return [f"{pad}{phrase(operand)} is present"]
        case Not(operand=IsTrue(operand=operand)) | Not(operand=operand):
            return [f"{pad}not", *_lines(operand, level + 1)]
        case IsTrue(operand=operand):
            return _lines(operand, level)
        case AnyOf(items=items, predicate=And() | Or() | Not() as predicate):
            return [f"{pad}some element of {phrase(items)} for which", *_lines(predicate, level + 1)]
        case _:
            return [pad + phrase(expr)]


def _flat(operands: tuple[Expr, ...], kind: type[And] | type[Or]) -> Iterator[Expr]:
    """Operands with those of operands of the same kind in their place."""
    for each in operands:
        if isinstance(each, And | Or) and isinstance(each, kind):
            yield from _flat(each.operands, kind)
        else:
            yield each


def phrase(expr: Expr) -> str:
    """An expression on one line."""
    match expr:
        case Column(name=name, key=key):
            return name if key is None else f"{name}[{key!r}]"
        case Element():
            return "the element"
        case Literal(value=value):
            return _value(value)
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(phrase, arguments))})"
        case Compare(op=op, left=left, right=right, fold=fold):
            exact = "" if fold or op not in (Op.EQ, Op.NE) or not _is_text(right) else " (case matters)"
            return f"{phrase(left)} {op.value} {phrase(right)}{exact}"
        case Match(operand=operand, pattern=pattern, fold=fold):
            return f"{phrase(operand)} {_pattern(pattern)}{'' if fold else ' (case matters)'}"
        case AnyOf(items=items, predicate=predicate):
            return f"some element of {phrase(items)}: {phrase(predicate)}"
        case In(operand=operand, options=tuple() as options):
            more = len(options) - LISTED
            listed = ", ".join(map(phrase, options[:LISTED])) + (f", and {more} more" if more > 0 else "")
            return f"{phrase(operand)} is one of {listed}"
        case In(operand=operand):
            return f"{phrase(operand)} is in a sub-query"
        case Between(operand=operand, low=low, high=high):
            return f"{phrase(operand)} is from {phrase(low)} to {phrase(high)}"
        case IsNull(operand=operand):
            return f"{phrase(operand)} is absent"
        case IsTrue(operand=operand):
            return phrase(operand)
        case And(operands=operands):
            return "(" + " and ".join(map(phrase, operands)) + ")"
        case Or(operands=operands):
            return "(" + " or ".join(map(phrase, operands)) + ")"
        case Not(operand=operand):
            return f"not {phrase(operand)}"
        case Case():
            return "a choice of values"
        case Cast(operand=operand, kind=kind):
            return f"{phrase(operand)} as {kind.value}"
        case SubQuery():
            return "a sub-query"
        case _:
            assert_never(expr)


def _is_text(expr: Expr) -> bool:
    return isinstance(expr, Literal) and isinstance(expr.value, str)


def _value(value: Value) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _pattern(pattern: Pattern) -> str:
    if not isinstance(pattern, Like):
        return f"has the pattern /{pattern.text}/"
    parts = pattern.parts
    texts = [part for part in parts if not isinstance(part, Wild)]
    if len(texts) == 1 and all(part is Wild.ANY for part in parts if isinstance(part, Wild)):
        begins, ends = parts[0] is Wild.ANY, parts[-1] is Wild.ANY
        return f"{'contains' if begins and ends else 'ends with' if begins else 'begins with'} {texts[0]!r}"
    shown = "".join(part.value if isinstance(part, Wild) else part for part in parts)
    return f"is like {shown!r}"

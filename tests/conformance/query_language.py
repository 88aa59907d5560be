"""The small language of the conformance cases (README.md): text to expressions of the query tree."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TypeAlias

from certhound.model.columns import Kind
from certhound.query.regex import Dialect, translate
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
    Item,
    Like,
    Literal,
    Match,
    Not,
    Op,
    Or,
    Query,
    Regex,
    SubQuery,
    Wild,
)

Form: TypeAlias = "str | list[Form]"
_TOKEN = re.compile(r'\s*(?:([()])|("(?:[^"\\]|\\.)*")|([^\s()"]+))')
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def read(text: str) -> Expr:
    """An expression in the language of the cases."""
    form, rest = _form([found.group().strip() for found in _TOKEN.finditer(text)])
    assert not rest, rest
    return _expr(form)


def _form(tokens: list[str]) -> tuple[Form, list[str]]:
    if tokens[0] != "(":
        return tokens[0], tokens[1:]
    items: list[Form] = []
    rest = tokens[1:]
    while rest[0] != ")":
        item, rest = _form(rest)
        items.append(item)
    return items, rest[1:]


def _expr(form: Form) -> Expr:
    if isinstance(form, list):
        return _list(str(form[0]), form[1:])
    if form.startswith('"'):
        return Literal(json.loads(form), Kind.TEXT)
    if number := _NUMBER.fullmatch(form):
        return Literal(float(form), Kind.DOUBLE) if number[1] or number[2] else Literal(int(form), Kind.INT)
    constants: dict[str, Expr] = {
        "true": Literal(True, Kind.BOOL),
        "false": Literal(False, Kind.BOOL),
        "null": Literal(None, Kind.NULL),
        "_": Element(),
    }
    return constants.get(form) or Column(form)


def _text(form: Form) -> str:
    assert isinstance(form, str)
    return str(json.loads(form))


def _list(head: str, forms: list[Form]) -> Expr:
    if head.rstrip("~") in {op.value for op in Op}:
        return Compare(Op(head.rstrip("~")), _expr(forms[0]), _expr(forms[1]), head.endswith("~"))
    match head:
        case "inet":
            return Literal(_text(forms[0]), Kind.INET)
        case "time":
            return Literal(datetime.fromisoformat(_text(forms[0])), Kind.TIME)
        case "like" | "ilike":
            signs = {"*": Wild.ANY, "?": Wild.ONE}
            parts = tuple(signs.get(str(each)) or _text(each) for each in forms[1:])
            return Match(_expr(forms[0]), Like(parts), head == "ilike")
        case "matches" | "imatches" | "java-matches":
            dialect = Dialect.JAVA if head == "java-matches" else Dialect.PCRE
            found = translate(_text(forms[1]), dialect, fold=head == "imatches")
            return Match(_expr(forms[0]), Regex(found.text), found.fold)
        case "case":
            branches = tuple((_expr(each[0]), _expr(each[1])) for each in forms[:-1] if isinstance(each, list))
            return Case(branches, _expr(forms[-1]))
        case "cast":
            return Cast(_expr(forms[0]), Kind(str(forms[1])))
        case "entry":
            return Column(str(forms[0]), _text(forms[1]))
        case "select":
            return SubQuery(Query((Item(_expr(forms[0]), "x"),), "t", _expr(forms[1])))
    return _operator(head, tuple(_expr(each) for each in forms))


def _operator(head: str, operands: tuple[Expr, ...]) -> Expr:
    match head:
        case "any":
            return AnyOf(operands[0], operands[1])
        case "in" | "iin":
            if len(operands) == 2 and isinstance(operands[1], SubQuery):
                return In(operands[0], operands[1], head == "iin")
            return In(operands[0], operands[1:], head == "iin")
        case "between":
            return Between(operands[0], operands[1], operands[2])
        case "absent":
            return IsNull(operands[0])
        case "is-true":
            return IsTrue(operands[0])
        case "and":
            return And(operands)
        case "or":
            return Or(operands)
        case "not":
            return Not(operands[0])
    return Call(head.replace("-", "_"), operands)

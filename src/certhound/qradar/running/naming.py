"""Conditions on the names of ids, asked of the ids: ``LOGSOURCETYPENAME(devicetype) = 'x'`` is ``devicetype IN (…)``.

Which names fit is settled once, before the query runs. An id without a name has its number as its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

from certhound.model.columns import Kind
from certhound.query import tree as t
from certhound.query.reference import matched

Test = Callable[[str], bool]


def by_ids(test: t.Expr) -> t.Expr:
    """The same condition over ids, if it is one over the name of a column of ids; else itself."""
    match test:
        case t.Compare(op=t.Op.EQ | t.Op.NE, left=name, right=t.Literal(value=str() as text), fold=False):
            found = _asked(name, lambda each: each == text, test if text.lstrip("-").isdecimal() else None)
            return test if found is None else found if test.op is t.Op.EQ else t.Not(found, test.span)
        case t.In(operand=name, options=tuple() as options, fold=False):
            texts = {each.value for each in options if isinstance(each, t.Literal) and isinstance(each.value, str)}
            if len(texts) < len(options):
                return test
            numbers = any(text.lstrip("-").isdecimal() for text in texts)
            return _asked(name, texts.__contains__, test if numbers else None) or test
        case t.Match(operand=name, pattern=pattern, fold=fold):
            never = isinstance(pattern, t.Like) and any(
                isinstance(part, str) and part.strip("-0123456789") for part in pattern.parts
            )
            return _asked(name, lambda each: bool(matched(each, pattern, fold)), None if never else test) or test
        case _:
            return test


def _asked(name: t.Expr, fits: Test, numbers: t.Expr | None) -> t.Expr | None:
    """``numbers``: the condition itself, where the number of an id without a name may fit it."""
    match name:
        case t.Call(
            function="coalesce",
            arguments=(
                t.Call(function="lookup", arguments=(t.Column(key=None) as column, t.Literal(value=str() as table))),
                t.Cast(operand=t.Column() as other, kind=Kind.TEXT) as number,
            ),
        ) if column == other:
            names = _names(table)
            found = t.In(column, tuple(t.Literal(each, Kind.INT) for each, name in names if fits(name)))
            if numbers is None:
                return _known(found, column)
            unnamed = t.Not(t.In(column, tuple(t.Literal(each, Kind.INT) for each, _ in names)))
            return t.Or((_known(found, column), t.And((unnamed, _over(numbers, number)))))
        case _:
            return None


def _known(test: t.In, column: t.Column) -> t.Expr:
    """The test; of none it is false, and unknown where the id is absent."""
    if test.options:
        return test
    return t.Compare(t.Op.NE, column, column)


def _over(test: t.Expr, operand: t.Expr) -> t.Expr:
    """The condition over another text."""
    match test:
        case t.Compare(right=right, fold=fold, span=span):
            return t.Compare(t.Op.EQ, operand, right, fold, span)
        case t.In(options=options, fold=fold, span=span):
            return t.In(operand, options, fold, span)
        case t.Match(pattern=pattern, fold=fold, span=span):
            return t.Match(operand, pattern, fold, span)
        case _:
            raise AssertionError(test)


@lru_cache(maxsize=64)
def _names(table: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(number), name) for number, name in json.loads(table))

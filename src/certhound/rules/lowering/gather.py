"""Many tests of one operand made into few: equalities to one membership, elements of one list to one search."""

from __future__ import annotations

from certhound.query.tree import AnyOf, Compare, Expr, In, IsNull, IsTrue, Literal, Not, Op, Or, Span, disjunction

_Key = tuple[Expr, bool]


def gather(tests: list[Expr], span: Span) -> Expr:
    """The disjunction of tests, the same for every row, in fewer nodes and in the order of first appearance."""
    if len(tests) < 2:
        return disjunction(tests)
    members: dict[_Key, list[Compare]] = {}
    searched: dict[Expr, list[Expr]] = {}
    order: list[Expr | _Key] = []
    for test in tests:
        match test:
            case Compare(op=Op.EQ, left=left, right=Literal(), fold=fold):
                key = (left, fold)
                if key not in members:
                    order.append(key)
                members.setdefault(key, []).append(test)
            case AnyOf(items=items, predicate=predicate):
                if items not in searched:
                    order.append(items)
                searched.setdefault(items, []).append(predicate)
            case _:
                order.append(test)
    parts: list[Expr] = []
    for each in order:
        if isinstance(each, tuple):
            parts.append(_member(each, members[each], span))
        elif each in searched:
            parts.append(AnyOf(each, gather(searched[each], span), span))
        else:
            parts.append(each)
    return parts[0] if len(parts) == 1 else Or(tuple(parts), span)


def _member(key: _Key, tests: list[Compare], span: Span) -> Expr:
    operand, fold = key
    return tests[0] if len(tests) == 1 else In(operand, tuple(test.right for test in tests), fold, span)


def negate(test: Expr, span: Span) -> Expr:
    """Sigma's ``not``: true where the test is not true, so also where a field is absent."""
    settled = isinstance(test, IsNull | IsTrue) or (isinstance(test, Not) and isinstance(test.operand, IsNull | IsTrue))
    return Not(test if settled else IsTrue(test, span), span)

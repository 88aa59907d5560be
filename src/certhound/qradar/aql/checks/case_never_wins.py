"""A branch of CASE that can never win."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.implied import implies
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Case):
            continue
        earlier: list[n.Expr] = []
        for condition, _ in node.branches:
            meant = condition if node.operand is None else n.Compare(n.CompareOp.EQ, node.operand, condition)
            if earlier and implies(meant, earlier):
                yield Hit(
                    condition.span, "this branch never wins: whatever meets it met an earlier one", "put it first"
                )
            elif _never(meant):
                yield Hit(condition.span, "this branch never wins: its condition is never true", "take it out")
            earlier.append(meant)
        if node.default is None and _number_branches(node):
            yield Hit(node.span, "without ELSE what meets no branch is NULL", "add ELSE 0", Severity.INFO)


def _never(condition: n.Expr) -> bool:
    match condition:
        case n.Boolean(value=False) | n.Null():
            return True
        case n.Compare(left=left, right=right):
            return isinstance(left, n.Null) or isinstance(right, n.Null)
        case _:
            return False


def _number_branches(node: n.Case) -> bool:
    return all(isinstance(value, n.Number) for _, value in node.branches)


CHECK = Check(
    id="case-never-wins",
    severity=Severity.WARNING,
    title="A branch of CASE that can never win",
    why="The first branch that is true wins. A branch whose records all meet an earlier one is dead.",
    find=_find,
    fires=(
        "SELECT CASE WHEN username ILIKE '%adm%' THEN 1 WHEN username ILIKE '%admin%' THEN 2 ELSE 0 END FROM events",
        "SELECT CASE WHEN magnitude > 5 THEN 1 WHEN magnitude > 8 THEN 2 ELSE 0 END FROM events",
        "SELECT CASE username WHEN 'a' THEN 1 WHEN 'a' THEN 2 ELSE 0 END FROM events",
    ),
    silent=(
        "SELECT CASE WHEN magnitude > 8 THEN 2 WHEN magnitude > 5 THEN 1 ELSE 0 END FROM events",
        "SELECT CASE WHEN username LIKE '%ADM%' THEN 1 WHEN username LIKE '%admin%' THEN 2 ELSE 0 END FROM events",
    ),
)

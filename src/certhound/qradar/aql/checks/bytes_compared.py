"""The payload compared or matched as if it were text."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.errors import wrong_argument
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import expression_to_aql
from certhound.qradar.aql.scope import Scope
from certhound.qradar.catalogue import ArielType

_TEXT_FUNCTIONS = frozenset({"LOWER", "UPPER", "STRLEN", "STRPOS", "SUBSTRING"})


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        for side in _sides(node):
            inside = isinstance(node, n.Call)
            if isinstance(side, n.Name) and scope.type_of(side, column_first=inside) is ArielType.BYTES:
                text = wrong_argument(str(ArielType.BYTES), str(ArielType.STRING))
                yield Hit(side.span, text, f"write UTF8({expression_to_aql(side)})")


def _sides(node: n.Expr) -> tuple[n.Expr, ...]:
    match node:
        case n.Compare(left=left, right=right):
            return (left, right)
        case n.Match(operand=operand) | n.In(operand=operand) | n.Between(operand=operand):
            return (operand,)
        case n.Call() if node.upper in _TEXT_FUNCTIONS:
            return node.arguments[:1]
        case _:
            return ()


CHECK = Check(
    id="bytes-compared",
    severity=Severity.ERROR,
    title="The payload compared as if it were text",
    why="The payload is bytes: it can be selected, but a console refuses to compare it. UTF8(payload) is its text.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE payload ILIKE '%x%'",
        "SELECT qid FROM events WHERE LOWER(payload) LIKE '%x%'",
    ),
    silent=(
        "SELECT payload FROM events WHERE UTF8(payload) ILIKE '%x%' AND payload IS NOT NULL",
        "SELECT UTF8(payload) AS payload FROM events WHERE payload ILIKE '%x%'",
    ),
)

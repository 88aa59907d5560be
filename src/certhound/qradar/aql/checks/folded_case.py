"""Text in one case compared with text in the other."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import expression_to_aql
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        for call, text, keeps in _pairs(node):
            right = text.value.lower() if call.upper == "LOWER" else text.value.upper()
            inner = expression_to_aql(call.arguments[0])
            if right != text.value and keeps:
                yield Hit(text.span, f"{call.upper}(…) never has '{text.value}'", f"write '{right}'")
            elif isinstance(node, n.Match) and node.op is n.MatchOp.LIKE:
                advice = f"write {inner} {'NOT ' if node.negated else ''}ILIKE '{text.value}'"
                yield Hit(node.span, f"{call.upper} beside LIKE costs more than ILIKE", advice, Severity.INFO)


def _pairs(node: n.Expr) -> Iterator[tuple[n.Call, n.Text, bool]]:
    match node:
        case n.Compare(left=n.Call() as call, right=n.Text() as text):
            options: tuple[n.Expr, ...] = (text,)
        case n.Match(op=n.MatchOp.LIKE, operand=n.Call() as call, pattern=n.Text() as text):
            options = (text,)
        case n.In(operand=n.Call() as call, options=tuple() as given):
            options = given
        case _:
            return
    if call.upper in ("LOWER", "UPPER") and call.arguments:
        for option in options:
            if isinstance(option, n.Text):
                yield call, option, True


CHECK = Check(
    id="folded-case",
    severity=Severity.WARNING,
    title="LOWER(…) compared with capitals",
    why="LOWER(x) has no capital in it, so a comparison with one is never true. Beside LIKE it is not needed: ILIKE "
    "ignores case.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE LOWER(username) = 'Admin'",
        "SELECT qid FROM events WHERE LOWER(username) LIKE '%a%'",
    ),
    silent=("SELECT qid FROM events WHERE LOWER(username) = 'admin' OR username ILIKE '%Admin%'",),
)

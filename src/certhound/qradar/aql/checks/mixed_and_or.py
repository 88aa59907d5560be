"""AND and OR side by side without brackets."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import expression_to_aql
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Or | n.And):
            continue
        other = n.And if isinstance(node, n.Or) else n.Or
        for operand in node.operands:
            if isinstance(operand, other) and not operand.bracketed:
                shown = expression_to_aql(operand)
                shown = shown if len(shown) <= 80 else f"{shown[:80]}…"
                yield Hit(operand.span, "AND and OR stand side by side without brackets", f"read here as ({shown})")
                break


CHECK = Check(
    id="mixed-and-or",
    severity=Severity.WARNING,
    title="AND and OR without brackets",
    why="IBM does not say which of the two binds tighter, and what consoles render themselves only makes sense when OR "
    "does. Here AND binds tighter, as in SQL, unless --precedence says otherwise.",
    find=_find,
    fires=("SELECT qid FROM events WHERE qid = 1 AND username = 'a' OR username = 'b'",),
    silent=("SELECT qid FROM events WHERE qid = 1 AND (username = 'a' OR username = 'b')",),
)

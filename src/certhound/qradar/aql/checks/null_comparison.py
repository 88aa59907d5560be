"""A comparison with NULL."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import expression_to_aql
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        match node:
            case n.Compare(op=op, left=left, right=n.Null()) | n.Compare(op=op, right=left, left=n.Null()):
                yield Hit(node.span, "a comparison with NULL is never true", _advice(left, op is n.CompareOp.EQ))
            case n.Compare(op=op, left=left, right=n.Text(value=value)) if value.lower() == "null":
                yield Hit(
                    node.span,
                    "'null' in quotes is a text of four letters",
                    _advice(left, op is n.CompareOp.EQ),
                    Severity.INFO,
                )
            case n.In(options=tuple() as options) if any(isinstance(option, n.Null) for option in options):
                what = "NOT IN with NULL in its list is never true" if node.negated else "NULL in a list equals nothing"
                yield Hit(node.span, what, "take it out and add IS NULL")


def _advice(operand: n.Expr, equal: bool) -> str:
    return f"write {expression_to_aql(operand)} IS {'' if equal else 'NOT '}NULL"


CHECK = Check(
    id="null-comparison",
    severity=Severity.WARNING,
    title="= NULL",
    why="Logic has three values: x = NULL is unknown, whatever x is, and selects nothing. Some shipped content is "
    "written as if it worked.",
    find=_find,
    fires=("SELECT qid FROM events WHERE username = NULL", "SELECT qid FROM events WHERE username != NULL"),
    silent=("SELECT qid FROM events WHERE username IS NULL OR username IS NOT NULL",),
)

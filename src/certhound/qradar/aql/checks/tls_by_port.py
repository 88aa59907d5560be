"""TLS told by its port."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.condition_nodes:
        if "443" not in _ports(scope, node):
            continue
        text = "a port does not tell TLS: much of it is not on 443"
        if "80" in _ports(scope, node):
            text = "port 80 has no certificate, and much of TLS is not on 443"
        yield Hit(
            node.span, text, 'ask what speaks of TLS: "tls server name indication" of flows, an application, a property'
        )


def _ports(scope: Scope, node: n.Expr) -> list[str]:
    match node:
        case n.Compare(op=n.CompareOp.EQ, left=left, right=right) if scope.is_column(left, "destinationport"):
            options: tuple[n.Expr, ...] = (right,)
        case n.In(operand=left, options=tuple() as given, negated=False) if scope.is_column(left, "destinationport"):
            options = given
        case _:
            return []
    return [
        each.text if isinstance(each, n.Number) else each.value
        for each in options
        if isinstance(each, n.Number | n.Text)
    ]


CHECK = Check(
    id="tls-by-port",
    severity=Severity.INFO,
    title="TLS told by its port",
    why="In ordinary captures a third of the sessions with certificates is off ports 80 and 443, and command and "
    "control likes 7443, 8443 and 4433.",
    find=_find,
    fires=("SELECT qid FROM events WHERE destinationport IN (80, 443)",),
    silent=("SELECT qid FROM events WHERE destinationport = 22",),
)

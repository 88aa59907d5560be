"""INCIDR with its arguments reversed, or with no range."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import expression_to_aql
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Call) or node.upper != "INCIDR" or len(node.arguments) != 2:
            continue
        first, second = node.arguments
        if isinstance(second, n.Text) and not isinstance(first, n.Text):
            turned = f"INCIDR({expression_to_aql(second)}, {expression_to_aql(first)})"
            yield Hit(node.span, "INCIDR takes the range first, then the address", f"write {turned}")
        elif isinstance(first, n.Text) and not _is_range(first.value):
            yield Hit(
                first.span, f"'{first.value}' is no range of addresses", "write it as '10.0.0.0/8' or '2001:db8::/32'"
            )


def _is_range(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True


CHECK = Check(
    id="incidr-order",
    severity=Severity.ERROR,
    title="INCIDR with its arguments reversed, or without a range",
    why="The range stands first: INCIDR('10.0.0.0/8', sourceip). Written the other way it matches nothing.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE INCIDR(sourceip, '10.0.0.0/8')",
        "SELECT qid FROM events WHERE INCIDR('10.0.0', sourceip)",
    ),
    silent=(
        "SELECT qid FROM events WHERE INCIDR('192.0.2.0/4', sourceip) OR INCIDR('10.45.225.14', sourceip)",
        "SELECT qid FROM flows WHERE INCIDR('ff02:0:0:0:0:1:ff2f:29d6', destinationv6)",
    ),
)

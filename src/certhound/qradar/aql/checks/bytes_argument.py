"""UTF8 and its like over something that is text already."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.errors import wrong_argument
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.catalogue import ArielType

_TAKE_BYTES = frozenset({"UTF8", "BASE64", "FORMAT::PAYLOAD_TO_HEX"})


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Call) or node.upper not in _TAKE_BYTES or len(node.arguments) != 1:
            continue
        given = scope.type_of(node.arguments[0], column_first=True)
        if given is not None and given is not ArielType.BYTES:
            advice = f"{node.upper} takes payload columns only; a field needs none of it"
            yield Hit(node.span, wrong_argument(str(given), str(ArielType.BYTES)), advice)


CHECK = Check(
    id="bytes-argument",
    severity=Severity.ERROR,
    title="UTF8 over something that is no payload",
    why="UTF8 and BASE64 take bytes, which only payload columns hold. A console refuses anything else.",
    find=_find,
    fires=("SELECT UTF8(username) FROM events",),
    silent=("SELECT UTF8(payload), BASE64(payload) FROM events", "SELECT UTF8(sourcepayload) FROM flows"),
)

"""The whole payload under the name of one of its parts."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.catalogue.databases import IBM_PROPERTIES

_PARTS = {name.lower(): name for name, _, _ in IBM_PROPERTIES} | {"commandline": "Process CommandLine", "command": ""}


def _find(scope: Scope) -> Iterator[Hit]:
    for item in scope.query.items:
        alias = (item.alias or "").lower()
        is_payload = isinstance(item.expr, n.Call) and item.expr.upper == "UTF8"
        if is_payload and alias in _PARTS:
            held = _PARTS[alias]
            advice = f'select the property "{held}" where the console has it' if held else "select a property"
            yield Hit(item.span, f"this is the whole event, not its {item.alias}", advice)


CHECK = Check(
    id="payload-alias",
    severity=Severity.WARNING,
    title="The whole payload called by the name of a part",
    why="UTF8(payload) is the whole raw event. Under the name URL it is read, filtered and exported as if it were one.",
    find=_find,
    fires=('SELECT UTF8(payload) AS "URL" FROM events',),
    silent=('SELECT UTF8(payload) AS raw, "URL" AS url FROM events',),
)

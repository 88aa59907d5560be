"""COUNT(*) of events."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    if scope.database != "events" or any(scope.is_column(node, "eventcount") for node in scope.nodes):
        return
    for node in scope.nodes:
        if isinstance(node, n.Call) and node.upper == "COUNT" and node.arguments == (n.Star(),):
            text = "COUNT(*) counts records; one record may stand for many equal events"
            yield Hit(node.span, text, "SUM(eventcount) counts events")
            return


CHECK = Check(
    id="count-records",
    severity=Severity.INFO,
    title="COUNT(*) of events",
    why="QRadar coalesces equal events into one record, whose eventcount says how many: 100 events that were sent came "
    "back as 8 records. A threshold on COUNT(*) is met late.",
    find=_find,
    fires=("SELECT username, COUNT(*) FROM events GROUP BY username HAVING COUNT(*) > 10",),
    silent=("SELECT username, SUM(eventcount) FROM events GROUP BY username", "SELECT COUNT(*) FROM flows"),
)

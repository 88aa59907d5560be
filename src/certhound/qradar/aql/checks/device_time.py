"""The sender's clock where QRadar's time is meant."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    used = [node for node in scope.nodes if scope.is_column(node, "devicetime")]
    others = any(scope.is_column(node, "starttime", "endtime") for node in scope.nodes)
    filtered = [
        node
        for node in scope.condition_nodes
        if isinstance(node, n.Compare | n.Between) and any(scope.is_column(each, "devicetime") for each in n.walk(node))
    ]
    if filtered:
        text = "devicetime is the sender's clock, while the time window goes by QRadar's storage time"
        yield Hit(filtered[0].span, text, "filter by starttime, the time when QRadar received the event")
    elif used and not others:
        text = "devicetime is the sender's clock, and the only time that is read here"
        yield Hit(used[0].span, text, "select starttime beside it: late and repeated events show in the difference")


CHECK = Check(
    id="device-time",
    severity=Severity.WARNING,
    title="devicetime where starttime is meant",
    why="devicetime is what the sender wrote, in its clock and zone; feeds that buffer send it hours late. The window "
    "of a search goes by the time when QRadar stored the event.",
    find=_find,
    fires=(
        "SELECT devicetime FROM events",
        "SELECT starttime FROM events WHERE devicetime > NOW() - 3600000 LAST 1 HOURS",
    ),
    silent=("SELECT starttime, devicetime FROM events",),
)

"""An OR that joins kinds of events that share no record."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_KINDS: dict[str, tuple[str, ...]] = {
    "host events": (
        "eventid",
        "event id",
        "qideventid",
        "process path",
        "process name",
        "process commandline",
        "process id",
        "parent process path",
        "parent process name",
        "image",
        "commandline",
        "registry key",
        "scriptblock text",
    ),
    "connections": (
        "sourceport",
        "destinationport",
        "url",
        "url host",
        "url path",
        "user agent",
        "sourcebytes",
        "destinationbytes",
    ),
    "mail": ("sender", "recipient", "subject"),
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.condition_nodes:
        if not isinstance(node, n.Or):
            continue
        kinds = [_kind(operand) for operand in node.operands]
        met = sorted({kind for kind in kinds if kind})
        if len(met) > 1:
            yield Hit(
                node.span,
                f"this OR joins {' and '.join(met)}, which share no record: it gives both, unrelated",
                "search them apart, and tie them by host, user and time: IN (SELECT …) or SESSION BY",
            )


def _kind(operand: n.Expr) -> str:
    """The one kind of event that a condition is about; empty where it is none or several."""
    kinds = {_KIND_OF.get(node.text.lower(), "") for node in n.walk(operand) if isinstance(node, n.Name)}
    return kinds.pop() if len(kinds) == 1 else ""


CHECK = Check(
    id="unrelated-or",
    severity=Severity.WARNING,
    title="An OR that joins unrelated events",
    why="A process start has no port and a connection has no process. An OR over both is no correlation: it returns "
    "every one of either kind.",
    find=_find,
    fires=("SELECT qid FROM events WHERE qideventid = 4688 OR destinationport = 443",),
    silent=("SELECT qid FROM events WHERE qideventid = 4688 OR qideventid = 1",),
)

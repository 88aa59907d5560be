"""A port asked of events that carry none."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.patterns import payload_reads
from certhound.qradar.aql.scope import Scope

_PORTLESS_TYPES = {12: "Windows", 331: "Zscaler NSS", 393: "Microsoft DNS Debug"}
_PORTLESS_WORDS = ("windows", "sysmon", "zscaler", "proxy", "office", "azure active directory")
_PORTS = ("sourceport", "destinationport")
_EVENT_IDS = ("eventid", "event id", "qideventid")


def _find(scope: Scope) -> Iterator[Hit]:
    nodes = list(scope.condition_nodes)
    ports = [node for node in nodes if _subject(node) in _PORTS]
    said = sorted({word for node in nodes for word in _portless(node)})
    if ports and said:
        yield Hit(
            ports[0].span,
            f"{_subject(ports[0])} is compared, but {', '.join(said)} events mostly carry no port",
            "ask for the port only beside log sources that send one; a missing port drops the record",
        )


def _subject(node: n.Expr) -> str:
    side = node.left if isinstance(node, n.Compare) else node.operand if isinstance(node, n.In | n.Between) else None
    return side.text.lower() if isinstance(side, n.Name) else ""


def _portless(node: n.Expr) -> Iterator[str]:
    if _subject(node) in _EVENT_IDS and not payload_reads(node):
        yield "Windows"
    values = _values(node)
    if _subject(node) == "devicetype":
        yield from (_PORTLESS_TYPES[int(v)] for v in values if v.isdecimal() and int(v) in _PORTLESS_TYPES)
    side = node.left if isinstance(node, n.Compare) else getattr(node, "operand", None)
    if isinstance(side, n.Call) and side.upper == "LOGSOURCETYPENAME":
        yield from (v.strip("%") for v in values if any(word in v.lower() for word in _PORTLESS_WORDS))


def _values(node: n.Expr) -> list[str]:
    match node:
        case n.Compare(op=n.CompareOp.EQ, right=right):
            options: tuple[n.Expr, ...] = (right,)
        case n.In(options=tuple() as given, negated=False):
            options = given
        case n.Match(pattern=pattern, negated=False):
            options = (pattern,)
        case _:
            return []
    return [
        each.value if isinstance(each, n.Text) else each.text for each in options if isinstance(each, n.Text | n.Number)
    ]


CHECK = Check(
    id="port-without-port",
    severity=Severity.WARNING,
    title="A port asked of events that carry none",
    why="Windows logon and process events and most proxy feeds have no destination port. A condition on the port drops "
    "just the records that the query is about.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) IN ('Proxy') AND destinationport IN (80, 443)",
        "SELECT qid FROM events WHERE devicetype = 331 AND destinationport = 443",
    ),
    silent=(
        "SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Cisco PIX Firewall' AND destinationport = 443",
    ),
)

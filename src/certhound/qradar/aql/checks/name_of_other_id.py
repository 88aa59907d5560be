"""A function that names ids, given the ids of something else."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_TAKES: dict[str, tuple[str, ...]] = {
    "LOGSOURCETYPENAME": ("devicetype",),
    "LOGSOURCENAME": ("logsourceid",),
    "LOGSOURCEGROUPNAME": ("devicegrouplist",),
    "QIDNAME": ("qid",),
    "QIDDESCRIPTION": ("qid",),
    "CATEGORYNAME": ("category", "highlevelcategory"),
    "PROTOCOLNAME": ("protocolid",),
    "DOMAINNAME": ("domainid",),
    "APPLICATIONNAME": ("applicationid",),
    "RULENAME": ("creeventlist", "partialmatchlist", "partialormatchlist", "fullmatchlist"),
    "PROCESSORNAME": ("processorid",),
}
_IDS = frozenset(column for columns in _TAKES.values() for column in columns)


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Call) or len(node.arguments) != 1:
            continue
        takes, given = _TAKES.get(node.upper), node.arguments[0]
        if takes and isinstance(given, n.Name) and given.text.lower() in _IDS - set(takes):
            text = f"{node.upper} names a {takes[0]}, and {given.text} holds ids of another kind"
            yield Hit(node.span, text, f"write {node.upper}({takes[0]})")


CHECK = Check(
    id="name-of-other-id",
    severity=Severity.ERROR,
    title="A name looked up with ids of another kind",
    why="LOGSOURCETYPENAME takes a devicetype. Given a logsourceid it names the type that happens to have that number, "
    "and the condition matches nothing or the wrong records.",
    find=_find,
    fires=("SELECT LOGSOURCETYPENAME(logsourceid) FROM events", "SELECT QIDNAME(category) FROM events"),
    silent=("SELECT LOGSOURCETYPENAME(devicetype), CATEGORYNAME(highlevelcategory), QIDNAME(5000023) FROM events",),
)

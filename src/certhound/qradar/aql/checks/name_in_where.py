"""A name where the id would do."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_IDS = {
    "LOGSOURCETYPENAME": "devicetype",
    "LOGSOURCENAME": "logsourceid",
    "QIDNAME": "qid",
    "CATEGORYNAME": "category",
    "PROTOCOLNAME": "protocolid",
}


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.condition_nodes:
        match node:
            case n.Compare(op=n.CompareOp.EQ, left=n.Call() as call) | n.In(operand=n.Call() as call, negated=False):
                column = _IDS.get(call.upper)
                if column is not None and call.arguments and scope.is_column(call.arguments[0], column):
                    text = f"the name is looked up for every record and may be changed; {column} stays"
                    yield Hit(call.span, text, f"compare {column} with ids: certhound aql fields finds them")


CHECK = Check(
    id="name-in-where",
    severity=Severity.INFO,
    title="A name compared where the id would do",
    why="Ids are stored and indexed, names are looked up. A name differs by language and by administrator.",
    find=_find,
    fires=("SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Linux OS'",),
    silent=("SELECT QIDNAME(qid) FROM events WHERE devicetype = 11 AND QIDNAME(qid) ILIKE '%fail%'",),
)

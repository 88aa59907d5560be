"""A function with too few or too many arguments."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.catalogue import find_function


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        function = find_function(node.name) if isinstance(node, n.Call) else None
        if not isinstance(node, n.Call) or function is None:
            continue
        given = len(node.arguments)
        if given < function.least or (function.most is not None and given > function.most):
            yield Hit(node.span, f"{function.name} does not take {given} arguments", f"write {function.shown}")


CHECK = Check(
    id="argument-count",
    severity=Severity.ERROR,
    title="Too few or too many arguments",
    why="A console refuses a call that does not fit the function.",
    find=_find,
    fires=("SELECT DATEFORMAT(starttime) FROM events", "SELECT LOWER() FROM events"),
    silent=("SELECT CONCAT(username, ':', sourceip, ':', qid), NOW(), COUNT(*) FROM events",),
)

"""Arguments that stand in the order of another language."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope

_PATTERN_FIRST = {
    "REPLACEALL": "the expression, then the text, then what replaces it",
    "REPLACEFIRST": "the expression, then the text, then what replaces it",
    "PARSETIMESTAMP": "the pattern, then the text",
}


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Call) or len(node.arguments) < 2:
            continue
        first, second = node.arguments[:2]
        if node.upper in _PATTERN_FIRST and not isinstance(first, n.Text) and isinstance(second, n.Text):
            yield Hit(node.span, f"{node.upper} takes {_PATTERN_FIRST[node.upper]}", "turn the first two round")
        if node.upper == "REFERENCETABLE" and len(node.arguments) > 2:
            key = node.arguments[2]
            if not isinstance(second, n.Text) and isinstance(key, n.Text) and key.value.lower() not in scope.aliases:
                yield Hit(node.span, "REFERENCETABLE takes the column before the key", "turn the last two round")
        if node.upper == "DATEFORMAT" and isinstance(first, n.Text) and not isinstance(second, n.Text):
            yield Hit(node.span, "DATEFORMAT takes the time, then the pattern", "turn the two round")
        if node.upper == "REFERENCESETCONTAINS" and isinstance(second, n.Text) and isinstance(first, n.Name):
            yield Hit(node.span, "REFERENCESETCONTAINS takes the set, then the value", "turn the two round")


CHECK = Check(
    id="argument-order",
    severity=Severity.WARNING,
    title="Arguments in the wrong order",
    why="AQL has its pattern first where others have the text first, and its column before the key. What stands the "
    "other way round finds nothing.",
    find=_find,
    fires=(
        "SELECT REPLACEALL(username, 'a', 'b') FROM events",
        "SELECT REFERENCETABLE('t', username, 'FullName') FROM events",
        "SELECT DATEFORMAT('yyyy', starttime) FROM events",
        "SELECT qid FROM events WHERE REFERENCESETCONTAINS(sourceip, 'bad hosts')",
    ),
    silent=("SELECT REPLACEALL('a', username, 'b'), REFERENCETABLE('t', 'FullName', username) FROM events",),
)

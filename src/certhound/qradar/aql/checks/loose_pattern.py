"""A short part looked for anywhere in the raw event."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.patterns import contained, payload_reads
from certhound.qradar.aql.scope import Scope

_SHORT = 6


def _find(scope: Scope) -> Iterator[Hit]:
    loose = [
        node
        for node in scope.nodes
        if isinstance(node, n.Match)
        and node.op in (n.MatchOp.LIKE, n.MatchOp.ILIKE)
        and isinstance(node.pattern, n.Text)
        and len(contained(node.pattern.value) or "-" * _SHORT) < _SHORT
        and payload_reads(scope.meant(node.operand))
    ]
    if loose:
        shown = sorted({node.pattern.value for node in loose if isinstance(node.pattern, n.Text)})
        what = ", ".join(f"'{each}'" for each in shown[:4])
        text = f"{what} may stand anywhere in the event: a path, a referrer, a user agent, another field's value"
        yield Hit(loose[0].span, text, "ask the field that is meant, or more of the text round it")


CHECK = Check(
    id="loose-pattern",
    severity=Severity.WARNING,
    title="A few letters looked for in the whole event",
    why="The raw event holds far more than the field that is meant. Nearly every process start has '.exe' in it, and "
    "explorer.exe is in the parent's path.",
    find=_find,
    fires=("SELECT qid FROM events WHERE UTF8(payload) ILIKE '%.exe%'",),
    silent=(
        "SELECT qid FROM events WHERE UTF8(payload) ILIKE '%mimikatz%'",
        "SELECT qid FROM events WHERE username ILIKE '%adm%'",
    ),
)

"""A regular expression that does not say where it may stand."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Match) or node.op in (n.MatchOp.LIKE, n.MatchOp.ILIKE):
            continue
        if isinstance(node.pattern, n.Text) and not _settled(node.pattern.value):
            yield Hit(
                node.pattern.span,
                f"whether {node.op} must fit the whole value is not documented; here it may fit a part",
                "say it: '.*part.*' for a part, '^whole$' for the whole value",
            )


def _settled(pattern: str) -> bool:
    start = pattern.startswith(("^", ".*", "(?i).*", "(?s).*", "(?i)^"))
    end = pattern.endswith(".*") or (pattern.endswith("$") and not pattern.endswith("\\$"))
    return start and end


CHECK = Check(
    id="regex-anchors",
    severity=Severity.WARNING,
    title="MATCHES without .* or anchors",
    why="IBM does not say whether MATCHES must fit the whole value or may find a part of it, and real queries suit "
    "either. An expression with .* or an anchor at both ends means the same in both.",
    find=_find,
    fires=("SELECT qid FROM events WHERE username MATCHES 'adm[0-9]+'",),
    silent=("SELECT qid FROM events WHERE username IMATCHES '.*adm[0-9]+.*' OR username MATCHES '^adm$'",),
)

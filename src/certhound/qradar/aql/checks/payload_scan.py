"""Conditions over the raw payload, which cost most."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.patterns import payload_reads
from certhound.qradar.aql.scope import Scope

_FOLDED = frozenset({n.MatchOp.ILIKE, n.MatchOp.IMATCHES})


def _find(scope: Scope) -> Iterator[Hit]:
    scans = [node for node in scope.nodes if _scans(scope, node)]
    if not scans:
        return
    folded = sum(1 for node in scans if isinstance(node, n.Match) and node.op in _FOLDED)
    times = "once" if len(scans) == 1 else f"up to {len(scans)} times"
    cost = f"relative cost {len(scans) + folded} where a comparison of an indexed field costs 0"
    case = f", {folded} of them ignoring case, the dearer kind" if folded and len(scans) > 1 else ""
    searched = any(isinstance(node, n.TextSearch) for node in scope.nodes)
    yield Hit(
        scans[0].span,
        f"the whole raw payload is read {times} a record{case} ({cost})",
        "" if searched else "compare an indexed property, or put TEXT SEARCH '…' first, which asks the payload index",
        Severity.INFO if searched else None,
    )


def _scans(scope: Scope, node: n.Expr) -> bool:
    match node:
        case n.Match(operand=operand) | n.Compare(left=operand):
            return payload_reads(operand) or payload_reads(scope.meant(operand))
        case _:
            return False


CHECK = Check(
    id="payload-scan",
    severity=Severity.WARNING,
    title="The raw payload is searched",
    why="Payloads lie in files of their own beside the records, so a condition on UTF8(payload) reads far more than "
    "one on a field, once for each condition, and ignoring case costs more. The estimate counts 1 for each scan of a "
    "payload and 1 more where case is ignored. It also matches anywhere in the event: %.exe% is met by a parent "
    "process, a referrer, a user agent.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE UTF8(payload) ILIKE '%certutil%' OR UTF8(payload) ILIKE '%bitsadmin%'",
        "SELECT UTF8(payload) AS raw FROM events WHERE raw LIKE '%x%'",
    ),
    silent=("SELECT UTF8(payload) FROM events WHERE TEXT SEARCH 'certutil' AND username = 'a'",),
)

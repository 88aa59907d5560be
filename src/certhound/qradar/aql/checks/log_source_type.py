"""A log source type that QRadar does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.model.errors import nearest
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.patterns import like_regex
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.condition_nodes:
        match node:
            case n.Compare(op=n.CompareOp.EQ, left=left, right=n.Text() as text) if _types(scope, left):
                yield from _named(scope, text)
            case n.In(operand=operand, options=tuple() as options) if _types(scope, operand):
                for option in options:
                    if isinstance(option, n.Text):
                        yield from _named(scope, option)
            case n.Match(op=n.MatchOp.LIKE | n.MatchOp.ILIKE, operand=operand, pattern=n.Text() as text) if _types(
                scope, operand
            ):
                yield from _like(scope, node, text)


def _types(scope: Scope, expr: n.Expr) -> bool:
    meant = scope.meant(expr)
    return isinstance(meant, n.Call) and meant.upper == "LOGSOURCETYPENAME"


def _named(scope: Scope, text: n.Text) -> Iterator[Hit]:
    if scope.catalogue.has_log_source_type(text.value):
        return
    known = scope.catalogue.names["log_source_types"]
    by_inner = next((number for number, inner in scope.catalogue.internal_types.items() if inner == text.value), None)
    if by_inner is not None:
        advice = (
            f"that is an internal name; LOGSOURCETYPENAME gives '{known[by_inner]}', or write devicetype = {by_inner}"
        )
    else:
        advice = _nearest(text.value, list(known.values()))
    yield Hit(text.span, f"QRadar has no log source type '{text.value}', so this matches nothing", advice)


def _nearest(word: str, known: list[str]) -> str:
    within = [name for name in known if word and word.lower() in name.lower()][:3]
    hits = within or nearest(word, known)
    ids = "devicetype = id is exact and cheaper"
    return f"types with such names: {', '.join(hits)}; {ids}" if hits else f"see Admin > Log Source Types; {ids}"


def _like(scope: Scope, node: n.Match, text: n.Text) -> Iterator[Hit]:
    if node.negated:
        return
    pattern = re.compile(like_regex(text.value), re.DOTALL | (re.IGNORECASE if node.op is n.MatchOp.ILIKE else 0))
    names = [*scope.catalogue.names["log_source_types"].values(), *scope.catalogue.internal_types.values()]
    if not any(pattern.fullmatch(name) for name in names):
        yield Hit(text.span, f"no log source type of QRadar fits '{text.value}'", "write the type's own name or its id")


CHECK = Check(
    id="log-source-type",
    severity=Severity.WARNING,
    title="A log source type that QRadar does not have",
    why="LOGSOURCETYPENAME gives the name of one of QRadar's types. A name that is none of them is no error: it "
    "silently matches nothing. Types that a site made itself belong into its site file.",
    find=_find,
    fires=(
        "SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) IN ('Proxy', 'Windows')",
        "SELECT LOGSOURCETYPENAME(devicetype) AS kind FROM events WHERE kind = 'Zscaler Internet Access'",
    ),
    silent=(
        "SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Microsoft Windows Security Event Log'",
        "SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) ILIKE '%windows%'",
    ),
)

"""Epoch milliseconds in the result."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import TIMES, Scope


def _find(scope: Scope) -> Iterator[Hit]:
    if not scope.outermost:
        return
    for item in scope.query.items:
        expr = item.expr
        if isinstance(expr, n.Call) and expr.upper in ("MIN", "MAX", "FIRST", "LAST") and expr.arguments:
            expr = expr.arguments[0]
        if scope.is_column(expr, *TIMES):
            yield Hit(
                item.span,
                "this column shows epoch milliseconds",
                f"write DATEFORMAT({scope.text[item.expr.span.start : item.expr.span.end]}, 'yyyy-MM-dd HH:mm:ss')",
            )


CHECK = Check(
    id="raw-time",
    severity=Severity.INFO,
    title="Epoch milliseconds in the result",
    why="Times are numbers in results made over the API. Fine for programs, hard on people.",
    find=_find,
    fires=("SELECT devicetime AS t FROM events", "SELECT MIN(starttime) FROM events"),
    silent=("SELECT DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss') FROM events", "SELECT starttime / 60000 FROM events"),
)

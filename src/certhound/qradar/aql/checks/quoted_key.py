"""A key of ORDER BY or GROUP BY in single quotes."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import quoted_name
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    keys = [*scope.query.group_by, *(key.expr for key in scope.query.order_by)]
    for key in keys:
        if isinstance(key, n.Text):
            known = key.value.lower() in scope.aliases
            text = "single quotes make a text: whether a console takes it for the alias is not known"
            if not known:
                text = f"'{key.value}' is a text, the same for every record"
            yield Hit(key.span, text, f"write {quoted_name(key.value)}")


CHECK = Check(
    id="quoted-key",
    severity=Severity.WARNING,
    title="ORDER BY or GROUP BY a text in single quotes",
    why="Consoles accept ORDER BY 'Count', but whether they sort by the column or by a constant text is not "
    "documented. Double quotes are certain.",
    find=_find,
    fires=("SELECT COUNT(*) AS 'Count', qid FROM events GROUP BY qid ORDER BY 'Count' DESC LIMIT 5 LAST 1 HOURS",),
    silent=(
        "SELECT COUNT(*) AS 'Event Count', qid FROM events GROUP BY qid ORDER BY \"Event Count\" LIMIT 5 LAST 1 HOURS",
    ),
)

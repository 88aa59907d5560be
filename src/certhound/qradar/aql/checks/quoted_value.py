"""A value in double quotes."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.printer import quoted_text
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        match node:
            case n.Compare(right=n.Name(quoted=True) as name) | n.Match(pattern=n.Name(quoted=True) as name):
                names = [name]
            case n.In(options=tuple() as options):
                names = [each for each in options if isinstance(each, n.Name) and each.quoted]
            case _:
                continue
        for name in names:
            if scope.has_column(name.text) is False and name.text.lower() not in scope.aliases:
                text = f'"{name.text}" in double quotes is a field, not a text'
                yield Hit(name.span, text, f"write {quoted_text(name.text)}")


CHECK = Check(
    id="quoted-value",
    severity=Severity.WARNING,
    title="A value in double quotes",
    why="Double quotes make names. A console looks for a field of that name and refuses the query.",
    find=_find,
    fires=('SELECT qid FROM events WHERE username = "root"', 'SELECT qid FROM events WHERE username ILIKE "%root%"'),
    silent=("SELECT qid FROM events WHERE username = 'root' AND sourceip = \"destinationIP\"",),
)

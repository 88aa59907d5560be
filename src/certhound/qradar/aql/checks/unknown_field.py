"""A field that the catalogue does not have and that no console has by itself."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.model.errors import did_you_mean
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.errors import no_such_field
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.names import names, possible_property
from certhound.qradar.aql.scope import Scope


def _find(scope: Scope) -> Iterator[Hit]:
    for name in names(scope):
        if scope.has_column(name.text) is False and not possible_property(scope, name):
            yield Hit(name.span, no_such_field(name.text, scope.database or "sub-select"), _advice(scope, name))


def _advice(scope: Scope, name: n.Name) -> str:
    if scope.database:
        return scope.catalogue.advice(scope.database, name.text)
    known = list(scope.given or {})
    return did_you_mean(name.text, known) or f"the sub-select gives {', '.join(known)}"


CHECK = Check(
    id="unknown-field",
    severity=Severity.ERROR,
    title="A field that does not exist",
    why="A console refuses the whole query for one unknown field. Names of events, log sources and rules are no "
    "fields: functions give them.",
    find=_find,
    fires=(
        "SELECT eventname FROM events",
        "SELECT sorceip FROM events",
        "SELECT sourceip FROM flows WHERE devicetype = 12",
        "SELECT qid FROM (SELECT sourceip FROM events)",
    ),
    silent=(
        "SELECT SourceIP, UTF8(payload) AS raw FROM events WHERE raw ILIKE '%x%'",
        "SELECT FIRST_qid FROM (SELECT qid, COUNT(*) FROM events GROUP BY sourceip)",
        "SELECT whatever FROM mycursor",
    ),
)

"""A function that AQL does not have."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.model.errors import did_you_mean
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.check import Check, Hit
from certhound.qradar.aql.finding import Severity
from certhound.qradar.aql.scope import Scope
from certhound.qradar.catalogue import find_function, functions

_INSTEAD = {
    "HOUR": "write LONG(DATEFORMAT(starttime, 'HH'))",
    "MINUTE": "write LONG(DATEFORMAT(starttime, 'mm'))",
    "DAY": "write LONG(DATEFORMAT(starttime, 'dd'))",
    "MONTH": "write LONG(DATEFORMAT(starttime, 'MM'))",
    "YEAR": "write LONG(DATEFORMAT(starttime, 'yyyy'))",
    "DAYNAME": "write DATEFORMAT(starttime, 'EEEE')",
    "DATE": "write DATEFORMAT(starttime, 'yyyy-MM-dd')",
    "COALESCE": "write CASE WHEN a IS NOT NULL THEN a ELSE b END",
    "NVL": "write CASE WHEN a IS NOT NULL THEN a ELSE b END",
    "IFNULL": "write CASE WHEN a IS NOT NULL THEN a ELSE b END",
    "LENGTH": "write STRLEN(text)",
    "LEN": "write STRLEN(text)",
    "SUBSTR": "write SUBSTRING(text, start, length); it counts from 0",
    "CAST": "write LONG(x), DOUBLE(x) or STR(x)",
    "TO_CHAR": "write STR(x), or DATEFORMAT for a time",
    "MATCHESREGEX": "write x MATCHES 'expression'",
    "CONTAINS": "write x ILIKE '%part%'",
    "REGEXP_REPLACE": "write REPLACEALL('expression', text, 'by')",
    "REPLACE": "write REPLACEALL('expression', text, 'by')",
    "COUNTDISTINCT": "write UNIQUECOUNT(x)",
    "REFERENCESET": "write REFERENCESETCONTAINS('set', value)",
    "INSUBNET": "write INCIDR('range', ip)",
    "CURRENT_TIMESTAMP": "write NOW()",
}


def _find(scope: Scope) -> Iterator[Hit]:
    for node in scope.nodes:
        if not isinstance(node, n.Call) or find_function(node.name) is not None:
            continue
        advice = _INSTEAD.get(node.upper) or did_you_mean(node.upper, list(functions()))
        if "::" in node.name:
            text = f"{node.name} is none of QRadar's own functions; it exists where an app brings it"
            yield Hit(node.name_span, text, advice, Severity.WARNING)
        else:
            yield Hit(node.name_span, f"AQL has no function {node.name}", advice or "certhound aql fields lists them")


CHECK = Check(
    id="unknown-function",
    severity=Severity.ERROR,
    title="A function that AQL does not have",
    why="A console refuses the query. Functions of apps carry their namespace (NAME::FUNCTION) and are only warned of.",
    find=_find,
    fires=("SELECT HOUR(starttime) FROM events", "SELECT DISTINCTCOUNTCOUNT(sourceip) FROM events"),
    silent=("SELECT UNIQUECOUNT(sourceip), geo::lookup_text(sourceip, 'city_name') FROM events",),
)

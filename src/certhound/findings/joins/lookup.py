"""Which process asked name servers for the name: by the name."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.report import Related
from certhound.lake.build import Lake
from certhound.model.levels import Confidence

_FOUND = f"""
SELECT n.kind, n.key, n.name, e.source, e.computer, e."user", e.process, {AGGREGATES}
FROM evidence e JOIN join_names n ON n.name = e.dns_query WHERE e.category = 'dns' GROUP BY ALL
"""  # noqa: S608 - fixed texts of our own


def _relate(lake: Lake) -> Iterator[tuple[str, str, Related]]:
    for row in rows(lake, _FOUND):
        found = relation(lake, row, "lookup", ("name",), Confidence.MEDIUM, _text(row), "endpoint")
        yield row["kind"], row["key"], found


def _text(row: Row) -> str:
    user = f" of {row['user']}" if row["user"] else ""
    return f"{row['process']}{user} on {row['computer'] or 'a host'} asked for {row['name']}{times(row['records'])}"


JOIN = Join(
    "lookup",
    {"dns": "process IS NOT NULL AND lower(rtrim(dns_query, '.')) IN (SELECT name FROM join_names)"},
    _relate,
)

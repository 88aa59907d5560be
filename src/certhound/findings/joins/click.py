"""Who clicked on a link to the name: by the host of the link; surer where that client met the server at that time."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.joins.evidence import URL_HOST
from certhound.findings.report import Related
from certhound.lake.build import Lake
from certhound.model.levels import Confidence

WINDOW_S = 120

_FOUND = f"""
SELECT n.kind, n.key, e.source, e."user", e.url, e.action, e.outcome, e.verdict, s.src_ip IS NOT NULL AS met,
    {AGGREGATES}
FROM (SELECT *, epoch(time)::BIGINT // {WINDOW_S} AS span FROM evidence WHERE category = 'click') e
JOIN join_names n ON n.name = e.host
LEFT JOIN (SELECT DISTINCT kind, key, src_ip, name, unnest([span - 1, span, span + 1]) AS near FROM (
    SELECT *, epoch(time)::BIGINT // {WINDOW_S} AS span FROM join_sessions
)) s ON s.kind = n.kind AND s.key = n.key AND s.name = e.host AND s.src_ip = e.src_ip AND s.near = e.span
GROUP BY ALL
"""  # noqa: S608 - fixed texts of our own


def _relate(lake: Lake) -> Iterator[tuple[str, str, Related]]:
    for row in rows(lake, _FOUND):
        keys = ["host of the link", *(["client", f"time within {2 * WINDOW_S} s"] if row["met"] else [])]
        certainty = Confidence.HIGH if row["met"] else Confidence.MEDIUM
        yield row["kind"], row["key"], relation(lake, row, "click", keys, certainty, _text(row), "mail")


def _text(row: Row) -> str:
    stopped = ", and was stopped" if row["outcome"] == "block" else ""
    verdict = f"; judged {row['verdict']}" if row["verdict"] else ""
    return f"{row['user'] or 'somebody'} clicked on {row['url']}{stopped}{verdict}{times(row['records'])}"


_TOLD = f"{URL_HOST} IN (SELECT name FROM join_names)"  # noqa: S608 - fixed texts of our own
JOIN = Join("click", {"click": _TOLD}, _relate)

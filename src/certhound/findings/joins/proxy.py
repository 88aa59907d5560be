"""What a proxy wrote of a session that a sensor saw: by client, name, address and time.

The proxy's record has no certificate that could tie them. Client and name must be the same, the address too where the
proxy states it, and the times not more than a minute apart; a client after translation counts as the client.
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.report import Related
from certhound.lake.build import Lake
from certhound.model.levels import Confidence

WINDOW_S = 60

_WANTED = "lower(dst_host) IN (SELECT name FROM join_names)"
_FOUND = f"""
SELECT s.kind, s.key, e.source, e.src_ip, e.host, e.dst_ip, e."user", e.action, e.outcome, e.cert_validation,
    any_value(e.url) AS url, bool_and(e.client = e.src_ip) AS direct, {AGGREGATES}
FROM (
    SELECT *, unnest(list_distinct(list_filter([src_ip, src_nat_ip], lambda each: each IS NOT NULL))) AS client,
        epoch(time)::BIGINT // {WINDOW_S} AS minute
    FROM evidence WHERE category IN ('http', 'tls') AND time IS NOT NULL
) e
JOIN (SELECT *, unnest([minute - 1, minute, minute + 1]) AS near FROM join_sessions) s
    ON s.src_ip = e.client AND s.name = e.host AND s.near = e.minute AND (e.dst_ip IS NULL OR e.dst_ip = s.dst_ip)
WHERE s.family <> split_part(e.source, '.', 1) AND abs(epoch(s.time) - epoch(e.time)) <= {WINDOW_S}
GROUP BY ALL
"""  # noqa: S608 - fixed texts of our own


def _relate(lake: Lake) -> Iterator[tuple[str, str, Related]]:
    for row in rows(lake, _FOUND):
        keys = ["client" if row["direct"] else "client after translation", "name"]
        keys += ["server address"] if row["dst_ip"] else []
        sure = row["dst_ip"] is not None and row["direct"]
        certainty = Confidence.HIGH if sure else Confidence.MEDIUM
        keys.append(f"time within {WINDOW_S} s")
        yield row["kind"], row["key"], relation(lake, row, "proxy", keys, certainty, _text(row), "network")


def _text(row: Row) -> str:
    who = f"{row['user']} at {row['src_ip']}" if row["user"] else row["src_ip"]
    where = row["url"] or row["host"]
    done = {"allow": "let pass", "block": "blocked"}.get(row["outcome"] or "", "logged")
    action = f" ({row['action']})" if row["action"] else ""
    verdict = f"; of the certificate it says: {row['cert_validation']}" if row["cert_validation"] else ""
    return f"{row['source']} {done}{action} {who} to {where}{verdict}{times(row['records'])}"


JOIN = Join(
    "proxy",
    {"http": _WANTED, "tls": f"certificate_id IS NULL AND cert_subject IS NULL AND {_WANTED}"},
    _relate,
)

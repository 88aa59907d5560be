"""What a proxy wrote of a session that a sensor saw: by client, name, address and time.

The proxy's record has no certificate that could tie them. Client and name must be the same, the address too where the
proxy states it, and the times not more than a minute apart; a client after translation counts as the client.
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.joins.evidence import is_sensor, views
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


# --- names of sessions whose own name was hidden ---------------------------------------------------------------------

_PROXIED = """
CREATE OR REPLACE TABLE proxied (client VARCHAR, dst_ip VARCHAR, name VARCHAR, time TIMESTAMP);
CREATE OR REPLACE TABLE names_by_proxies (contact UBIGINT, name VARCHAR)
"""
_OF_PROXIES = """
INSERT INTO proxied SELECT src_ip, dst_ip, lower(dst_host), time FROM $view
WHERE src_ip IS NOT NULL AND time IS NOT NULL AND dst_host IS NOT NULL AND dst_host <> dst_ip
    AND dst_ip IN (SELECT dst_ip FROM hidden_contacts WHERE name IS NULL OR hidden_ech > 0)
"""
_NAMED = f"""
INSERT INTO names_by_proxies SELECT DISTINCT h.contact, p.name FROM hidden_contacts h
JOIN met_keys k ON k.contact = h.contact JOIN session_keys s ON s.key = k.key AND s.batch = k.batch
JOIN (SELECT *, unnest([span - 1, span, span + 1]) AS near FROM (
    SELECT *, epoch(time)::BIGINT // {WINDOW_S} AS span FROM proxied
)) p ON p.client = s.src_ip AND p.dst_ip = h.dst_ip AND p.near = epoch(s.time)::BIGINT // {WINDOW_S}
WHERE (h.name IS NULL OR h.hidden_ech > 0) AND abs(epoch(p.time) - epoch(s.time)) <= {WINDOW_S}
"""  # noqa: S608 - numbers of our own


def name_by_proxies(lake: Lake) -> None:
    """Fill ``names_by_proxies``: names that proxies wrote for hidden sessions, by client, address and time.

    ``hidden_contacts`` must stand. Where no proxy's log was read nothing is asked.
    """
    session = lake.session
    session.execute(_PROXIED)
    for part in lake.parts:
        shape = part.plan.shape
        if shape.category == "http" and not is_sensor(shape.source) and not (part.staged and part.view is None):
            for view, _ in views(lake, part, ("src_ip", "dst_ip", "dst_host", "time")):
                session.execute(_OF_PROXIES.replace("$view", view))
    if session.scalar("SELECT count(*) FROM proxied"):
        session.execute(_NAMED)


JOIN = Join(
    "proxy",
    {"http": _WANTED, "tls": f"certificate_id IS NULL AND cert_subject IS NULL AND {_WANTED}"},
    _relate,
)

"""Which process of which user met the server: by Community ID, else by addresses, port and time.

Where the endpoint states the whole five-tuple and the sensor does, too, the connection is the same one. Endpoints that
state no source port (or translate it) leave addresses, port and time; the kernel's audit states neither source address
nor port, so that any process of any host fits that connected to the server at that time.
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.joins.evidence import views
from certhound.findings.report import Related
from certhound.lake.build import Lake
from certhound.lake.community_id import community_id
from certhound.model.levels import Confidence

WINDOW_S = 60
TUPLE_WINDOW_S = 300
"""Source ports come again: the same five-tuple later is another connection."""

_WANTED = "process IS NOT NULL AND (dst_ip, dst_port) IN (SELECT (dst_ip, dst_port) FROM join_servers)"
_TUPLES = """
CREATE OR REPLACE TABLE session_tuples (
    time TIMESTAMP, src_ip VARCHAR, src_port BIGINT, dst_ip VARCHAR, dst_port BIGINT, name VARCHAR
)
"""
_OF_TUPLES = """
INSERT INTO session_tuples SELECT time, src_ip, src_port, dst_ip, dst_port, lower(coalesce(sni, dst_host)) FROM $view
WHERE (src_ip, src_port, dst_ip, dst_port) IN (
    SELECT (src_ip, src_port, dst_ip, dst_port) FROM evidence WHERE category = 'connection' AND process IS NOT NULL
)
"""
_TUPLE_COLUMNS = ("time", "src_ip", "src_port", "dst_ip", "dst_port", "sni", "dst_host")
_FOUND = f"""
CREATE OR REPLACE TABLE met_processes AS
WITH e AS (
    SELECT *, epoch(time)::BIGINT // {WINDOW_S} AS minute FROM evidence
    WHERE category = 'connection' AND process IS NOT NULL AND time IS NOT NULL
), s AS (SELECT *, unnest([minute - 1, minute, minute + 1]) AS near FROM join_sessions)
SELECT * FROM (
    SELECT s.kind, s.key, e.id, 0 AS rank, s.src_ip AS client FROM e
    JOIN session_tuples t ON t.src_ip = e.src_ip AND t.src_port = e.src_port AND t.dst_ip = e.dst_ip
        AND t.dst_port = e.dst_port AND abs(epoch(t.time) - epoch(e.time)) <= {TUPLE_WINDOW_S}
    JOIN join_sessions s ON s.src_ip = t.src_ip AND s.time = t.time AND s.dst_ip = t.dst_ip
        AND s.dst_port = t.dst_port AND s.name IS NOT DISTINCT FROM t.name
    UNION ALL SELECT s.kind, s.key, e.id, 1, s.src_ip FROM e JOIN s ON s.src_ip = e.src_ip AND s.dst_ip = e.dst_ip
        AND s.dst_port = e.dst_port AND s.near = e.minute AND abs(epoch(s.time) - epoch(e.time)) <= {WINDOW_S}
    UNION ALL SELECT s.kind, s.key, e.id, 2, s.src_ip FROM e JOIN s ON e.src_ip IS NULL AND s.dst_ip = e.dst_ip
        AND s.dst_port = e.dst_port AND s.near = e.minute AND abs(epoch(s.time) - epoch(e.time)) <= {WINDOW_S}
) QUALIFY row_number() OVER (PARTITION BY kind, key, id ORDER BY rank, client) = 1
"""  # noqa: S608 - numbers of our own
_TOLD = f"""
SELECT m.kind, m.key, m.rank, m.client, e.source, e.computer, e."user", e.process, e.command_line, e.dst_ip, e.dst_port,
    arg_min(e.src_ip, e.id) AS src_ip, arg_min(e.src_port, e.id) AS src_port, arg_min(e.transport, e.id) AS transport,
    {AGGREGATES}
FROM met_processes m JOIN evidence e ON e.id = m.id
GROUP BY m.kind, m.key, m.rank, m.client, e.source, e.computer, e."user", e.process, e.command_line, e.dst_ip,
    e.dst_port
"""  # noqa: S608 - fixed texts of our own
_KEYS = (
    (("community_id", f"time within {TUPLE_WINDOW_S} s"), Confidence.HIGH),
    (("client", "server address", "server port", f"time within {WINDOW_S} s"), Confidence.MEDIUM),
    (("server address", "server port", f"time within {WINDOW_S} s"), Confidence.LOW),
)


def _relate(lake: Lake) -> Iterator[tuple[str, str, Related]]:
    session = lake.session
    session.execute(_TUPLES)
    if session.scalar("SELECT count(*) FROM evidence WHERE category = 'connection' AND src_port IS NOT NULL"):
        for part in lake.parts:
            if part.plan.shape.category == "tls" and not (part.staged and part.view is None):
                for view, _ in views(lake, part, _TUPLE_COLUMNS):
                    session.execute(_OF_TUPLES.replace("$view", view))
    session.execute(_FOUND)
    for row in rows(lake, _TOLD):
        keys, certainty = _KEYS[row["rank"]]
        yield row["kind"], row["key"], relation(lake, row, "process", keys, certainty, _text(row), "endpoint")


def _text(row: Row) -> str:
    host = row["computer"] or row["client"]
    user = f" of {row['user']}" if row["user"] else ""
    command = f" ({row['command_line']})" if row["command_line"] and row["command_line"] != row["process"] else ""
    where = f"{row['dst_ip']}:{row['dst_port']}"
    said = f"{row['process']}{user} on {host} connected to {where}{command}{times(row['records'])}"
    if row["rank"] == 0:
        transport = row["transport"] or "tcp"
        same = community_id(row["src_ip"], row["src_port"], row["dst_ip"], row["dst_port"], transport)
        return f"{said}; Community ID {same}" if same else said
    return f"{said}; the record does not say from which address" if row["rank"] == 2 else said


JOIN = Join("process", {"connection": _WANTED}, _relate)

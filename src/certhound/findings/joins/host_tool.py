"""Tools that make or fetch certificates, run on a host that then serves one: by the computer, which is weak.

A computer is tied to a server where its name is the server's, or another record of the computer (a connection that it
began) states the server's address. What the tool made is not known; a command line that states the name is surer.
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.findings.joins.contract import AGGREGATES, Join, Row, relation, rows, times
from certhound.findings.report import Related
from certhound.lake.build import Lake
from certhound.model.levels import Confidence

_TOOLS = (
    r"(?i)(^|[\\/ ])(openssl|certbot|certbot-auto|acme\.sh|lego|dehydrated|mkcert|makecert|certreq|wacs|step)(\.exe)?"
    r"($| .*(req|x509|genrsa|genpkey|certonly|--issue|run|-new|-r |ca certificate))"
)
_WANTED = f"regexp_matches(process, '{_TOOLS}') OR regexp_matches(command_line, '{_TOOLS}')"
_ADDRESS = "computer IS NOT NULL AND src_ip IN (SELECT dst_ip FROM join_servers)"
_FOUND = f"""
SELECT m.kind, m.key, e.source, e.computer, e."user", e.process, e.command_line, min(m.rank) AS rank, {AGGREGATES}
FROM (SELECT * FROM evidence WHERE category = 'process' AND length(coalesce(command_line, process)) < 4096) e JOIN (
    SELECT n.kind, n.key, e.id, 0 AS rank FROM evidence e JOIN join_names n
        ON list_contains(regexp_split_to_array(lower(e.command_line), '[^a-z0-9._-]+'), n.name)
        WHERE e.category = 'process'
    UNION ALL SELECT n.kind, n.key, e.id, 1 FROM evidence e JOIN join_names n ON lower(e.computer) = n.name
        WHERE e.category = 'process'
    UNION ALL SELECT v.kind, v.key, e.id, 2 FROM evidence e
        JOIN (SELECT DISTINCT lower(computer) AS computer, src_ip FROM evidence WHERE category = 'connection') a
            ON a.computer = lower(e.computer)
        JOIN join_servers v ON v.dst_ip = a.src_ip WHERE e.category = 'process'
) m ON m.id = e.id
LEFT JOIN (SELECT kind, key, max(time) AS last_met FROM join_sessions GROUP BY ALL) l
    ON l.kind = m.kind AND l.key = m.key
WHERE l.last_met IS NULL OR e.time IS NULL OR e.time <= l.last_met
GROUP BY m.kind, m.key, e.source, e.computer, e."user", e.process, e.command_line
"""  # noqa: S608 - fixed texts of our own
_KEYS = (
    (("name in the command line",), Confidence.MEDIUM),
    (("computer",), Confidence.LOW),
    (("computer", "address of the computer"), Confidence.LOW),
)


def _relate(lake: Lake) -> Iterator[tuple[str, str, Related]]:
    for row in rows(lake, _FOUND):
        keys, certainty = _KEYS[row["rank"]]
        yield row["kind"], row["key"], relation(lake, row, "host_tool", keys, certainty, _text(row), "endpoint")


def _text(row: Row) -> str:
    user = f" ({row['user']})" if row["user"] else ""
    weak = "; that it made this certificate is not said" if row["rank"] else ""
    return (
        f"{row['computer'] or 'a host'}{user} ran {row['command_line'] or row['process']}{weak}{times(row['records'])}"
    )


JOIN = Join("host_tool", {"process": _WANTED, "connection": _ADDRESS}, _relate)

"""Certificates that TLS 1.3 and Encrypted Client Hello hide, as far as other records tell them.

A session whose certificate is hidden leaves a name, an address and a time. The same name and address may have shown
their certificate in another session; a certificate given as a file may be for the name; a name server may have told
the name of an address. Each such link has a source and a confidence, and none of them makes the session *seen*: it
stays hidden in the ledger, *hidden, but known from* something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from certhound.findings.details import destination
from certhound.findings.joins.proxy import name_by_proxies
from certhound.findings.report import HiddenMeeting, KnownFrom
from certhound.lake.build import Lake
from certhound.lake.certificate_rows import by_columns
from certhound.model.levels import Confidence

SOURCES: tuple[tuple[str, str, Confidence], ...] = (
    ("name_and_address", "the same name at the same address showed it in another session", Confidence.HIGH),
    ("name", "the same name at another address showed it", Confidence.MEDIUM),
    ("certificate_file", "a certificate that was given as a file is for this name", Confidence.MEDIUM),
    (
        "proxy_and_session",
        "a proxy named it for this client and address at that time; the name showed it elsewhere",
        Confidence.MEDIUM,
    ),
    ("dns_and_session", "name servers gave this address for a name that showed it elsewhere", Confidence.LOW),
    ("address", "the same address and port showed it under another name or none", Confidence.LOW),
    ("dns", "name servers gave this address for one name; its certificate was not met", Confidence.LOW),
)
"""Sources from the most to the least telling: the first that fits counts. Of several certificates the last met counts,
and the confidence is one step lower."""

_RANKS = {source: (rank, confidence) for rank, (source, _, confidence) in enumerate(SOURCES)}
_FALLING = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
_LOWER = {Confidence.HIGH: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.LOW, Confidence.LOW: Confidence.LOW}
_SHOWN = 20

_TABLES = """
CREATE TABLE hidden_contacts AS
SELECT contact, name, dst_ip, dst_port, hidden_tls13, hidden_ech, first_seen, last_seen FROM contacts_raw
WHERE certificate_id IS NULL AND hidden_tls13 + hidden_ech > 0;
CREATE TABLE shown_contacts AS
SELECT name, dst_ip, dst_port, arg_max(certificate_id, last_seen) AS certificate_id,
    count(DISTINCT certificate) AS candidates, max(last_seen) AS met
FROM contacts_raw WHERE certificate_id IS NOT NULL AND seen > 0 GROUP BY name, dst_ip, dst_port;
CREATE TABLE shown_names AS
SELECT name, arg_max(certificate_id, met) AS certificate_id,
    greatest(max(candidates), count(DISTINCT certificate_id)) AS candidates
FROM shown_contacts WHERE name IS NOT NULL GROUP BY name;
CREATE TABLE shown_addresses AS
SELECT dst_ip, dst_port, arg_max(certificate_id, met) AS certificate_id,
    greatest(max(candidates), count(DISTINCT certificate_id)) AS candidates
FROM shown_contacts WHERE dst_ip IN (SELECT dst_ip FROM hidden_contacts) GROUP BY dst_ip, dst_port;
CREATE TABLE names_of_files AS
SELECT id AS certificate_id, lower(unnest(san_dns)) AS name, not_before, not_after FROM certificates
WHERE role = 'file' AND len(san_dns) > 0;
CREATE TABLE names_of_addresses AS
SELECT a.address, a.name, count(*) OVER (PARTITION BY a.address) AS names FROM answers a
SEMI JOIN hidden_contacts h ON h.dst_ip = a.address
"""

_LINKS: dict[str, str] = {
    "name_and_address": """
SELECT h.contact, s.certificate_id, s.candidates, NULL AS known_name FROM hidden_contacts h
JOIN shown_contacts s ON s.name = h.name AND s.dst_ip = h.dst_ip AND s.dst_port = h.dst_port
WHERE h.hidden_ech = 0
""",
    "name": """
SELECT h.contact, s.certificate_id, s.candidates, NULL FROM hidden_contacts h
JOIN shown_names s ON s.name = h.name WHERE h.hidden_ech = 0
""",
    "certificate_file": """
SELECT h.contact, arg_max(f.certificate_id, f.not_before), count(DISTINCT f.certificate_id), NULL
FROM (
    SELECT contact, last_seen, unnest([name, '*.' || regexp_replace(name, '^[^.]+[.]', '')]) AS name
    FROM hidden_contacts WHERE hidden_ech = 0 AND contains(name, '.')
) h JOIN names_of_files f ON f.name = h.name
WHERE h.last_seen BETWEEN f.not_before AND f.not_after GROUP BY h.contact
""",
    "proxy_and_session": """
SELECT h.contact, min(s.certificate_id), count(DISTINCT s.certificate_id), min(p.name) FROM hidden_contacts h
JOIN names_by_proxies p ON p.contact = h.contact JOIN shown_names s ON s.name = p.name GROUP BY h.contact
""",
    "dns_and_session": """
SELECT h.contact, min(s.certificate_id), count(DISTINCT s.certificate_id), min(a.name) FROM hidden_contacts h
JOIN names_of_addresses a ON a.address = h.dst_ip JOIN shown_names s ON s.name = a.name
WHERE (h.name IS NULL OR h.hidden_ech > 0) AND a.names <= 5 GROUP BY h.contact
""",
    "address": """
SELECT h.contact, s.certificate_id, s.candidates, NULL FROM hidden_contacts h
JOIN shown_addresses s ON s.dst_ip = h.dst_ip AND s.dst_port = h.dst_port
""",
    "dns": """
SELECT h.contact, NULL, 1, a.name FROM hidden_contacts h JOIN names_of_addresses a ON a.address = h.dst_ip
WHERE (h.name IS NULL OR h.hidden_ech > 0) AND a.names = 1
""",
}
"""Each gives at most one row a contact, however many names and certificates an address has."""

_KNOWN = f"""
CREATE TABLE hidden_known AS
SELECT h.*, k.certificate_id, k.known_name, k.candidates, k.source FROM hidden_contacts h JOIN (
    SELECT * FROM ({
    " UNION ALL ".join(
        f"SELECT *, {_RANKS[source][0]} AS rank, '{source}' AS source FROM ({link})" for source, link in _LINKS.items()
    )
}) QUALIFY row_number() OVER (PARTITION BY contact ORDER BY rank) = 1
) k ON k.contact = h.contact
"""  # noqa: S608 - fixed texts of our own

_TOLD = """
SELECT source, candidates > 1 AS several, sum(hidden_tls13)::BIGINT AS tls13, sum(hidden_ech)::BIGINT AS ech
FROM hidden_known GROUP BY ALL
"""

_MEETINGS = """
SELECT t.kind, t.key, k.name, k.known_name, k.dst_ip, k.dst_port, k.certificate_id, k.source, k.candidates,
    (k.hidden_tls13 + k.hidden_ech)::BIGINT AS sessions, k.first_seen, k.last_seen
FROM hidden_known k JOIN top_entities t ON (t.kind = 'certificate' AND t.key = k.certificate_id)
    OR (t.kind = 'name' AND t.key = k.name) OR (t.kind = 'destination' AND k.name IS NULL
        AND t.key = k.dst_ip || ':' || k.dst_port)
QUALIFY row_number() OVER (PARTITION BY t.kind, t.key ORDER BY k.hidden_tls13 + k.hidden_ech DESC, k.dst_ip, k.name)
    <= $shown
ORDER BY sessions DESC, k.dst_ip, k.name
"""


@dataclass(slots=True)
class Hidden:
    """What is known of hidden sessions: in all, and for each shown entity by kind and key."""

    known_from: tuple[KnownFrom, ...] = ()
    meetings: Mapping[tuple[str, str], tuple[HiddenMeeting, ...]] = field(default_factory=dict)


def hidden_but_known(lake: Lake) -> Hidden:
    """Ask the lake's tables; ``top_entities`` must stand. Nothing is asked where no session was hidden."""
    session = lake.session
    if not lake.ledger.get("hidden_tls13") and not lake.ledger.get("hidden_ech"):
        return Hidden()
    session.execute(_TABLES)
    name_by_proxies(lake)
    session.execute(_KNOWN)
    return Hidden(_told(lake), _meetings(lake))


def _told(lake: Lake) -> tuple[KnownFrom, ...]:
    counts: dict[tuple[str, str, Confidence], int] = defaultdict(int)
    for source, several, tls13, ech in lake.session.execute(_TOLD).fetchall():
        confidence = _confidence(source, several)
        counts["hidden_tls13", source, confidence] += tls13
        counts["hidden_ech", source, confidence] += ech
    rows = [KnownFrom(*key, sessions) for key, sessions in counts.items() if sessions]
    return tuple(sorted(rows, key=lambda row: (row.state, _RANKS[row.source][0], _FALLING.index(row.confidence))))


def _confidence(source: str, several: bool) -> Confidence:
    confidence = _RANKS[source][1]
    return _LOWER[confidence] if several else confidence


def _meetings(lake: Lake) -> dict[tuple[str, str], tuple[HiddenMeeting, ...]]:
    found: dict[tuple[str, str], list[HiddenMeeting]] = defaultdict(list)
    table = lake.session.arrow(_MEETINGS, {"shown": _SHOWN})
    for row in by_columns({name: table[name].to_pylist() for name in table.column_names}):
        found[row["kind"], row["key"]].append(
            HiddenMeeting(
                row["name"] or row["known_name"],
                destination(row),
                row["sessions"],
                row["certificate_id"],
                row["source"],
                _confidence(row["source"], row["candidates"] > 1),
                _utc(row["first_seen"]),
                _utc(row["last_seen"]),
            )
        )
    return {key: tuple(meetings) for key, meetings in found.items()}


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None

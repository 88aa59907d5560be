"""The evidence behind the findings that rank highest: rows for reasons, who met what and when, where it was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from certhound.findings.event_samples import Samples, samples_of
from certhound.findings.hits import Ranked
from certhound.findings.joins import Relations, related
from certhound.findings.met_by import met_by
from certhound.findings.report import Counted, Meeting, MetBy, Origin
from certhound.lake.build import Lake
from certhound.lake.certificate_rows import by_columns
from certhound.lake.locate import Seen, locate_times
from certhound.lake.statements import CONTACTS_OF_TOP

Row = dict[str, Any]

TOP = 10
"""How many clients and destinations a finding names."""

MEETINGS = 40
"""How many names and destinations of one entity are shown, those with most sessions first."""

_TOP_RAW = """
CREATE TABLE top_raw AS SELECT r.* FROM contacts_raw r WHERE r.certificate IN (
    SELECT hash(key) FROM top_entities WHERE kind = 'certificate'
) OR (r.certificate_id IS NULL AND coalesce(r.name, r.dst_ip || ':' || r.dst_port) IN (
    SELECT key FROM top_entities WHERE kind <> 'certificate'
))
"""

_TOP_CONTACTS = """
CREATE TABLE top_contacts AS SELECT t.kind AS entity_kind, t.key AS entity_key, c.* FROM top_entities t
JOIN contacts_of_top c ON t.kind = CASE WHEN c.certificate_id IS NOT NULL THEN 'certificate'
        WHEN c.name IS NOT NULL THEN 'name' ELSE 'destination' END
    AND t.key = coalesce(c.certificate_id, c.name, c.dst_ip || ':' || c.dst_port)
"""

_CLIENTS = """
SELECT entity_kind, entity_key, src_ip, sessions FROM (
    SELECT c.entity_kind, c.entity_key, p.src_ip, sum(p.sessions)::BIGINT AS sessions
    FROM (SELECT DISTINCT entity_kind, entity_key, certificate, contact FROM top_contacts) c
    JOIN met_pairs p ON p.certificate IS NOT DISTINCT FROM c.certificate AND p.contact = c.contact
    GROUP BY c.entity_kind, c.entity_key, p.src_ip
) QUALIFY row_number() OVER (PARTITION BY entity_kind, entity_key ORDER BY sessions DESC, src_ip) <= $top
"""

_CLIENT_COUNTS = """
SELECT c.entity_kind, c.entity_key, count(DISTINCT p.src_ip) AS clients
FROM (SELECT DISTINCT entity_kind, entity_key, certificate, contact FROM top_contacts) c
JOIN met_pairs p ON p.certificate IS NOT DISTINCT FROM c.certificate AND p.contact = c.contact GROUP BY ALL
"""

_MEETING_CLIENTS = """
SELECT certificate, contact, list(src_ip ORDER BY sessions DESC, src_ip)[1:5] AS top, count(*) AS clients FROM (
    SELECT p.certificate, p.contact, p.src_ip, sum(p.sessions) AS sessions
    FROM met_pairs p SEMI JOIN top_contacts c
        ON p.certificate IS NOT DISTINCT FROM c.certificate AND p.contact = c.contact
    GROUP BY ALL
) GROUP BY certificate, contact
"""

_MATCHED = """
SELECT kind, key, rule, sum(matched)::BIGINT AS matched
FROM hits SEMI JOIN top_entities USING (kind, key) GROUP BY ALL
"""


@dataclass(slots=True)
class Details:
    """Everything that the chosen findings need, by (kind, key)."""

    contacts: dict[tuple[str, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    certificates: dict[str, Row] = field(default_factory=dict)
    matched: dict[tuple[str, str], dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    rule_contacts: dict[tuple[str, str, int], set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    clients: dict[tuple[str, str], Counted] = field(default_factory=dict)
    meeting_clients: dict[tuple[int, int], Counted] = field(default_factory=dict)
    origins: dict[tuple[int, Seen], Origin] = field(default_factory=dict)
    met_by: dict[tuple[str, str], tuple[MetBy, ...]] = field(default_factory=dict)
    related: Relations = field(default_factory=dict)
    samples: Samples = field(default_factory=lambda: Samples({}, {}))


def gather(lake: Lake, ranked: Sequence[Ranked]) -> Details:
    """Details for the ranked entities; a handful of scans, whatever their number."""
    session = lake.session
    keys = [(each.kind, each.key) for each in ranked]
    sent = [("sent", above) for _, key in keys for above in lake.sent_chains.get(key, ())[1:]]
    _table_of(lake, "top_entities", keys)
    _table_of(lake, "top_certificates", [*keys, *sent])
    for statement in (_TOP_RAW, CONTACTS_OF_TOP, _TOP_CONTACTS):
        session.execute(statement)
    details = Details()
    for row in _rows(lake, "SELECT * FROM top_contacts ORDER BY sessions DESC, first_seen, dst_ip, dst_port, name"):
        details.contacts[row["entity_kind"], row["entity_key"]].append(row)
    for row in _rows(lake, "SELECT c.* FROM certificates c SEMI JOIN top_certificates t ON t.key = c.id"):
        details.certificates[row["id"]] = row
    for row in _rows(lake, _MATCHED):
        details.matched[row["kind"], row["key"]][row["rule"]] = row["matched"]
    _rule_contacts(lake, details)
    _clients(lake, details)
    _origins(lake, details)
    details.met_by = met_by(lake)
    details.samples = samples_of(lake)
    details.related = related(lake)
    return details


def _table_of(lake: Lake, name: str, keys: Sequence[tuple[str, str]]) -> None:
    """A table of kinds and keys under one of our own names."""
    kinds, values = [kind for kind, _ in keys], [key for _, key in keys]
    lake.session.register(
        "keys_arrow", pa.table({"kind": pa.array(kinds, pa.string()), "key": pa.array(values, pa.string())})
    )
    lake.session.execute(f"CREATE TABLE {name} AS SELECT DISTINCT kind, key FROM keys_arrow")  # noqa: S608
    lake.session.unregister("keys_arrow")


def _rows(lake: Lake, statement: str, parameters: dict[str, object] | None = None) -> list[Row]:
    table = lake.session.arrow(statement, parameters)
    rows = list(by_columns({name: table[name].to_pylist() for name in table.column_names}))
    for row in rows:
        for name, value in row.items():
            if isinstance(value, datetime) and value.tzinfo is None:
                row[name] = value.replace(tzinfo=UTC)
            elif isinstance(value, list) and value and isinstance(value[0], tuple):
                row[name] = dict(value)
    return rows


def _rule_contacts(lake: Lake, details: Details) -> None:
    """Which contacts of an entity each rule matched, so that its reason speaks of one that did."""
    statement = """SELECT kind, key, rule, certificate, contact FROM hits SEMI JOIN top_entities USING (kind, key)
        WHERE contact IS NOT NULL"""
    for row in _rows(lake, statement):
        details.rule_contacts[row["kind"], row["key"], row["rule"]].add((row["certificate"], row["contact"]))


def _clients(lake: Lake, details: Details) -> None:
    counts = {(row["entity_kind"], row["entity_key"]): row["clients"] for row in _rows(lake, _CLIENT_COUNTS)}
    tops: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for row in _rows(lake, _CLIENTS, {"top": TOP}):
        tops[row["entity_kind"], row["entity_key"]].append((-row["sessions"], row["src_ip"] or "unknown"))
    for key, count in counts.items():
        details.clients[key] = Counted(count, tuple(address for _, address in sorted(tops[key])))
    for row in _rows(lake, _MEETING_CLIENTS):
        top = tuple(each or "unknown" for each in row["top"])
        details.meeting_clients[row["certificate"], row["contact"]] = Counted(row["clients"], top)


def _origins(lake: Lake, details: Details) -> None:
    """First and last session of each shown contact, with the line that it was read from."""
    wanted: dict[int, dict[Seen, None]] = defaultdict(dict)
    for rows in details.contacts.values():
        for row in rows[:MEETINGS]:
            for number, seen in _ends(row):
                wanted[number][seen] = None
    found = lake.places(wanted) if lake.places is not None else None
    for number, sessions in wanted.items():
        part = lake.part(number)
        plan = part.plan
        places = locate_times(plan, sessions, part.newlines) if found is None else {}
        for seen in sessions:
            place = places.get(seen) if found is None else found.get((number, seen))
            details.origins[number, seen] = Origin(plan.file, place.line, place.record) if place else Origin(plan.file)


def _ends(row: Row) -> list[tuple[int, Seen]]:
    """Part and marks of the first and the last session of a contact."""
    texts = (row["dst_ip"],) if row["dst_ip"] and not row["dst_ip"].startswith("::") else ()
    ends = ((row["first_part"], row["first_seen"]), (row["last_part"], row["last_seen"]))
    return [(part, Seen(time, texts)) for part, time in ends if part is not None and time is not None]


def meetings_of(details: Details, rows: Sequence[Row]) -> tuple[Meeting, ...]:
    """The contacts of an entity as the report shows them."""
    return tuple(
        Meeting(
            row["name"],
            destination(row),
            row["sessions"],
            details.meeting_clients.get((row["certificate"], row["contact"]), Counted(row["clients"])),
            row["first_seen"],
            row["last_seen"],
            {state: int(count) for state, count in (row["tls_states"] or {}).items()},
            row["name_match"],
            row["interval_median_s"],
        )
        for row in rows[:MEETINGS]
    )


def origins_of(details: Details, rows: Sequence[Row]) -> tuple[Origin, ...]:
    """Where the first and last sessions of these contacts stand, each place once."""
    found: dict[Origin, None] = {}
    for row in rows[:5]:
        for part, seen in _ends(row):
            if (part, seen) in details.origins:
                found.setdefault(details.origins[part, seen], None)
    return tuple(found)


def destination(row: Row) -> str:
    """``address:port``, with brackets around IPv6."""
    address, port = row["dst_ip"] or "unknown", row["dst_port"]
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

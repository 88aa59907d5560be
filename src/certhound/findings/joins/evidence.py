"""The records of other logs that could be about the entities that rank, in one table.

``join_names``, ``join_servers`` and ``join_prints`` say by what the entities are known: names (asked for, covered, or
the address where there was no name), addresses with ports, SHA-1 fingerprints. ``evidence`` has the records of proxies,
endpoints and mail that any join wants. ``join_sessions`` has the sessions of the entities, with client and time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pyarrow as pa

from certhound.findings.joins.contract import Join
from certhound.lake.build import Lake
from certhound.lake.careful_batches import careful_events
from certhound.lake.clients import session_keys
from certhound.lake.reading import Part, view_with, whole_view
from certhound.query.plan import Rejected
from certhound.rules.schema import SENSORS

COLUMNS = (
    "time", "action", "outcome", "src_ip", "src_nat_ip", "src_port", "dst_ip", "dst_port", "transport", "community_id",
    "user", "computer", "dst_host", "url", "cert_sha1", "cert_subject", "cert_validation", "certificate_id", "process",
    "command_line", "registry_key", "mail_from", "mail_to", "mail_subject", "mail_message_id", "mail_urls", "verdict",
    "dns_query", "origin_line", "origin_record",
)  # fmt: skip

NAMES_PER_CERTIFICATE = 100

_ENTITIES = f"""
CREATE OR REPLACE TABLE join_names AS
SELECT DISTINCT entity_kind AS kind, entity_key AS key, lower(coalesce(name, dst_ip)) AS name FROM top_contacts
WHERE coalesce(name, dst_ip) IS NOT NULL
UNION SELECT kind, key, lower(key) FROM top_entities WHERE kind = 'name'
UNION SELECT t.kind, t.key, lower(unnest(c.san_dns[1:{NAMES_PER_CERTIFICATE}])) FROM top_entities t
JOIN certificates c ON c.id = t.key WHERE t.kind = 'certificate';
DELETE FROM join_names WHERE starts_with(name, '*');
CREATE OR REPLACE TABLE join_servers AS
SELECT DISTINCT entity_kind AS kind, entity_key AS key, dst_ip, dst_port FROM top_contacts WHERE dst_ip IS NOT NULL;
CREATE OR REPLACE TABLE join_prints AS
SELECT t.kind, t.key, lower(c.sha1) AS sha1 FROM top_entities t JOIN certificates c ON c.id = t.key
WHERE t.kind = 'certificate' AND c.sha1 IS NOT NULL
"""  # noqa: S608 - a number of our own

_HOST = r"lower(regexp_extract({}, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]+)', 1))"
LINK_HOSTS = f"list_transform(mail_urls, lambda link: {_HOST.format('link')})"
URL_HOST = f"coalesce(lower(dst_host), nullif({_HOST.format('url')}, ''))"
PRINT = "coalesce(lower(cert_sha1), lower(nullif(regexp_extract(registry_key, '[0-9A-Fa-f]{40}'), '')))"

_EVIDENCE = """
CREATE OR REPLACE SEQUENCE evidence_ids;
CREATE OR REPLACE TABLE evidence (
    id BIGINT DEFAULT nextval('evidence_ids'), part INTEGER, source VARCHAR, category VARCHAR, line BIGINT,
    record BIGINT, time TIMESTAMP, action VARCHAR, outcome VARCHAR, src_ip VARCHAR, src_nat_ip VARCHAR, src_port BIGINT,
    dst_ip VARCHAR, dst_port BIGINT, transport VARCHAR, "user" VARCHAR, computer VARCHAR, host VARCHAR, url VARCHAR,
    print VARCHAR, cert_validation VARCHAR, process VARCHAR, command_line VARCHAR, registry_key VARCHAR,
    mail_from VARCHAR, mail_to VARCHAR, mail_subject VARCHAR, mail_message_id VARCHAR, link_hosts VARCHAR[],
    links VARCHAR[], verdict VARCHAR, dns_query VARCHAR
)
"""
_INSERT = f"""
INSERT INTO evidence BY NAME SELECT $part AS part, $source AS source, $category AS category, origin_line AS line,
    origin_record AS record, time, action, outcome, src_ip, src_nat_ip, src_port, dst_ip, dst_port, transport, "user",
    computer, {URL_HOST} AS host, url, {PRINT} AS print, cert_validation, process,
    command_line, registry_key, mail_from, mail_to::VARCHAR AS mail_to, mail_subject, mail_message_id,
    {LINK_HOSTS} AS link_hosts, mail_urls AS links, verdict, lower(rtrim(dns_query, '.')) AS dns_query
FROM $view r WHERE $test
"""  # noqa: S608 - fixed texts of our own

_SESSIONS = """
CREATE OR REPLACE TABLE join_sessions AS
SELECT c.entity_kind AS kind, c.entity_key AS key, lower(c.name) AS name, c.dst_ip, c.dst_port, s.src_ip, s.time,
    p.source, p.family, epoch(s.time)::BIGINT // 60 AS minute
FROM (SELECT DISTINCT entity_kind, entity_key, certificate, contact, name, dst_ip, dst_port FROM top_contacts) c
JOIN asked_keys k ON k.certificate IS NOT DISTINCT FROM c.certificate AND k.contact = c.contact
JOIN session_keys s ON s.key = k.key AND s.batch = k.batch
JOIN join_parts p ON p.part = s.batch
WHERE s.time IS NOT NULL
"""


def is_sensor(source: str) -> bool:
    """Whether records of this source are what a TLS sensor saw."""
    return source.startswith(SENSORS)


def collect(lake: Lake, joins: Sequence[Join]) -> bool:
    """Fill the tables; False where no part has records of other logs, or none of them fits."""
    tests: dict[str, list[str]] = defaultdict(list)
    for join in joins:
        for category, test in join.wants.items():
            tests[category].append(test)
    parts = [part for part in lake.parts if _fits(part, tests)]
    if not parts:
        return False
    session = lake.session
    session.execute(_ENTITIES)
    session.execute(_EVIDENCE)
    for part in parts:
        shape = part.plan.shape
        test = " OR ".join(f"({each})" for each in tests[shape.category])
        for view, number in views(lake, part, COLUMNS):
            text = _INSERT.replace("$view", view).replace("$part", number).replace("$test", test)
            session.execute(
                text.replace("$source", "$source_::VARCHAR").replace("$category", "$category_::VARCHAR"),
                {"source_": shape.source, "category_": shape.category},
            )
    if not session.scalar("SELECT count(*) FROM evidence"):
        return False
    _sessions(lake)
    return True


def _fits(part: Part, tests: dict[str, list[str]]) -> bool:
    shape = part.plan.shape
    if shape.category not in tests or is_sensor(shape.source) or (part.staged and part.view is None):
        return False
    return shape.category not in ("connection", "dns") or "process" in shape.mapping


def _sessions(lake: Lake) -> None:
    """``join_sessions``: who met the entities when, and whose log tells it."""
    parts = pa.table({
        "part": pa.array([part.number for part in lake.parts], pa.int32()),
        "source": pa.array([part.plan.shape.source for part in lake.parts], pa.string()),
        "family": pa.array([part.plan.shape.source.partition(".")[0] for part in lake.parts], pa.string()),
    })  # fmt: skip
    lake.session.register("join_parts", parts)
    lake.session.execute(session_keys(lake.session))
    lake.session.execute(_SESSIONS)
    lake.session.unregister("join_parts")


def views(lake: Lake, part: Part, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names of views that together have a part's records with these columns, and what says the number of the input.

    Of what a sensor's mixed files gave only those columns stand that the lake itself reads.
    """
    number = str(part.number)
    if part.view is not None:
        # Over a lake that lasts rows lie in views of their own; else the view has what the lake itself reads.
        yield from ((view, "part") for view in ([part.view] if lake.by_number is None else part.stored or ()))
    elif part.whole:
        whole_view(lake.session, part, "whole_rows")
        yield "whole_rows", number
    elif part.in_place:
        view_with(lake.session, part, columns)
        yield "segment_rows", number
    else:
        for table in careful_events(lake.session, part.plan):
            if not isinstance(table, Rejected):
                lake.session.register("careful_events", table)
                yield "careful_events", number
                lake.session.unregister("careful_events")

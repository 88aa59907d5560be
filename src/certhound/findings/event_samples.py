"""The record behind a rule about log records: its columns fill the rule's reason, and its place is the evidence.

Of all records by which a rule matched an entity the first in time is kept, and the times of the first and the last.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from certhound.findings.report import Origin
from certhound.lake.build import Lake
from certhound.model.columns import EVENTS
from certhound.query.engines.duckdb.session import Session
from certhound.rules import Rule

TOLD = ("time", "origin_line", "origin_record", "user", "src_ip")
"""Columns that are kept of a record whatever its rule says."""

TABLE = """
CREATE OR REPLACE TABLE event_samples (
    kind VARCHAR, key VARCHAR, rule INTEGER, part INTEGER, line BIGINT, record BIGINT, first_seen TIMESTAMP,
    last_seen TIMESTAMP, said VARCHAR
)
"""
_KEEP = """
INSERT INTO event_samples
SELECT kind, key, rule, row.part, row.line, row.record, first_seen, last_seen, to_json(row.said)::VARCHAR FROM (
    SELECT $kind AS kind, $key AS key, rule, min(time) AS first_seen, max(time) AS last_seen,
        arg_min({'part': $part, 'line': origin_line, 'record': origin_record, 'said': {$said}},
            coalesce(time, TIMESTAMP '9999-12-31')) AS row
    FROM matched GROUP BY ALL
)
"""
_OF_TOP = """
SELECT kind, key, rule, part, line, record, first_seen, last_seen, said
FROM event_samples SEMI JOIN top_entities USING (kind, key)
QUALIFY row_number() OVER (PARTITION BY kind, key, rule ORDER BY first_seen NULLS LAST, part, line, record) = 1
"""
_SPANS = """
SELECT kind, key, min(first_seen), max(last_seen) FROM event_samples SEMI JOIN top_entities USING (kind, key)
GROUP BY kind, key
"""

_COLUMNS = frozenset(EVENTS.names()) - {"payload", "fields"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One record: what its columns say, and where it stands."""

    said: dict[str, Any]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Samples:
    """By kind and key of an entity: a record for each number of a rule, and the times of the first and the last."""

    records: dict[tuple[str, str], dict[int, Sample]]
    spans: dict[tuple[str, str], tuple[datetime | None, datetime | None]]


def said(rules: Iterable[Rule]) -> list[str]:
    """Columns that the reasons of these rules speak of."""
    slots = {slot.column.partition(".")[0] for rule in rules for slot in rule.reason.slots()}
    return sorted((slots | {"user", "src_ip"}) & _COLUMNS)


def keep(session: Session, entity: tuple[str, str], part: str, columns: Iterable[str]) -> None:
    """Keep samples of ``matched``. ``entity`` has kind and key of a row as the engine says them."""
    kind, key = entity
    pairs = ", ".join(f"'{name}': \"{name}\"" for name in columns)
    text = _KEEP.replace("$kind", kind).replace("$key", key).replace("$part", part).replace("$said", pairs)
    session.execute(text)


def samples_of(lake: Lake) -> Samples:
    """Those of the entities that rank."""
    records: dict[tuple[str, str], dict[int, Sample]] = defaultdict(dict)
    session = lake.session
    if not session.scalar("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'event_samples'"):
        return Samples({}, {})
    for kind, key, rule, part, line, record, *_, said_text in session.execute(_OF_TOP).fetchall():
        values = {name: value for name, value in json.loads(said_text).items() if value is not None}
        records[kind, key][rule] = Sample(values, Origin(lake.part(part).plan.file, line, record))
    spans = {(kind, key): (_utc(first), _utc(last)) for kind, key, first, last in session.execute(_SPANS).fetchall()}
    return Samples(records, spans)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None

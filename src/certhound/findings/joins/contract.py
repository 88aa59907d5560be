"""What a join is: which records it wants, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from certhound.findings.report import Origin, Related
from certhound.lake.build import Lake
from certhound.lake.certificate_rows import by_columns
from certhound.model.levels import Confidence

CERTAINTIES = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Join:
    """One way in which records are tied to entities.

    ``wants``: by category of events, a test in the engine's words of the records that it could use (columns of
    ``events``; the tables of :mod:`.evidence`). ``relate`` asks ``evidence`` and gives kind and key of an entity, and
    what is related to it.
    """

    kind: str
    wants: Mapping[str, str]
    relate: Callable[[Lake], Iterable[tuple[str, str, Related]]]


def rows(lake: Lake, statement: str) -> Iterator[Row]:
    """Rows of a statement over tables of our own."""
    table = lake.session.arrow(statement)
    yield from by_columns({name: table[name].to_pylist() for name in table.column_names})


def origin(lake: Lake, row: Row) -> Origin:
    """Where the record stands of which a row has ``part``, ``line`` and ``record``."""
    return Origin(lake.part(row["part"]).plan.file, row["line"], row["record"])


def utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def relation(
    lake: Lake, row: Row, kind: str, keys: Sequence[str], certainty: Confidence, text: str, telemetry: str
) -> Related:
    """A relation out of a row with ``records``, ``first_seen``, ``last_seen`` and the place of the first record."""
    return Related(
        kind,
        tuple(keys),
        certainty,
        text,
        telemetry,
        int(row["records"]),
        utc(row["first_seen"]),
        utc(row["last_seen"]),
        origin(lake, row),
    )


def times(count: int) -> str:
    """`` (12 records)`` behind what was told once."""
    return f" ({count:,} records)" if count > 1 else ""


AGGREGATES = """count(DISTINCT e.id) AS records, min(e.time) AS first_seen, max(e.time) AS last_seen,
    arg_min(e.part, e.id) AS part, arg_min(e.line, e.id) AS line, arg_min(e.record, e.id) AS record"""
"""What :func:`relation` asks of a group of evidence ``e``."""

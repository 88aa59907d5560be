"""Gathering records into batches for the careful path, whatever layout they were split from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from certhound.model.columns import Kind
from certhound.query.plan import RawBatch
from certhound.sources.zeek.logs import ZeekLog, shape_of

BATCH_RECORDS = 20_000

RawValue = str | list[str | None] | None


@dataclass(slots=True)
class Gatherer:
    """Collects records of one log with one set of columns."""

    log: ZeekLog
    columns: frozenset[str]
    raw: dict[str, list[RawValue]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    payloads: list[str] = field(default_factory=list)
    fields: list[dict[str, str]] = field(default_factory=list)
    problems: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.raw = {name: [] for name in sorted(self.columns)}

    def add(
        self,
        values: dict[str, RawValue],
        extra: dict[str, str],
        line: int,
        record: int,
        payload: str,
        problem: str | None,
    ) -> None:
        for name, column in self.raw.items():
            column.append(values.get(name))
        self.lines.append(line)
        self.records.append(record)
        self.payloads.append(payload)
        self.fields.append(extra)
        self.problems.append(problem)

    def full(self) -> bool:
        return len(self.lines) >= BATCH_RECORDS

    def take(self) -> RawBatch:
        """The batch so far; the gatherer starts afresh."""
        batch = RawBatch(
            shape_of(self.log.path, self.columns),
            self.raw,
            {name: Kind.LIST if name in self.log.lists else Kind.TEXT for name in self.raw},
            self.lines,
            self.records,
            self.payloads,
            self.fields,
            self.problems,
        )
        self.raw = {name: [] for name in self.raw}
        self.lines, self.records, self.payloads, self.fields, self.problems = [], [], [], [], []
        return batch


def problem_of(values: dict[str, RawValue], clean: bool) -> str | None:
    """What of a record could not be read though it is kept: its time, or bytes that are not UTF-8."""
    found: list[str] = []
    time = values.get("ts")
    if not isinstance(time, str) or not _could_be_time(time):
        found.append("ts: not a time")
    if not clean:
        found.append("bytes that are not UTF-8 text")
    return "; ".join(found) or None


def _could_be_time(text: str) -> bool:
    head = text[:4].lstrip("-")
    return bool(head) and head.isascii() and all(c.isdigit() or c == "." for c in head)


def as_text(items: Iterable[tuple[str, RawValue]]) -> dict[str, str]:
    """Vendor fields for the ``fields`` map: lists joined by commas, absent ones left out."""
    return {
        name: ",".join(each or "" for each in value) if isinstance(value, list) else value
        for name, value in items
        if value is not None
    }

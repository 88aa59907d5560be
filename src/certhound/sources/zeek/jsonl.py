"""Zeek's JSON: one object a line, flat, nested or underscored, one log a file or several mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from certhound.model.columns import Kind
from certhound.query.plan import Layout, RawBatch, RawColumn, ReadPlan, Rejected, Segment
from certhound.query.tree import And, Column, Compare, Op
from certhound.sources.files import InputFile, Line, lines
from certhound.sources.zeek.batches import Gatherer, RawValue, as_text, problem_of
from certhound.sources.zeek.fields import text
from certhound.sources.zeek.json_text import Record, engine_text, json_line, records_of, scalar_text
from certhound.sources.zeek.logs import OTHER_LOGS, ZeekLog, logs, shape_of
from certhound.sources.zeek.names import SYSTEM_KEYS, TYPE_KEYS, canonical_path, flatten
from certhound.sources.zeek.tsv import _ALSO_FIELDS


def sample(head: str) -> list[Record]:
    """The whole records of a head; one that the head cuts is none."""
    return [record for row in head.split("\n") for record in records_of(row)[0]]


def log_name(record: Mapping[str, object]) -> str | None:
    """Which of Zeek's logs a record says it is of, or looks like."""
    for key in TYPE_KEYS:
        named = record.get(key)
        if isinstance(named, str):
            return named
    have = {canonical_path(path) for path, _ in flatten(record)}
    if "ts" not in have and "@timestamp" not in have:
        return None
    return next((log.path for log in logs().values() if log.looks_like(have)), None)


def plans(file: InputFile, records: list[Record]) -> list[ReadPlan]:
    """A plan for the file if it holds logs that are read: fast where all records of the head are of one log."""
    counts = Counter(name for record in records if (name := log_name(record)) is not None)
    named = [name for name, _ in counts.most_common() if name in logs()]
    if not named:
        return []
    log = logs()[named[0]]
    segment = _segment(file, records, log) if len(counts) == 1 and file.has_plain_name else None
    shape = shape_of(log.path, log.known)
    spelling = {column.name: column.path for column in segment.columns} if segment else {}
    marks = [Compare(Op.EQ, Column(name), text(log.path)) for name in spelling if name in TYPE_KEYS]
    if marks:  # a record that calls itself another log is not for the bulk reader
        shape = replace(shape, valid=And((shape.valid, *marks)))
    return [ReadPlan(file.path, shape, lambda: read_carefully(file, log, spelling), segment, size=file.size)]


def _segment(file: InputFile, records: list[Record], log: ZeekLog) -> Segment | None:
    """Every known column in the spelling that the head uses; two spellings of one column are for the careful reader."""
    spelling: dict[str, tuple[str, ...]] = {}
    lists = set(log.lists)
    for record in records:
        for path, value in flatten(record):
            if spelling.setdefault(canonical_path(path), path) != path:
                return None
            if isinstance(value, list) and canonical_path(path) not in log.known:
                lists.add(canonical_path(path))
    if any(len(path) > 1 for path in spelling.values()):
        return None  # nested records go through the careful path: rare, and its flattening is the definition
    style = "." if any("." in path[0] for path in spelling.values()) else "_"
    columns = [
        RawColumn(name, spelling.get(name, (_spelt(name, style),)), Kind.LIST if name in log.lists else Kind.TEXT)
        for name in sorted(log.known)
    ]
    others = sorted(name for name in spelling if name not in log.known)
    columns += [RawColumn(name, spelling[name], Kind.LIST if name in lists else Kind.TEXT) for name in others]
    fields = (*others, *sorted(_ALSO_FIELDS & log.known))
    return Segment(file.path, Layout.JSON_LINES, tuple(columns), file.compression, hex_escapes=False, fields=fields)


def _spelt(name: str, style: str) -> str:
    """How a column that the head does not show would be spelt in this style."""
    if style == "_":
        return name
    for prefix in ("id_", "certificate_", "san_", "basic_constraints_"):
        if name.startswith(prefix) and name not in ("id_",):
            return f"{prefix[:-1]}.{name[len(prefix) :]}"
    return name


def read_carefully(
    file: InputFile, log: ZeekLog, spelling: Mapping[str, tuple[str, ...]]
) -> Iterator[RawBatch | Rejected]:
    """Every record of the file, each under the log that it is of.

    Where a record spells a key in two ways, the way of ``spelling`` counts, which a bulk reader knows.
    """
    reader = _Reader(file.path, log, spelling)
    for line in lines(file.opened, file.compression):
        yield from reader.feed(line)
    yield from reader.rest()


_ABOUT_ANY_LOG = frozenset({"ts", *SYSTEM_KEYS})


class _Reader:
    def __init__(self, path: str, log: ZeekLog, spelling: Mapping[str, tuple[str, ...]]) -> None:
        self.path = path
        self.log = log
        self.spelling = spelling
        self.gatherers: dict[str, Gatherer] = {}
        self.record = 0

    def feed(self, line: Line) -> Iterator[RawBatch | Rejected]:
        if not line.data.strip() and line.problem is None:
            return
        text, clean = json_line(line.data)
        found, rest = records_of(text)
        for record in found:
            self.record += 1
            yield from self._keep(record, line.number, text, clean)
        if rest or line.problem is not None:
            self.record += 1
            reason = line.problem or ("not a JSON object" if not found else "not a JSON object behind one")
            yield Rejected(self.path, reason, line.number, self.record, rest[:200])

    def _keep(self, record: Record, line: int, text: str, clean: bool) -> Iterator[RawBatch | Rejected]:
        name = log_name(record)
        if name is not None and name not in logs():
            what = (
                f"a record of Zeek's {name} log, which is not read" if name in OTHER_LOGS else f"unknown log {name!r}"
            )
            yield Rejected(self.path, what, line, self.record, text[:200])
            return
        log = logs()[name] if name else self.log
        gatherer = self.gatherers.setdefault(log.path, Gatherer(log, log.known))
        values: dict[str, object] = {}
        for path, value in flatten(record, whole=log.known):
            key = canonical_path(path)
            if key not in values or self.spelling.get(key, path) == path:
                values[key] = value
        known = {key: _fit(values.get(key), key in log.lists) for key in log.known}
        if all(value is None for key, value in known.items() if key not in _ABOUT_ANY_LOG):
            yield Rejected(self.path, f"nothing of Zeek's {log.path} log in it", line, self.record, text[:200])
            return
        extra = as_text((k, _value(v)) for k, v in values.items() if k not in log.known or k in _ALSO_FIELDS)
        gatherer.add(known, extra, line, self.record, text, problem_of(known, clean))
        if gatherer.full():
            yield gatherer.take()

    def rest(self) -> Iterator[RawBatch]:
        for gatherer in self.gatherers.values():
            if gatherer.lines:
                yield gatherer.take()


def _value(value: object) -> RawValue:
    """A JSON value as raw text: booleans as the words, numbers as written, lists of scalars as lists."""
    if isinstance(value, list):
        return [scalar_text(item) for item in value]
    return None if value is None else scalar_text(value)


def _fit(value: object, is_list: bool) -> RawValue:
    """A value of a known column in the form that its column has, as a bulk reader gives it.

    A lone text is a list of one; a list or an object where text is due is its JSON.
    """
    if value is None:
        return None
    if not is_list:
        return engine_text(value)
    if isinstance(value, list):
        return [None if item is None else engine_text(item) for item in value]
    return [engine_text(value)]

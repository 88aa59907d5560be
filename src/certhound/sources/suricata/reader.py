"""The careful reader: every record of a file, each under the shape of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from certhound.model.columns import Kind
from certhound.query.plan import RawBatch, Rejected
from certhound.sources.files import InputFile, lines
from certhound.sources.suricata.mapping import kind_of, shape_of
from certhound.sources.suricata.names import INTERIOR, KNOWN, LISTS, canonical, flatten
from certhound.sources.suricata.records import Found, Splitter, Unread, unwrapped
from certhound.sources.zeek.batches import BATCH_RECORDS, RawValue, as_text
from certhound.sources.zeek.json_text import Record, engine_text, scalar_text

KINDS: dict[str, Kind] = {name: Kind.LIST if name in LISTS else Kind.TEXT for name in sorted(KNOWN)}
_OBJECTS = ("tls", "quic", "http", "dns", "flow")
_ALSO = frozenset({"app_proto", "direction", "tls_from_proto", "quic_version", "flow_reason", "alert_signature_id"})
_ALSO_LISTS = frozenset({"tls_client_alpns"})
_NOT_FIELDS = frozenset({"tls_certificate", "tls_chain", "tls_client_certificate", "tls_client_chain"})


@dataclass(slots=True)
class _Gatherer:
    """Records of one kind."""

    kind: str
    raw: dict[str, list[RawValue]] = field(default_factory=lambda: {name: [] for name in KINDS})
    lines: list[int] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    payloads: list[str] = field(default_factory=list)
    fields: list[dict[str, str]] = field(default_factory=list)
    problems: list[str | None] = field(default_factory=list)

    def batch(self) -> RawBatch:
        return RawBatch(
            shape_of(self.kind), self.raw, KINDS, self.lines, self.records, self.payloads, self.fields, self.problems
        )


def read_carefully(file: InputFile, *, spread: bool) -> Iterator[RawBatch | Rejected]:
    """Every record of the file; of a kind at a time, so that one record may come before another that stood above it."""
    gatherers: dict[str, _Gatherer] = {}
    for number, item in enumerate(_items(file, Splitter(spread)), 1):
        if isinstance(item, Unread):
            yield Rejected(file.path, item.reason, item.line, number, item.text[:200])
            continue
        values, extra = read_record(unwrapped(item.record))
        kind = values.get("event_type")
        if not isinstance(kind, str) or not kind:
            reason = "no event_type, by which Suricata's records are told apart"
            yield Rejected(file.path, reason, item.line, number, item.text[:200])
            continue
        values["log_host"] = item.host
        gatherer = gatherers.setdefault(kind_of(kind), _Gatherer(kind_of(kind)))
        _keep(gatherer, item, number, values, extra)
        if len(gatherer.lines) >= BATCH_RECORDS:
            yield gatherers.pop(gatherer.kind).batch()
    for gatherer in gatherers.values():
        yield gatherer.batch()


def _items(file: InputFile, splitter: Splitter) -> Iterator[Found | Unread]:
    for line in lines(file.opened, file.compression):
        yield from splitter.feed(line)
    yield from splitter.rest()


def _keep(gatherer: _Gatherer, item: Found, number: int, values: Mapping[str, RawValue], extra: dict[str, str]) -> None:
    for name, column in gatherer.raw.items():
        column.append(values.get(name))
    gatherer.lines.append(item.line)
    gatherer.records.append(number)
    gatherer.payloads.append(item.text)
    gatherer.fields.append(extra)
    gatherer.problems.append(_problem(values, item.clean))


def read_record(record: Record) -> tuple[dict[str, RawValue], dict[str, str]]:
    """The known fields of a record under their canonical names, and what else it says under the vendor's own."""
    ranks: dict[str, int] = {}
    values: dict[str, RawValue] = {}
    extra: list[tuple[str, RawValue]] = []
    for path, value in flatten(record):
        if value is None or (isinstance(value, dict) and not value):
            continue
        name, rank = canonical(path)
        if name not in KNOWN:
            extra.append((".".join(path), _text_or_list(value)))
            continue
        if rank <= ranks.get(name, -1):
            continue
        ranks[name] = rank
        values.update(_fit(name, value))
        if name in _ALSO or name in _ALSO_LISTS:
            extra.append((name.replace("_", ".", 1) if name.startswith(_OBJECTS) else name, _text_or_list(value)))
    if "event_type" not in values:
        _infer(record, values)
    return values, as_text(extra)


def _infer(record: Record, values: dict[str, RawValue]) -> None:
    """A record that lost its type on the way is of the kind whose object it has."""
    if "timestamp" in values and "src_ip" in values:
        kind = next((kind for kind in _OBJECTS if isinstance(record.get(kind), dict)), None)
        if kind is not None:
            values["event_type"] = kind


def _fit(name: str, value: object) -> Iterator[tuple[str, RawValue]]:
    """A value in the form of its column, as a bulk reader gives it; of lists of objects what is taken from each."""
    if name not in LISTS:
        if name not in INTERIOR or not isinstance(value, dict):
            yield name, engine_text(value)
        return
    items = value if isinstance(value, list) else [value]
    if name in ("dns_answers", "dns_queries"):
        keys = {"dns_answers": {"dns_answers": "rdata"}, "dns_queries": _QUERIES}[name]
        for column, key in keys.items():
            yield column, [_text(item.get(key)) if isinstance(item, dict) else _text(item) for item in items]
    else:
        yield name, [_text(item) for item in items]


_QUERIES = {"dns_queries": "rrname", "dns_queries_types": "rrtype"}


def _text(value: object) -> str | None:
    return None if value is None else engine_text(value)


def _text_or_list(value: object) -> RawValue:
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return [scalar_text(item) for item in value]
    return scalar_text(value)


def _problem(values: Mapping[str, RawValue], clean: bool) -> str | None:
    found: list[str] = []
    time = values.get("timestamp")
    if not isinstance(time, str) or not time[:4].lstrip("-").replace(".", "").isdigit():
        found.append("timestamp: not a time")
    if not clean:
        found.append("bytes that are not UTF-8 text")
    return "; ".join(found) or None

"""Records of a log on their way to columns: gathered into batches, each column read for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import repeat
from typing import Any

from certhound.model.zones import Zones
from certhound.query.plan import RawBatch
from certhound.sources.envelopes.reads import Read, Source_, Values, to_common_name
from certhound.sources.envelopes.record import Record
from certhound.sources.envelopes.times import Clock
from certhound.sources.envelopes.vendor import SAN, Log

BATCH_RECORDS = 20_000
BATCH_CHARACTERS = 64 * 1024 * 1024
"""A batch of larger records is closed earlier, so that memory stays bounded."""


@dataclass(slots=True)
class Gatherer:
    """Collects the records of a file by log, and gives them as batches."""

    zones: Zones = field(default_factory=Zones)
    clock: Clock = field(default_factory=Clock)
    waiting: dict[int, tuple[Log, list[Record]]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)

    def add(self, log: Log, record: Record) -> Sequence[RawBatch]:
        """Take a record; gives a batch when one is full."""
        key = id(log)
        waiting = self.waiting.get(key)
        if waiting is None:
            waiting = self.waiting[key] = (log, [])
            self.sizes[key] = 0
        waiting[1].append(record)
        self.sizes[key] += len(record.payload)
        if len(waiting[1]) >= BATCH_RECORDS or self.sizes[key] >= BATCH_CHARACTERS:
            return (self._take(key),)
        return ()

    def rest(self) -> Iterator[RawBatch]:
        """What is left at the end."""
        for key in list(self.waiting):
            yield self._take(key)

    def _take(self, key: int) -> RawBatch:
        log, records = self.waiting.pop(key)
        return batch_of(log, records, Clock(self.zones.of(log.source), self.clock.reference))


def batch_of(log: Log, records: list[Record], clock: Clock) -> RawBatch:
    """Records of one log as columns of ``events``."""
    raw: dict[str, list[Any]] = {}
    problems: list[str | None] = [record.problem for record in records]
    values = Values([record.values for record in records])
    _times(log, records, clock, values.present, raw, problems)
    for name, read in log.columns.items():
        raw[name] = _column(read, records, values, name, problems)
    if "log_source" not in raw:
        raw["log_source"] = [record.header.host for record in records]
    if "certificate_id" in log.filled:
        certificates(raw, len(records))
    if log.category == "tls":
        states(raw, len(records))
    if "cert_san" in raw and log.certificate:
        names(raw)
    return RawBatch(
        log.shape,
        {name: raw[name] for name in log.kinds if name in raw},
        log.kinds,
        [record.line for record in records],
        [record.number for record in records],
        [record.payload for record in records],
        values.without(log.used),
        problems,
        [record.parts for record in records],
    )


def _times(
    log: Log,
    records: list[Record],
    clock: Clock,
    present: Set[str],
    raw: dict[str, list[Any]],
    problems: list[str | None],
) -> None:
    found = log.time.column(records, clock, present)
    raw["time"] = [None if each is None else each[0] for each in found]
    raw["time_zone_known"] = [None if each is None else each[1] for each in found]
    if None in found:
        for index, each in enumerate(found):
            if each is None:
                problems[index] = _also(problems[index], "time: none that can be read")


def _column(read: Source_, records: list[Record], values: Values, name: str, problems: list[str | None]) -> list[Any]:
    if isinstance(read, str):
        return list(repeat(read, len(records)))
    if not isinstance(read, Read):
        return [read(record) for record in records]
    stated = read.stated(values)
    if stated is None:
        return [None] * len(records)
    found = read.converted(stated)
    if read.convert is not None and found.count(None) > stated.count(None):
        for index, (text, value) in enumerate(zip(stated, found, strict=True)):
            if value is None and text is not None and is_odd(name, text):
                problems[index] = _also(problems[index], f"{name}: {text[:80]!r} cannot be read")
    return found


_FREE = frozenset(("outcome",))
"""Columns that only some words fill."""


def is_odd(name: str, stated: str) -> bool:
    return name not in _FREE and stated not in ("0.0.0.0", "::")  # noqa: S104


def _also(problem: str | None, more: str) -> str:
    return f"{problem}; {more}" if problem else more


def certificates(raw: dict[str, list[Any]], count: int) -> None:
    """The certificate's id, by the best hash that a record states; names of subject and issuer."""
    nothing = [None] * count
    sha256, sha1, md5 = (raw.get(name, nothing) for name in ("cert_sha256", "cert_sha1", "cert_md5"))
    if "certificate_id" not in raw:
        raw["certificate_id"] = [
            first or (f"sha1:{second}" if second else f"md5:{third}" if third else None)
            for first, second, third in zip(sha256, sha1, md5, strict=True)
        ]
    for of, to in (("cert_subject", "cert_subject_cn"), ("cert_issuer", "cert_issuer_cn")):
        if to not in raw:
            raw[to] = [None if dn is None else to_common_name(dn) for dn in raw.get(of, nothing)]


def states(raw: dict[str, list[Any]], count: int) -> None:
    """The ledger's state where the vendor does not say: seen, hidden by TLS 1.3, or not logged."""
    nothing = [None] * count
    stated = raw.get("tls_state", nothing)
    ids, subjects = raw.get("certificate_id", nothing), raw.get("cert_subject", nothing)
    versions = raw.get("tls_version", nothing)
    raw["tls_state"] = [
        state or ("seen" if id_ or subject else "hidden_tls13" if version == "1.3" else "not_logged")
        for state, id_, subject, version in zip(stated, ids, subjects, versions, strict=True)
    ]


def names(raw: dict[str, list[Any]]) -> None:
    """Subject alternative names sorted into DNS names and addresses."""
    dns: list[list[str] | None] = []
    addresses: list[list[str] | None] = []
    for names in raw["cert_san"]:
        bare = [each.partition(":")[2] if each[:4] in ("DNS:", "dns:") else each for each in names or ()]
        ips = [each for each in bare if _is_address(each)]
        dns.append([each for each in bare if each not in ips and ":" not in each] or None)
        addresses.append(ips or None)
    raw[SAN["san_dns"]], raw[SAN["san_ip"]] = dns, addresses


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True

"""What a vendor source says: one small file in ``sources/vendors/`` with a ``VENDOR``; it is found, not registered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from certhound.model.columns import EVENTS, Kind
from certhound.query.plan import RawBatch, Rejected, Shape
from certhound.query.tree import TRUE, Column, Expr
from certhound.sources.envelopes.reads import Read, Source_, TimeRead
from certhound.sources.envelopes.record import Form, Record

_STATED: Mapping[str, str] = {
    "sha256": "cert_sha256", "sha1": "cert_sha1", "md5": "cert_md5", "subject": "cert_subject", "issuer": "cert_issuer",
    "serial": "cert_serial", "not_before": "cert_not_before", "not_after": "cert_not_after",
    "sensor_validation": "cert_validation",
}  # fmt: skip
"""What a record states of a certificate, by columns of ``certificates``."""

SAN = {"san_dns": "san_dns", "san_ip": "san_ip"}
"""Raw columns that are made of ``cert_san``."""

PLACED = frozenset(
    "origin_file origin_line origin_record payload fields parse_error source category time_zone_known".split()
)
"""Columns that the machinery fills; no vendor may."""


@dataclass(frozen=True, eq=False)
class Log:
    """One kind of record of a vendor and how it becomes a row of ``events``.

    ``source`` names it (``fortigate.ssl``), ``category`` is one of :data:`certhound.model.columns.CATEGORIES`.
    ``columns`` gives columns of ``events`` their reads: keys (:mod:`.reads`), a function of the record, or a constant.
    Every key that no read names goes into ``fields``; ``hidden`` names further keys that are said elsewhere already.
    ``certificate`` False: the certificate columns do not tell of a server's certificate.
    """

    source: str
    category: str
    time: TimeRead
    columns: Mapping[str, Source_]
    hidden: frozenset[str] = frozenset()
    certificate: bool = True

    def __post_init__(self) -> None:
        for name in self.columns:
            EVENTS.column(name)  # an unknown column is a mistake that shows when the module is imported
            if name in PLACED or name == "time":
                raise ValueError(f"{self.source}: {name} is filled by the machinery")

    @cached_property
    def used(self) -> frozenset[str]:
        """Keys that columns are read from; the others are kept in ``fields``."""
        reads = [read.keys[0] for read in self.columns.values() if isinstance(read, Read)]
        times = [key for spelling in self.time.spellings[:1] for key in spelling]
        return frozenset((*reads, *times)) | self.hidden

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """Columns of ``events`` that a batch of this log has."""
        names = {*self.columns, "time", "time_zone_known", "log_source"}
        if self.certificate and names & {"cert_sha256", "cert_sha1", "cert_md5", "cert_subject", "cert_issuer"}:
            names |= {"certificate_id", "cert_subject_cn", "cert_issuer_cn"}
        if self.category == "tls":
            names.add("tls_state")
        return tuple(name for name in EVENTS.names() if name in names)

    @cached_property
    def shape(self) -> Shape:
        """The mapping that an engine sees: each column is itself."""
        mapping: dict[str, Expr] = {name: Column(name) for name in self.filled}
        stated: dict[str, Expr] = {to: Column(of) for to, of in _STATED.items() if self.certificate and of in mapping}
        if stated and "cert_san" in mapping:
            stated |= {to: Column(of) for to, of in SAN.items()}
        return Shape(
            self.source, self.category, mapping, TRUE, stated if stated.keys() - {"sensor_validation"} else None
        )

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Types of the raw columns of a batch."""
        kinds = {name: EVENTS.column(name).kind for name in self.filled}
        return kinds | (dict.fromkeys(SAN.values(), Kind.LIST) if "cert_san" in kinds else {})


class Assembler(Protocol):
    """Makes whole records of several that belong together. ``feed`` and ``rest`` give (log, record) that are whole.

    A made record says in ``parts`` how many records it is made of, so that none is lost in the count.
    """

    def feed(self, record: Record) -> Iterable[tuple[Log, Record]]: ...

    def rest(self) -> Iterable[tuple[Log, Record]]: ...


class Sink(Protocol):
    """Takes records and makes batches of its own; for sources that have another reader than logs (Zeek)."""

    def feed(self, record: Record) -> Iterator[RawBatch | Rejected]: ...

    def rest(self) -> Iterator[RawBatch | Rejected]: ...


@dataclass(frozen=True, eq=False)
class Vendor:
    """A vendor source.

    ``log_of`` looks at a record of one of its ``forms`` and says which of its logs it is, or None: it is not of this
    vendor. It should look at names (``record.vendor``, whether a key is there) before it looks at values: where names
    alone make it say None, it is not asked again about records with the same (:mod:`.outline`).
    ``log_source_type`` is QRadar's name of the type. ``rank``: vendors of a lower one are asked first. ``assembler``
    makes, once a file, what puts records together; ``log_of`` then gives ASSEMBLE for such records. ``sink`` likewise
    makes what takes whole records away (``log_of`` gives SINK).
    """

    name: str
    forms: frozenset[Form]
    log_of: Callable[[Record], Log | None]
    logs: tuple[Log, ...] = ()
    log_source_type: str = ""
    rank: int = 0
    assembler: Callable[[], Assembler] | None = None
    sink: Callable[[str], Sink] | None = None
    title: str = ""
    notes: tuple[str, ...] = field(default=())


ASSEMBLE = Log("", "other", TimeRead(()), {})
"""What ``log_of`` gives for a record that goes to the vendor's assembler."""

SINK = Log("", "other", TimeRead(()), {})
"""What ``log_of`` gives for a record that goes to the vendor's sink."""

SKIP = Log("", "other", TimeRead(()), {})
"""What ``log_of`` gives for a line that is no record (a separator between records): it is not counted."""

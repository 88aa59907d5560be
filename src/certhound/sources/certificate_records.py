"""Records that tell of a certificate, and often carry it: what the sources of JSON about certificates have in common.

Such a record becomes one row of ``events`` and, by its bytes or its words, one of ``certificates``. Where the bytes are
there they alone count. Certificates of a chain become rows of ``certificates`` of their own. None of these records is a
session of somebody's client, so none of them becomes a contact: who serves a certificate stands in ``events``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from certhound.model.columns import Kind
from certhound.query.plan import RawBatch, ReadPlan, Rejected, Shape
from certhound.query.tree import TRUE, Call, Column, Expr, Literal
from certhound.sources.certificate_values import Values, names_id
from certhound.sources.contract import CertificateFound, NotMine, Recognised
from certhound.sources.files import InputFile
from certhound.sources.json_documents import Document, documents, first_objects
from certhound.sources.zeek.json_text import Record, json_line, scalar_text
from certhound.sources.zeek.names import flatten

BATCH_RECORDS = 5_000
BATCH_CHARACTERS = 32 * 1024 * 1024
MAX_FIELDS = 400
MAX_FIELD_CHARACTERS = 4_096

_TIMES = ("time", "cert_not_before", "cert_not_after", "log_timestamp")
_INTS = ("dst_port", "log_index", "version", "key_bits")
_TEXTS = (
    "event_type", "log_source", "dst_host", "transport", "cipher", "alpn", "ja3s", "ja4s", "cert_sha256", "cert_sha1",
    "cert_md5", "cert_subject", "cert_subject_cn", "cert_issuer", "cert_issuer_cn", "cert_serial", "entry_type",
    "cert_validation", "key_type", "curve", "signature_algorithm", "der", "names_id",
)  # fmt: skip
_BOOLS = ("time_zone_known", "is_ca")
_LISTS = ("cert_san", "san_dns", "san_ip", "san_uri", "san_email", "cert_chain")
_OTHERS = ("dst_ip", "tls_version")
COLUMNS = (*_TIMES, *_INTS, *_TEXTS, *_BOOLS, *_LISTS, *_OTHERS)
_SAME = (
    "version", "key_type", "key_bits", "curve", "signature_algorithm", "san_dns", "san_ip", "san_uri", "san_email",
    "is_ca", "der",
)  # fmt: skip
_OF_CERTIFICATE = {
    "sha256": "cert_sha256", "sha1": "cert_sha1", "md5": "cert_md5", "serial": "cert_serial",
    "subject": "cert_subject", "issuer": "cert_issuer", "not_before": "cert_not_before",
    "not_after": "cert_not_after", "sensor_validation": "cert_validation", **{name: name for name in _SAME},
}  # fmt: skip
"""Columns of ``certificates`` by the columns of a record."""

_NOT_OF_EVENTS = frozenset(_OF_CERTIFICATE) - {"cert_validation"} | {"names_id"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one record says. ``chain`` are further certificates; ``used`` keys are not vendor fields."""

    values: Values
    part: Record
    chain: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()
    used: frozenset[str] = field(default_factory=frozenset)


Reader = Callable[[Record], Iterable["Told | str"]]
"""From one JSON object to what its records say; a text is the reason for which one is put aside."""


class JsonSource:
    """A source of JSON about certificates: told by keys in the head of a file, read record by record."""

    def __init__(self, name: str, category: str, hints: str, reader: Reader) -> None:
        self.name = name
        self.category = category
        self.hints = re.compile(hints.encode())
        self.reader = reader

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        head = file.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if head[:1] not in (b"{", b"[") or not self.hints.search(head) or not self._reads(head):
            return NotMine()
        plan = ReadPlan(file.path, shape(self.name, self.category), lambda: self._read(file), size=file.size)
        return Recognised(self.name, (plan,), self._chains(file))

    def _reads(self, head: bytes) -> bool:
        """Whether one of the first objects is of this source; a first object that the head cuts is taken on trust."""
        seen = 0
        for record in first_objects(json_line(head)[0]):
            if any(isinstance(told, Told) for told in self.reader(record)):
                return True
            seen += 1
        return not seen

    def _read(self, file: InputFile) -> Iterator[RawBatch | Rejected]:
        batch = Batch(shape(self.name, self.category))
        record = 0
        for item in documents(file):
            if isinstance(item, Rejected):
                record += 1
                yield Rejected(item.file, item.reason, item.line, record, item.sample)
                continue
            found = list(self.reader(item.value))
            for told in found or [f"nothing of {self.name} in it"]:
                record += 1
                if isinstance(told, str):
                    yield Rejected(file.path, told, item.line, record, item.text[:200])
                    continue
                batch.add(told, item, record, alone=len(found) == 1)
                if batch.full():
                    yield batch.take()
        if batch.lines:
            yield batch.take()

    def _chains(self, file: InputFile) -> Iterator[CertificateFound | Rejected]:
        """Certificates that stand beside the record's own; each distinct one once."""
        seen: set[bytes] = set()
        for item in documents(file):
            if isinstance(item, Rejected):
                continue  # the plan says so
            for told in self.reader(item.value):
                if isinstance(told, str):
                    continue
                for der in told.chain:
                    digest = hashlib.sha256(der).digest()
                    if digest not in seen:
                        seen.add(digest)
                        yield CertificateFound(der, file.path, item.line, item.number)


class Batch:
    """Records on their way to a batch."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.start()

    def start(self) -> None:
        self.raw: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        self.lines: list[int] = []
        self.records: list[int] = []
        self.payloads: list[str] = []
        self.fields: list[dict[str, str]] = []
        self.problems: list[str | None] = []
        self.size = 0

    def add(self, told: Told, document: Document, record: int, *, alone: bool) -> None:
        values = {**told.values, "names_id": names_id(told.values)}
        for name, column in self.raw.items():
            column.append(_raw(values.get(name), name in _LISTS))
        payload = document.text if alone and document.text else _compact(told.part)
        self.lines.append(document.line)
        self.records.append(record)
        self.payloads.append(payload)
        self.fields.append(vendor_fields(told.part, told.used))
        problems = (*told.problems, *(() if document.clean else ("bytes that are not UTF-8 text",)))
        self.problems.append("; ".join(problems) or None)
        self.size += len(payload)

    def full(self) -> bool:
        return len(self.lines) >= BATCH_RECORDS or self.size >= BATCH_CHARACTERS

    def take(self) -> RawBatch:
        kinds = {name: Kind.LIST if name in _LISTS else Kind.TEXT for name in COLUMNS}
        batch = RawBatch(
            self.shape, self.raw, kinds, self.lines, self.records, self.payloads, self.fields, self.problems
        )
        self.start()
        return batch


def _raw(value: Any, is_list: bool) -> Any:
    if value is None or value == "" or value == []:
        return None
    if is_list:
        return [str(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _compact(part: Record) -> str:
    import json

    return json.dumps(part, ensure_ascii=False, separators=(",", ":"), default=str)


@lru_cache(32)
def shape(source: str, category: str) -> Shape:
    """How the columns of such records become those of the tables."""
    columns: dict[str, Expr] = {name: Column(name) for name in (*_TEXTS, *_LISTS)}
    columns |= {name: Call("record_time", (Column(name),)) for name in _TIMES}
    columns |= {name: Call("record_int", (Column(name),)) for name in _INTS}
    columns |= {name: Call("record_bool", (Column(name),)) for name in _BOOLS}
    columns["dst_ip"] = Call("inet_text", (Column("dst_ip"),))
    columns["tls_version"] = Call("tls_version", (Column("tls_version"),))
    hashes = tuple(Call("hash_id", (Column(name),)) for name in ("cert_sha256", "cert_sha1", "cert_md5"))
    mapping: dict[str, Expr] = {name: expr for name, expr in columns.items() if name not in _NOT_OF_EVENTS}
    mapping["certificate_id"] = Call("coalesce", (*hashes, Column("names_id")))
    certificate = {name: columns[column] for name, column in _OF_CERTIFICATE.items()}
    certificate["role"] = Literal("file", Kind.TEXT)  # nobody's session showed it
    return Shape(source, category, mapping, TRUE, certificate)


def vendor_fields(record: Record, used: frozenset[str]) -> dict[str, str]:
    """What nobody normalised, flat, with dots between the keys; long texts and long lists are cut."""
    found: dict[str, str] = {}
    for path, value in flatten(record):
        name = ".".join(path)
        if value in (None, "", [], {}) or name in used or any(name.startswith(each + ".") for each in used):
            continue
        found[name] = (scalar_text(value) if not isinstance(value, float) else str(value))[:MAX_FIELD_CHARACTERS]
        if len(found) >= MAX_FIELDS:
            break
    return found

"""Zeek's JSON records inside of envelopes (syslog, exports of a SIEM): read as the logs of files are.

https://docs.zeek.org/en/master/log-formats.html
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import SINK, Log, Vendor
from certhound.sources.files import Line
from certhound.sources.zeek import jsonl
from certhound.sources.zeek.logs import logs
from certhound.sources.zeek.names import TYPE_KEYS


def log_of(record: Record) -> Log | None:
    """Zeek's records name their log, or have the two addresses and a key that only one log has."""
    values = record.values
    named = any(key in values for key in TYPE_KEYS)
    if not named and "id.orig_h" not in values and "id_orig_h" not in values:
        return None
    return SINK if record.object is not None and jsonl.log_name(record.object) in logs() else None


class _Sink:
    """Hands each record to the reader of Zeek's JSON."""

    def __init__(self, path: str) -> None:
        self.reader = jsonl._Reader(path, logs()["ssl"], {})

    def feed(self, record: Record) -> Iterator[RawBatch | Rejected]:
        self.reader.record = record.number - 1
        yield from self.reader.feed(Line(record.line, record.text.encode()))

    def rest(self) -> Iterator[RawBatch | Rejected]:
        yield from self.reader.rest()


VENDOR = Vendor(
    name="zeek",
    title="Zeek",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    log_source_type="Zeek",
    sink=_Sink,
    rank=-10,
)

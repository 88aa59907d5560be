"""osquery's results: certificates of servers and stores, processes and sockets of hosts. https://osquery.io/schema

A line is one row that was added or removed, a snapshot of many (``snapshot``), or a batch of what was added and removed
(``diffResults``); each row of those is one here. Times are when the query ran. Values are text unless ``numerics`` is
on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from certhound.sources.envelopes import objects
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Source_,
    address,
    fingerprint,
    integer,
    moment,
    serial,
    text,
    time,
    to_name,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import ASSEMBLE, Log, Vendor

TIME = moment("unixTime", "calendarTime")
_HOST: dict[str, Source_] = {
    "computer": text("hostIdentifier", "hostname", "decorations.hostname"),
    "action": text("action"),
    "event_type": text("name"),
}


def _name_of(prefix: str) -> Source_:
    """A name out of its parts, which osquery gives one by one."""
    column = f"columns.{'issuer' if prefix else 'subject'}"

    def read(record: Record) -> str | None:
        whole = record.get(f"{column}2", column)
        if whole is not None:
            return to_name(whole) if "=" in whole else whole
        parts = [
            f"{key}={_escaped(value)}"
            for key, part in (("CN", "common_name"), ("OU", "organization_unit"), ("O", "organization"))
            if (value := record.get(f"columns.{prefix}{part}")) is not None
        ]
        return ",".join(parts) or None

    return read


def _escaped(value: str) -> str:
    return "".join(f"\\{each}" if each in ',+"\\<>;' else each for each in value)


_CERTIFICATE: dict[str, Source_] = {
    **_HOST,
    "dst_host": text("columns.hostname"),
    "cert_subject": _name_of(""),
    "cert_issuer": _name_of("issuer_"),
    "cert_serial": serial("columns.serial_number", "columns.serial"),
    "cert_not_before": time("columns.valid_from", "columns.not_valid_before"),
    "cert_not_after": time("columns.valid_to", "columns.not_valid_after"),
    "cert_sha256": fingerprint("columns.sha256_fingerprint", length=64),
    "cert_sha1": fingerprint("columns.sha1_fingerprint", "columns.sha1", length=40),
    "file_path": text("columns.path"),
}
SERVER = Log("osquery.server_certificate", "other", TIME, _CERTIFICATE)
STORE = Log("osquery.certificate", "certificate_service", TIME, _CERTIFICATE, certificate=False)
PROCESS = Log(
    "osquery.process",
    "process",
    TIME,
    {
        **_HOST,
        "process": text("columns.path"),
        "command_line": text("columns.cmdline"),
        "pid": integer("columns.pid"),
        "parent_pid": integer("columns.parent"),
        "user": text("columns.username", "columns.uid"),
    },
)
SOCKET = Log(
    "osquery.connection",
    "connection",
    TIME,
    {
        **_HOST,
        "process": text("columns.path"),
        "pid": integer("columns.pid"),
        "src_ip": address("columns.local_address"),
        "src_port": integer("columns.local_port"),
        "dst_ip": address("columns.remote_address"),
        "dst_port": integer("columns.remote_port"),
    },
)
OTHER = Log("osquery.result", "other", TIME, {**_HOST, "process": text("columns.path"), "pid": integer("columns.pid")})


def log_of(record: Record) -> Log | None:
    """Results have the query's name, the host and when it ran; what their rows are is told by their columns."""
    values = record.values
    if "unixTime" not in values or "name" not in values or "calendarTime" not in values:
        return None
    many = "snapshot" in values or any(key.startswith("diffResults") for key in values)
    return ASSEMBLE if many and _rows_of(record) else _log_by_columns(values)


def _log_by_columns(values: dict[str, str]) -> Log:
    if "columns.sha256_fingerprint" in values or "columns.issuer_common_name" in values:
        return SERVER
    if "columns.sha1" in values and ("columns.subject" in values or "columns.common_name" in values):
        return STORE
    if "columns.remote_address" in values:
        return SOCKET
    return PROCESS if "columns.cmdline" in values else OTHER


def _rows_of(record: Record) -> list[tuple[str, dict[str, object]]]:
    """Rows of a snapshot or a batch, each with what was done with it."""
    found = record.object or {}
    batch = found.get("diffResults")
    lists = [("snapshot", found.get("snapshot"))]
    if isinstance(batch, dict):
        lists += [(action, batch.get(action)) for action in ("added", "removed")]
    return [(action, row) for action, rows in lists if isinstance(rows, list) for row in rows if isinstance(row, dict)]


class _Rows:
    """A record for each row of a snapshot or a batch; the first of them counts as the record that was read."""

    def feed(self, record: Record) -> Iterator[tuple[Log, Record]]:
        found = record.object or {}
        beside = {key: value for key, value in found.items() if key not in ("snapshot", "diffResults")}
        for place, (action, row) in enumerate(_rows_of(record)):
            whole = {**beside, "action": action, "columns": row}
            text = objects.as_text(whole)
            made = replace(
                objects.read(whole, text, text),
                line=record.line, number=record.number, header=record.header, problem=record.problem,
                parts=int(place == 0),
            )  # fmt: skip
            yield _log_by_columns(made.values), made

    def rest(self) -> Iterator[tuple[Log, Record]]:
        yield from ()


VENDOR = Vendor(
    name="osquery",
    title="osquery",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=(SERVER, STORE, PROCESS, SOCKET, OTHER),
    log_source_type="osquery",
    assembler=_Rows,
)

PAGE = Page(
    recognise=("Result lines with `name`, `calendarTime` and `unixTime`; what a row is, is told by its columns.",),
    options=(
        "Scheduled queries over `curl_certificate` (servers), `certificates` (stores), `process_events` and "
        "`socket_events`.",
    ),
    gaps=(
        "Times are when the query ran.",
        "Of a snapshot or a batch (`diffResults`) each row is one; an empty one is a row without columns.",
    ),
    references=("Schema: <https://osquery.io/schema>",),
)

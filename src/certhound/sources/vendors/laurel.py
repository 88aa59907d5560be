"""Laurel: Linux audit events, one JSON line each. https://github.com/threathunters-io/laurel (man page)

Records of an event are keys; ``ARGV`` is a list or, by configuration, one text; bytes that are no UTF-8 are ``%NN``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, address, integer, moment, text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.vendors.auditd.events import Values
from certhound.sources.vendors.auditd.records import AuditRecord

_ID = re.compile(r"(\d{1,12}(?:\.\d{1,9})?):(\d{1,20})")
_COLUMNS: dict[str, Source_] = {
    "action": text(":action"),
    "event_type": text(":event_type"),
    "event_id": text(":serial"),
    "computer": text("NODE"),
    "process": text(":process"),
    "pid": integer(":pid"),
    "parent_pid": integer(":parent_pid"),
    "parent_process": text("PARENT_INFO.exe", "SYSCALL.PPID.exe", "SYSCALL.PPID.EXE"),
    "parent_command_line": lambda record: _line(record.object, "PARENT_INFO"),
    "command_line": text(":command_line"),
    "user": text(":user"),
    "target_user": text(":target_user"),
    "file_path": text(":file_path"),
    "src_ip": address(":src_ip"),
    "src_port": integer(":src_port"),
    "dst_ip": address(":dst_ip"),
    "dst_port": integer(":dst_port"),
}
_HIDDEN = frozenset((":category", ":time", "ID"))

LOGS = {
    category: Log(f"laurel.{category}", category, moment(":time"), _COLUMNS, _HIDDEN)
    for category in ("process", "connection", "file", "other")
}


def _line(found: Any, kind: str) -> str | None:
    record = found.get(kind) if isinstance(found, Mapping) else None
    argv = record.get("ARGV", record.get("ARGV_STR")) if isinstance(record, Mapping) else None
    if isinstance(argv, list):
        return " ".join(unquote(str(each), errors="replace") for each in argv)
    return unquote(argv, errors="replace") if isinstance(argv, str) else None


def _audit_records(found: Mapping[str, Any]) -> list[AuditRecord]:
    """The event as records, as if auditd had written them."""
    records: list[AuditRecord] = []
    for kind, said in found.items():
        if not kind.isupper() or kind in ("ID", "NODE", "PARENT_INFO"):
            continue
        several = said if isinstance(said, list) else [said]
        records.extend(_audit_record(kind, each) for each in several if isinstance(each, Mapping))
    return records


def _audit_record(kind: str, said: Mapping[str, Any]) -> AuditRecord:
    fields = {
        name: unquote(value, errors="replace") if isinstance(value, str) else str(value)
        for name, value in said.items()
        if isinstance(value, str | int | float)
    }
    pieces = []
    if kind == "EXECVE" and isinstance(said.get("ARGV"), list):
        pieces = [(n, 0, unquote(str(each), errors="replace"), False) for n, each in enumerate(said["ARGV"])]
    elif kind == "EXECVE" and "ARGV_STR" in fields:
        pieces = [(0, 0, fields["ARGV_STR"], False)]
    if kind == "PROCTITLE" and "proctitle" not in fields:
        fields["proctitle"] = _line({kind: said}, kind) or ""
    if kind == "SOCKADDR" and isinstance(said.get("SADDR"), Mapping):
        fields["saddr"] = _socket(said["SADDR"])
    return AuditRecord(kind, None, "", False, "", fields, pieces)


def _socket(said: Mapping[str, Any]) -> str:
    """As ``ausearch -i`` has it."""
    family = {"ipv4": "inet", "ipv6": "inet6"}.get(str(said.get("family")), str(said.get("family")))
    found = str(said.get("addr") or said.get("path") or "")
    return f"{{ saddr_fam={family} laddr={found} lport={said.get('port', '')} }}"


def log_of(record: Record) -> Log | None:
    """Laurel's lines have an ``ID`` of time and serial, and records in upper case."""
    id_ = record.values.get("ID")
    if not id_ or (found := record.object) is None or (stamp := _ID.fullmatch(id_)) is None:
        return None
    records = _audit_records(found)
    if not records:
        return None
    said = {name: value for name, value in Values(records).all().items() if name.startswith(":")}
    record.values.update(said)
    record.values.update({":time": stamp[1], ":serial": stamp[2]})
    return LOGS[said.get(":category", "other")]


VENDOR = Vendor(
    name="laurel",
    title="Laurel (Linux audit as JSON)",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=tuple(LOGS.values()),
    log_source_type="Linux OS",
)

PAGE = Page(
    recognise=(
        "JSON lines with `ID` (`time:serial`) and records under upper-case keys (`SYSCALL`, `EXECVE`, `PATH`).",
    ),
    options=('`[transform] execve-argv = ["array"]`, and `[enrich]` for names of users and for parents.',),
    gaps=("Where arguments are logged as one text they are not taken apart.",),
    references=("Manual: <https://github.com/threathunters-io/laurel>",),
)

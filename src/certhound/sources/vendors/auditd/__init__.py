"""Linux audit: records of auditd, of the kernel without it, of ``ausearch``, and of the agents that join them.

Records of one event are put together by node, time and serial, across interleaving. ``ausearch -i`` and its CSV write
local time: the zone is that set for the source. https://github.com/linux-audit/audit-documentation
"""

from __future__ import annotations

from collections.abc import Iterator

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import address, integer, moment, text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import ASSEMBLE, SKIP, Log, Vendor
from certhound.sources.vendors.auditd.events import Assembler
from certhound.sources.vendors.auditd.records import HEADER

_COLUMNS = {
    "action": text(":action"),
    "event_type": text(":event_type"),
    "event_id": text(":serial"),
    "computer": text(":computer"),
    "process": text(":process"),
    "pid": integer(":pid"),
    "parent_pid": integer(":parent_pid"),
    "command_line": text(":command_line"),
    "user": text(":user"),
    "target_user": text(":target_user"),
    "file_path": text(":file_path"),
    "src_ip": address(":src_ip"),
    "src_port": integer(":src_port"),
    "dst_ip": address(":dst_ip"),
    "dst_port": integer(":dst_port"),
}
_HIDDEN = frozenset((":category", ":time"))

LOGS = {
    category: Log(f"auditd.{category}", category, moment(":time"), _COLUMNS, _HIDDEN)
    for category in ("process", "connection", "file", "other")
}

SUMMARY = Log(
    "auditd.summary",
    "other",
    moment(("DATE", "TIME")),
    {
        "action": text("ACTION"),
        "event_type": text("EVENT"),
        "event_id": text("SERIAL_NUM"),
        "computer": text("NODE"),
        "process": lambda record: _of_kind(record, "HOW"),
        "user": text("SUBJ_PRIME"),
        "file_path": lambda record: record.get("OBJ_PRIME") if record.get("OBJ_KIND") == "file" else None,
        "src_ip": lambda record: record.get("OBJ_PRIME") if record.get("OBJ_KIND") == "socket" else None,
    },
)
"""``ausearch --format csv``: one row an event, seconds only, no command line."""


def _of_kind(record: Record, key: str) -> str | None:
    value = record.get(key)
    return value if value is not None and value.startswith("/") else None


def log_of(record: Record) -> Log | None:
    """Audit records say ``audit(`` near their beginning."""
    if record.form is Form.TABLE:
        return SUMMARY if "SERIAL_NUM" in record.values and "SUBJ_PRIME" in record.values else None
    if record.text.startswith("----"):
        return SKIP if not record.text.strip("- \r\n") else None
    if "audit(" not in record.text[:400]:
        return None
    return ASSEMBLE if HEADER.search(record.text, 0, 400) is not None else None


class _Events:
    """Whole events, each with the log of its category."""

    def __init__(self) -> None:
        self.assembler = Assembler()

    def feed(self, record: Record) -> Iterator[tuple[Log, Record]]:
        for row in self.assembler.feed(record):
            yield LOGS[row.values.get(":category", "other")], row

    def rest(self) -> Iterator[tuple[Log, Record]]:
        for row in self.assembler.rest():
            yield LOGS[row.values.get(":category", "other")], row


VENDOR = Vendor(
    name="auditd",
    title="Linux audit",
    forms=frozenset((Form.KEY_VALUE, Form.TEXT, Form.TABLE)),
    log_of=log_of,
    logs=(*LOGS.values(), SUMMARY),
    log_source_type="Linux OS",
    assembler=_Events,
)

PAGE = Page(
    recognise=(
        "Lines `[node=HOST ]type=T msg=audit(TIME:SERIAL): …`, with or without a syslog header; the kernel's own "
        "lines with "
        "numbers for types; what `ausearch -i` prints; `ausearch --format csv`.",
        "Azure's agent: `type=AUOMS_… audit(TIME:SERIAL): …`, its records joined already.",
    ),
    options=(
        "Rules that record what certificates are made and taken with: `-a always,exit -F arch=b64 -S "
        "execve,execveat -k exec`, "
        "`-a always,exit -F arch=b64 -S connect,accept,accept4,bind -k net`, and watches on folders with keys, such as "
        "`-w /etc/ssl -p wa -k certfile` and `-w /etc/letsencrypt -p wa -k certfile`.",
        "`log_format = ENRICHED` and `name_format = hostname` in `auditd.conf`: names of users and of the host.",
    ),
    gaps=(
        "`ausearch` writes local time: say the zone, or it is read as UTC. Where day and month could be either "
        "the month is "
        "taken for the first.",
        "Records name no host unless `name_format` is set or a syslog header does; findings then speak of an unnamed "
        "host and of the folder in which its logs lie.",
        "The parent's name is not in the records, only its number.",
        "`PROCTITLE` is cut at 128 bytes; only `EXECVE` has the whole command line.",
        "`ausearch -i` prints arguments without quotes: one that holds ` a1=` is taken apart.",
    ),
    references=(
        "Records and fields: <https://github.com/linux-audit/audit-documentation>",
        "Azure's agent: <https://github.com/microsoft/OMS-Auditd-Plugin>",
    ),
)

"""Auditbeat: Linux audit events in Elastic's common schema. https://www.elastic.co/docs/reference/beats/auditbeat

Decoding has been done by the beat. The document may stand by itself or in an export's ``_source``.
"""

from __future__ import annotations

from certhound.sources.envelopes.objects import at
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, address, integer, moment, text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor


def _command_line(record: Record) -> str | None:
    arguments = at(record.object, "process", "args") if record.object is not None else None
    if isinstance(arguments, list) and arguments:
        return " ".join(map(str, arguments))
    return record.get("process.command_line", "process.title", "auditd.data.cmd")


_COLUMNS: dict[str, Source_] = {
    "action": text("event.action"),
    "event_type": text("auditd.data.syscall", "auditd.message_type"),
    "event_id": text("auditd.sequence"),
    "computer": text("host.hostname", "host.name", "agent.hostname", "beat.hostname"),
    "process": text("process.executable", "process.exe"),
    "pid": integer("process.pid"),
    "parent_pid": integer("process.parent.pid", "process.ppid"),
    "parent_process": text("process.parent.executable"),
    "parent_command_line": text("process.parent.command_line"),
    "process_hash": text("process.hash.sha256", "process.hash.sha1"),
    "command_line": _command_line,
    "user": text(
        "user.audit.name",
        "user.name_map.auid",
        "user.audit.id",
        "user.auid",
        "user.name",
        "user.name_map.uid",
        "user.id",
        "user.uid",
        "auditd.summary.actor.primary",
    ),
    "target_user": text("user.target.name", "auditd.data.acct", "related.user"),
    "file_path": text("file.path"),
    "src_ip": address("source.ip"),
    "src_port": integer("source.port"),
    "dst_ip": address("destination.ip"),
    "dst_port": integer("destination.port"),
}

LOGS = {
    category: Log(f"auditbeat.{category}", category, moment("@timestamp"), _COLUMNS)
    for category in ("process", "connection", "file", "other")
}


def log_of(record: Record) -> Log | None:
    """Documents of the auditd module have ``auditd`` keys or name the module; those of others name the beat."""
    values = record.values
    named = values.get("event.module") == "auditd" or "auditd.message_type" in values
    if not named and values.get("agent.type") != "auditbeat":
        return None
    if "process.args" in values and values.get("auditd.data.syscall", "execve") in ("execve", "execveat"):
        return LOGS["process"]
    if "destination.ip" in values or "source.ip" in values:
        return LOGS["connection"]
    return LOGS["file"] if "file.path" in values else LOGS["other"]


VENDOR = Vendor(
    name="auditbeat",
    title="Elastic Auditbeat",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=tuple(LOGS.values()),
    log_source_type="Linux OS",
)

PAGE = Page(
    recognise=(
        "JSON documents of the module `auditd`: `event.module`, `auditd.message_type`, or `agent.type` auditbeat.",
    ),
    options=("The auditd module with rules as on the [page of Linux audit](auditd.md).",),
    gaps=("Addresses of the process's side of a connection are mostly not there.",),
    references=("Fields: <https://www.elastic.co/docs/reference/beats/auditbeat/exported-fields-auditd>",),
)

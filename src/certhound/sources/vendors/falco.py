"""Falco: alerts of its rules over system calls, with the fields that the rules put out. https://falco.org/docs/"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, address, integer, moment, text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

_ENDS = re.compile(r"\[?([0-9A-Fa-f:.]+?)\]?:(\d{1,5})->\[?([0-9A-Fa-f:.]+?)\]?:(\d{1,5})")
"""``fd.name`` of a socket: client and server."""

_COLUMNS: dict[str, Source_] = {
    "computer": text("hostname", "output_fields.evt.hostname", "output_fields.k8s.node.name"),
    "event_type": text("output_fields.evt.type", "source"),
    "action": text("rule"),
    "verdict": text("priority"),
    "user": text("output_fields.user.loginname", "output_fields.user.name", "output_fields.user.uid"),
    "process": text("output_fields.proc.exepath", "output_fields.proc.exe", "output_fields.proc.name"),
    "pid": integer("output_fields.proc.pid"),
    "command_line": text("output_fields.proc.cmdline"),
    "parent_process": text("output_fields.proc.pexepath", "output_fields.proc.pexe", "output_fields.proc.pname"),
    "parent_pid": integer("output_fields.proc.ppid"),
    "parent_command_line": text("output_fields.proc.pcmdline"),
    "src_ip": address("output_fields.fd.cip", ":src_ip"),
    "src_port": integer("output_fields.fd.cport", ":src_port"),
    "dst_ip": address("output_fields.fd.sip", ":dst_ip"),
    "dst_port": integer("output_fields.fd.sport", ":dst_port"),
    "file_path": lambda record: _file(record),
}


def _file(record: Record) -> str | None:
    said = record.get("output_fields.fd.name", "output_fields.fs.path.name")
    return said if said is not None and said.startswith("/") else None


LOGS = {
    category: Log(f"falco.{category}", category, moment("output_fields.evt.time", "time"), _COLUMNS)
    for category in ("process", "connection", "file", "other")
}


def log_of(record: Record) -> Log | None:
    """Alerts have a rule, a priority and the fields that the rule puts out."""
    values = record.values
    if "rule" not in values or "priority" not in values or "output" not in values:
        return None
    if not any(key.startswith("output_fields") for key in values):
        return None
    ends = _ENDS.fullmatch(values.get("output_fields.fd.name", ""))
    if ends is not None:
        values.update(zip((":src_ip", ":src_port", ":dst_ip", ":dst_port"), ends.groups(), strict=True))
    if ends is not None or "output_fields.fd.sip" in values:
        return LOGS["connection"]
    if values.get("output_fields.evt.type", "").startswith(("execve", "clone", "fork")):
        return LOGS["process"]
    return LOGS["file" if _file(record) else "process" if "output_fields.proc.cmdline" in values else "other"]


VENDOR = Vendor(
    name="falco",
    title="Falco",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=tuple(LOGS.values()),
)

PAGE = Page(
    recognise=("JSON lines with `rule`, `priority`, `output` and `output_fields`.",),
    options=(
        "`json_output: true` and `json_include_output_property: true`; rules that put out `proc.cmdline`, "
        "`proc.exepath`, `proc.pid`, `fd.cip`, `fd.sip` and their ports.",
    ),
    gaps=("Only what a rule puts out is there; the text of the alert is not taken apart.",),
    references=("Fields: <https://falco.org/docs/reference/rules/supported-fields/>",),
)

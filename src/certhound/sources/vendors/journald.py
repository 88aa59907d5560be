"""systemd's journal as JSON (``journalctl -o json``): the fields that the journal itself vouches for, and the message.

Messages of programs that other sources know (sudo, sshd, cron, audit) are read by those.
https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html
"""

from __future__ import annotations

import json
from functools import cache

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, integer, moment, text
from certhound.sources.envelopes.record import Form, Header, Record
from certhound.sources.envelopes.vendor import Log, Vendor

_COLUMNS: dict[str, Source_] = {
    "computer": text("_HOSTNAME"),
    "log_source": text("_HOSTNAME"),
    "event_type": text("SYSLOG_IDENTIFIER", "_COMM"),
    "event_id": text("MESSAGE_ID"),
    "action": text("_TRANSPORT"),
    "user": text("_AUDIT_LOGINUID", "_UID"),
    "process": text("_EXE", "_COMM"),
    "pid": integer("_PID", "SYSLOG_PID"),
    "command_line": text("_CMDLINE"),
}
MESSAGE = Log("journald.message", "other", moment("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"), _COLUMNS)


@cache
def _readers() -> tuple[Vendor, ...]:
    from certhound.sources.vendors import vendors

    return tuple(vendor for vendor in vendors() if vendor.name in ("linux_syslog", "squid"))


def _text(said: str) -> str:
    """What is no text the journal gives as a list of bytes."""
    if not said.startswith("[") or not said.endswith("]"):
        return said
    try:
        return bytes(json.loads(said)).decode("utf-8", "replace")
    except (ValueError, TypeError):
        return said


def log_of(record: Record) -> Log | None:
    """Entries have the journal's own time."""
    values = record.values
    if "__REALTIME_TIMESTAMP" not in values or not ("MESSAGE" in values or "_HOSTNAME" in values):
        return None
    message = values["MESSAGE"] = _text(values.get("MESSAGE", ""))
    header = Header(
        "journal", values["__REALTIME_TIMESTAMP"], values.get("_HOSTNAME"),
        values.get("SYSLOG_IDENTIFIER") or values.get("_COMM"), values.get("_PID") or values.get("SYSLOG_PID"),
    )  # fmt: skip
    inner = Record(Form.TEXT, {}, message, record.payload, header=header)
    for vendor in _readers():
        log = vendor.log_of(inner)
        if log is not None and log in vendor.logs:
            record.form, record.text, record.header, record.values = inner.form, message, header, inner.values
            return log
    return MESSAGE


VENDOR = Vendor(
    name="journald",
    title="systemd journal",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=(MESSAGE,),
    log_source_type="Linux OS",
    rank=550,
)

PAGE = Page(
    recognise=("JSON lines with `__REALTIME_TIMESTAMP`, as `journalctl -o json` and its export give them.",),
    options=("`journalctl -o json --all`, so that long fields are not left out.",),
    gaps=("The binary export format (`-o export`) is not read.",),
    references=("Fields: <https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html>",),
)

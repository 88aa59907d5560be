"""Symantec SSL Visibility: a line of syslog for each session that the appliance saw.

https://knowledge.broadcom.com/external/article/168879
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import address, fingerprint, integer, moment, text, tls_version
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import cipher, host_of

_LINE = re.compile(
    r"\[(?P<kind>[A-Z]):(?P<flow>[0-9A-Fa-f]+)\]\s+(?P<time>\d{9,10}(?:\.\d+)?)\s+"
    r"(?P<src>\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+?):(?P<sport>\d{1,5})\s+->\s+"
    r"(?P<dst>\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+?):(?P<dport>\d{1,5})\s+(?P<version>\S+)\s+(?P<cipher>\S+)\s+"
    r"(?P<domain>\S+)\s+(?:\[(?!cert fp)(?P<category>[^\]]*)\]\s+)?(?:\[cert fp:\s*(?P<fp>[^\]]*)\]\s+)?"
    r"(?:rule:\s?(?P<rule>\S+)\s+)?(?P<action>\S[^()]*?)\s+(?P<result>\S+)\((?P<code>0x[0-9A-Fa-f]+|\d+)\)"
)
_REFUSED = ("drop", "reject", "cut_refused", "block")


def _state(record: Record) -> str | None:
    """Failed where the session was refused or ended in an error; re-signed where it was decrypted."""
    action = record.values.get("action", "").lower()
    if action.startswith(_REFUSED) or "error" in record.values.get("result", "").lower():
        return "failed"
    if record.get("fp") is not None:
        return None
    return "resigned" if "resign" in action or "decrypt" in action else None


def _outcome(record: Record) -> str:
    return "block" if record.values.get("action", "").lower().startswith(_REFUSED) else "allow"


SESSION = Log(
    "sslv.session",
    "tls",
    moment("time"),
    {
        "event_type": text("result"),
        "event_id": text("rule"),
        "action": text("action"),
        "outcome": _outcome,
        "src_ip": address("src"),
        "src_port": integer("sport"),
        "dst_ip": address("dst"),
        "dst_port": integer("dport"),
        "transport": "tcp",
        "session_uid": text("flow"),
        "dst_host": lambda record: host_of(record.get("domain")),
        "tls_version": tls_version("version"),
        "cipher": cipher("cipher"),
        "tls_state": _state,
        "cert_sha1": fingerprint("fp", length=40),
        "verdict": text("category"),
    },
)


def log_of(record: Record) -> Log | None:
    """The program ``ssldata`` before a session in the documented order."""
    if (
        record.form is not Form.TEXT
        or "->" not in record.payload
        or ("Result" not in record.payload and "rule:" not in record.payload)
    ):
        return None
    found = _LINE.search(record.payload, 0)
    if found is None or ("ssldata" not in record.payload[: found.start()] and found["fp"] is None):
        return None
    record.values = {key: value for key, value in found.groupdict().items() if value}
    return SESSION


VENDOR = Vendor(
    name="sslv",
    title="Symantec SSL Visibility",
    forms=frozenset((Form.TEXT,)),
    log_of=log_of,
    logs=(SESSION,),
    log_source_type="Symantec SSL Visibility",
    rank=3,
)

PAGE = Page(
    recognise=(
        "Syslog of the program `ssldata`: `[A:flow] epoch address:port -> address:port version cipher name …`.",
    ),
    options=("Version 3.9.4.1 or later: category and the certificate's fingerprint are logged since.",),
    gaps=(
        "The certificate is told by its SHA-1 alone.",
        "The name is the one that the appliance took for the server's; whether it was the SNI is not told.",
    ),
    references=("Session logs: <https://knowledge.broadcom.com/external/article/168879>",),
    unconfirmed=("Words for the action other than `resign` and `cut`, and words beside `Result`.",),
)

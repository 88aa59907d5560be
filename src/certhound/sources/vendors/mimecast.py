"""Mimecast: mail and URL logs of its SIEM API (both generations) and of Targeted Threat Protection, JSON and pairs.

https://integrations.mimecast.com/documentation/tutorials/understanding-siem-logs/, https://developer.services.mimecast.com
"""

from __future__ import annotations

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read, Source_, address, host, moment, text, tls_version
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import cipher
from certhound.sources.mail.links import unwrapped

_TIME = moment("timestamp", "datetime", "date", "eventTime")
_ID = Read(("messageId", "MsgId", "msgid"), lambda value: _bare_id(value))
_HELD = frozenset(("block", "blocked", "hld", "hold", "rej", "reject", "rejected", "bnc", "sdbx", "false"))
_LET = frozenset(("acc", "accept", "accepted", "allow", "allowed", "delivered", "jnl", "warn", "continue", "true"))


def _bare_id(value: str) -> str | None:
    """A message's id without angle brackets, also where they came as ``\\u003e``."""
    return value.replace("\\u003c", "").replace("\\u003e", "").strip("<> ") or None


def _first(*keys: str) -> Source_:
    """The first of some keys that has an address; ``<>``, the sender of a bounce, is none."""

    def read(record: Record) -> str | None:
        return next((bare for key in keys if (bare := (record.get(key) or "").strip("<> "))), None)

    return read


def _outcome(record: Record) -> str | None:
    for key in ("action", "Act", "actions", "Delivered"):
        word = (record.get(key) or "").lower()
        if word in _HELD:
            return "block"
        if word in _LET:
            return "allow"
    return None


def _event_type(record: Record) -> str | None:
    """The kind of log: by the record itself, else by the name of the file it came in."""
    said = record.get("type", "eventType", "subtype", "logType", "creationMethod")
    if said is not None:
        return said
    name = (record.get("Content-Disposition") or "").partition('filename="')[2]
    return name.partition("_2")[0] or None


_MAIL: dict[str, Source_] = {
    "event_type": _event_type,
    "event_id": text("subtype", "aCode", "aggregateId"),
    "action": text("action", "Act", "actions"),
    "outcome": _outcome,
    "src_ip": address("senderIp", "IP", "sourceIp", "sendingIp", "SourceIP"),
    "mail_from": _first("senderHeader", "headerFrom", "senderEnvelope", "sender", "Sender", "fromUserEmailAddress"),
    "mail_sender": _first("senderEnvelope", "Sender", "sender"),
    "mail_to": text("recipients", "recipient", "Rcpt", "Recipient", "userEmailAddress"),
    "mail_subject": text("subject", "Subject"),
    "mail_message_id": _ID,
    "tls_version": tls_version("tlsVersion", "TlsVer"),
    "cipher": cipher("tlsCipher", "Cphr"),
    "verdict": text("virusFound", "Virus", "urlCategory", "scanResult", "blockReason", "reason", "rejectionType",
                    "RejType", "category"),
}  # fmt: skip
_LINK: dict[str, Source_] = _MAIL | {
    "url": Read(("url", "URL"), unwrapped),
    "dst_host": host("url", "URL"),
    "user": text("userEmailAddress", "recipients", "recipient"),
}
MAIL = Log("mimecast.mail", "mail", _TIME, _MAIL)
LINK = Log("mimecast.url", "verdict", _TIME, _LINK)
CLICK = Log("mimecast.url", "click", _TIME, {name: read for name, read in _LINK.items() if name != "src_ip"})
"""Its address is that of the mail's sender, not of who clicked."""


def log_of(record: Record) -> Log | None:
    """``aggregateId`` or ``processingId``; ``aCode`` with ``acc``; a URL with ``fromUserEmailAddress``."""
    values = record.values
    newer = ("aggregateId" in values or "processingId" in values) and (
        "accountId" in values or "senderEnvelope" in values
    )
    older = (
        "acc" in values
        and "datetime" in values
        and ("aCode" in values or "Content-Disposition" in values or "url" in values)
    )
    threat = "fromUserEmailAddress" in values and "userEmailAddress" in values
    if not (newer or older or threat):
        return None
    if "url" not in values and "URL" not in values:
        return MAIL
    return CLICK if record.get("creationMethod") == "User Click" or "clicks" in values else LINK


VENDOR = Vendor(
    name="mimecast",
    title="Mimecast",
    forms=frozenset({Form.JSON, Form.KEY_VALUE, Form.TABLE}),
    log_of=log_of,
    logs=(MAIL, LINK, CLICK),
    log_source_type="Mimecast",
)

PAGE = Page(
    recognise=(
        "JSON with `aggregateId` or `processingId` beside `accountId` or `senderEnvelope` (SIEM API 2.0); JSON, or "
        "pairs with `|` between, with `acc`, `datetime` and `aCode` (older); URL logs by `fromUserEmailAddress`.",
    ),
    options=("Subscribe to the types *receipt*, *process*, *delivery* and *url protect*.",),
    gaps=(
        "`mail_from` is the sender in the header, and that of the envelope where the header is not told.",
        "Links are told only where they were checked or clicked, so `mail_urls` is never filled.",
        "TLS fields are those of the delivery of the mail and name no certificate; no session is counted for them.",
    ),
    references=("SIEM logs: <https://integrations.mimecast.com/documentation/tutorials/understanding-siem-logs/>",),
)

"""Proofpoint Targeted Attack Protection: messages and clicks of its SIEM API, and Proofpoint on Demand's message log.

https://help.proofpoint.com/Threat_Insight_Dashboard/API_Documentation/SIEM_API
"""

from __future__ import annotations

import json
import re
from typing import Any

from certhound.sources.envelopes.objects import at
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, address, host, moment, text, tls_version, to_address
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import cipher
from certhound.sources.mail.links import unwrapped


def _threats(record: Record) -> list[dict[str, Any]]:
    found = at(record.object, "threatsInfoMap") if record.object is not None else None
    if isinstance(found, dict):
        found = [found]
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _urls(record: Record) -> list[str] | None:
    """Threats that are URLs; ``threatUrl`` is a page of Proofpoint's own and no link of the mail."""
    found = [str(each["threat"]) for each in _threats(record) if each.get("threatType") == "url" and each.get("threat")]
    return [unwrapped(each if "://" in each else f"http://{each}") for each in found] or None


def _verdict(record: Record) -> str | None:
    """Classification and state, as ``phish (active)``."""
    said = [(each.get("classification"), each.get("threatStatus")) for each in _threats(record)]
    said = said or [(record.get("classification"), record.get("threatStatus"))]
    words = [f"{kind} ({state})" if state else str(kind) for kind, state in said if kind]
    return ", ".join(dict.fromkeys(words)) or None


def _joined(*keys: str) -> Any:
    """Lists and texts as one text."""

    def read(record: Record) -> str | None:
        for key in keys:
            value = record.get(key)
            if value is None:
                continue
            if value.startswith("["):
                try:
                    parts = json.loads(value)
                except ValueError:
                    return value
                return ", ".join(str(part) for part in parts) or None
            return value
        return None

    return read


def _outcome(record: Record) -> str:
    said = f"{record.get('eventType', 'event_type') or ''} {record.get('_event') or ''}".lower()
    return "block" if "block" in said or record.get("quarantineFolder") else "allow"


_MESSAGE: dict[str, Source_] = {
    "mail_from": _joined("fromAddress", "headerFrom", "sender"),
    "mail_sender": text("sender"),
    "mail_to": _joined("recipient", "toAddresses"),
    "mail_subject": text("subject"),
    "mail_message_id": lambda record: (record.get("messageID") or "").strip("<>") or None,
    "mail_urls": _urls,
    "src_ip": address("senderIP"),
    "verdict": _verdict,
    "outcome": _outcome,
    "action": text("eventType", "_event"),
    "event_id": text("GUID", "id"),
    "event_type": "message",
}
MESSAGE = Log("proofpoint.message", "mail", moment("messageTime", "threatTime"), _MESSAGE)
CLICK = Log(
    "proofpoint.click",
    "click",
    moment("clickTime", "threatTime"),
    {
        "user": text("recipient"),
        "mail_sender": text("sender"),
        "mail_message_id": lambda record: (record.get("messageID") or "").strip("<>") or None,
        "url": lambda record: unwrapped(record.get("url") or "") or None,
        "dst_host": host("url"),
        "src_ip": address("clickIP"),
        "user_agent": text("userAgent"),
        "verdict": _verdict,
        "outcome": _outcome,
        "action": text("eventType", "_event"),
        "event_id": text("id", "GUID"),
        "event_type": "click",
    },
)


def _module_verdict(record: Record) -> str | None:
    """What a module found (spam, phishing, malware), else what was done with the mail."""
    return record.get("filter.modules.urldefense.disposition", "filter.quarantine.rule", "filter.disposition")


_IN_BRACKETS = re.compile(r"<([^<>]*)>")


def _address_of(*keys: str) -> Any:
    """Addresses as sendmail writes them: those in brackets, else the text."""

    def read(record: Record) -> str | None:
        said = _joined(*keys)(record)
        if said is None:
            return None
        found = _IN_BRACKETS.findall(said)
        return ", ".join(each for each in found if each) or (None if found else said)

    return read


DEMAND = Log(
    "proofpoint.demand",
    "mail",
    moment("ts"),
    {
        "mail_from": _joined(
            "msg.parsedAddresses.from", "msg.normalizedHeader.from", "msg.header.from", "envelope.from"
        ),
        "mail_sender": text("envelope.from"),
        "mail_to": _joined("msg.parsedAddresses.to", "envelope.rcpts"),
        "mail_subject": _joined("msg.normalizedHeader.subject", "msg.header.subject"),
        "mail_message_id": lambda record: (_joined("msg.header.message-id")(record) or "").strip("<>") or None,
        "mail_urls": lambda record: _demand_urls(record),
        "src_ip": address("connection.ip"),
        "tls_version": tls_version("connection.tls.inbound.version"),
        "cipher": cipher("connection.tls.inbound.cipher"),
        "action": text("filter.disposition"),
        "verdict": _module_verdict,
        "outcome": lambda record: "block" if record.get("filter.disposition") in ("discard", "quarantine") else "allow",
        "event_id": text("guid"),
        "event_type": "message",
    },
)


MAILLOG = Log(
    "proofpoint.maillog",
    "mail",
    moment("ts"),
    {
        "log_source": text("pps.agent"),
        "mail_sender": _address_of("sm.from", "sm.ctladdr"),
        "mail_to": _address_of("sm.to"),
        "mail_message_id": lambda record: (record.get("sm.msgid") or "").strip("<>") or None,
        "src_ip": lambda record: to_address((record.get("sm.relay") or "").rpartition("[")[2].rstrip("]")),
        "tls_version": tls_version("tls.version"),
        "cipher": cipher("tls.cipher"),
        "action": text("sm.stat"),
        "event_id": text("sm.qid", "id"),
        "event_type": "maillog",
    },
)


def _demand_urls(record: Record) -> list[str] | None:
    parts = at(record.object, "msgParts") if record.object is not None else None
    found: list[str] = []
    for part in parts if isinstance(parts, list) else ():
        for each in part.get("urls", ()) if isinstance(part, dict) else ():
            link = each.get("url") if isinstance(each, dict) else each
            if isinstance(link, str):
                found.append(unwrapped(link))
    return list(dict.fromkeys(found)) or None


def log_of(record: Record) -> Log | None:
    """Messages have a time and a map of threats, clicks a click's time; on Demand has an envelope and a message."""
    values = record.values
    if "clickTime" in values and ("clickIP" in values or "threatID" in values):
        return CLICK
    if "messageTime" in values and ("threatsInfoMap" in values or "phishScore" in values or "GUID" in values):
        return MESSAGE
    if "envelope.from" in values and "guid" in values and any(name.startswith("msg.") for name in values):
        return DEMAND
    if "sm.qid" in values and "pps.agent" in values:
        return MAILLOG
    return None


VENDOR = Vendor(
    name="proofpoint",
    title="Proofpoint TAP and on Demand",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=(MESSAGE, CLICK, DEMAND, MAILLOG),
    log_source_type="ProofpointEnterpriseProtectionEnterprisePrivacy",
)

PAGE = Page(
    recognise=(
        "TAP messages: `messageTime` with `threatsInfoMap`, `phishScore` or `GUID`; clicks: `clickTime`; on Demand: "
        "`envelope.from` with `guid` and `msg.…`; its mail log: `sm.qid` with `pps.agent`.",
    ),
    options=("The SIEM API (`/v2/siem/all`), or the log API of on Demand with type `message`.",),
    gaps=(
        "`threatUrl` is a page of Proofpoint's and no link of the mail.",
        "Whether a mail was taken back later is not told.",
    ),
    references=("SIEM API: <https://help.proofpoint.com/Threat_Insight_Dashboard/API_Documentation/SIEM_API>",),
)

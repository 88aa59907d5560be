"""Abnormal Security: threats of its REST API, one message each. https://app.swaggerhub.com/apis/abnormal-security/abx"""

from __future__ import annotations

import json

from certhound.sources.envelopes.objects import at
from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read, Source_, address, moment, text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.mail.links import unwrapped


def _recipients(record: Record) -> str | None:
    """Addresses, which come as a list or as one text."""
    said = record.get("toAddresses", "recipientAddress")
    if said is None or not said.startswith("["):
        return said
    try:
        return ", ".join(str(each) for each in json.loads(said)) or record.get("recipientAddress")
    except ValueError:
        return said


def _urls(record: Record) -> list[str] | None:
    """Links of ``urls`` and of ``links``, as far as they are told."""
    found: list[str] = []
    for key in ("urls", "links"):
        listed = at(record.object, key)
        for each in listed if isinstance(listed, list) else ():
            link = each.get("url") if isinstance(each, dict) else each
            if isinstance(link, str) and link:
                found.append(unwrapped(link))
    return list(dict.fromkeys(found)) or None


def _outcome(record: Record) -> str | None:
    status = (record.get("remediationStatus") or "").lower()
    if not status:
        return None
    return "allow" if status.startswith(("not", "no ", "would", "failed")) else "block"


_THREAT: dict[str, Source_] = {
    "event_type": text("attackType"),
    "event_id": text("threatId", "abxMessageIdStr"),
    "action": text("remediationStatus"),
    "outcome": _outcome,
    "src_ip": address("senderIpAddress"),
    "mail_from": text("fromAddress"),
    "mail_sender": text("returnPath"),
    "mail_to": _recipients,
    "mail_subject": text("subject"),
    "mail_message_id": Read(("internetMessageId",), lambda value: value.strip("<> ") or None),
    "mail_urls": _urls,
    "verdict": text("attackType"),
}
THREAT = Log("abnormal.threat", "mail", moment("receivedTime", "sentTime", "remediationTimestamp"), _THREAT)


def log_of(record: Record) -> Log | None:
    """Messages have ``abxMessageId``."""
    return THREAT if "abxMessageId" in record.values and "attackType" in record.values else None


VENDOR = Vendor(
    name="abnormal",
    title="Abnormal Security",
    forms=frozenset((Form.JSON,)),
    log_of=log_of,
    logs=(THREAT,),
    log_source_type="Abnormal Security",
)

PAGE = Page(
    recognise=("JSON with `abxMessageId` and `attackType`; also in the array `messages` of a threat's document.",),
    gaps=("Only mails that were judged an attack are told.",),
    references=("REST API: <https://app.swaggerhub.com/apis/abnormal-security/abx>",),
)

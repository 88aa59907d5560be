"""The organisation's mail as an mbox (RFC 4155), written by the recorder: messages of RFC 5322 with text and HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime
from html import escape

from certhound.lab.model import Mail


def mbox(mails: Iterable[Mail], start: float, gateway: str) -> str:
    """All of them in the order of time. ``start``: when the scenario begins; ``gateway``: who received them."""
    return "".join(_entry(mail, start, gateway) for mail in sorted(mails, key=lambda mail: mail.time))


def _entry(mail: Mail, start: float, gateway: str) -> str:
    moment = datetime.fromtimestamp(round(start + mail.time), UTC)
    message = EmailMessage(policy=SMTPUTF8)
    digest = hashlib.sha256(f"{mail.sender}/{mail.subject}/{mail.time}".encode()).hexdigest()
    domain = mail.sender.rpartition("@")[2]
    message["Received"] = f"from mail.{domain} by {gateway} with ESMTPS id {digest[:10]}; {format_datetime(moment)}"
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = f"<{digest[10:34]}@{domain}>"
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.recipients)
    message["Subject"] = mail.subject
    message.set_content(f"{mail.text}\n\n" + "".join(f"{link}\n" for link in mail.links))
    linked = "".join(f'<p><a href="{escape(link)}">{escape(words)}</a></p>' for link, words in mail.links.items())
    message.add_alternative(f"<html><body><p>{escape(mail.text)}</p>{linked}</body></html>\n", subtype="html")
    message.set_boundary(f"=_{digest[34:58]}")
    content = message.as_string(policy=SMTPUTF8.clone(linesep="\n"))
    quoted = "".join(f">{line}" if line.startswith("From ") else line for line in content.splitlines(keepends=True))
    return f"From {mail.sender} {moment:%a %b %d %H:%M:%S %Y}\n{quoted}\n"

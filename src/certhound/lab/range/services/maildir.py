"""The handler that aiosmtpd is given: mails for the own domain go into a Maildir, with the trace of RFC 5321, 4.4."""

from __future__ import annotations

import email.utils
import mailbox
from argparse import ArgumentParser
from typing import Any

_NO_SUCH_USER = "550 5.1.1 no such mailbox here"


class Deliver:
    """Deliver into the Maildir ``box``; ``name`` is the server's own, ``domain`` the one that it takes mails for."""

    def __init__(self, box: str, name: str, domain: str) -> None:
        self.box = mailbox.Maildir(box, create=True)
        self.name = name
        self.domain = domain

    @classmethod
    def from_cli(cls, parser: ArgumentParser, *words: str) -> Deliver:
        """The three words of the command line."""
        if len(words) != 3:
            parser.error("Deliver needs a folder, the server's name, and a domain")
        return cls(*words)

    async def handle_RCPT(  # noqa: N802 - the names of aiosmtpd's hooks
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Refuse mails for others."""
        if not address.lower().endswith(f"@{self.domain}"):
            return _NO_SUCH_USER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        """Put the lines of the trace before the mail, and the mail into the box."""
        peer = session.peer[0]
        for reader in envelope.rcpt_tos:
            trace = (
                f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {reader}\r\n"
                f"Received: from {session.host_name} ([{peer}])\r\n\tby {self.name} with ESMTP\r\n"
                f"\tfor <{reader}>; {email.utils.format_datetime(email.utils.localtime())}\r\n"
            )
            content = envelope.original_content.replace(b"\r\n", b"\n")
            self.box.add(trace.replace("\r\n", "\n").encode() + content)
        return "250 2.0.0 delivered"

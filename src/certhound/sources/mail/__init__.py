"""Mail as files: single messages (``.eml``, RFC 5322) and mboxes (RFC 4155 and its relatives)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhound.query.plan import RawBatch, ReadPlan, Rejected
from certhound.sources.contract import NotMine, Recognised
from certhound.sources.envelopes.gather import Gatherer
from certhound.sources.envelopes.reads import address, moment, text, texts
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log
from certhound.sources.files import InputFile
from certhound.sources.mail.message import values_of
from certhound.sources.mail.split import MAX_MAIL_BYTES, Mail, mails

__all__ = ["MAX_MAIL_BYTES", "MESSAGE", "SOURCE"]

_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):")
_TELLING = frozenset(
    b"from to subject date message-id received mime-version return-path delivered-to content-type cc reply-to sender "
    b"x-mailer dkim-signature".split()
)

MESSAGE = Log(
    "mail.message",
    "mail",
    moment(":date"),
    {
        "mail_from": text(":from"),
        "mail_sender": text(":sender"),
        "mail_to": text(":to"),
        "mail_subject": text(":subject"),
        "mail_message_id": text(":id"),
        "mail_urls": texts(":urls"),
        "src_ip": address(":source"),
        "dst_host": text(":host"),
        "event_type": "message",
    },
    hidden=frozenset(("from", "to", "cc", "subject", "message-id", "date")),
)


class MailFiles:
    """A file is mail when it begins with headers that only mails have together."""

    name = "mail"

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        if not _begins_as_mail(file.head):
            return NotMine()
        plan = ReadPlan(file.path, MESSAGE.shape, lambda: _read(file), size=file.size, mixed=True)
        return Recognised(self.name, (plan,))


def _begins_as_mail(head: bytes) -> bool:
    lines = head.lstrip(b"\xef\xbb\xbf\r\n").split(b"\n")
    if lines and lines[0].startswith((b"From ", b">From ")):
        lines = lines[1:]
    names: list[bytes] = []
    for line in lines[:200]:
        if line[:1] in (b" ", b"\t") and names:
            continue
        found = _HEADER.match(line)
        if found is None:
            break
        names.append(found[1].lower())
    told = _TELLING & set(names)
    return len(told) >= 3 or (
        len(told) >= 2 and bool(told & {b"received", b"message-id", b"mime-version", b"return-path"})
    )


def _read(file: InputFile) -> Iterator[RawBatch | Rejected]:
    gatherer = Gatherer(file.zones)
    for number, mail in enumerate(mails(file.opened, file.compression), 1):
        if mail.problem is not None and not mail.data:
            yield Rejected(file.path, mail.problem, mail.line, number)
            continue
        yield from gatherer.add(MESSAGE, _record(mail, number))
    yield from gatherer.rest()


def _record(mail: Mail, number: int) -> Record:
    payload = mail.data.decode("utf-8", "backslashreplace")
    problem = mail.problem
    try:
        values = values_of(mail.data)
    except (RecursionError, ValueError, LookupError) as error:
        # The standard library's parser gives up on parts within parts without end; the headers it can always read.
        values = values_of(re.split(rb"\r?\n\r?\n", mail.data, maxsplit=1)[0] + b"\n\n", headers_only=True)
        problem = problem or f"only its headers could be read: {type(error).__name__}"
    record = Record(Form.TEXT, values, payload, payload, mail.line, number)
    record.problem = problem
    return record


SOURCE = MailFiles()

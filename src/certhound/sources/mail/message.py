"""One mail (RFC 5322, MIME: RFC 2045 to 2047) as the values of a row: who, to whom, when, from where, which links.

The standard library takes the parts apart with its old, lenient policy; headers are decoded here, for hostile and
broken mails must give what they hold. Sizes, depth and numbers of parts are bounded.
"""

from __future__ import annotations

import base64
import binascii
import json
import quopri
import re
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from certhound.sources.envelopes.reads import to_address
from certhound.sources.mail.links import MAX_LINKS, of_html, of_text, unwrapped

MAX_PARTS = 500
MAX_DEPTH = 30
MAX_PART_CHARACTERS = 4 * 1024 * 1024
"""Of a larger text only so much is looked through for links."""

_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
_FOLD = re.compile(r"\r?\n[ \t]*")
_RECEIVED_FROM = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]|\b((?:\d{1,3}\.){3}\d{1,3})\b")
_ID = re.compile(r"<([^<>\s]+)>")
_TO = ("to", "cc", "bcc", "delivered-to", "x-original-to")


def values_of(data: bytes, *, headers_only: bool = False) -> dict[str, str]:
    """What a mail says, under names of our own that begin with a colon, and its headers under theirs."""
    mail: Message = BytesParser(policy=compat32).parsebytes(data, headersonly=headers_only)
    headers = _headers(mail)
    links = [] if headers_only else _links(mail)
    addresses = _addresses(headers, "from")
    values = {name: value[0] for name, value in headers.items()}
    said = {
        ":from": ", ".join(addresses) or None,
        ":sender": _first_address(headers, "return-path", "x-envelope-from", "envelope-from", "sender"),
        ":to": ", ".join(dict.fromkeys(each for name in _TO[:3] for each in _addresses(headers, name))) or None,
        ":subject": next(iter(headers.get("subject", ())), None),
        ":id": _message_id(headers),
        ":date": _time(headers),
        ":source": _source(headers),
        ":urls": json.dumps(links) if links else None,
        ":attachments": json.dumps(names) if (names := [] if headers_only else _attachments(mail)) else None,
        ":host": _host_of(links),
    }
    values.update((name, value) for name, value in said.items() if value is not None)
    return values


def _headers(mail: Message) -> dict[str, list[str]]:
    """Decoded headers by lower-case name, in their order."""
    headers: dict[str, list[str]] = {}
    # What headers hold is decoded here; `items` would make objects of those with bytes above 127.
    for name, value in mail.raw_items():
        headers.setdefault(name.lower(), []).append(decoded(str(value)))
    return headers


def decoded(value: str) -> str:
    """A header's text: unfolded, encoded words (RFC 2047) and raw bytes as what they mean."""
    value = _FOLD.sub(" ", value).strip()
    if "=?" in value:
        value = _WORD.sub(_word, _BETWEEN_WORDS.sub(r"\1\2", value))
    return _raw(value)


def _raw(value: str) -> str:
    """Bytes above 127 stand as surrogates where they came without an encoding."""
    if value.isascii() or not any("\udc80" <= each <= "\udcff" for each in value):
        return value
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _word(found: re.Match[str]) -> str:
    charset, coding, text = found.groups()
    try:
        if coding in "bB":
            data = base64.b64decode(text + "=" * (-len(text) % 4))
        else:
            data = quopri.decodestring(text.replace("_", " ").encode("ascii", "replace"), header=True)
    except (binascii.Error, ValueError):
        return found[0]
    return as_text(data, charset.partition("*")[0])


def as_text(data: bytes, charset: str | None) -> str:
    """Bytes in a charset that may be wrong or unknown."""
    for name in (charset, "utf-8", "cp1252"):
        if name:
            try:
                return data.decode(name)
            except (LookupError, UnicodeDecodeError, ValueError):
                continue
    return data.decode("utf-8", "replace")


_MAILBOX = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|\([^()]*\)|[^,;"<(]|["<(])+')
_ANGLE = re.compile(r"<\s*([^<>\s]+)\s*>")
_BARE = re.compile(r"[^\s,;:<>()\"\[\]]+@[^\s,;:<>()\"]+")


def _addresses(headers: dict[str, list[str]], name: str) -> list[str]:
    """Mailboxes of a header in its order: what is in angle brackets, for a display name may hold an address, too."""
    found: dict[str, None] = {}
    for value in headers.get(name, ()):
        for mailbox in _MAILBOX.findall(value):
            bare = re.sub(r'"(?:[^"\\]|\\.)*"', " ", mailbox)
            angle = _ANGLE.findall(bare)
            address = angle[-1] if angle else next(iter(_BARE.findall(bare)), None)
            if address:
                found.setdefault(address)
    return list(found) or [value for value in headers.get(name, ()) if value and value != "<>"]


def _first_address(headers: dict[str, list[str]], *names: str) -> str | None:
    for name in names:
        found = [each.strip("<> ") for each in _addresses(headers, name)]
        if found and found[0]:
            return found[0]
    return None


def _message_id(headers: dict[str, list[str]]) -> str | None:
    for value in headers.get("message-id", ()):
        found = _ID.search(value)
        if found is not None or value:
            return found[1] if found is not None else value
    return None


def _time(headers: dict[str, list[str]]) -> str | None:
    """``Date``; else when the last hop received it."""
    received = [value.rpartition(";")[2] for value in headers.get("received", ())]
    for value in (*headers.get("date", ()), *received):
        try:
            return parsedate_to_datetime(value.strip()).isoformat()
        except (TypeError, ValueError, OverflowError, IndexError):
            continue
    return None


def _source(headers: dict[str, list[str]]) -> str | None:
    """The address that handed the mail in from outside: the newest hop whose sender's address is public."""
    from ipaddress import ip_address

    first = None
    for value in headers.get("received", ()):
        sender = re.split(r"\bby\b", value, maxsplit=1)[0]
        for bracketed, bare in _RECEIVED_FROM.findall(sender):
            address = to_address(bracketed or bare)
            if address is None:
                continue
            first = first or address
            if ip_address(address).is_global:
                return address
    return first


def _parts(mail: Message) -> list[Message]:
    """Parts that are no containers, mails inside of mails among them, in their order."""
    found: list[Message] = []
    waiting = [(mail, 0)]
    while waiting and len(found) < MAX_PARTS:
        part, depth = waiting.pop(0)
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            if depth < MAX_DEPTH:
                waiting[:0] = [(each, depth + 1) for each in inner if isinstance(each, Message)]
        else:
            found.append(part)
    return found


def _links(mail: Message) -> list[str]:
    """Links of all texts, rewriters taken off, each once."""
    links: dict[str, None] = {}
    for part in _parts(mail):
        kind = part.get_content_type()
        if not kind.startswith("text/") or kind == "text/css":
            continue
        text = _text(part)[:MAX_PART_CHARACTERS]
        for link in of_html(text) if kind == "text/html" or "<a " in text[:100_000] else of_text(text):
            links.setdefault(unwrapped(link))
            if len(links) >= MAX_LINKS:
                return list(links)
    return list(links)


def _text(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, binascii.Error):
        data = None
    if not isinstance(data, bytes):
        payload = part.get_payload()
        return payload if isinstance(payload, str) else ""
    return as_text(data, part.get_content_charset(None))


def _attachments(mail: Message) -> list[str]:
    names = []
    for part in _parts(mail):
        try:
            name = part.get_filename()
        except (ValueError, LookupError, TypeError):
            name = None
        if name:
            names.append(decoded(str(name)))
    return names[:MAX_PARTS]


def _host_of(links: list[str]) -> str | None:
    """The host, where all links have one in common."""
    from certhound.sources.envelopes.reads import to_host

    hosts = {to_host(link) for link in links}
    return hosts.pop() if len(hosts) == 1 else None

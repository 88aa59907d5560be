"""Syslog headers: RFC 3164, RFC 5424, and what stands before messages in the field.

Facts from RFC 3164, RFC 5424, RFC 6587 and public parsers' tests: PRI may be missing, be followed by a blank or a
colon; the date may carry a year before or behind the month, a weekday, a fraction, a zone; Cisco writes sequence
numbers and ``*`` or ``.`` for a clock that is not set; relays put a header of their own before another one.
"""

from __future__ import annotations

import re
from dataclasses import replace

from certhound.sources.envelopes.record import NO_HEADER, Header

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_BSD = (
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\d{{4}} )?{_MONTH} +\d{{1,2}}(?: \d{{4}})? {_CLOCK}(?: \d{{4}}(?= ))?"
    r"(?: (?:[A-Z]{2,5}|[+-]\d{4}|GMT[+-]\d+)(?=[: ]))?"
)
_TIME = rf"(?:{_ISO}|{_BSD})"
_PRI = r"<(\d{1,3})>"
_PRI_AND_PAIR = re.compile(rf"{_PRI}[A-Za-z_]\w*=")
"""A priority and pairs at once, as firewalls send them: there is no more of a header."""

_FRAME = r"(?:\d{1,6} (?=<\d{1,3}>))?"
_MAYBE = re.compile(rf"[<:*.\d]|{_MONTH}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
"""How a header may begin."""

_FIRST = re.compile(rf"{_FRAME}(?:{_PRI})?(?::\s|\s*)(?=\S)")
_RFC5424 = re.compile(r"1 (-|\d{4}-\d\d-\d\dT\S+) (\S{1,255}) (\S{1,255}) (\S{1,128})(?: (\S{1,128}))? ?")
_NEAR_5424 = re.compile(r"1 (\d{4}-\d\d-\d\dT\S+) (\S{1,255}) (?=CEF:|LEEF:|[{%<]|[\w.\-]+=)")
_RFC3164 = re.compile(
    rf"[*.]?({_TIME})(?::(?=\s))? +"
    r"(?:(?![\w\-/.]+(?:\[\d+\])?: )(?![%:])(?!\S*[=|{<>(\[\"])(?!\S*,\S)(?!\d+ )(\S+?)(?:,? +|: +(?=\S)|$))?"
)
_TAG = re.compile(r"([\w./@+\-]{1,64})(?:\[(\d+)\])?:\s+")
_TAG_WITH_PID = re.compile(r"([\w./@+\-]{1,64})\[(\d+)\]:?\s*")
_COLON = re.compile(r":\s")
"""What every header of Cisco's has, and few other texts near their beginning."""

_CISCO = re.compile(
    rf"(?:(\d+): )?(?:([\w.\-/ ]{{1,80}}?):\s?)?(?:(\d+): )?[*.]?({_BSD}|\d+:\d\d:\d\d|\d+[wd]\d+[dh])\s?"
    r"(?: ?[A-Z]{2,5})?\s?:\s(?=%|\w+\[\d*\]|\w+\s?:)"
)
_CISCO_SHORT = re.compile(r"([^%{}=]{0,80}?):?\s?(?=%[A-Z][\w\-]+-\d-[A-Z0-9_]+\s?:)")
_ELEMENT = re.compile(r"\[([^\s=\]\"]{1,64})((?:\s+[^\s=\]\"]{1,64}=\"(?:[^\"\\]|\\.)*\")*)\s*\]", re.DOTALL)
_PARAMETER = re.compile(r"([^\s=\]\"]{1,64})=\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\\]])")
_BOM = "\ufeff"
MAX_STACKED = 4
"""Headers that relays put one before the other; more are text."""


def read_header(text: str) -> tuple[Header, int]:
    """The syslog header at the beginning of a text and where the message begins; no header where there is none.

    Of stacked headers the innermost counts, with whatever only an outer one states.
    """
    pairs = _PRI_AND_PAIR.match(text)
    if pairs is not None:
        return Header("rfc3164", None, None, None, None, None, int(pairs[1])), pairs.end(1) + 1
    header, at = _one(text, 0)
    size = len(text)
    for _ in range(MAX_STACKED - 1):
        if not at or header is NO_HEADER or at >= size or not _MAYBE.match(text, at):
            break
        inner, end = _one(text, at)
        if inner is NO_HEADER or end == at or (header.app is not None and inner.priority is None):
            break  # a program's message may begin with a time of its own
        header, at = _merged(header, inner), end
    return header, at


def _merged(outer: Header, inner: Header) -> Header:
    return replace(
        inner,
        time=inner.time or outer.time,
        host=inner.host or outer.host,
        app=inner.app or outer.app,
        pid=inner.pid or outer.pid,
        priority=outer.priority if inner.priority is None else inner.priority,
        data={**outer.data, **inner.data},
    )


def _one(text: str, start: int) -> tuple[Header, int]:
    first = _FIRST.match(text, start)
    if first is None:
        return NO_HEADER, start
    priority = None if first[1] is None else int(first[1])
    at = first.end()
    if text.startswith("1 ", at) and (found := _NEAR_5424.match(text, at)) is not None:
        return Header("rfc5424", found[1], found[2], None, None, None, priority), found.end()
    if text.startswith("1 ", at) and (found := _RFC5424.match(text, at)) is not None:
        return _rfc5424(text, priority, found)
    found = _RFC3164.match(text, at)
    if found is not None:
        host = found[2]
        app, pid, end = _tag(text, found.end())
        return Header("rfc3164", found[1], host.rstrip(":") if host else None, app, pid, None, priority), end
    if priority is None:
        return NO_HEADER, start
    cisco = _CISCO.match(text, at) if _COLON.search(text, at, at + 400) is not None else None
    if cisco is not None:
        host = cisco[2]
        return Header("rfc3164", cisco[4], host, None, None, None, priority), cisco.end()
    cisco = _CISCO_SHORT.match(text, at) if text.find("%", at, at + 90) >= 0 else None
    if cisco is not None:
        return Header("rfc3164", None, None, None, None, None, priority), cisco.end()
    app, pid, end = _tag(text, at)
    return Header("rfc3164", None, None, app, pid, None, priority), end


def _tag(text: str, at: int) -> tuple[str | None, str | None, int]:
    """Program and process id, where they stand before the message."""
    if text.startswith(("CEF:", "LEEF:"), at):
        return None, None, at
    found = _TAG.match(text, at) or _TAG_WITH_PID.match(text, at)
    return (found[1], found[2], found.end()) if found else (None, None, at)


def _rfc5424(text: str, priority: int | None, found: re.Match[str]) -> tuple[Header, int]:
    time, host, app, pid, message_id = (None if part in (None, "-") else part for part in found.groups())
    at = found.end()
    if message_id is not None and message_id.startswith("["):  # a writer without MSGID
        message_id, at = None, found.start(5)
    data: dict[str, str] = {}
    if text.startswith("-", at):
        at += 1
    else:
        at = _structured(text, at, data)
    if text.startswith(" ", at):
        at += 1
    if text.startswith(_BOM, at):
        at += 1
    return Header("rfc5424", time, host, app, pid, message_id, priority, data), at


def _structured(text: str, at: int, data: dict[str, str]) -> int:
    """Structured data from ``at`` on into ``data``; where it ends."""
    while (element := _ELEMENT.match(text, at)) is not None:
        name = element[1]
        for key, value in _PARAMETER.findall(element[2]):
            data[f"{name}.{key}"] = _ESCAPED.sub(r"\1", value) if "\\" in value else value
        at = element.end()
        if text.startswith(" [", at):
            at += 1
    return at

"""Envelopes: what records of many vendors lie in, and the source that reads files of them.

Syslog (RFC 3164, RFC 5424, framed or not), LEEF, CEF, ``key=value``, JSON (lines, arrays, joined, pretty-printed), CSV
and TSV, W3C extended logs, Windows events (XML, EVTX), and exports of QRadar, Splunk, Elastic and Sentinel around any
of them. A file may mix them; each record goes to the vendor source (``sources/vendors/``) that recognises it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from certhound.query.plan import ReadPlan
from certhound.sources.contract import NotMine, Recognised
from certhound.sources.envelopes import clixml, xml_rows
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.gather import Gatherer
from certhound.sources.envelopes.generic import SYSLOG
from certhound.sources.envelopes.reader import Dispatch, read_events, read_file
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.stream import Chunk, counted, encoding_of, is_counted, pieces
from certhound.sources.envelopes.tables import Columns, header_of
from certhound.sources.envelopes.vendor import ASSEMBLE, SINK, SKIP, Vendor
from certhound.sources.envelopes.windows import START, records_of_evtx
from certhound.sources.files import InputFile, decode
from certhound.sources.guess import guess

_EVTX = b"ElfFile\x00"
_SAMPLE_LINES = 400
_PREAMBLE = 4096
"""In so much text the first event of an XML file of Windows events begins."""

_ALWAYS = frozenset((Form.LEEF, Form.CEF, Form.WINDOWS))
"""Forms that nothing but logs is written in."""


class Envelopes:
    """Recognises a file by the records at its beginning."""

    name = "envelopes"
    last = 1  # sources of whole files are asked first

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        from certhound.sources.vendors import vendors

        known = vendors()
        if file.head.startswith(_EVTX):
            return self._read(file, known, lambda: records_of_evtx(file.opened, file.compression))
        text, binary = _text_of(file)
        if binary or not text.strip():
            return NotMine()
        if clixml.looks_like(text):
            return self._read(file, known, lambda: clixml.records_of(pieces(file)))
        is_events = START.search(text, 0, _PREAMBLE) is not None
        if xml_rows.looks_like(text) and not is_events and (rows := _rows_of_xml(file, text, known)) is not None:
            return rows
        columns = _columns_of(text)
        if columns is not None and _look(file, text, columns, known).share == 0:
            columns = None
        looked = _look(file, text, columns, known)
        if looked.share < 0.5:
            return NotMine(guess(file.head), 10)
        begins = looked.begins
        plan = ReadPlan(
            file.path, SYSLOG.shape, lambda: read_file(file, known, columns, begins), size=file.size, mixed=True
        )
        return Recognised("envelopes", (plan,))

    def _read(
        self, file: InputFile, known: tuple[Vendor, ...], records: Callable[[], Iterator[Record | str]]
    ) -> Recognised:
        """A file whose records another reader than the framing makes."""
        plan = ReadPlan(
            file.path, SYSLOG.shape, lambda: read_events(file, known, records()), size=file.size, mixed=True
        )
        return Recognised("envelopes", (plan,))


def _rows_of_xml(file: InputFile, text: str, known: tuple[Vendor, ...]) -> Recognised | None:
    """The file as rows in XML, if a vendor takes the rows at its beginning."""
    dispatch = Dispatch.over(file.path, Gatherer(), known)
    found = [each for each in xml_rows.records_of((text.encode(),)) if isinstance(each, Record)][:_SAMPLE_LINES]
    taken = [pair for each in found for pair in dispatch.opened(each) if pair[1] is not None]
    if not found or len(taken) * 2 < len(found):
        return None
    plan = ReadPlan(
        file.path,
        SYSLOG.shape,
        lambda: read_events(file, known, xml_rows.records_of_file(file)),
        size=file.size,
        mixed=True,
    )
    return Recognised("envelopes", (plan,))


def _text_of(file: InputFile) -> tuple[str, bool]:
    """The head as text, without a line that it cuts; and whether it is none."""
    encoding = encoding_of(file.head)
    head = file.head
    if is_counted(head):
        head = b"".join(each for each in counted(iter((head,))) if isinstance(each, bytes))
    text = decode(head)[0] if encoding == "utf-8" else head.decode(encoding, "replace")
    text = text.removeprefix("\ufeff")
    if file.truncated_head and "\n" in text:
        text = text[: text.rindex("\n")]
    sample = text[:4096]
    odd = sum(each < " " and each not in "\t\r\n\x1b" for each in sample)
    return text, "\x00" in sample or odd * 10 > len(sample)


def _columns_of(text: str) -> Columns | None:
    lines = [line.rstrip("\r") for line in text.split("\n", 4)[:4] if line.strip() and not line.startswith("#TYPE ")]
    return header_of(lines[0], lines[1] if len(lines) > 1 else "") if lines else None


@dataclass(frozen=True, slots=True)
class _Look:
    """What the beginning of a file tells: which part of its records are of a vendor, or in a form that only logs have;
    and with what bytes lines begin that are records by themselves (none where some go over lines or need others)."""

    share: float
    begins: frozenset[int]


def _look(file: InputFile, text: str, columns: Columns | None, known: tuple[Vendor, ...]) -> _Look:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if columns is not None:
        lines = lines[next(index for index, line in enumerate(lines) if line.strip() and line[:6] != "#TYPE ") + 1 :]
    lines = lines[:_SAMPLE_LINES]
    dispatch = Dispatch.over(file.path, Gatherer(), known)
    framer = Framer(file.path, columns)
    good = all_ = 0
    apart = True
    for found in framer.feed(Chunk(1, lines)):
        if isinstance(found, Record):
            for record, taken in dispatch.opened(found):
                all_ += 1
                good += taken is not None or record.form in _ALWAYS or bool(record.header.kind)
                apart &= taken is None or taken[1] not in (ASSEMBLE, SINK, SKIP)
    for found in framer.rest():
        all_ += 1
        good += isinstance(found, Record)
        apart = False
    apart &= all_ >= sum(bool(line.strip()) for line in lines) and not framer.in_array and framer.columns is columns
    begins = frozenset(line.encode()[0] for line in lines if line) - frozenset(b" \t}]),#")
    return _Look(good / all_ if all_ else 0.0, begins if apart else frozenset())


SOURCE = Envelopes()

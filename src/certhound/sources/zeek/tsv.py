"""Zeek's TSV: the plan for a file with one header, and the careful reader for every other."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.model.columns import Kind
from certhound.query.plan import Layout, RawBatch, RawColumn, ReadPlan, Rejected, Segment
from certhound.sources.files import InputFile, Line, decode, lines
from certhound.sources.zeek.batches import Gatherer, RawValue, as_text, problem_of
from certhound.sources.zeek.header import Header, unescape
from certhound.sources.zeek.logs import OTHER_LOGS, ZeekLog, logs, shape_of
from certhound.sources.zeek.names import canonical


def read_header(head: str) -> tuple[Header, int]:
    """The header at the beginning of a file, and how many lines it takes (0 where there is none).

    A line that may be a damaged record ends it, so that nobody passes over that line unread.
    """
    header, count = Header(), 0
    for line in head.split("\n"):
        bare = line.rstrip("\r")
        if bare and (not bare.startswith("#") or header.is_damaged_by(bare)):
            break
        header = header.absorb(bare) if bare else header
        count += 1
    return (header, count) if header.columns else _bare_header(head)


def _bare_header(head: str) -> tuple[Header, int]:
    """Zeek's ``tsv=T`` mode: one line of column names without ``#``."""
    names = head.split("\n", 1)[0].removesuffix("\r").split("\t")
    if len(names) >= 3 and names[0] == "ts" and log_of_columns(names) is not None:
        log = log_of_columns(names)
        lists = log.lists if log else frozenset()
        return Header(columns=tuple(names), lists=frozenset(n for n in names if canonical(n) in lists)), 1
    return Header(), 0


def log_of_columns(names: list[str] | tuple[str, ...]) -> ZeekLog | None:
    """The log that these columns are of, by the columns that only it has."""
    have = {canonical(name) for name in names}
    return next((log for log in logs().values() if log.looks_like(have)), None)


def log_of(header: Header) -> ZeekLog | None:
    """The log that a header is of; sites rename paths, so that an unknown one is told by its columns."""
    if header.path in OTHER_LOGS:
        return None
    return logs().get(header.path) or log_of_columns(header.columns)


def plan(file: InputFile, header: Header, header_lines: int, log: ZeekLog) -> ReadPlan:
    """How a file with this header is read; files with an odd header are only read carefully."""
    names = [canonical(name) for name in header.columns]
    segment = None
    single = len(header.separator) == len(header.set_separator) == 1
    if file.has_plain_name and single and len(set(names)) == len(names) and _ends_alike(file.head, header_lines):
        segment = Segment(
            file.path,
            Layout.DELIMITED,
            tuple(RawColumn(name, kind=Kind.LIST if name in log.lists else Kind.TEXT) for name in names),
            file.compression,
            header_lines + 1,
            header.separator,
            list_separator=header.set_separator,
            unset=header.unset,
            empty=header.empty,
            fields=tuple(name for name in names if name not in log.known or name in _ALSO_FIELDS),
        )
    shape = shape_of(log.path, frozenset(names) & log.known)
    return ReadPlan(file.path, shape, lambda: read_carefully(file, log), segment, size=file.size)


def _ends_alike(head: bytes, header_lines: int) -> bool:
    """Whether the lines of a header and the one below it end in one way and none is blank.

    Where they do not, DuckDB's CSV reader skips all records of the file together with the header, without a word.
    """
    rows = head.split(b"\n", header_lines + 1)[:-1]
    ends = {row.endswith(b"\r") for row in rows}
    return len(ends) == 1 and not any(b"\r" in row[:-1] or not row.strip() for row in rows)


def read_carefully(file: InputFile, log: ZeekLog) -> Iterator[RawBatch | Rejected]:
    """Every record of the file, line by line, under whichever header stands above it."""
    reader = _Reader(file.path, log)
    for line in lines(file.opened, file.compression):
        yield from reader.feed(line)
    yield from reader.rest()


class _Reader:
    """The state between lines: the header in force and the records gathered under it."""

    def __init__(self, path: str, log: ZeekLog) -> None:
        self.path = path
        self.header = Header()
        self.log = log
        self.names: list[str] = []
        self.gatherer: Gatherer | None = None
        self.record = 0

    def feed(self, line: Line) -> Iterator[RawBatch | Rejected]:
        if line.problem is not None:
            self.record += 1
            yield Rejected(self.path, line.problem, line.number, self.record, decode(line.data[:200])[0])
        elif line.data.startswith(b"#"):
            yield from self._header_line(line.number, decode(line.data)[0])
        elif line.data:
            yield from self._record(line)

    def rest(self) -> Iterator[RawBatch]:
        if self.gatherer is not None and self.gatherer.lines:
            yield self.gatherer.take()

    def _header_line(self, line: int, text: str) -> Iterator[RawBatch | Rejected]:
        self.header = self.header.absorb(text)
        if text.startswith("#separator"):
            yield from self.rest()  # another file begins, whose records wait for its own columns
            self.names, self.gatherer = [], None
        elif text.startswith(("#fields", "#types")):
            yield from self.rest()
            self._start()
        elif self.names and self.header.is_damaged_by(text):
            self.record += 1
            yield Rejected(
                self.path, "a record or header that is damaged at its beginning", line, self.record, text[:200]
            )

    def _start(self) -> None:
        """Begin gathering under the header in force."""
        log = log_of(self.header)
        self.names = [canonical(name) for name in self.header.columns]
        if log is None and (self.header.path in OTHER_LOGS or not self.names):
            self.gatherer = None
            return
        self.log = log or self.log
        self.gatherer = Gatherer(self.log, frozenset(self.names) & self.log.known)

    def _record(self, line: Line) -> Iterator[RawBatch | Rejected]:
        text, clean = decode(line.data)
        if not self.names and (bare := _bare_header(text))[1]:
            self.header = bare[0]
            self._start()
            return
        self.record += 1
        values = text.split(self.header.separator)
        while len(values) > len(self.names) and not values[-1]:
            values.pop()  # separators too many at the end of a line, which bulk readers do not mind either
        if (problem := self._misfit(values)) is not None:
            yield Rejected(self.path, problem, line.number, self.record, text[:200])
            return
        row = dict(zip(self.names, map(self._value, self.names, values), strict=True))
        if any(value is not None for value in row.values()):
            self._keep(row, line.number, text, clean)
        else:
            yield Rejected(self.path, "no value in any column", line.number, self.record, text[:200])
        if self.gatherer is not None and self.gatherer.full():
            yield self.gatherer.take()

    def _misfit(self, values: list[str]) -> str | None:
        """Why a line is no record under the header in force."""
        if not self.names:
            return "no header with columns above it"
        if self.gatherer is None:
            return f"a record of Zeek's {self.header.path} log, which is not read"
        if len(values) != len(self.names):
            return f"{len(values)} columns where the header has {len(self.names)}"
        return None

    def _keep(self, row: dict[str, RawValue], line: int, text: str, clean: bool) -> None:
        if self.gatherer is not None:
            known = self.log.known
            extra = as_text((name, value) for name, value in row.items() if name not in known or name in _ALSO_FIELDS)
            self.gatherer.add(row, extra, line, self.record, text, problem_of(row, clean))

    def _value(self, name: str, value: str) -> RawValue:
        """A column's value; where nothing stands, not even the word for an empty value, nothing was said."""
        if value == self.header.unset or not value:
            return None
        if name in self.log.lists:
            return [unescape(part) for part in self._parts(value)]
        return "" if value == self.header.empty else unescape(value)

    def _parts(self, value: str) -> list[str]:
        if value == self.header.empty:
            return []
        return value.split(self.header.set_separator) if self.header.set_separator else [value]


_ALSO_FIELDS = frozenset(
    "curve last_alert ssl_history sni_matches_cert ocsp_status validation_code client_subject client_issuer "
    "mime_type source".split()
)
"""Columns that the mapping does not carry into a column of its own, so that they stay visible as vendor fields."""

"""From lines to records: one a line, or over several (JSON objects, XML events, quoted cells), below headers or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from certhound.query.plan import Rejected
from certhound.sources.envelopes import windows
from certhound.sources.envelopes.interpret import read_text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.stream import Chunk
from certhound.sources.envelopes.tables import Columns, header_of, w3c_fields

MAX_JOINED_LINES = 100_000
MAX_JOINED = 16 * 1024 * 1024
"""A record over more lines or characters than this is none; what was joined is read line by line."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_ARRAY_OF_DOCUMENT = re.compile(
    r'\{(?:\s*"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[\w.+\-]+|\{[^{}\[\]]*\})\s*,)*\s*(?:"hits"\s*:\s*\{(?:\s*"(?:[^"\\]|\\.)*"\s*:\s*'
    r'(?:"(?:[^"\\]|\\.)*"|[\w.+\-]+|\{[^{}\[\]]*\})\s*,)*\s*)?"(?:events|flows|simarc|[rR]ecords|value|results?|hits|logs|data|rows|items|'
    r'logEvents|Events)"\s*:\s*\[\s*(?=\{|$)'
)
"""The beginning of a document that keeps its records in an array, up to the first of them."""


@dataclass(slots=True)
class Joined:
    """Lines that are being joined to one record."""

    kind: str
    line: int
    texts: list[str] = field(default_factory=list)
    depth: int = 0
    size: int = 0


class Framer:
    """Takes chunks of lines, gives records. ``path`` is named in rejects."""

    def __init__(self, path: str, columns: Columns | None = None) -> None:
        self.path = path
        self.columns = columns
        self.directives: dict[str, str] = {}
        self.joined: Joined | None = None
        self.in_array = False

    def feed(self, chunk: Chunk) -> Iterator[Record | Rejected]:
        """The records that end in these lines."""
        line = chunk.first - 1
        problems, broken = chunk.problems, chunk.broken
        for index, text in enumerate(chunk.texts):
            line += 1
            if index in broken:
                yield from self.rest()
                yield Rejected(self.path, problems[index], line, None, text[:200])
                continue
            if self.joined is None and not text:
                continue
            problem = problems.get(index) if problems else None
            if problem is None and self.joined is None and self.columns is None and _is_plain(text):
                for record in read_text(text):
                    record.line = line
                    yield record
                continue
            for found in self._line(text, line):
                if isinstance(found, Record):
                    if not found.line:
                        found.line = line
                    if problem is not None:
                        found.problem = problem if found.problem is None else f"{found.problem}; {problem}"
                yield found

    def rest(self) -> Iterator[Record | Rejected]:
        """What is left where the input ends or breaks."""
        joined, self.joined = self.joined, None
        if joined is not None:
            text = "\n".join(joined.texts)
            if joined.kind == _TEXT_EVENT:  # the next one ends an event, or the input
                yield from self._whole(joined)
                return
            event = windows.read(text, text) if joined.kind == "an XML event" else None
            if event is not None:  # cut at its end: what stands before is kept
                event.line = joined.line
                yield event
                return
            yield Rejected(self.path, f"{joined.kind} that does not end", joined.line, None, text[:200])

    def _line(self, text: str, line: int) -> Iterator[Record | Rejected]:
        if self.joined is not None:
            yield from self._join(text, line)
            return
        if self.columns is not None:
            yield from self._row(text, line)
            return
        bare = text.strip()
        if not bare:
            return
        first = bare[0]
        if first == "#" and bare[1:2].isalpha() and ":" in bare[:40] and (" " in bare or ":" in bare[-1:]):
            columns = w3c_fields(bare, self.directives)
            if columns is not None or bare[1:].partition(":")[0].strip() in _W3C:
                self.columns = columns or self.columns
                return
        if first in "{[<" and self._begins(bare, line):
            return
        if _begins_text_event(bare):
            self.joined = Joined(_TEXT_EVENT, line, [text], size=len(text))
            return
        if first in "]}," and self.in_array and not bare.strip("]}, \t"):
            return  # the end of an array whose elements were read one by one
        if self.in_array and first == "{":
            bare = bare.rstrip(",")
        yield from read_text(bare if first in "{[<" else text)

    def _begins(self, bare: str, line: int) -> bool:
        """Whether a record begins here that goes on in further lines (or only an array that holds records does)."""
        if bare[0] == "<":
            if bare.startswith(("<?xml", "<Events", "</Events")) and "<Event" not in bare[7:]:
                return True
            if windows.START.match(bare) is None or windows.END.search(bare) is not None:
                return False
            self.joined = Joined("an XML event", line, [bare], size=len(bare))
            return True
        if bare[0] == "[":
            if bare == "[":
                self.in_array = True
                return True
            if bare[1:].lstrip()[:1] != "{":
                return False
            bare = bare[1:].lstrip()
            self.in_array = True
        if bare[-1] == "}" and bare.count("{") == bare.count("}"):
            return False  # nearly every line: whole
        depth = _depth(bare)
        if depth <= 0:
            return False
        document = _ARRAY_OF_DOCUMENT.match(bare)
        if document is not None:
            self.in_array = True
            rest = bare[document.end() :]
            if rest:
                self.joined = Joined("a JSON object", line, [rest], _depth(rest), len(rest))
            return True
        self.joined = Joined("a JSON object", line, [bare], depth, len(bare))
        return True

    def _join(self, text: str, line: int) -> Iterator[Record | Rejected]:
        joined = self.joined
        if joined is None:
            return
        if joined.kind == _TEXT_EVENT and (
            _begins_text_event(text.strip()) or (len(joined.texts) == 1 and _ASSIGNMENT.match(text) is None)
        ):
            self.joined = None
            yield from self._whole(joined)
            yield from self._line(text, line)
            return
        joined.texts.append(text)
        joined.size += len(text)
        if joined.kind == "a JSON object":
            joined.depth += _depth(text)
            whole = joined.depth <= 0
            if not whole and len(joined.texts) <= 64:
                document = _ARRAY_OF_DOCUMENT.match("\n".join(joined.texts))
                if document is not None:
                    self.in_array = True
                    rest = "\n".join(joined.texts)[document.end() :]
                    self.joined = Joined(joined.kind, line, [rest], _depth(rest), len(rest)) if rest.strip() else None
                    return
        elif joined.kind == "an XML event":
            whole = windows.END.search(text) is not None
        elif joined.kind == _TEXT_EVENT:
            whole = False
        else:
            whole = text.count('"') % 2 == 1
        if whole:
            self.joined = None
            yield from self._whole(joined)
        elif joined.size > MAX_JOINED or len(joined.texts) > MAX_JOINED_LINES:
            self.joined = None
            yield Rejected(self.path, f"{joined.kind} that does not end", joined.line, None, joined.texts[0][:200])

    def _whole(self, joined: Joined) -> Iterator[Record | Rejected]:
        text = "\n".join(joined.texts)
        if joined.kind == "a row" and self.columns is not None:
            found = [self.columns.row(text, text)]
        else:
            found = read_text(
                text.strip().rstrip(",]} \t\r\n") + "}"
                if joined.kind == "a JSON object" and self.in_array and joined.depth < 0
                else text.strip().rstrip(",")
            )
        for record in found:
            record.line = joined.line
            yield record

    def _row(self, text: str, line: int) -> Iterator[Record | Rejected]:
        columns = self.columns
        if columns is None:
            return
        bare = text.strip()
        if not bare:
            return
        if bare.startswith("#TYPE ") and columns.form is Form.TABLE:
            return  # PowerShell says what it has exported
        if bare[0] == "#" and columns.form is Form.W3C:
            self.columns = w3c_fields(bare, self.directives) or self.columns
            return
        if columns.form is Form.TABLE:
            if '"' in text and text.count('"') % 2 == 1:
                self.joined = Joined("a row", line, [text], size=len(text))
                return
            names = columns.names
            again = header_of(text, "") if names[0] in text and names[-1].partition("#")[0] in text else None
            if again is not None and set(again.names) == set(columns.names):
                self.columns = again  # files joined one behind the other
                return
        record = columns.row(text, text)
        if record.problem is not None and bare[0] in "<{":
            yield from read_text(bare)  # no row: another log has been appended
        else:
            yield record


_SPECIAL = frozenset("#{[]}, \t\r\x0b\x0c")
"""What a line begins with that may be no record of its own; ``<`` is looked at by its next character."""

_W3C = frozenset(("Software", "Version", "Date", "Fields", "Start-Date", "End-Date", "Remark"))


def _is_plain(text: str) -> bool:
    """Whether a line is a record by itself, whatever stands in it."""
    first = text[0]
    if text[2:3] == "/" and _begins_text_event(text):
        return False
    return first not in _SPECIAL and (first != "<" or text[1:2].isdigit())


_TEXT_EVENT = "an event in text"
"""Splunk's rendering of Windows events: a line with the time alone, ``name=value`` lines, and the event's own text."""

_ONLY_TIME = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d(?:\.\d{1,6})? [AP]M")
_ASSIGNMENT = re.compile(r"\s*[A-Za-z]\w*=")


def _begins_text_event(text: str) -> bool:
    return text[2:3] == "/" and _ONLY_TIME.fullmatch(text.rstrip()) is not None


def _depth(text: str) -> int:
    """How many brackets are left open in a piece of JSON; strings are no brackets."""
    if '"' not in text:
        return text.count("{") + text.count("[") - text.count("}") - text.count("]")
    depth = 0
    for found in _TOKEN.findall(text):
        if found in "{[":
            depth += 1
        elif found in "}]":
            depth -= 1
    return depth

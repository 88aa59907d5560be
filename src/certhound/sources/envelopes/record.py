"""What a vendor source sees of a log record, whatever envelopes it lay in.

A record has a *form* (how its keys and values are written) and its values by key; what stood around it (a syslog
header, the row of an export) is its :class:`Header`. Values are text: numbers with the digits that they were written
with, booleans as ``true`` and ``false``, nested JSON flattened with dots, lists as JSON text; a JSON null is no value.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ABSENT = frozenset(
    (
        "", "-", "--", "(empty)", "None", "none", "NONE", "null", "NULL", "(null)", "<null>", "nil", "N/A", "n/a", "NA",
        "Not Found", "NotAvailable", "Not Available", "unset", "undefined", "Undefined", '""', "(none)",
        "Not Applicable", "Unknown", "UNKNOWN", "unknown", "NotChecked", "NoSSL", "No Authentication Required",
    )
)  # fmt: skip
"""Words that stand for no value, in whatever field."""


class Form(StrEnum):
    """How a record's keys and values are written."""

    LEEF = "leef"
    CEF = "cef"
    KEY_VALUE = "key_value"
    JSON = "json"
    TABLE = "table"  # CSV or TSV below a header
    W3C = "w3c"  # W3C extended log format: below #Fields
    WINDOWS = "windows"  # a Windows event, from XML or EVTX
    TEXT = "text"  # none of these: words, or cells without a header


class _Nothing(dict[str, str]):
    """No keys, for everybody."""

    __hash__ = object.__hash__  # type: ignore[assignment]


NOTHING: Mapping[str, str] = _Nothing()


@dataclass(slots=True, eq=False)
class Header:
    """What stood around a record: its syslog header (RFC 3164, RFC 5424), or the row of an export.

    ``time`` is text as written. ``priority`` is facility * 8 + severity. ``data`` holds structured data (RFC 5424) by
    ``id.name``, or the other columns of an export. ``kind`` names the envelope: ``rfc3164``, ``rfc5424``, ``splunk`` …
    """

    kind: str = ""
    time: str | None = None
    host: str | None = None
    app: str | None = None
    pid: str | None = None
    message_id: str | None = None
    priority: int | None = None
    data: Mapping[str, str] = NOTHING


NO_HEADER = Header()


@dataclass(slots=True, eq=False)
class Record:
    """One record. ``payload`` is the record as it was met, envelopes included; ``text`` the innermost of it.

    ``vendor``, ``product``, ``version``, ``event_id``, ``event_name``, ``severity`` are those of a LEEF or CEF header
    (``event_id`` also that of a Windows event). ``before`` is text that stood before the first key. ``object`` is the
    JSON object behind the values. ``problem`` says what in it could not be read though the rest could.
    """

    form: Form
    values: dict[str, str]
    text: str
    payload: str
    line: int = 0
    number: int = 0
    header: Header = NO_HEADER
    vendor: str = ""
    product: str = ""
    version: str = ""
    event_id: str = ""
    event_name: str = ""
    severity: str = ""
    before: str = ""
    object: Mapping[str, object] | None = None
    problem: str | None = None
    parts: int = 1
    _labels: dict[str, str] | None = None
    _cells: list[str] | None = None

    def get(self, *keys: str) -> str | None:
        """The first value of these keys that says anything; placeholders such as ``-`` and ``N/A`` do not."""
        values = self.values
        for key in keys:
            value = values.get(key)
            if value is not None and value not in ABSENT:
                return value
        return None

    def label(self, *names: str) -> str | None:
        """CEF's custom values (``cs1`` with ``cs1Label``) by their label, in any case."""
        if self._labels is None:
            values = self.values
            self._labels = {
                label.lower(): values.get(key[:-5], "")
                for key, label in values.items()
                if key[-5:] in ("Label", "label") and len(key) > 5
            }
        for name in names:
            value = self._labels.get(name.lower())
            if value is not None and value not in ABSENT:
                return value
        return None

    def cells(self, separator: str = ",") -> list[str]:
        """The text split as one row of CSV (quotes respected), for records without a header of columns."""
        if self._cells is None:
            self._cells = split_row(self.text, separator)
        return self._cells


def split_row(text: str, separator: str = ",") -> list[str]:
    """One row of separated values; quotes (``"``, doubled inside) protect separators. Odd quoting is no error."""
    if '"' not in text:
        return text.split(separator)
    if text[0] == text[-1] == '"':
        cells = text[1:-1].split(f'"{separator}"')
        if text.count('"') == 2 * len(cells) and len(text) > 1:
            return cells  # each cell is in quotes, and there are no further ones
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return text.split(separator)

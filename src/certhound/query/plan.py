"""Read plans: what a source says about reading a file, and what an engine needs to do it fast.

A plan names the raw columns of a stretch of a file and maps them to columns of ``events`` by expressions of the query
tree. The fast path (an engine's own bulk reader) and the careful path (records split in Python) give the same raw
columns and go through the same mapping, so that they can only differ in what they count as a record.

Plans live here and not in ``model/`` because their mapping is made of expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from certhound.model.columns import Kind
from certhound.query.tree import Expr


class Layout(StrEnum):
    """How records lie in a file that an engine can read in bulk."""

    DELIMITED = "delimited"  # one record a line, columns by position, no quoting
    JSON_LINES = "json_lines"  # one object a line


class Compression(StrEnum):
    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    ZIP = "zip"  # a member of an archive; no engine opens it


EACH = "[]"
"""In a path of keys: every element of the list that stands there."""


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of the file: the name that mappings use, its path of keys in JSON, and text or list of text."""

    name: str
    path: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one file that has one list of columns and reaches to the end of the file.

    ``first_line`` is the physical line, from 1, of the first record. In delimited files ``columns`` are all physical
    columns in order, and lines that begin with ``comment`` may close the file; ``unset`` stands for an absent value,
    ``empty`` for an empty one, and with ``hex_escapes`` bytes are written ``\\xNN``. The engine decodes these, so that
    mappings see the same values whatever the layout. ``fields`` are the columns that stand as vendor fields.
    """

    path: str
    layout: Layout
    columns: tuple[RawColumn, ...]
    compression: Compression = Compression.NONE
    first_line: int = 1
    separator: str = "\t"
    comment: str = "#"
    list_separator: str = ","
    unset: str = "-"
    empty: str = "(empty)"
    hex_escapes: bool = True
    fields: tuple[str, ...] = ()


Mapping_: TypeAlias = Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the records of one kind of log mean: the source's name, the mappings, and when a record is whole.

    ``mapping`` gives each filled column of ``events`` its expression over raw columns; ``certificate`` does the same
    for columns of ``certificates`` where the record states something about one (its base64 DER as ``der``, a text). A
    record for which ``valid`` is not true is doubtful: the fast path gives the file to the careful path, which looks at
    it line by line.

    Where records of several kinds stand in one file, ``mapping`` gives ``source`` and ``category`` too, and ``kinds``
    the shape of each kind by its source; the file is then read once and stored by kind. A record for which ``again`` is
    true tells of a session (by its ``session_uid``) that other records tell of too: it counts where none of them was
    read. ``ders`` gives all certificates that a record carries, as a list of base64 texts.
    """

    source: str
    category: str
    mapping: Mapping_
    valid: Expr
    certificate: Mapping_ | None = None
    again: Expr | None = None
    ders: Expr | None = None
    kinds: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Records split by the careful path: raw columns of equal length, and where each record stood.

    ``raw`` maps a raw column to its values: text or list of text, or where a source reads them itself whatever fits the
    column's kind (times in microseconds since 1970); or None. ``problems`` tells for each record what in it
    could not be read though the rest could.
    """

    shape: Shape
    raw: Mapping[str, list[Any]]
    kinds: Mapping[str, Kind]
    lines: list[int]
    records: list[int]
    payloads: list[str]
    fields: list[dict[str, str]]
    problems: list[str | None]
    parts: list[int] | None = None
    """How many records each row was made of, where that may be more than one."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read: where it stands, why, and its beginning."""

    file: str
    reason: str
    line: int | None = None
    record: int | None = None
    sample: str = ""


CarefulReader: TypeAlias = Callable[[], Iterator[RawBatch | Rejected]]


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """How one file is read: fast through ``segment`` where that is possible, carefully in any case.

    ``mixed``: its records are of several logs, and each batch brings a shape of its own; the file is read once, and
    what each log gave is a part of the lake by itself. ``shape`` is then that of an empty file.
    """

    file: str
    shape: Shape
    careful: CarefulReader
    segment: Segment | None = None
    log_source: str | None = None
    note: str = ""
    size: int = 0
    mixed: bool = False

"""What a commit says: the files that it adds and takes away, and what is known of each input.

Manifests are JSON. Within a format fields are added, never renamed or taken away; a reader passes over those that it
does not know, and refuses a format above its own.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

FORMAT = 1
"""The format of manifests that this version writes."""


class Commit(StrEnum):
    """Why a commit was made."""

    CREATE = "create"
    INGEST = "ingest"
    COMPACT = "compact"
    EXPIRE = "expire"


class ShapeInfo(msgspec.Struct, frozen=True):
    """What the rows of a file are: source, category, the columns of ``events`` that are filled, and what the records
    state of certificates."""

    source: str
    category: str
    columns: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()


class EventsFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A Parquet file of events. ``first`` and ``last``: the span of their times, microseconds since 1970 (UTC)."""

    path: str
    day: str
    rows: int
    size: int
    shape: int
    first: int | None = None
    last: int | None = None


class TableFile(msgspec.Struct, frozen=True):
    """A Parquet file of certificates or rejects."""

    path: str
    rows: int
    size: int


class Tail(msgspec.Struct, frozen=True, omit_defaults=True):
    """The end of an input that may be unfinished: what stands behind its last line end, or behind damage.

    ``offset``, ``lines`` and ``records`` are what lies before it; ``paths`` the files with what was read of it, to be
    taken back when the input has grown.
    """

    offset: int
    lines: int
    records: int
    rows: int = 0
    rejected: int = 0
    paths: tuple[str, ...] = ()


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """An input whose content is in the lake.

    ``length`` (bytes, decompressed) and ``digest`` (SHA-256) are its identity; ``head`` is the SHA-256 of its first
    ``head_length`` bytes. ``size`` is what it takes on its disk, ``records`` the number of its last record.
    ``certificates`` says how many it holds as such. An empty ``source`` means that no source took
    it; ``guess`` then says what it might be.
    """

    number: int
    name: str
    source: str
    category: str
    size: int
    length: int
    digest: str
    head: str
    head_length: int
    lines: int = 0
    records: int = 0
    rows: int = 0
    rejected: int = 0
    certificates: int | None = None
    guess: str = ""
    tail: Tail | None = None


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One commit. ``whole``: it does not add to what was before but states all of it."""

    format: int
    number: int
    kind: Commit
    at: str
    by: str
    whole: bool = False
    shapes: tuple[ShapeInfo, ...] = ()
    events: tuple[EventsFile, ...] = ()
    certificates: tuple[TableFile, ...] = ()
    rejects: tuple[TableFile, ...] = ()
    files: tuple[Known, ...] = ()
    removed: tuple[str, ...] = ()


class _Format(msgspec.Struct):
    format: int = FORMAT


def encode(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def format_of(data: bytes) -> int:
    """The format of a manifest, whatever else is in it."""
    return msgspec.json.decode(data, type=_Format).format


def decode(data: bytes) -> Manifest:
    """A manifest; raises msgspec.DecodeError for what is none."""
    return msgspec.json.decode(data, type=Manifest)

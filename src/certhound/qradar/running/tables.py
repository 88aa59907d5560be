"""Rows given by hand as Ariel tables: one JSON object a line, keys are column names, any other key a custom property.

Times are epoch milliseconds, lists arrays, addresses and payloads texts; a missing key is NULL. Records are put into
the order in which a console reads them: the last stored first. What is large is read in blocks and kept in a
:class:`~certhound.qradar.running.store.Store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from certhound.model.columns import Kind
from certhound.model.errors import Place, UnreadableError, UsageError
from certhound.qradar.catalogue import ArielColumn, ArielType, Catalogue
from certhound.qradar.catalogue.databases import DATABASES, WIDELY_WRITTEN
from certhound.qradar.running.records import Block, Faults, block_of, decoded, joint_type
from certhound.qradar.running.setting import ORDER, TableInfo, property_column
from certhound.qradar.running.store import Store, Stored, write_piece
from certhound.query.engines.duckdb import ARROW, DuckDbEngine
from certhound.query.schema import Schema

SMALL_BYTES = 16 << 20
"""A file up to this size is one block and stays in memory."""
_BLOCK_BYTES = 16 << 20
_STORED = "stored"
"""Column for time windows where some record does not say when it was stored: then its start counts."""


@dataclass(frozen=True, slots=True)
class ArielTable:
    """A database's records in reading order, and the custom properties that they bring along."""

    info: TableInfo
    data: pa.Table | Stored
    properties: Mapping[str, ArielColumn] = field(default_factory=dict)

    def distinct(self, column: str) -> list[str]:
        """The different values of a column of text, absent ones left out."""
        if isinstance(self.data, Stored):
            return self.data.distinct(column)
        return [each for each in pc.unique(self.data[column]).to_pylist() if each is not None]

    def newest(self) -> int | None:
        """Storage time of the newest record, in epoch milliseconds."""
        if isinstance(self.data, Stored):
            return self.data.newest(self.info.window)
        value = pc.max(self.data[self.info.window]).as_py()
        return None if value is None else int(value)

    def count(self) -> int:
        """Number of records."""
        return self.data.count() if isinstance(self.data, Stored) else self.data.num_rows

    def register(self, engine: DuckDbEngine) -> None:
        """Make it a table of an engine, that of its own store if it is kept in one."""
        if isinstance(self.data, Stored):
            engine.register_source(self.info.schema, self.data.source())
        else:
            engine.register_arrow(self.info.schema, self.data)

    def rows(self) -> list[dict[str, Any]]:
        """All records as Python rows, for the reference evaluator."""
        data = self.data.to_arrow() if isinstance(self.data, Stored) else self.data
        rows: list[dict[str, Any]] = data.to_pylist(maps_as_pydicts="lossy")
        return rows


def table_argument(text: str) -> tuple[str, Path]:
    """``NAME=FILE`` of ``--table``. Raises UsageError for another form and for names that are no database."""
    name, equals, path = text.partition("=")
    known = tuple(DATABASES)
    if not equals or not path or name.lower() not in known:
        raise UsageError(
            f"{text!r} is no table", check="bad-table", advice=f"NAME=FILE.jsonl, NAME one of {', '.join(known)}"
        )
    return name.lower(), Path(path)


def read_table(
    name: str, path: Path, catalogue: Catalogue, *, strict: bool = False, store: Store | None = None
) -> ArielTable:
    """Read a file of rows. ``strict``: properties that the catalogue lacks are not made known.

    A large file goes into the ``store``, one of its own where none is given. Raises located errors for lines that are
    no objects and for values that do not fit their columns.
    """
    reader = _Reader(name, catalogue, str(path), strict)
    try:
        with path.open("rb") as stream:
            head = stream.read(SMALL_BYTES)
            rest = stream.read(1)
            if not rest:
                return reader.small(head)
            if not stream.seekable():
                raise UnreadableError(
                    "is too large to be read from a pipe", check="unreadable", place=Place(str(path)), advice="save it"
                )
            return reader.large(stream, store or Store())
    except OSError as error:
        raise UnreadableError(error.strerror or str(error), check="unreadable", place=Place(str(path))) from None


def table_of_rows(name: str, rows: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> ArielTable:
    """Python rows as a table; keys as in a file."""
    reader = _Reader(name, catalogue, "", strict=False)
    whole = [dict(row) for row in rows]
    return reader.table(range(1, len(whole) + 1), whole)


class _Reader:
    """Reads rows into a table of one database."""

    def __init__(self, database: str, catalogue: Catalogue, file: str, strict: bool) -> None:
        self.database, self.catalogue, self.strict = database, catalogue, strict
        self.native = {column.name: column for column in DATABASES[database]}
        self.faults = Faults(file)
        self.always_stored = True

    def known(self, name: str) -> ArielColumn | None:
        return self.native.get(name) or self.catalogue.properties.get(name)

    def small(self, data: bytes) -> ArielTable:
        return self.table(*decoded(enumerate(data.split(b"\n"), 1), self.faults))

    def table(self, numbers: Iterable[int], rows: list[dict[str, Any]]) -> ArielTable:
        block = block_of(list(numbers), rows, self.known, self.faults)
        self.faults.raise_all()
        kinds = {name: kind for name, (kind, _) in block.columns.items()}
        return build(self.database, block.columns, block.count, self.brought(kinds, block.spelt))

    def large(self, stream: BinaryIO, store: Store) -> ArielTable:
        """In blocks, each of which becomes a file; where they disagree on a type all is read again."""
        seen: dict[str, set[ArielType]] = {}
        spelt: dict[str, str] = {}
        pieces = list(self.pieces(stream, store, seen, spelt, {}))
        kinds = {name: joint_type(found) for name, found in seen.items()}
        if any(found - {kinds[name], ArielType.NULL} for name, found in seen.items()):
            for piece in pieces:
                piece.unlink()
            pieces = list(self.pieces(stream, store, {}, spelt, kinds))
        columns = {
            held_as(self.database, name): kind.kind for name, kind in kinds.items() if kind is not ArielType.NULL
        }
        columns = {"starttime": Kind.INT, "endtime": Kind.INT, **columns}
        window = "endtime" if self.always_stored else _STORED
        columns[window] = Kind.INT
        table = f"stored {self.database}"
        store.assemble(table, pieces, columns, _STORED)
        info = TableInfo(Schema(self.database, {**columns, ORDER: Kind.INT}), window)
        return ArielTable(info, Stored(store, table), self.brought(kinds, spelt))

    def pieces(
        self,
        stream: BinaryIO,
        store: Store,
        seen: dict[str, set[ArielType]],
        spelt: dict[str, str],
        wanted: Mapping[str, ArielType],
    ) -> Iterator[Path]:
        place = 0
        for lines in _blocks(stream):
            numbers, rows = decoded(lines, self.faults)
            block = block_of(numbers, rows, self.known, self.faults, wanted)
            self.faults.raise_all()
            for name, (kind, _) in block.columns.items():
                seen.setdefault(name, set()).add(kind)
                spelt.setdefault(name, block.spelt[name])
            piece = store.folder / f"{self.database}-{place}.parquet"
            write_piece(piece, self.with_window(block), place)
            place += block.count
            yield piece

    def with_window(self, block: Block) -> pa.Table:
        """The block's columns and the one that time windows apply to."""
        table = block.table()
        table = table.rename_columns([held_as(self.database, name) for name in table.column_names])
        for name in ("starttime", "endtime"):
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(block.count, pa.int64()))
        self.always_stored = self.always_stored and table["endtime"].null_count == 0
        return table.append_column(_STORED, pc.coalesce(table["endtime"], table["starttime"]))

    def brought(self, kinds: Mapping[str, ArielType], spelt: Mapping[str, str]) -> dict[str, ArielColumn]:
        """The properties that the rows make known: those that nobody declared, and numbers that are no whole ones."""
        found = {}
        for name, kind in kinds.items():
            known = self.known(name)
            if known is not None and known.type is not kind and known.custom and kind is ArielType.DOUBLE:
                found[name] = ArielColumn(known.name, kind, known.meaning, custom=True)
            elif known is None and not self.strict and name not in WIDELY_WRITTEN:
                settled = ArielType.STRING if kind is ArielType.NULL else kind
                found[name] = ArielColumn(spelt[name], settled, "from the rows", custom=True)
        return found


def _blocks(stream: BinaryIO) -> Iterator[Iterator[tuple[int, bytes]]]:
    """The numbered lines of a file from its beginning, some at a time."""
    stream.seek(0)
    number = 1
    while lines := stream.readlines(_BLOCK_BYTES):
        yield enumerate(lines, number)
        number += len(lines)


def held_as(database: str, name: str) -> str:
    """The column of a table for a key of its rows."""
    return name if name in {column.name for column in DATABASES[database]} else property_column(name)


def build(
    database: str,
    columns: Mapping[str, tuple[ArielType, list[Any]]],
    count: int,
    brought: Mapping[str, ArielColumn],
) -> ArielTable:
    """A table of columns by name in lower case; the values are right for their types."""
    columns = {held_as(database, name): column for name, column in columns.items() if column[0] is not ArielType.NULL}
    kinds = {name: kind.kind for name, (kind, _) in columns.items()}
    arrays = {name: pa.array(values, ARROW[kinds[name]]) for name, (_, values) in columns.items()}
    for column in DATABASES[database]:
        if column.name in ("starttime", "endtime") and column.name not in arrays:
            kinds[column.name] = Kind.INT
            arrays[column.name] = pa.nulls(count, pa.int64())
    data = pa.table(arrays)
    window = "endtime"
    if data["endtime"].null_count:
        window = _STORED
        kinds[window] = Kind.INT
        data = data.append_column(window, pc.coalesce(data["endtime"], data["starttime"]))
    order = pc.sort_indices(data, sort_keys=[(window, "descending", "at_end")])
    data = data.take(order).append_column(ORDER, pa.array(range(count), pa.int64()))
    return ArielTable(TableInfo(Schema(database, {**kinds, ORDER: Kind.INT}), window), data, brought)

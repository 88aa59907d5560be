"""Rows given by hand as Ariel tables: one JSON object a line, keys are column names, any other key a custom property.

Times are epoch milliseconds, lists arrays, addresses and payloads texts; a missing key is NULL. Records are put into
the order in which a console reads them: the last stored first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from certhound.model.columns import Kind
from certhound.model.errors import CerthoundError, ContentError, ErrorList, Place, UnreadableError, UsageError
from certhound.qradar.catalogue import ArielColumn, ArielType, Catalogue
from certhound.qradar.catalogue.databases import DATABASES, WIDELY_WRITTEN
from certhound.qradar.running.setting import ORDER, TableInfo
from certhound.qradar.running.typed import spelt
from certhound.query.engines.duckdb import ARROW
from certhound.query.inet import inet_key
from certhound.query.schema import Schema

MAX_ERRORS = 20
_STORED = "stored"
"""Column for time windows where some record does not say when it was stored: then its start counts."""


@dataclass(frozen=True, slots=True)
class ArielTable:
    """A database's records in reading order, and the custom properties that they bring along."""

    info: TableInfo
    data: pa.Table
    properties: Mapping[str, ArielColumn] = field(default_factory=dict)

    def distinct(self, column: str) -> list[str]:
        """The different values of a column of text, absent ones left out."""
        return [each for each in pc.unique(self.data[column]).to_pylist() if each is not None]

    def newest(self) -> int | None:
        """Storage time of the newest record, in epoch milliseconds."""
        value = pc.max(self.data[self.info.window]).as_py()
        return None if value is None else int(value)


def table_argument(text: str) -> tuple[str, Path]:
    """``NAME=FILE`` of ``--table``. Raises UsageError for another form and for names that are no database."""
    name, equals, path = text.partition("=")
    known = tuple(DATABASES)
    if not equals or not path or name.lower() not in known:
        raise UsageError(
            f"{text!r} is no table", check="bad-table", advice=f"NAME=FILE.jsonl, NAME one of {', '.join(known)}"
        )
    return name.lower(), Path(path)


def read_table(name: str, path: Path, catalogue: Catalogue, *, strict: bool = False) -> ArielTable:
    """Read a file of rows. ``strict``: properties that the catalogue lacks are not made known.

    Raises located errors for lines that are no objects and for values that do not fit their columns.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableError(error.strerror or str(error), check="unreadable", place=Place(str(path))) from None
    rows = _Rows(name, catalogue, str(path))
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            rows.take(line, number)
    return rows.table(strict=strict)


def table_of_rows(name: str, rows: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> ArielTable:
    """Python rows as a table; keys as in a file."""
    taken = _Rows(name, catalogue, "")
    for number, row in enumerate(rows, 1):
        taken.take_row(dict(row), number)
    return taken.table(strict=False)


class _Rows:
    """Gathers rows column by column."""

    def __init__(self, database: str, catalogue: Catalogue, file: str) -> None:
        self.database, self.catalogue, self.file = database, catalogue, file
        self.native = {column.name: column for column in DATABASES[database]}
        self.count = 0
        self.values: dict[str, list[Any]] = {}
        self.spelt: dict[str, str] = {}
        self.errors: list[CerthoundError] = []
        self.decoder = msgspec.json.Decoder()

    def take(self, line: bytes, number: int) -> None:
        try:
            row = self.decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.fault(number, f"no JSON object: {error}")
            return
        if not isinstance(row, dict):
            self.fault(number, "a line is one JSON object")
            return
        self.take_row(row, number)

    def take_row(self, row: dict[str, Any], number: int) -> None:
        for key, value in row.items():
            name = key.lower()
            column = self.native.get(name) or self.catalogue.properties.get(name)
            if value is None or (column is None and not name):
                continue
            if column is not None:
                value = self.converted(column, value, number)
            values = self.values.setdefault(name, [])
            if len(values) <= self.count:
                values.extend([None] * (self.count - len(values)))
                values.append(value)
                self.spelt.setdefault(name, key)
        self.count += 1

    def converted(self, column: ArielColumn, value: Any, number: int) -> Any:
        try:
            return _CONVERT[column.type](value)
        except (ValueError, TypeError, OverflowError):
            shown = msgspec.json.encode(value).decode()[:60]
            self.fault(number, f"{column.name} is of type {column.type}, which {shown} is not")
            return None

    def fault(self, line: int, text: str) -> None:
        self.errors.append(ContentError(text, check="table-row", place=Place(self.file, line)))
        if len(self.errors) >= MAX_ERRORS:
            raise ErrorList(self.errors)

    def table(self, *, strict: bool) -> ArielTable:
        if self.errors:
            raise ErrorList(self.errors)
        brought: dict[str, ArielColumn] = {}
        columns: dict[str, tuple[ArielType, list[Any]]] = {}
        for name, values in self.values.items():
            values.extend([None] * (self.count - len(values)))
            known = self.native.get(name) or self.catalogue.properties.get(name)
            if known is None:
                kind, values = _inferred(values)
                if not strict and name not in WIDELY_WRITTEN:
                    brought[name] = ArielColumn(self.spelt[name], kind, "from the rows", custom=True)
            else:
                kind = known.type
            columns[name] = (kind, values)
        return build(self.database, columns, self.count, brought)


def build(
    database: str,
    columns: Mapping[str, tuple[ArielType, list[Any]]],
    count: int,
    brought: Mapping[str, ArielColumn],
) -> ArielTable:
    """A table of columns by name in lower case; the values are right for their types."""
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


def _inferred(values: list[Any]) -> tuple[ArielType, list[Any]]:
    """The type of a property that nobody declared: of all its values, else text."""
    types = {type(value) for value in values if value is not None}
    if types == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return ArielType.LONG, values
    if types <= {int, float} and types:
        return ArielType.DOUBLE, [None if value is None else float(value) for value in values]
    if types == {bool}:
        return ArielType.BOOLEAN, values
    if types == {list}:
        return ArielType.LIST, [None if value is None else _list(value) for value in values]
    return ArielType.STRING, [None if value is None else _text(value) for value in values]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise OverflowError
    return number


def _double(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]


def _boolean_or_fault(value: Any) -> bool:
    try:
        return _boolean(value)
    except KeyError:
        raise ValueError from None


def _single(value: Any) -> str:
    if isinstance(value, list | dict):
        raise TypeError
    return _text(value)


def _address(value: Any) -> str:
    address = spelt(_single(value))
    if inet_key(address) is None:
        raise ValueError
    return address


def _list(value: Any) -> list[str]:
    return [_text(each) for each in value] if isinstance(value, list) else [_text(value)]


_CONVERT: dict[ArielType, Callable[[Any], Any]] = {
    ArielType.INTEGER: _integer,
    ArielType.LONG: _integer,
    ArielType.PORT: _integer,
    ArielType.DOUBLE: _double,
    ArielType.BOOLEAN: _boolean_or_fault,
    ArielType.STRING: _text,
    ArielType.MAC: _single,
    ArielType.HOST: _address,
    ArielType.BYTES: _text,
    ArielType.LIST: _list,
}

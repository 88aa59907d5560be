"""Rows of JSON as columns of Ariel's types: whole columns where all values are as they should be, else one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from certhound.model.errors import CerthoundError, ContentError, ErrorList, Place
from certhound.qradar.catalogue import ArielColumn, ArielType
from certhound.qradar.running.typed import DOTTED, spelt
from certhound.query.engines.duckdb import ARROW
from certhound.query.inet import inet_key

MAX_ERRORS = 20
Column = tuple[ArielType, list[Any]]


@dataclass(slots=True)
class Faults:
    """What is wrong with the rows of a file, until there is too much of it."""

    file: str
    errors: list[CerthoundError] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        self.errors.append(ContentError(text, check="table-row", place=Place(self.file, line)))
        if len(self.errors) >= MAX_ERRORS:
            raise ErrorList(self.errors)

    def raise_all(self) -> None:
        if self.errors:
            raise ErrorList(self.errors)


def decoded(lines: Iterable[tuple[int, bytes]], faults: Faults) -> tuple[list[int], list[dict[str, Any]]]:
    """The objects of numbered lines, each with the number of its line."""
    decode = msgspec.json.Decoder().decode
    numbers: list[int] = []
    rows: list[dict[str, Any]] = []
    for number, line in lines:
        if not line or line.isspace():
            continue
        try:
            row = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            faults.add(number, f"no JSON object: {error}")
            continue
        if isinstance(row, dict):
            numbers.append(number)
            rows.append(row)
        else:
            faults.add(number, "a line is one JSON object")
    return numbers, rows


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows as columns by name in lower case; ``spelt`` as the rows write them."""

    count: int
    columns: Mapping[str, Column]
    spelt: Mapping[str, str]

    def table(self) -> pa.Table:
        """The columns with values, as Arrow has them."""
        arrays = {
            name: pa.array(values, ARROW[kind.kind])
            for name, (kind, values) in self.columns.items()
            if kind is not ArielType.NULL
        }
        return pa.table(arrays) if arrays else pa.table({"nothing": pa.nulls(self.count, pa.int64())})


def block_of(
    numbers: Sequence[int],
    rows: Sequence[Mapping[str, Any]],
    known: Callable[[str], ArielColumn | None],
    faults: Faults,
    wanted: Mapping[str, ArielType] | None = None,
) -> Block:
    """Rows as columns. ``known``: the declared column of a name; ``wanted``: the type of others, where it is settled.

    A column that nobody declared gets the type that all its values have, else text. Values that do not fit their
    column go to ``faults`` with the number of their row.
    """
    spellings: dict[str, list[str]] = {}
    for key in sorted(set().union(*rows)):
        if key:
            spellings.setdefault(key.lower(), []).append(key)
    columns: dict[str, Column] = {}
    for name, keys in spellings.items():
        values = [row.get(keys[0]) for row in rows]
        for other in keys[1:]:
            values = [row.get(other) if value is None else value for value, row in zip(values, rows, strict=True)]
        column = known(name)
        if column is None or (name in (wanted or {}) and column.custom):
            columns[name] = _settled(values, (wanted or {}).get(name))
        else:
            columns[name] = _declared(column, values, numbers, faults)
    return Block(len(rows), columns, {name: keys[-1] for name, keys in spellings.items()})


def _declared(column: ArielColumn, values: list[Any], numbers: Sequence[int], faults: Faults) -> Column:
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= _AS_IT_IS.get(column.type, set()) and (kinds != {int} or _fits(values)):
        return column.type, values
    if column.custom and column.type is ArielType.LONG and kinds <= {int, float} and not all(map(_whole, values)):
        return ArielType.DOUBLE, [None if value is None else float(value) for value in values]
    convert = _CONVERT[column.type]
    if column.type is ArielType.HOST and kinds == {str} and _all_dotted(values):
        return column.type, values
    found: list[Any] = []
    for number, value in zip(numbers, values, strict=True):
        try:
            found.append(None if value is None else convert(value))
        except (ValueError, TypeError, OverflowError):
            shown = msgspec.json.encode(value).decode()[:60]
            faults.add(number, f"{column.name} is of type {column.type}, which {shown} is not")
            found.append(None)
    return column.type, found


def _settled(values: list[Any], wanted: ArielType | None) -> Column:
    """A column that nobody declared, in the type that other blocks settled, or its own."""
    if wanted is None:
        return _inferred(values)
    if wanted is ArielType.DOUBLE:
        return wanted, [None if value is None else float(value) for value in values]
    if wanted is ArielType.STRING:
        return wanted, [None if value is None else _text(value) for value in values]
    return wanted, _inferred(values)[1]


def joint_type(kinds: Iterable[ArielType]) -> ArielType:
    """The type of a column that several blocks have inferred."""
    found = set(kinds) - {ArielType.NULL}
    if len(found) <= 1:
        return next(iter(found), ArielType.NULL)
    return ArielType.DOUBLE if found == {ArielType.LONG, ArielType.DOUBLE} else ArielType.STRING


def _fits(values: Iterable[Any]) -> bool:
    """Whether 64 bits hold all of these numbers."""
    there = [value for value in values if value is not None]
    return not there or (min(there) >= -(2**63) and max(there) < 2**63)


def _all_dotted(values: list[Any]) -> bool:
    """Whether all are IPv4 addresses as our tables write them."""
    return pc.all(pc.match_substring_regex(pa.array(values, pa.string()), DOTTED)).as_py() is not False


def _whole(value: Any) -> bool:
    return value is None or isinstance(value, int) or value.is_integer()


def _inferred(values: list[Any]) -> tuple[ArielType, list[Any]]:
    """The type of a property that nobody declared: of all its values, else text."""
    types = {type(value) for value in values if value is not None}
    if not types:
        return ArielType.NULL, values
    if types == {int} and _fits(values):
        return ArielType.LONG, values
    if types <= {int, float}:
        return ArielType.DOUBLE, [None if value is None else float(value) for value in values]
    if types == {bool}:
        return ArielType.BOOLEAN, values
    if types == {list}:
        return ArielType.LIST, [None if value is None else _list(value) for value in values]
    return ArielType.STRING, [None if value is None else _text(value) for value in values]


def _text(value: Any) -> str:
    if type(value) is int:
        return str(value)
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


@lru_cache(maxsize=100_000)
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

_AS_IT_IS: dict[ArielType, set[type]] = {
    ArielType.INTEGER: {int},
    ArielType.LONG: {int},
    ArielType.PORT: {int},
    ArielType.DOUBLE: {float},
    ArielType.BOOLEAN: {bool},
    ArielType.STRING: {str},
    ArielType.MAC: {str},
    ArielType.BYTES: {str},
}
"""Python's types of values that a column takes unchanged."""

"""A segment of files as a relation of raw columns, read by DuckDB's own bulk readers.

Nothing is sniffed, nothing skipped: columns are given, and every error is an error, for DuckDB's tolerant modes lose
records in silence. What the layout encodes (absent and empty values, lists, ``\\xNN``) is decoded here, so that a
mapping sees the same raw columns from every layout. Which files are read, the session's variables say: one printed text
serves every file that is laid out alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TypeAlias

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.plan import EACH, Compression, Layout, RawColumn, Segment

PATHS, PARTS = "certhound_paths", "certhound_parts"
"""Variables of the session: the files that are read, and the number by which each of them goes."""

PART = "part"
"""Column of every relation: the number of the file that a row came from."""

FIRST = "[0]"
"""``name[0]`` is a raw column too: the first element of a list, without splitting the rest."""

BARE, FIRST_BARE = "[bare]", "[0 bare]"
"""``name[bare]`` is the value without its escapes undone, for functions that know no text with escapes."""

NUMBER = "[number]"
"""``name[number]`` is the value as a DOUBLE, absent where it is none; read once for all that asks."""

THERE, FIRST_THERE = "[there]", "[0 there]"
"""``name[there]`` tells whether there is a value."""

KINDS = {FIRST: Kind.TEXT, BARE: Kind.TEXT, FIRST_BARE: Kind.TEXT, NUMBER: Kind.DOUBLE, THERE: Kind.BOOL}
KINDS |= {FIRST_THERE: Kind.BOOL}

MAX_OBJECT_BYTES = 16 * 1024 * 1024
"""For JSON. The CSV reader keeps its own limit (2 MB a line): a higher one makes its buffers so large that it reads
with one thread, and a longer line goes to the careful path anyway."""
_GLOB = re.compile(r"([*?\[])")


def literal_paths(paths: Sequence[str]) -> list[str]:
    """Paths as the readers take them; DuckDB takes ``*?[`` in them for patterns, which one-character classes undo."""
    return [_GLOB.sub(r"[\1]", path) for path in paths]


def names_of(column: RawColumn) -> dict[str, Kind]:
    """A raw column under all its names, and their types."""
    suffixes = (FIRST, FIRST_BARE, FIRST_THERE, THERE) if column.kind is Kind.LIST else (BARE, NUMBER, THERE)
    return {column.name: column.kind, **{column.name + suffix: KINDS[suffix] for suffix in suffixes}}


def reader(segment: Segment, wanted: Collection[str], *, several: bool) -> Reader:
    """What FROM takes for files with this segment, and what the wanted raw columns are in it.

    ``several``: the session's variables name more than one file.
    """
    match segment.layout:
        case Layout.DELIMITED:
            return _Delimited(segment, wanted, several)
        case Layout.JSON_LINES:
            return _JsonLines(segment, wanted, several)


class Reader:
    """A bulk reader over the files that the session's variables name, and its raw columns as expressions over it."""

    table: exp.Expression
    whole: Sequence[exp.Expression] = ()
    """What holds of every whole record, in the reader's own columns."""

    comment: exp.Expression | None = None
    """What tells a line that is no record."""

    def __init__(self, segment: Segment, wanted: Collection[str], several: bool) -> None:
        self.segment = segment
        self.several = several
        self.columns = {name: column for column in segment.columns for name in names_of(column)}
        self.physical = {column.name: name for column, name in self._physical(wanted)}

    def _physical(self, wanted: Collection[str]) -> list[tuple[RawColumn, str]]:
        raise NotImplementedError

    def value(self, name: str) -> exp.Expression:
        """A raw column under any of its names."""
        column = self.columns[name]
        node = exp.column(self.physical[column.name], quoted=True)
        return self._form(column, name.removeprefix(column.name), node)

    def _form(self, column: RawColumn, suffix: str, node: exp.Expression) -> exp.Expression:
        raise NotImplementedError

    def is_text(self, physical: str) -> bool:
        """Whether one of the reader's own columns is a text."""
        raise NotImplementedError

    def part(self) -> exp.Expression:
        """The number of the file that a row came from."""
        place = sql.cast(exp.column("file_index"), sql.BIGINT) if self.several else sql.number(0)
        parts = sql.call("getvariable", sql.text(PARTS))
        return sql.call("list_extract", parts, exp.Add(this=place, expression=sql.number(1)))


def _named(name: str, value: exp.Expression) -> exp.Expression:
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=value)


def _columns(pairs: list[tuple[str, str]]) -> exp.Expression:
    """A struct literal of column names and types, as the readers want it."""
    entries = [exp.PropertyEQ(this=sql.text(name), expression=sql.text(kind)) for name, kind in pairs]
    return exp.Struct(expressions=entries)


def _paths() -> exp.Expression:
    return sql.call("getvariable", sql.text(PATHS))


def _compression(segment: Segment) -> exp.Expression:
    return sql.text({Compression.NONE: "none"}.get(segment.compression, segment.compression.value))


# --- delimited -----------------------------------------------------------------------------------------------------


class _Delimited(Reader):
    def __init__(self, segment: Segment, wanted: Collection[str], several: bool) -> None:
        super().__init__(segment, wanted, several)
        names = [f"c{index}" for index in range(len(segment.columns))]
        self.table = sql.call(
            "read_csv",
            _paths(),
            _named("columns", _columns([(name, "VARCHAR") for name in names])),
            _named("delim", sql.text(segment.separator)),
            _named("quote", sql.text("")),
            _named("escape", sql.text("")),
            _named("header", exp.false()),
            _named("auto_detect", exp.false()),
            _named("skip", sql.number(segment.first_line - 1)),
            # A line that is too short then shows by its last column, absent as no whole line's is.
            _named("null_padding", exp.true()),
            _named("compression", _compression(segment)),
        )
        first = exp.column("c0", quoted=True)
        short = exp.Is(this=exp.column(names[-1], quoted=True), expression=exp.Null())
        self.whole = (exp.Not(this=sql.paren(short)),)
        starts = sql.call("starts_with", first, sql.text(segment.comment))
        self.comment = exp.And(this=short.copy(), expression=starts)

    def _physical(self, wanted: Collection[str]) -> list[tuple[RawColumn, str]]:  # noqa: ARG002 - all, by position
        return [(column, f"c{index}") for index, column in enumerate(self.segment.columns)]

    def is_text(self, physical: str) -> bool:  # noqa: ARG002 - all are
        return True

    def _form(self, column: RawColumn, suffix: str, node: exp.Expression) -> exp.Expression:
        unset, empty = sql.text(self.segment.unset), sql.text(self.segment.empty)
        first = sql.call("split_part", node.copy(), sql.text(self.segment.list_separator), sql.number(1))
        match suffix:
            case "[bare]":
                return sql.call("nullif", node, unset)
            case "[number]":
                return sql.try_cast(self._number_text(node), sql.DOUBLE)
            case "[there]":
                return exp.NEQ(this=node, expression=unset)
            case "[0 there]":
                return exp.Not(this=exp.In(this=node, expressions=[unset, empty]))
            case "[0]":
                item = _unescaped(first) if self.segment.hex_escapes else first
                return self._listed(node, exp.Null(), item)
            case "[0 bare]":
                return self._listed(node, exp.Null(), first)
            case _ if column.kind is Kind.LIST:
                parts = sql.call("string_split", node.copy(), sql.text(self.segment.list_separator))
                return self._listed(
                    node, sql.array(), _unescaped_items(node, parts) if self.segment.hex_escapes else parts
                )
            case _:
                return self._listed(node, sql.text(""), _unescaped(node) if self.segment.hex_escapes else node.copy())

    def _number_text(self, node: exp.Expression) -> exp.Expression:
        try:
            float(self.segment.unset)
        except ValueError:
            return node
        return sql.call("nullif", node, sql.text(self.segment.unset))

    def _listed(self, node: exp.Expression, empty: exp.Expression, value: exp.Expression) -> exp.Expression:
        """A value unless the text stands for an absent or an empty one."""
        return (
            exp.Case()
            .when(exp.EQ(this=node.copy(), expression=sql.text(self.segment.unset)), exp.Null())
            .when(exp.EQ(this=node.copy(), expression=sql.text(self.segment.empty)), empty)
            .else_(value)
        )


def _has_escape(node: exp.Expression) -> exp.Expression:
    return sql.call("contains", node.copy(), sql.text("\\x"))


def _unescaped(node: exp.Expression) -> exp.Expression:
    return exp.Case().when(_has_escape(node), _unescape(node.copy())).else_(node.copy())


def _unescaped_items(node: exp.Expression, parts: exp.Expression) -> exp.Expression:
    each = sql.call("list_transform", parts.copy(), sql.lambda_("e", _unescape(sql.variable("e"))))
    return exp.Case().when(_has_escape(node), each).else_(parts.copy())


def _unescape(node: exp.Expression) -> exp.Expression:
    return sql.call("certhound_unescape", node)


# --- JSON lines ----------------------------------------------------------------------------------------------------


class _JsonLines(Reader):
    def __init__(self, segment: Segment, wanted: Collection[str], several: bool) -> None:
        super().__init__(segment, wanted, several)
        self.types = dict(_json_types([column for column, _ in self._physical(wanted)]))
        self.table = sql.call(
            "read_json",
            _paths(),
            _named("columns", _columns(list(self.types.items()))),
            _named("format", sql.text("newline_delimited")),
            _named("maximum_object_size", sql.number(MAX_OBJECT_BYTES)),
            _named("compression", _compression(segment)),
        )

    def _physical(self, wanted: Collection[str]) -> list[tuple[RawColumn, str]]:
        return [
            (column, column.path[0]) for column in self.segment.columns if not set(wanted).isdisjoint(names_of(column))
        ]

    def is_text(self, physical: str) -> bool:
        return self.types.get(physical) == sql.VARCHAR

    def _form(self, column: RawColumn, suffix: str, node: exp.Expression) -> exp.Expression:
        node = _inside(node, column.path[1:])
        match suffix:
            case "[number]":
                return sql.try_cast(node, sql.DOUBLE)
            case "[0]" | "[0 bare]":
                return _first_of(node)
            case "[there]":
                return exp.Not(this=exp.Is(this=node, expression=exp.Null()))
            case "[0 there]":
                return exp.Not(this=exp.Is(this=_first_of(node), expression=exp.Null()))
            case _:
                return node


def _first_of(node: exp.Expression) -> exp.Expression:
    return sql.call("list_extract", node, sql.number(1))


def _inside(node: exp.Expression, path: Sequence[str]) -> exp.Expression:
    """What lies at a path of keys inside of an object; EACH stands for every element of a list."""
    for place, key in enumerate(path):
        if key == EACH:
            rest = _inside(sql.variable("e"), path[place + 1 :])
            return sql.call("list_transform", node, sql.lambda_("e", rest))
        node = sql.call("struct_extract", node, sql.text(key))
    return node


_Types: TypeAlias = "dict[str, _Types | str]"


def _json_types(needed: Sequence[RawColumn]) -> list[tuple[str, str]]:
    """Names and types of the keys at the top; columns whose paths begin alike share an object's type."""
    types: _Types = {}
    for column in needed:
        *above, last = column.path
        place = types
        for key in above:
            inner = place.setdefault(key, {})
            if isinstance(inner, str):
                raise ValueError(f"{key} is an object and a value")
            place = inner
        leaf = "VARCHAR[]" if column.kind is Kind.LIST and EACH not in column.path else "VARCHAR"
        if place.setdefault(last, leaf) != leaf:
            raise ValueError(f"{last} has two types")
    return [(key, _json_type(inner)) for key, inner in types.items()]


def _json_type(inner: _Types | str) -> str:
    if isinstance(inner, str):
        return inner
    if EACH in inner:
        return f"{_json_type(inner[EACH])}[]"
    return f"STRUCT({', '.join(f'{_identifier(key)} {_json_type(each)}' for key, each in inner.items())})"


def _identifier(name: str) -> str:
    quoted: str = exp.to_identifier(name, quoted=True).sql(dialect="duckdb")
    return quoted

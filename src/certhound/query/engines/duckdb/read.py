"""A segment of a file as a relation of raw columns, read by DuckDB's own bulk readers.

Nothing is sniffed, nothing skipped: columns are given, and every error is an error, for DuckDB's tolerant modes lose
records in silence. What the layout encodes (absent and empty values, lists, ``\\xNN``) is decoded here, so that a
mapping sees the same raw columns from every layout.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.plan import Compression, Layout, RawColumn, Segment

COMMENT = "_comment"
"""Boolean column of every relation: the line is no record (the ``#close`` of a Zeek file)."""

SHORT = "_short"
"""Boolean column of every relation: the line has fewer columns than the header."""

FIRST = "[0]"
"""``name[0]`` is a raw column too: the first element of a list, without splitting the rest."""

MAX_OBJECT_BYTES = 16 * 1024 * 1024
"""For JSON. The CSV reader keeps its own limit (2 MB a line): a higher one makes its buffers so large that it reads
with one thread, and a longer line goes to the careful path anyway."""
_GLOB = re.compile(r"([*?\[])")
_TOKENS = r"((?:\\x[0-9A-Fa-f]{2})+|[^\\]+|\\)"
_NUL = r"\x00"


def relation(segment: Segment, wanted: Collection[str]) -> exp.Select:
    """A SELECT of the wanted raw columns, beside ``_comment`` and ``_short``."""
    match segment.layout:
        case Layout.DELIMITED:
            return _delimited(segment, wanted)
        case Layout.JSON_LINES:
            return _json_lines(segment, wanted)


def _named(name: str, value: exp.Expression) -> exp.Expression:
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=value)


def _columns(pairs: list[tuple[str, str]]) -> exp.Expression:
    """A struct literal of column names and types, as the readers want it."""
    entries = [exp.PropertyEQ(this=sql.text(name), expression=sql.text(kind)) for name, kind in pairs]
    return exp.Struct(expressions=entries)


def _path(path: str) -> exp.Expression:
    """A path literal; DuckDB takes ``*?[`` in it for patterns, which one-character classes undo."""
    return sql.text(_GLOB.sub(r"[\1]", path))


def _compression(segment: Segment) -> exp.Expression:
    return sql.text({Compression.NONE: "none"}.get(segment.compression, segment.compression.value))


# --- delimited -----------------------------------------------------------------------------------------------------


def _delimited(segment: Segment, wanted: Collection[str]) -> exp.Select:
    names = [f"c{index}" for index in range(len(segment.columns))]
    reader = sql.call(
        "read_csv",
        _path(segment.path),
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
    first, last = exp.column("c0", quoted=True), exp.column(names[-1], quoted=True)
    absent = exp.Is(this=last.copy(), expression=exp.Null())
    comment = exp.And(this=absent, expression=sql.call("starts_with", first, sql.text(segment.comment)))
    items = [
        exp.alias_(_decoded(segment, column, exp.column(name, quoted=True)), column.name, quoted=True)
        for name, column in zip(names, segment.columns, strict=True)
        if column.name in wanted
    ]
    items += [
        exp.alias_(_first(segment, exp.column(name, quoted=True)), column.name + FIRST, quoted=True)
        for name, column in zip(names, segment.columns, strict=True)
        if column.name + FIRST in wanted
    ]
    flags = [exp.alias_(comment, COMMENT, quoted=True), exp.alias_(absent.copy(), SHORT, quoted=True)]
    return exp.select(*items, *flags).from_(reader)


def _decoded(segment: Segment, column: RawColumn, node: exp.Expression) -> exp.Expression:
    if column.kind is Kind.LIST:
        parts = sql.call("string_split", node.copy(), sql.text(segment.list_separator))
        items = _unescaped_items(node, parts) if segment.hex_escapes else parts
        return (
            exp.Case()
            .when(exp.EQ(this=node.copy(), expression=sql.text(segment.unset)), exp.Null())
            .when(exp.EQ(this=node.copy(), expression=sql.text(segment.empty)), sql.array())
            .else_(items)
        )
    value = _unescaped(node) if segment.hex_escapes else node
    return (
        exp.Case()
        .when(exp.EQ(this=node.copy(), expression=sql.text(segment.unset)), exp.Null())
        .when(exp.EQ(this=node.copy(), expression=sql.text(segment.empty)), sql.text(""))
        .else_(value)
    )


def _first(segment: Segment, node: exp.Expression) -> exp.Expression:
    """The first element of a list."""
    item = sql.call("split_part", node.copy(), sql.text(segment.list_separator), sql.number(1))
    return (
        exp.Case()
        .when(exp.EQ(this=node.copy(), expression=sql.text(segment.unset)), exp.Null())
        .when(exp.EQ(this=node.copy(), expression=sql.text(segment.empty)), exp.Null())
        .else_(_unescaped(item) if segment.hex_escapes else item)
    )


def _has_escape(node: exp.Expression) -> exp.Expression:
    return sql.call("contains", node.copy(), sql.text("\\x"))


def _unescaped(node: exp.Expression) -> exp.Expression:
    return exp.Case().when(_has_escape(node), _unescape(node.copy())).else_(node.copy())


def _unescaped_items(node: exp.Expression, parts: exp.Expression) -> exp.Expression:
    each = sql.call("list_transform", parts.copy(), sql.lambda_("e", _unescape(sql.variable("e"))))
    return exp.Case().when(_has_escape(node), each).else_(parts.copy())


def _unescape(node: exp.Expression) -> exp.Expression:
    """Runs of ``\\xNN`` as the UTF-8 text they spell; a run that is none, or that has a NUL, stays as written."""
    token = sql.variable("t")
    pairs = sql.call("replace", token.copy(), sql.text("\\x"), sql.text(""))
    decoded = sql.call("try", sql.call("decode", sql.call("unhex", pairs)))
    is_run = exp.And(
        this=sql.call("regexp_full_match", token.copy(), sql.text(r"(\\x[0-9A-Fa-f]{2})+")),
        expression=exp.Not(this=sql.call("contains", token.copy(), sql.text(_NUL))),
    )
    piece = exp.Case().when(is_run, sql.call("coalesce", decoded, token.copy())).else_(token.copy())
    tokens = sql.call("regexp_extract_all", node, sql.text(_TOKENS))
    return sql.call("array_to_string", sql.call("list_transform", tokens, sql.lambda_("t", piece)), sql.text(""))


# --- JSON lines ----------------------------------------------------------------------------------------------------


def _json_lines(segment: Segment, wanted: Collection[str]) -> exp.Select:
    needed = [column for column in segment.columns if {column.name, column.name + FIRST} & set(wanted)]
    reader = sql.call(
        "read_json",
        _path(segment.path),
        _named("columns", _columns([(column.path[0], _json_type(column)) for column in needed])),
        _named("format", sql.text("newline_delimited")),
        _named("maximum_object_size", sql.number(MAX_OBJECT_BYTES)),
        _named("compression", _compression(segment)),
    )
    items = [exp.alias_(exp.column(c.path[0], quoted=True), c.name, quoted=True) for c in needed]
    for c in needed:
        if c.kind is Kind.LIST:
            first = sql.call("list_extract", exp.column(c.path[0], quoted=True), sql.number(1))
            items.append(exp.alias_(first, c.name + FIRST, quoted=True))
    flags = [exp.alias_(exp.false(), COMMENT, quoted=True), exp.alias_(exp.false(), SHORT, quoted=True)]
    return exp.select(*items, *flags).from_(reader)


def _json_type(column: RawColumn) -> str:
    return "VARCHAR[]" if column.kind is Kind.LIST else "VARCHAR"

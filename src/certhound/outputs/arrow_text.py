"""Columns of Arrow as text, a whole column at a time: what JSON lines and CSV share.

The fast way escapes with Arrow's own kernels and leaves to Python only values that hold a control character or one
that hides; ``rows.json_line`` is the slow, obvious way, and a test demands that both agree.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from certhound.outputs.defuse import RE2_UNSAFE, cell, json_text

# Keep in step with ``defuse.cell``: a first character after white space that a spreadsheet takes for a formula.
_RE2_FORMULA = r"^[\s\p{Z}]*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"
_RE2_COMBINING = r"[\x{300}-\x{36f}\x{483}-\x{489}\x{1ab0}-\x{20ff}\x{fe20}-\x{fe2f}]"
_RE2_CELL = f"{RE2_UNSAFE}|{_RE2_FORMULA}|{_RE2_COMBINING}"
_RE2_ASCII_UNSAFE = r"[\x00-\x1f\x7f]"
_RE2_ASCII_CELL = rf"{_RE2_ASCII_UNSAFE}|^ *[=+\-@]"
_ISO = "%Y-%m-%dT%H:%M:%SZ"


def objects(members: list[Any]) -> Any:
    """Columns of ``"key":value`` as JSON objects row by row; a null member is left out."""
    large = pa.large_string()
    # Arrow drops a row whose columns are all null when it skips nulls, so each row starts with a bracket.
    start = pa.repeat(pa.scalar("{", large), len(members[0]))
    lines = pc.binary_join_element_wise(start, *members, pa.scalar(",", large), null_handling="skip")
    return glued("", pc.replace_substring(lines, "{,", "{", max_replacements=1), "}\n")


def records(cells: list[Any]) -> Any:
    """Columns of cells as lines of CSV; a null cell stands as nothing between two commas."""
    comma = pa.scalar(",", pa.large_string())
    lines = pc.binary_join_element_wise(*cells, comma, null_handling="replace", null_replacement="")
    return glued("", lines, "\r\n")


def glued(head: str, column: Any, tail: str = "") -> Any:
    """``head`` + value + ``tail``; null stays null."""
    large = pa.large_string()
    return pc.binary_join_element_wise(pa.scalar(head, large), column, pa.scalar(tail, large), pa.scalar("", large))


def data_of(column: Any) -> memoryview:
    """The bytes of a column of text without nulls, one value after the other, not copied."""
    _, offsets, data = column.buffers()
    if data is None or not len(column):
        return memoryview(b"")
    places = memoryview(offsets).cast("q")
    return memoryview(data)[places[column.offset] : places[column.offset + len(column)]]


def json_column(column: Any) -> Any:
    """Each value as JSON text (large_string); null stays null, a number that JSON lacks becomes null."""
    kind = column.type
    large = pa.large_string()
    if pa.types.is_dictionary(kind):
        return json_column(column.cast(kind.value_type))
    if _is_text(kind):
        return _json_strings(column.cast(large))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return column.cast(large)
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind)).cast(large)
    if pa.types.is_timestamp(kind):
        return glued('"', iso_column(column), '"')
    lines = msgspec.json.Encoder().encode_lines([plain(value, kind) for value in column.to_pylist()])
    encoded = pa.array(json_text(lines.decode()).splitlines(), large)  # JSON has no line end inside a value
    return pc.if_else(column.is_valid(), encoded, pa.scalar(None, large))


def iso_column(column: Any) -> Any:
    """Timestamps as ISO 8601 with microseconds and Z; also years that Python's own type cannot say."""
    micro = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.timestamp("us"))
    return pc.strftime(micro, format=_ISO).cast(pa.large_string())


def csv_column(column: Any) -> Any:
    """Each value as a cell of RFC 4180: texts in quotes and defused, numbers bare; null stays null."""
    kind = column.type
    large = pa.large_string()
    if pa.types.is_dictionary(kind):
        return csv_column(column.cast(kind.value_type))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return column.cast(large)
    if pa.types.is_floating(kind):
        return _with_point(column.cast(large))
    if pa.types.is_timestamp(kind):
        return iso_column(column)
    if _is_text(kind):
        return _csv_strings(column.cast(large))
    texts = (None if value is None else _cell_text(plain(value, kind)) for value in column.to_pylist())
    return _csv_strings(pa.array(texts, large))


def _with_point(numbers: Any) -> Any:
    """Doubles as JSON and QRadar have them: 3.0, where Arrow writes 3."""
    whole = pc.match_substring_regex(numbers, "^-?[0-9]+$")
    return pc.if_else(whole, glued("", numbers, ".0"), numbers)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_ascii(column: Any) -> bool:
    """Whether the shorter pattern will do, which is twice as fast."""
    return bool(pc.all(pc.string_is_ascii(column)).as_py())


def _json_strings(column: Any) -> Any:
    escaped = pc.replace_substring(column, "\\", "\\\\")
    for character, escape in (('"', '\\"'), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        escaped = pc.replace_substring(escaped, character, escape)
    return _mended(
        glued('"', escaped, '"'),
        column,
        pc.match_substring_regex(escaped, _RE2_ASCII_UNSAFE if _is_ascii(escaped) else RE2_UNSAFE),
        lambda text: json_text(msgspec.json.encode(text).decode()),
    )


def _csv_strings(column: Any) -> Any:
    pattern = _RE2_ASCII_CELL if _is_ascii(column) else _RE2_CELL
    defused = _mended(column, column, pc.match_substring_regex(column, pattern), cell)
    return glued('"', pc.replace_substring(defused, '"', '""'), '"')


def _mended(fast: Any, column: Any, doubtful: Any, slow: Callable[[str], str]) -> Any:
    """``fast``, with the doubtful values replaced by what the slow way makes of them."""
    doubtful = pc.fill_null(doubtful, False)
    if not pc.any(doubtful).as_py():
        return fast
    mended = [slow(text) for text in column.filter(doubtful).to_pylist()]
    return pc.replace_with_mask(fast, doubtful, pa.array(mended, pa.large_string()))


def plain(value: Any, kind: Any) -> Any:
    """A list, map, or bytes of Arrow as what JSON has: lists, objects, base64."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        return {str(key): item for key, item in value if item is not None}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def _cell_text(value: Any) -> str:
    """A list with semicolons, a map as JSON."""
    if isinstance(value, list):
        return "; ".join(str(each) for each in value if each is not None)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

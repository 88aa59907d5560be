"""Text as bytes (UTF-8) in base64 and hexadecimal, and text with matches of a pattern replaced."""

from __future__ import annotations

import base64
import re
from functools import lru_cache

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query import regex
from certhound.query.functions import sql
from certhound.query.functions.declare import Constant, Function, Overload
from certhound.query.regex.dialects import Flags
from certhound.query.regex.parse import parse
from certhound.query.regex.show import show

T, I = Kind.TEXT, Kind.INT  # noqa: E741 (the two types that every line names)
_PIECES = re.compile(r"\\(.)|\$(\d)|([\\$])|([^\\$]+)", re.DOTALL)


def _pattern_fault(text: str) -> str:
    try:
        regex.check_common(text)
    except regex.RegexError as error:
        return error.text
    if regex.compile_python(text).search("") is not None:
        return "a pattern that fits the empty text is replaced by each engine in another way"
    return ""


@lru_cache(maxsize=256)
def with_groups(text: str) -> re.Pattern[str]:
    """A pattern of the common dialect for Python's ``re``, its groups kept."""
    node, _ = parse(text, regex.Dialect.COMMON, Flags())
    return re.compile(show(node, python=True), re.ASCII)


def replacement_parts(text: str) -> list[str | int] | None:
    """Texts and group numbers of a replacement that Java wrote (``$1``, ``\\$``); None for one that it refuses."""
    parts: list[str | int] = []
    for found in _PIECES.finditer(text):
        if found[3]:
            return None
        parts.append(int(found[2]) if found[2] else found[1] or found[4])
    return parts


def _replacement_fault(text: str) -> str:
    return "" if replacement_parts(text) is not None else "in a replacement a $ stands before the number of a group"


def _re2(text: str) -> str:
    """The replacement as RE2 writes it."""
    parts = replacement_parts(text) or []
    return "".join(f"\\{part}" if isinstance(part, int) else part.replace("\\", "\\\\") for part in parts)


def _replace(everywhere: bool) -> Overload:
    def form(text: exp.Expression, pattern: str, by: str) -> exp.Expression:
        option = [sql.text("g")] if everywhere else []
        return sql.call("regexp_replace", text, sql.text(pattern), sql.text(_re2(by)), *option)

    def python(text: str, pattern: str, by: str) -> str:
        parts = replacement_parts(by) or []

        def made(found: re.Match[str]) -> str:
            return "".join((found[part] or "") if isinstance(part, int) else part for part in parts)

        return with_groups(pattern).sub(made, text, count=0 if everywhere else 1)

    return Overload((T, Constant(T, _pattern_fault), Constant(T, _replacement_fault)), T, form, python)


def _bytes(node: exp.Expression) -> exp.Expression:
    return sql.call("encode", node)


def _hex(node: exp.Expression) -> exp.Expression:
    spaced = sql.call(
        "regexp_replace", sql.call("hex", _bytes(node)), sql.text("(..)"), sql.text(r"\1 "), sql.text("g")
    )
    return sql.call("rtrim", spaced)


def _position(text: exp.Expression, part: exp.Expression, start: exp.Expression) -> exp.Expression:
    def body(whole: exp.Expression, wanted: exp.Expression, first: exp.Expression) -> exp.Expression:
        begin = sql.call("least", sql.call("greatest", first.copy(), sql.number(0)), sql.number(2**31 - 2))
        rest = sql.call("substring", whole.copy(), sql.binary(exp.Add, begin.copy(), sql.number(1)))
        found = sql.call("strpos", rest, wanted.copy())
        place = sql.binary(exp.Add, begin, sql.binary(exp.Sub, found.copy(), sql.number(1)))
        missing = exp.Or(
            this=exp.EQ(this=found, expression=sql.number(0)),
            expression=exp.GT(this=first.copy(), expression=sql.call("length", whole.copy())),
        )
        absent = exp.Or(  # greatest and least pass over NULL, and it may stand beside something true
            this=exp.Is(this=first.copy(), expression=exp.Null()),
            expression=exp.Is(this=found.copy(), expression=exp.Null()),
        )
        return exp.Case().when(absent, exp.Null()).when(missing, sql.number(-1)).else_(place)

    return sql.bound("wps", [text, part, start], body)


FUNCTIONS = (
    Function(
        "regex_replace_all",
        "every match of a constant pattern (common dialect) by a constant text, where $1 is the first group",
        (_replace(True),),
    ),
    Function(
        "regex_replace_first",
        "the first match of a constant pattern (common dialect) by a constant text, where $1 is the first group",
        (_replace(False),),
    ),
    Function(
        "base64",
        "the bytes of a text in base64",
        (
            Overload(
                (T,),
                T,
                lambda x: sql.call("to_base64", _bytes(x)),
                lambda text: base64.b64encode(text.encode()).decode(),
            ),
        ),
    ),
    Function(
        "hex_pairs",
        "the bytes of a text as pairs of hexadecimal digits with blanks between",
        (Overload((T,), T, _hex, lambda text: text.encode().hex(" ").upper()),),
    ),
    Function(
        "position_from",
        "where a text begins in another at or behind a start, from 0; -1 when it does not",
        (Overload((T, T, I), I, _position, lambda text, part, start: text.find(part, max(start, 0))),),
    ),
)

"""Text: case, parts, and tests against another text (for constants the node Match says it better)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.functions import sql
from certhound.query.functions.declare import Constant, Function, Overload
from certhound.query.text import simple_lower, simple_upper

T, I = Kind.TEXT, Kind.INT  # noqa: E741 (the two types that nearly every line names)
_BLANKS = " \t\n\r\x0b\x0c"
_FAR = 2**31 - 2


def _bounds(value: exp.Expression) -> exp.Expression:
    """Negative counts are 0; counts beyond any text are cut before DuckDB's arithmetic overflows."""
    if isinstance(value, exp.Literal):
        return sql.number(min(max(int(value.name), 0), _FAR))
    return (
        exp.Case()
        .when(exp.LT(this=value.copy(), expression=sql.number(0)), sql.number(0))
        .when(exp.GT(this=value.copy(), expression=sql.number(_FAR)), sql.number(_FAR))
        .else_(value.copy())
    )


def _from(text: exp.Expression, start: exp.Expression) -> exp.Expression:
    def body(value: exp.Expression) -> exp.Expression:
        return exp.Add(this=sql.paren(_bounds(value)), expression=sql.number(1))

    return sql.call("substring", text, sql.bound("s", [start], body))


def _part(text: exp.Expression, start: exp.Expression, length: exp.Expression) -> exp.Expression:
    if isinstance(start, exp.Literal) and isinstance(length, exp.Literal):
        return sql.call("substring", text, sql.number(int(start.name) + 1), length)
    return sql.call("substring", _from(text, start), sql.number(1), sql.bound("n", [length], _bounds))


def _folded(name: str) -> Callable[..., exp.Expression]:
    return lambda left, right: sql.call(name, sql.lower(left), sql.lower(right))


def _concat(*parts: exp.Expression) -> exp.Expression:
    joined = parts[0]
    for part in parts[1:]:
        joined = sql.binary(exp.DPipe, joined, part)
    return joined


def _not_empty(value: str) -> str:
    return "" if value else "the separator must not be empty"


def _test(name: str, duckdb: str, doc: str, holds: Callable[[str, str], bool]) -> tuple[Function, Function]:
    exact = Overload((T, T), Kind.BOOL, lambda left, right: sql.call(duckdb, left, right), holds)
    folded = Overload(
        (T, T), Kind.BOOL, _folded(duckdb), lambda left, right: holds(simple_lower(left), simple_lower(right))
    )
    return Function(name, doc, (exact,)), Function(f"{name}_fold", f"{doc}, case ignored", (folded,))


FUNCTIONS = (
    Function("lower", "simple lower case", (Overload((T,), T, sql.lower, simple_lower),)),
    Function("upper", "simple upper case", (Overload((T,), T, lambda x: sql.call("upper", x), simple_upper),)),
    Function("length", "number of code points", (Overload((T,), I, lambda x: sql.call("length", x), len),)),
    Function(
        "concat",
        "one text after the other",
        (Overload((T, T), T, _concat, lambda *parts: "".join(parts), variadic=True),),
    ),
    Function(
        "substring",
        "from a start that counts from 0, so many characters; negative numbers count as 0",
        (
            Overload((T, I), T, _from, lambda text, start: text[max(start, 0) :]),
            Overload((T, I, I), T, _part, lambda text, start, size: text[max(start, 0) :][: max(size, 0)]),
        ),
    ),
    Function(
        "strip",
        "without ASCII white space at both ends",
        (Overload((T,), T, lambda x: sql.call("trim", x, sql.text(_BLANKS)), lambda text: text.strip(_BLANKS)),),
    ),
    Function(
        "replace",
        "every occurrence of a constant by another text",
        (
            Overload(
                (T, Constant(T, _not_empty), T),
                T,
                lambda text, old, new: sql.call("replace", text, sql.text(old), new),
                lambda text, old, new: text.replace(old, new),
            ),
        ),
    ),
    Function(
        "position",
        "where a text begins in another, from 0; -1 when it is not in it",
        (
            Overload(
                (T, T),
                I,
                lambda text, part: sql.binary(exp.Sub, sql.call("strpos", text, part), sql.number(1)),
                lambda text, part: text.find(part),
            ),
        ),
    ),
    Function(
        "split",
        "the parts between a constant separator",
        (
            Overload(
                (T, Constant(T, _not_empty)),
                Kind.LIST,
                lambda text, separator: sql.call("string_split", text, sql.text(separator)),
                lambda text, separator: text.split(separator),
            ),
        ),
    ),
    *_test("contains", "contains", "whether the first text has the second in it", lambda left, right: right in left),
    *_test("starts_with", "starts_with", "whether the first text begins with the second", str.startswith),
    *_test("ends_with", "suffix", "whether the first text ends with the second", str.endswith),
)

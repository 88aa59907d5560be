"""Calculation and formatting: text, numbers, times, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certhound.model.columns import Kind
from certhound.qradar.aql import nodes as n
from certhound.qradar.aql.errors import wrong_argument
from certhound.qradar.catalogue import ArielType
from certhound.qradar.running.arguments import bytes_of, called, constant, constant_of, text_of, whole_of
from certhound.qradar.running.calls import Lowering
from certhound.qradar.running.matching import java
from certhound.qradar.running.typed import Typed, as_double, as_long, number_literal
from certhound.qradar.running.windows import FORMS, parse_date_time
from certhound.query import tree as t
from certhound.query.functions.java_dates import parse_fault, pattern_fault
from certhound.query.functions.text_bytes import replacement_parts, with_groups
from certhound.query.regex import compile_python

if TYPE_CHECKING:
    from certhound.qradar.running.expressions import Expressions

_TEXT, _LONG = ArielType.STRING, ArielType.LONG


def _of_bytes(name: str) -> Lowering:
    return lambda to, node: called(name, _TEXT, node, bytes_of(to, node.arguments[0]))


def _utf8(to: Expressions, node: n.Call) -> Typed:
    return Typed(bytes_of(to, node.arguments[0]), _TEXT)


def _of_text(name: str, result: ArielType = _TEXT) -> Lowering:
    return lambda to, node: called(name, result, node, text_of(to, node.arguments[0]))


def _concat(to: Expressions, node: n.Call) -> Typed:
    parts = tuple(t.Call("coalesce", (text_of(to, each), constant(""))) for each in node.arguments)
    return called("concat", _TEXT, node, *parts, *([constant("")] if len(parts) == 1 else []))


def _str(to: Expressions, node: n.Call) -> Typed:
    return Typed(text_of(to, node.arguments[0]), _TEXT)


def _long(to: Expressions, node: n.Call) -> Typed:
    value = to.value(node.arguments[0])
    if value.type in (ArielType.BYTES, ArielType.LIST):
        raise to.error(wrong_argument(value.type, "Number"), node, "arguments")
    return Typed(as_long(value), _LONG)


def _double(to: Expressions, node: n.Call) -> Typed:
    value = to.value(node.arguments[0])
    if value.type in (ArielType.BYTES, ArielType.LIST):
        raise to.error(wrong_argument(value.type, "Number"), node, "arguments")
    if value.type is ArielType.HOST:
        return Typed(t.Cast(as_long(value), Kind.DOUBLE, node.span), ArielType.DOUBLE)
    return Typed(as_double(value), ArielType.DOUBLE)


def _now(to: Expressions, node: n.Call) -> Typed:
    return Typed(t.Literal(to.setting.now, Kind.INT, node.span), _LONG)


def _parse_date_time(to: Expressions, node: n.Call) -> Typed:
    text = constant_of(to, node.arguments[0], "the time")
    found = parse_date_time(text, to.setting.now)
    if found is None:
        raise to.error(f"{text!r} is no time", node.arguments[0], "bad-time", f"write '2 hours ago', or {FORMS}")
    return number_literal(found, node.span)


def _date_format(to: Expressions, node: n.Call) -> Typed:
    pattern = constant_of(to, node.arguments[1], "the pattern")
    fault = pattern_fault(pattern)
    if fault:
        raise to.error(f"in the pattern of DATEFORMAT: {fault}", node.arguments[1], "date-pattern")
    return called("java_format", _TEXT, node, whole_of(to, node.arguments[0]), constant(pattern))


def _parse_timestamp(to: Expressions, node: n.Call) -> Typed:
    pattern = constant_of(to, node.arguments[0], "the pattern, which comes first,")
    fault = parse_fault(pattern)
    if fault:
        raise to.error(f"in the pattern of PARSETIMESTAMP: {fault}", node.arguments[0], "date-pattern")
    return called("java_parse", _LONG, node, text_of(to, node.arguments[1]), constant(pattern))


def _replace(name: str) -> Lowering:
    def lower(to: Expressions, node: n.Call) -> Typed:
        pattern = constant_of(to, node.arguments[0], "the pattern, which comes first,")
        by = constant_of(to, node.arguments[2], "the replacement")
        found = java(to, node.arguments[0], pattern)
        if found.fold:
            raise to.error("a pattern that ignores case cannot replace here", node.arguments[0], "regex-not-portable")
        if compile_python(found.text).search("") is not None:
            advice = "let the pattern fit one character at least"
            raise to.error("a pattern that fits nothing cannot replace here", node.arguments[0], "pattern", advice)
        _check_replacement(to, node, by, found.text)
        text = text_of(to, node.arguments[1])
        return called(name, _TEXT, node, text, constant(found.text), constant(by))

    return lower


def _check_replacement(to: Expressions, node: n.Call, by: str, pattern: str) -> None:
    parts = replacement_parts(by)
    groups = with_groups(pattern).groups
    if parts is None or any(isinstance(part, int) and part > groups for part in parts):
        raise to.error(
            "the replacement names a group that the pattern lacks", node.arguments[2], "pattern", r"a $ is written \$"
        )


def _strpos(to: Expressions, node: n.Call) -> Typed:
    text, part = text_of(to, node.arguments[0]), text_of(to, node.arguments[1])
    if len(node.arguments) == 2:
        return called("position", ArielType.INTEGER, node, text, part)
    return called("position_from", ArielType.INTEGER, node, text, part, whole_of(to, node.arguments[2]))


def _substring(to: Expressions, node: n.Call) -> Typed:
    numbers = tuple(whole_of(to, each) for each in node.arguments[1:])
    return called("substring", _TEXT, node, text_of(to, node.arguments[0]), *numbers)


LOWERINGS: dict[str, Lowering] = {
    "BASE64": _of_bytes("base64"),
    "CONCAT": _concat,
    "DATEFORMAT": _date_format,
    "DOUBLE": _double,
    "LONG": _long,
    "LOWER": _of_text("lower"),
    "UPPER": _of_text("upper"),
    "NOW": _now,
    "PARSEDATETIME": _parse_date_time,
    "PARSETIMESTAMP": _parse_timestamp,
    "REPLACEALL": _replace("regex_replace_all"),
    "REPLACEFIRST": _replace("regex_replace_first"),
    "STR": _str,
    "STRLEN": _of_text("length", ArielType.INTEGER),
    "STRPOS": _strpos,
    "SUBSTRING": _substring,
    "UTF8": _utf8,
    "FORMAT::PAYLOAD_TO_HEX": _of_bytes("hex_pairs"),
}

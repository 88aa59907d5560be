"""One Sigma value against one target: an expression, by the kind of the column."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import product
from math import prod

from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from certhound.model.columns import Kind
from certhound.model.errors import did_you_mean
from certhound.query.regex import Dialect, RegexError, translate
from certhound.query.tree import (
    FALSE,
    AnyOf,
    Cast,
    Compare,
    Expr,
    IsNull,
    Like,
    Literal,
    Match,
    Not,
    Op,
    Or,
    Regex,
    Span,
    Wild,
)
from certhound.rules.lowering import calls
from certhound.rules.lowering.gather import gather
from certhound.rules.lowering.modifiers import number_of
from certhound.rules.lowering.references import match_reference
from certhound.rules.lowering.scope import Scope, Target

MAX_EXPANSION = 5_000
"""Most texts that the placeholders of one value may stand for."""

MAX_WILDCARDS = 100
"""Most wildcards of one value: engines may take time that grows with their power."""

Parts = tuple[str | Wild, ...]
_WILD = {SpecialChars.WILDCARD_MULTI: Wild.ANY, SpecialChars.WILDCARD_SINGLE: Wild.ONE}
_OPS = {
    CompareOperators.LT: Op.LT,
    CompareOperators.LTE: Op.LE,
    CompareOperators.GT: Op.GT,
    CompareOperators.GTE: Op.GE,
    CompareOperators.NEQ: Op.NE,
}
_TRUE, _FALSE = frozenset({"true", "t", "yes", "on", "1"}), frozenset({"false", "f", "no", "off", "0"})
_INT64 = 2**63


def absent(target: Target, span: Span) -> Expr:
    """The field says nothing: no value, or for a list no element."""
    missing = IsNull(target.expr, span)
    return Or((missing, calls.is_empty(target.expr, span)), span) if target.kind is Kind.LIST else missing


def match_value(target: Target, value: SigmaType, span: Span, scope: Scope) -> Expr:
    """The test of one value. What cannot be said is noted in the scope and becomes FALSE."""
    match value:
        case SigmaNull():
            return _whole_field(target, span, scope) or absent(target, span)
        case SigmaExists(exists=exists):
            missing = absent(target, span)
            return _whole_field(target, span, scope) or (Not(missing, span) if exists else missing)
        case SigmaExpansion(values=values):
            if not scope.spend(len(values), span):
                return FALSE
            return gather([match_value(target, each, span, scope) for each in values], span)
    if target.kind is Kind.MAP or target.kind is Kind.BYTES:
        advice = "name one entry, as in fields.key" if target.kind is Kind.MAP else "compare a fingerprint instead"
        scope.wrong(span, "sigma-value", f"a {target.kind} column can only be compared with null", advice)
        return FALSE
    if isinstance(value, SigmaFieldReference):
        return match_reference(target, value, span, scope)
    if target.kind is Kind.LIST:
        return AnyOf(target.expr, match_value(target.element(), value, span, scope), span)
    match value:
        case SigmaString():
            return match_string(target, value, span, scope)
        case SigmaRegularExpression():
            return match_regex(target, value, span, scope)
        case SigmaCIDRExpression(network=network):
            if target.kind not in (Kind.INET, Kind.TEXT):
                scope.lack(span, "an address column", f"a {target.kind} column cannot lie in a network")
                return FALSE
            return calls.in_network(target.expr, target.kind, str(network), span)
        case SigmaTimestampPart():
            return _part(target, value, Op.EQ, span, scope)
        case SigmaCompareExpression(number=SigmaTimestampPart() as part, op=op):
            return _part(target, part, _OPS[op], span, scope)
        case SigmaCompareExpression(number=number, op=op):
            return _order(target, _OPS[op], number.number, span, scope)
        case SigmaNumber(number=number):
            return _order(target, Op.EQ, number, span, scope)
        case SigmaBool():
            return match_string(target, SigmaString(str(value).lower()), span, scope)
    scope.lack(span, f"values of type {type(value).__name__}", f"a {type(value).__name__} cannot be compared here")
    return FALSE


def _whole_field(target: Target, span: Span, scope: Scope) -> Expr | None:
    """FALSE, with a note, where the field is only a part of the column: its absence cannot be seen."""
    if not target.part:
        return None
    scope.lack(span, "the field as a column of its own", "whether this part of the column is absent is not known")
    return FALSE


def match_string(target: Target, value: SigmaString, span: Span, scope: Scope) -> Expr:
    """A text with wildcards and placeholders."""
    fold = not isinstance(value, SigmaCasedString)
    tests = [_match_parts(target, parts, fold, span, scope) for parts in _filled(value, span, scope)]
    return gather(tests, span) if scope.spend(len(tests), span) else FALSE


def _filled(value: SigmaString, span: Span, scope: Scope) -> Iterable[Parts]:
    """The value with every choice of texts for its placeholders."""
    choices: list[tuple[str | Wild, ...]] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            choices.append(_texts_of(part, span, scope) or ())
        else:
            choices.append((_WILD[part] if isinstance(part, SpecialChars) else part,))
    if prod(map(len, choices)) > MAX_EXPANSION:
        scope.wrong(span, "sigma-value", f"the placeholders of this value stand for more than {MAX_EXPANSION} texts")
        return []
    return (_merged(parts) for parts in product(*choices))


def _texts_of(placeholder: Placeholder, span: Span, scope: Scope) -> tuple[str, ...] | None:
    texts = scope.placeholders.get(placeholder.name)
    if texts is None:
        known = tuple(scope.placeholders)
        hint = did_you_mean(placeholder.name, known) if scope.own else ""
        if hint:
            scope.wrong(span, "sigma-placeholder", f"nothing fills the placeholder %{placeholder.name}%", hint)
        scope.unfilled(f"placeholder %{placeholder.name}%", f"nothing fills the placeholder %{placeholder.name}%")
    return texts


def _merged(parts: Iterable[str | Wild]) -> Parts:
    """Neighbouring texts joined, runs of ``*`` made one."""
    merged: list[str | Wild] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Wild):
            if not (part is Wild.ANY and last is Wild.ANY):
                merged.append(part)
        elif isinstance(last, str):
            merged[-1] = last + part
        elif part:
            merged.append(part)
    return tuple(merged)


def _match_parts(target: Target, parts: Parts, fold: bool, span: Span, scope: Scope) -> Expr:
    if any("\ud800" <= char <= "\udfff" for part in parts if not isinstance(part, Wild) for char in part):
        scope.wrong(span, "sigma-value", "these bytes are not text; encode them with base64 or base64offset")
        return FALSE
    if target.part and not _open(target.part, parts):
        text = "the field is only a part of a column, so that its beginning and end are not known"
        scope.lack(span, "the field as a column of its own", text)
        return FALSE
    if parts == (Wild.ANY,):
        return Not(IsNull(target.expr, span), span)
    if target.form == "hex":
        parts = _hex(parts)
    texts = [part for part in parts if not isinstance(part, Wild)]
    if len(parts) - len(texts) > MAX_WILDCARDS:
        scope.wrong(span, "sigma-value", f"a value has at most {MAX_WILDCARDS} wildcards")
        return FALSE
    if len(texts) < len(parts):
        return Match(_as_text(target, span), Like(parts), fold, span)
    constant = _CONSTANTS.get(target.kind, _text_constant)
    return constant(target, "".join(texts), fold, span, scope)


def _open(part: str, parts: Parts) -> bool:
    """The pattern leaves open what stands around the part."""
    ends = (bool(parts) and parts[0] is Wild.ANY, bool(parts) and parts[-1] is Wild.ANY)
    return ends[0] if part == "tail" else all(ends)


def _hex(parts: Parts) -> Parts:
    """Hex as the canonical columns write it."""
    plain = tuple(part if isinstance(part, Wild) else re.sub(r"[:\s]", "", part).lower() for part in parts)
    if plain and not isinstance(plain[0], Wild):
        return (plain[0].lstrip("0") or "0", *plain[1:])
    return plain


def _as_text(target: Target, span: Span) -> Expr:
    return target.expr if target.kind is Kind.TEXT else Cast(target.expr, Kind.TEXT, span)


def _text_constant(target: Target, text: str, fold: bool, span: Span, _scope: Scope) -> Expr:
    return Compare(Op.EQ, _as_text(target, span), calls.text(text, span), fold, span)


def _number_constant(target: Target, text: str, fold: bool, span: Span, scope: Scope) -> Expr:
    number = number_of(text)
    if number is None:
        return _text_constant(target, text, fold, span, scope)
    return _order(target, Op.EQ, number, span, scope)


def _bool_constant(target: Target, text: str, _fold: bool, span: Span, scope: Scope) -> Expr:
    word = text.lower()
    if word not in _TRUE and word not in _FALSE:
        scope.lack(span, "a text column", f"{text!r} is neither true nor false, and the column is a bool")
        return FALSE
    return Compare(Op.EQ, target.expr, Literal(word in _TRUE, Kind.BOOL, span), span=span)


def time_of(text: str) -> datetime | None:
    """A time in ISO 8601 as UTC without a zone, which is how rows hold times; UTC where it names no zone."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    except (ValueError, OverflowError):
        return None


def _time_constant(target: Target, text: str, _fold: bool, span: Span, scope: Scope) -> Expr:
    moment = time_of(text)
    if moment is None:
        scope.lack(span, "a text column", f"{text!r} is not a time in ISO 8601, and the column is a time")
        return FALSE
    return Compare(Op.EQ, target.expr, Literal(moment, Kind.TIME, span), span=span)


def _address_constant(target: Target, text: str, fold: bool, span: Span, scope: Scope) -> Expr:
    """An address, a network (as placeholders give them), or a text that no address equals."""
    try:
        if "/" in text:
            return calls.in_network(target.expr, target.kind, str(ipaddress.ip_network(text, strict=False)), span)
        ipaddress.ip_address(text)
    except ValueError:
        return _text_constant(target, text, fold, span, scope)
    return Compare(Op.EQ, target.expr, Literal(text, Kind.INET, span), span=span)


_CONSTANTS: dict[Kind, Callable[[Target, str, bool, Span, Scope], Expr]] = {
    Kind.INT: _number_constant,
    Kind.DOUBLE: _number_constant,
    Kind.BOOL: _bool_constant,
    Kind.TIME: _time_constant,
    Kind.INET: _address_constant,
}


def _order(target: Target, op: Op, number: int | float, span: Span, scope: Scope) -> Expr:
    """A numeric comparison; texts are read as numbers."""
    if target.kind not in (Kind.INT, Kind.DOUBLE, Kind.TEXT):
        scope.lack(span, "a numeric column", f"a {target.kind} column cannot be compared with a number")
        return FALSE
    if isinstance(number, int) and not -_INT64 <= number < _INT64:
        number = float(max(-(10**300), min(number, 10**300)))
    operand = Cast(target.expr, Kind.DOUBLE, span) if target.kind is Kind.TEXT else target.expr
    kind = Kind.INT if isinstance(number, int) and target.kind is Kind.INT else Kind.DOUBLE
    return Compare(op, operand, Literal(number if kind is Kind.INT else float(number), kind, span), span=span)


def _part(target: Target, part: SigmaTimestampPart, op: Op, span: Span, scope: Scope) -> Expr:
    if target.kind not in (Kind.TIME, Kind.TEXT):
        scope.lack(span, "a time column", f"a {target.kind} column has no {part.timestamp_part.name.lower()}")
        return FALSE
    time = Cast(target.expr, Kind.TIME, span) if target.kind is Kind.TEXT else target.expr
    found = calls.time_part(part.timestamp_part.name.lower(), time, span)
    return Compare(op, found, Literal(max(-_INT64, min(int(part.number), _INT64 - 1)), Kind.INT, span), span=span)


def match_regex(target: Target, value: SigmaRegularExpression, span: Span, scope: Scope) -> Expr:
    """A regular expression, found somewhere in the text; placeholders in it stand for literal texts."""
    choices: list[tuple[str, ...]] = []
    for part in value.regexp.s:
        if isinstance(part, Placeholder):
            texts = _texts_of(part, span, scope)
            choices.append(tuple(re.escape(each) for each in texts or ()))
        else:
            choices.append((_WILD[part].value if isinstance(part, SpecialChars) else part,))
    if prod(map(len, choices)) > MAX_EXPANSION:
        scope.wrong(span, "sigma-value", f"the placeholders of this value stand for more than {MAX_EXPANSION} texts")
        return FALSE
    return gather([_regex(target, "".join(parts), value, span, scope) for parts in product(*choices)], span)


def _regex(target: Target, text: str, value: SigmaRegularExpression, span: Span, scope: Scope) -> Expr:
    if target.part and (text.startswith("^") or (target.part == "inside" and text.endswith("$"))):
        why = "the field is only a part of a column; where it begins and ends is not known"
        scope.lack(span, "the field as a column of its own", why)
        return FALSE
    try:
        found = translate(
            text,
            Dialect.SIGMA,
            fold=SigmaRegularExpressionFlag.IGNORECASE in value.flags,
            multi_line=SigmaRegularExpressionFlag.MULTILINE in value.flags,
            dot_all=SigmaRegularExpressionFlag.DOTALL in value.flags,
        )
    except RegexError as error:
        if error.check == "regex-not-portable":
            scope.lack(span, "another regular expression", error.text, error.check, error.advice)
        else:
            scope.wrong(span, error.check, error.text, error.advice)
        return FALSE
    return Match(_as_text(target, span), Regex(found.text), found.fold, span)

"""Applying value modifiers: pySigma's own classes, corrected where they give bytes or counts that are not right.

pySigma 1.x measures base64 offsets in characters, escapes wildcards before it encodes, encodes the byte order mark of
``utf16`` as UTF-8, and refuses ``wide`` for all that is not ASCII; values that go through base64 need exact bytes.
"""

from __future__ import annotations

import re
from base64 import b64encode
from math import isfinite

from sigma.exceptions import SigmaError, SigmaValueError
from sigma.modifiers import (
    SigmaBase64Modifier,
    SigmaBase64OffsetModifier,
    SigmaCompareModifier,
    SigmaExistsModifier,
    SigmaModifier,
    SigmaRegularExpressionModifier,
    SigmaTimestampModifier,
    SigmaUTF16BEModifier,
    SigmaUTF16Modifier,
    SigmaWideModifier,
    SigmaWindowsDashModifier,
    modifier_mapping,
)
from sigma.rule import SigmaDetectionItem
from sigma.types import (
    SigmaBool,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaString,
    SigmaType,
)

from certhound.model.errors import did_you_mean
from certhound.query.tree import Span
from certhound.rules.lowering.scope import Scope
from certhound.rules.yaml_tree import Scalar

MAX_DASHES = 4
"""Most places of one value at which ``windash`` tries its five dashes: more would be thousands of patterns."""

_BOM = "\ufeff"
_WHOLE = re.compile(r"[+-]?(\d+|0x[0-9A-Fa-f]+|0o[0-7]+)", re.ASCII)
_FRACTION = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


class _Utf16(SigmaString):
    """UTF-16 with its byte order mark in front."""


def _encoded(value: SigmaString, encoding: str, into: SigmaString) -> SigmaString:
    """Each text part in an encoding, its bytes kept as text that :func:`_bytes_of` turns back exactly."""
    into.original = value.original
    into.s = [
        part.encode(encoding).decode("utf-8", "surrogateescape") if isinstance(part, str) else part for part in value.s
    ]
    return into


def _bytes_of(value: SigmaString) -> bytes:
    if not all(isinstance(part, str) for part in value.s):
        raise SigmaValueError("base64 takes neither wildcards nor placeholders")
    text = "".join(str(part) for part in value.s)
    if isinstance(value, _Utf16):
        return b"\xff\xfe" + text.removeprefix(_BOM).encode("utf-8", "surrogateescape")
    return text.encode("utf-8", "surrogateescape")


class Wide(SigmaWideModifier):
    """UTF-16, little endian, without a mark."""

    def modify(self, val: SigmaString) -> SigmaString:
        return _encoded(val, "utf-16le", SigmaString())


class Utf16BE(SigmaUTF16BEModifier):
    """UTF-16, big endian, without a mark."""

    def modify(self, val: SigmaString) -> SigmaString:
        return _encoded(val, "utf-16be", SigmaString())


class Utf16(SigmaUTF16Modifier):
    """UTF-16, little endian, with its mark."""

    def modify(self, val: SigmaString) -> SigmaString:
        encoded = _encoded(val, "utf-16le", _Utf16())
        encoded.s = [_BOM, *encoded.s]
        return encoded


class Base64(SigmaBase64Modifier):
    """Base64 of the exact bytes."""

    def modify(self, val: SigmaString) -> SigmaString:
        return SigmaString.from_str(b64encode(_bytes_of(val)).decode())


class Base64Offset(SigmaBase64OffsetModifier):
    """The part of the encoded text that does not depend on its neighbours, at each of the three offsets."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        raw = _bytes_of(val)
        shifted = []
        for offset in range(3):
            text = b64encode(b" " * offset + raw).decode()
            kept = text[self.start_offsets[offset] : self.end_offsets[(len(raw) + offset) % 3]]
            shifted.append(SigmaString.from_str(kept))
        if not all(len(each) for each in shifted):
            raise SigmaValueError("the value is too short for base64offset: nothing of it is sure to stand in the text")
        return SigmaExpansion(list(shifted))


class Windash(SigmaWindowsDashModifier):
    """Each dash that begins an option in its five forms, within bounds."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        text = "".join(part for part in val.s if isinstance(part, str))
        if len(re.findall(r"\B[-/]\b", text)) > MAX_DASHES:
            raise SigmaValueError(f"windash takes at most {MAX_DASHES} dashes in one value")
        return super().modify(val)


CORRECTED: dict[str, type[SigmaModifier]] = {  # type: ignore[type-arg]
    "wide": Wide,
    "utf16": Utf16,
    "utf16be": Utf16BE,
    "base64": Base64,
    "base64offset": Base64Offset,
    "windash": Windash,
}


def known_modifiers() -> tuple[str, ...]:
    """The modifiers that the installed pySigma knows."""
    return tuple(modifier_mapping)


class Modifiers:
    """The modifiers of one key, and what they make of each value."""

    def __init__(self, field: str | None, names: list[str], span: Span, scope: Scope) -> None:
        for name in names:
            if name not in modifier_mapping:
                text = f"unknown modifier {name!r}"
                scope.wrong(span, "sigma-modifier", text, did_you_mean(name, list(modifier_mapping)))
        known = [name for name in names if name in modifier_mapping]
        # pySigma judges a network before its placeholder is filled; an expanded address is read as a network anyway.
        self.networks = "cidr" in known and "expand" in known
        self.names = [name for name in known if not (self.networks and name == "cidr")]
        self.classes = [CORRECTED.get(name, modifier_mapping[name]) for name in self.names]
        self.field = field
        self.span = span
        self.scope = scope
        self.all_values = "all" in self.names
        self.negated = "neq" in self.names

    def _any(self, *bases: type) -> bool:
        return any(issubclass(each, bases) for each in self.classes)

    def apply(self, value: Scalar) -> list[SigmaType]:
        """The value after all modifiers; empty where it is wrong, which is then noted."""
        typed = self._typed(value)
        if typed is None:
            return []
        try:
            return list(SigmaDetectionItem(self.field, list(self.classes), [typed]).value)
        except SigmaError as error:
            self.scope.wrong(value.span, "sigma-modifier", str(error))
        except Exception as error:  # noqa: BLE001  a parser that is not ours, fed with hostile text
            self.scope.wrong(value.span, "sigma-modifier", f"pySigma cannot read this value: {error!r}")
        return []

    def _typed(self, value: Scalar) -> SigmaType | None:
        """A scalar as the type that the modifiers take; YAML's own idea of it does not count."""
        if self._any(SigmaExistsModifier):
            return self._boolean(value)
        if self._any(SigmaCompareModifier, SigmaTimestampModifier):
            return self._number(value)
        if value.is_null:
            return SigmaNull()
        if self._any(SigmaRegularExpressionModifier):
            return SigmaString.from_str(value.text)
        return SigmaString(value.text)

    def _boolean(self, value: Scalar) -> SigmaType | None:
        word = value.text.lower()
        if word in _TRUE or word in _FALSE:
            return SigmaBool(word in _TRUE)
        self.scope.wrong(value.span, "sigma-value", "exists takes true or false")
        return None

    def _number(self, value: Scalar) -> SigmaType | None:
        number = number_of(value.text)
        if number is None:
            self.scope.wrong(value.span, "sigma-value", f"{value.text!r} is not a number")
            return None
        typed = SigmaNumber(0)
        typed.number = number  # pySigma makes whole numbers beyond 2^53 inexact
        return typed


def number_of(text: str) -> int | float | None:
    """A number of its text: decimal, ``0x``, ``0o``, with a fraction or an exponent; else ``None``."""
    if len(text) > 400:
        return None
    if match := _WHOLE.fullmatch(text):
        return int(text) if match[1].isdigit() else int(text, 0)
    if _FRACTION.fullmatch(text):
        number = float(text)
        if not isfinite(number):
            return None
        return int(number) if number.is_integer() else number
    return None

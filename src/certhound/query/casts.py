"""Casts in Python. What cannot be read as the wanted type becomes absent.

TEXT to INT: a sign and 1 to 19 digits, in 64 bits; to DOUBLE: decimal, with or without exponent; to BOOL: true, false,
1, 0 in any case; to TIME: ``YYYY-MM-DD``, then ``T`` or a blank and ``HH:MM[:SS[.ffffff]]``, then ``Z`` or nothing,
years 1000 to 9999; to INET: an address. DOUBLE to INT cuts towards zero. TIME to TEXT: ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from certhound.model.columns import Kind
from certhound.query.functions.numbers import in_range
from certhound.query.inet import inet_key
from certhound.query.text import simple_lower

INT_TEXT = r"^[+-]?[0-9]{1,19}$"
DOUBLE_TEXT = r"^[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?$"
TIME_TEXT = (
    r"^([1-9][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?)?)Z?$"
)
"""Patterns of readable text; ``$`` is the very end."""


def _int_of_text(text: str) -> int | None:
    return in_range(int(text)) if re.search(INT_TEXT.replace("$", r"\Z"), text) else None


def _double_of_text(text: str) -> float | None:
    return float(text) if re.search(DOUBLE_TEXT.replace("$", r"\Z"), text) else None


def _bool_of_text(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(simple_lower(text))


def _time_of_text(text: str) -> datetime | None:
    found = re.search(TIME_TEXT.replace("$", r"\Z"), text)
    try:
        return datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _int_of_double(value: float) -> int | None:
    return in_range(math.trunc(value)) if math.isfinite(value) else None


def _text_of_time(value: datetime) -> str:
    return value.isoformat(timespec="microseconds") + "Z"


def _text_of_bool(value: bool) -> str:
    return "true" if value else "false"


_CASTS: dict[tuple[Kind, Kind], Callable[[Any], Any]] = {
    (Kind.TEXT, Kind.INT): _int_of_text,
    (Kind.TEXT, Kind.DOUBLE): _double_of_text,
    (Kind.TEXT, Kind.BOOL): _bool_of_text,
    (Kind.TEXT, Kind.TIME): _time_of_text,
    (Kind.TEXT, Kind.INET): lambda text: text if inet_key(text) is not None else None,
    (Kind.INET, Kind.TEXT): lambda text: text,
    (Kind.INT, Kind.TEXT): str,
    (Kind.INT, Kind.DOUBLE): float,
    (Kind.INT, Kind.BOOL): bool,
    (Kind.DOUBLE, Kind.INT): _int_of_double,
    (Kind.DOUBLE, Kind.TEXT): repr,
    (Kind.BOOL, Kind.INT): int,
    (Kind.BOOL, Kind.TEXT): _text_of_bool,
    (Kind.TIME, Kind.TEXT): _text_of_time,
}


def cast(value: Any, kind: Kind, wanted: Kind) -> Any:
    """A value of a type as another type; None for None and for what cannot be read."""
    if value is None or kind in (wanted, Kind.NULL):
        return value
    return _CASTS[kind, wanted](value)


def naive(value: Any) -> Any:
    """A time without its zone, in UTC; anything else as it is."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value

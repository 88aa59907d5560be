"""The order of values in Python that DuckDB has too: text by code point, NaN above all numbers and equal to itself."""

from __future__ import annotations

import math
from typing import Any


def sort_key(value: Any) -> Any:
    """A key for sorting values of one type, none of them absent."""
    if isinstance(value, float):
        return (1, 0.0) if math.isnan(value) else (0, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return (0, value)
    return value

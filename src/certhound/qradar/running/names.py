"""The names that QRadar gives result columns without an alias, as measured on consoles.

A column is called as it was typed; a scalar function by its name in lower case and the words of its arguments; an
aggregate by its name in upper case and those words; a column that a grouped query takes the first value of by
``FIRST_`` and its name.
"""

from __future__ import annotations

import re

from certhound.qradar.aql import nodes as n
from certhound.qradar.catalogue import find_function

_WORD = re.compile(r"[^\W_]+")


def first_name(name: str) -> str:
    """The name of a column's first value in a grouped query."""
    return f"FIRST_{name}"


def result_name(item: n.Item, text: str) -> str:
    """The name of a SELECT item."""
    if item.alias is not None:
        return item.alias
    expr = item.expr
    if isinstance(expr, n.Name):
        return expr.text
    if not isinstance(expr, n.Call):
        return text[expr.span.start : expr.span.end].strip()
    inside = text[expr.name_span.end : expr.span.end]
    known = find_function(expr.name)
    upper = known is not None and known.aggregate
    name = expr.name.upper() if upper else expr.name.lower()
    return "_".join(_WORD.findall(f"{name} {inside}"))

"""Functions over values of any type."""

from __future__ import annotations

from typing import Any

from certhound.query.functions import sql
from certhound.query.functions.declare import Function, Overload


def _first_present(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


FUNCTIONS = (
    Function(
        "coalesce",
        "the first value that is not absent",
        (Overload((None,), None, lambda *values: sql.call("coalesce", *values), _first_present, variadic=True),),
        strict=False,
    ),
)

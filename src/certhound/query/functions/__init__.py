"""The functions of the query language: one file a family, one declaration a function, found by being there."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from certhound.query.functions.declare import Constant, Function, Overload

__all__ = ["Constant", "Function", "Overload", "find", "functions"]


@cache
def functions() -> dict[str, Function]:
    """Every function by name, from the ``FUNCTIONS`` of each module of this package."""
    found: dict[str, Function] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for function in getattr(module, "FUNCTIONS", ()):
            if function.name in found:
                raise RuntimeError(f"two functions are named {function.name}")
            found[function.name] = function
    return dict(sorted(found.items()))


def find(name: str) -> Function | None:
    """A function by its exact name."""
    return functions().get(name)

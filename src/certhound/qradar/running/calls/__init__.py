"""How the functions of AQL run: one file a family, each with ``LOWERINGS``, name to what lowers a call of it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from certhound.qradar.aql import nodes as n
    from certhound.qradar.running.expressions import Expressions
    from certhound.qradar.running.typed import Typed

Lowering: TypeAlias = "Callable[[Expressions, n.Call], Typed]"


@cache
def lowerings() -> dict[str, Lowering]:
    """Every function by its name in upper case."""
    found: dict[str, Lowering] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found.update(getattr(module, "LOWERINGS", {}))
    return found


def lowering_of(name: str) -> Lowering:
    """What lowers a function of the catalogue."""
    return lowerings()[name]

"""Files for others: one module a form of export; a module put here is found, written and named in the README."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import cast

from certhound.techniques.exports.base import Exporter, Material

__all__ = ["Exporter", "Material", "exporters"]


@cache
def exporters() -> tuple[Exporter, ...]:
    """Every exporter, by its folder."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [cast(Exporter, each) for each in modules if hasattr(each, "FOLDER")]
    return tuple(sorted(found, key=lambda each: each.FOLDER))

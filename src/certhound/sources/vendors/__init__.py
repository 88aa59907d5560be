"""Vendor sources: one small module each with a ``VENDOR``; a module put here is found.

See ``docs/develop.md``, "Adding a vendor".
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from certhound.sources.envelopes.vendor import Vendor


@cache
def vendors() -> tuple[Vendor, ...]:
    """Every vendor source, in the order in which they are asked: by rank, then by name."""
    found = [
        vendor
        for module in pkgutil.iter_modules(__path__)
        if (vendor := getattr(importlib.import_module(f"{__name__}.{module.name}"), "VENDOR", None)) is not None
    ]
    return tuple(sorted(found, key=lambda vendor: (vendor.rank, vendor.name)))


def log_source_type(source: str) -> str:
    """QRadar's name for the log source type of a ``source`` (``fortigate.ssl``); empty where no vendor says one."""
    name = source.partition(".")[0]
    return next((vendor.log_source_type for vendor in vendors() if vendor.name == name), "")

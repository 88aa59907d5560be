"""Telemetry of techniques that cannot run here, constructed from the documented schemas of the providers.

Nothing here was recorded: whoever shows it says so. A builder is a module with ``build``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

Builder = Callable[[Path, float, str, Mapping[str, str]], None]
"""Writes files into a folder: when it began (epoch seconds), the command, and its arguments."""


def builder(name: str) -> Builder:
    """The builder that a plan names."""
    found: Builder = importlib.import_module(f"{__name__}.{name}").build
    return found

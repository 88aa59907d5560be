"""Commands are the modules of ``certhound.cli.commands``: putting a file there adds a command.

Such a module has ``COMMAND``, a function or a cyclopts ``App``, whose docstring (or help) begins with one line about
what it does, and ``SECTION``, the heading under which the overview lists it. The file's name is the command's.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

SECTIONS: Final = ("Start here", "Find", "Look", "Rules", "Help")
"""Headings of the overview in order; others come last."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, one line about it, its heading, and what runs it."""

    name: str
    summary: str
    section: str
    target: Any


def commands() -> list[Command]:
    """All commands, in the order of the overview."""
    rank = {name: number for number, name in enumerate(SECTIONS)}
    return sorted(_found(), key=lambda each: (rank.get(each.section, len(rank)), each.name))


def _found() -> Iterator[Command]:
    package = importlib.import_module("certhound.cli.commands")
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        target = module.COMMAND
        said = (target.__doc__ if callable(target) and hasattr(target, "__code__") else target.help) or ""
        yield Command(info.name.replace("_", "-"), said.strip().splitlines()[0], module.SECTION, target)

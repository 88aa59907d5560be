"""``certhound drill``: do a technique and see whether it is found. Its sub-commands stand in ``cli.drill``."""

from __future__ import annotations

import importlib
import pkgutil

from cyclopts import App

from certhound.cli.help import PlainHelp
from certhound.cli.options import unwrapped

SECTION = "Drills"

COMMAND = App(
    name="drill",
    help="Do what an adversary does, in a closed range, and see whether it is found.",
    help_formatter=PlainHelp(),
)

_PACKAGE = importlib.import_module("certhound.cli.drill")

for _info in pkgutil.iter_modules(_PACKAGE.__path__):
    COMMAND.command(unwrapped(importlib.import_module(f"certhound.cli.drill.{_info.name}").COMMAND), name=_info.name)

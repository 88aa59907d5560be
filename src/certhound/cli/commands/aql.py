"""``certhound aql``: QRadar's query language without a QRadar. Its sub-commands are the modules of ``cli.aql``."""

from __future__ import annotations

import importlib
import pkgutil

from cyclopts import App

from certhound.cli.options import unwrapped

SECTION = "QRadar"

COMMAND = App(name="aql", help="Check, lay out and run QRadar queries (AQL) on this machine.")

_PACKAGE = importlib.import_module("certhound.cli.aql")

for _info in pkgutil.iter_modules(_PACKAGE.__path__):
    COMMAND.command(unwrapped(importlib.import_module(f"certhound.cli.aql.{_info.name}").COMMAND), name=_info.name)

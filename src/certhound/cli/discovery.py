"""Commands are the modules of ``certhound.cli.commands``: putting a file there adds a command.

Such a module has ``COMMAND``, a function or a cyclopts ``App``, whose docstring (or ``help``) begins with one line on
what it does, and ``SECTION``, the heading under which the overview lists it. The file's name is the command's.

What the overview needs is read from the source without running it: importing every command, and with them cyclopts,
would take most of the time that help may take.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

SECTIONS: Final = ("Start here", "Find", "Look", "Lake", "Rules", "Drills", "QRadar", "Help")
"""Headings of the overview in order; others come last."""

_PACKAGE: Final = "certhound.cli.commands"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, one line about it, its heading, and the module that has it."""

    name: str
    summary: str
    section: str
    module: str

    def load(self) -> Any:
        """The function or ``App`` that runs it."""
        return importlib.import_module(self.module).COMMAND


def commands() -> list[Command]:
    """All commands, in the order of the overview."""
    rank = {name: number for number, name in enumerate(SECTIONS)}
    return sorted(_found(), key=lambda each: (rank.get(each.section, len(rank)), each.name))


def _found() -> Iterator[Command]:
    package = importlib.import_module(_PACKAGE)
    for info in pkgutil.iter_modules(package.__path__):
        module = f"{_PACKAGE}.{info.name}"
        tree = ast.parse(_source(module))
        stated = {name: value for node in tree.body for name, value in _assigned(node)}
        section = ast.literal_eval(stated["SECTION"])
        yield Command(info.name.replace("_", "-"), _summary(tree, stated["COMMAND"]), section, module)


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    source = getattr(spec.loader, "get_source", None) if spec else None
    return source(module) if source else inspect.getsource(importlib.import_module(module))


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        yield node.targets[0].id, node.value


def _summary(tree: ast.Module, target: ast.expr) -> str:
    """The first line of the function that ``COMMAND`` names, or of the ``help`` that its ``App`` is given."""
    if isinstance(target, ast.Call):
        said = next(str(ast.literal_eval(each.value)) for each in target.keywords if each.arg == "help")
    else:
        name = target.id if isinstance(target, ast.Name) else ""
        said = next(
            ast.get_docstring(node) or ""
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name == name
        )
    return said.strip().splitlines()[0]

"""Rooms import only rooms that stand before them, and the heavy libraries stay where they belong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import certhound

ROOMS = (
    "model", "names", "x509", "probe", "query", "sources", "lake", "rules", "qradar", "findings", "techniques",
    "outputs", "ct", "lab", "web",
    "cli",
)  # fmt: skip
"""In the order of the design: a room may import those before it, and itself."""

ANYWHERE = {"__init__"}
"""Modules beside the rooms that everybody may import: the version."""

HEAVY = {
    "duckdb",
    "pyarrow",
    "sqlglot",
    "sigma",
    "rich",
    "jinja2",
    "OpenSSL",
    "cryptography",
    "tomlkit",
    "msgspec",
    "prompt_toolkit",
}

ROOT = Path(certhound.__file__).parent


def modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT)


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def imported(tree: ast.AST, path: Path) -> Iterator[tuple[int, str]]:
    """Every absolute name of a module that is imported anywhere in the file, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                package = path.relative_to(ROOT.parent).parent.parts
                base = package[: len(package) - node.level + 1]
                yield node.lineno, ".".join((*base, *([node.module] if node.module else [])))
            else:
                yield node.lineno, node.module or ""


def at_import_time(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a module is imported: not those inside functions, nor those for type checkers only."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from at_import_time(getattr(node, part, []))


def test_every_folder_is_a_known_room() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders - {"content"} <= set(ROOMS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_from_lower_rooms_to_higher_ones_only(path: Path) -> None:
    own = room_of(path)
    if own == "content":
        return
    wrong = []
    for line, name in imported(ast.parse(path.read_text()), path):
        parts = name.split(".")
        if parts[0] != "certhound" or len(parts) < 2:
            continue
        if parts[1] not in ROOMS:
            wrong.append(f"line {line}: {name} is no room")
        elif ROOMS.index(parts[1]) > ROOMS.index(own):
            wrong.append(f"line {line}: {own} imports {name}")
    assert not wrong


@pytest.mark.parametrize("room", ["model", "cli"])
def test_importing_a_light_room_loads_nothing_heavy(room: str) -> None:
    wrong = []
    for path in modules():
        if room_of(path) != room or path.name in LAZY:
            continue
        for node in at_import_time(ast.parse(path.read_text()).body):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {name.split(".")[0] for _, name in imported(ast.Module([node], []), path)}
                wrong += [f"{path.relative_to(ROOT)}:{node.lineno} {name}" for name in names & HEAVY]
    assert not wrong


LAZY = {"profile_file.py", "one_certificate.py"}
"""Modules of the light rooms that are imported inside functions only, because they need something heavy."""


def test_modules_that_are_loaded_late_are_not_loaded_early() -> None:
    wrong = []
    for path in modules():
        if path.name in LAZY:
            continue
        for node in at_import_time(ast.parse(path.read_text()).body):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [name for _, name in imported(ast.Module([node], []), path)]
                wrong += [f"{path.name}: {name}" for name in names if f"{name.rsplit('.', 1)[-1]}.py" in LAZY]
    assert not wrong

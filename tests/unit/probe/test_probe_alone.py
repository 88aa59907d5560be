"""Only the room that was made for it opens sockets, and only one command goes there."""

from __future__ import annotations

import ast
from pathlib import Path

import certhound

ROOT = Path(certhound.__file__).parent
NETWORK = {"socket", "ssl", "socketserver", "http", "urllib.request", "ftplib", "smtplib", "asyncio", "OpenSSL.SSL"}
MAY = {"probe", "lab"}
"""``lab`` serves and connects on loopback, for recordings."""


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_sockets_stay_in_their_rooms() -> None:
    wrong = {
        str(path.relative_to(ROOT)): sorted(imports(path) & NETWORK)
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[0] not in MAY and imports(path) & NETWORK
    }
    assert wrong == {}


def test_only_one_command_goes_there() -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[0] != "probe"
        and any(name.startswith("certhound.probe") for name in imports(path))
    }
    assert users <= {"cli/commands/cert.py", "cli/served.py"}


def test_importing_the_command_line_does_not_import_it() -> None:
    import subprocess
    import sys

    code = "import sys, certhound.cli.commands.cert; print([m for m in sys.modules if m.startswith('certhound.probe')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

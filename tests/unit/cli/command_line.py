"""Running the command line in tests: in this process where it can be, in one of its own where it must be."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import certhound
from certhound.cli import main

SAMPLE = Path(certhound.__file__).parent / "content" / "sample"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Outcome:
    """Run a command in this process."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return Outcome(code, said.out, said.err)


def environment(**more: str) -> dict[str, str]:
    """This process' environment, with a home that nobody has written to."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CERTHOUND", "XDG_", "NO_COLOR"))}
    if "PYTHONPATH" in more and "PYTHONPATH" in kept:
        more["PYTHONPATH"] += os.pathsep + kept["PYTHONPATH"]
    return {**kept, "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1", **more}


def start(*words: str | Path, cwd: Path | None = None, **more: str) -> Outcome:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "certhound", *map(str, words)],
        capture_output=True, cwd=cwd, env=environment(**more), stdin=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def few_logs(folder: Path, lines: int = 40) -> Path:
    """A folder with the beginning of the sample's logs: enough to read, little to wait for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ssl.log", "x509.log", "conn.log"):
        with (SAMPLE / name).open() as stream:
            (folder / name).write_text("".join(line for _, line in zip(range(lines), stream, strict=False)))
    return folder

"""Every ``$ …`` of the documentation runs, ends with the exit code it states, and prints what it shows.

A console block is run from top to bottom in an empty folder that holds ``sample`` (the packaged sample) and the files
that the page itself shows: a fenced block with a path behind its language, as in ``yaml my_rules/a_rule.yml``.
``# exit code N`` behind a command states another exit code than 0. Lines of output must occur, in any order, blanks
aside; ``…`` stands for anything. ``/var/log/zeek`` is read as ``sample``.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs_pages import ROOT, Example, Page, pages

from certhound.cli import main

pytestmark = pytest.mark.slow

SAMPLE = ROOT / "src" / "certhound" / "content" / "sample"
WITH_EXAMPLES = [page for page in pages() if page.examples()]
_SHELL = re.compile(r"[|><&;]")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "sample")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-profile"))
    return tmp_path


def _in_shell(command: str, folder: Path) -> tuple[int, str]:
    """A command with pipes; what it needs beside certhound must be there."""
    shim = folder / ".bin" / "certhound"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m certhound "$@"\n')
    shim.chmod(0o755)
    env = {**os.environ, "PATH": f"{shim.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def _unquoted(command: str) -> str:
    return re.sub(r"'[^']*'", "", command)


def _missing_tools(command: str) -> list[str]:
    words = [part.split()[0] for part in re.split(r"[|;&]+", _unquoted(command)) if part.split()]
    return [word for word in words if word != "certhound" and shutil.which(word) is None]


def _pattern(line: str) -> re.Pattern[str]:
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split("…")]
    return re.compile(".*".join(parts))


def _run(example: Example, folder: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    command = example.command.replace("/var/log/zeek", "sample")
    if not command.startswith("certhound ") or _SHELL.search(_unquoted(command)):
        return _in_shell(command, folder)
    capfd.readouterr()
    code = main(shlex.split(command)[1:])
    return code, "".join(capfd.readouterr())


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.name)
def test_the_commands_of_a_page_do_what_it_shows(page: Page, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, text in page.files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    for example in page.examples():
        where = f"{page.name}:{example.line} $ {example.command}"
        if missing := _missing_tools(example.command):
            pytest.skip(f"{where}: needs {', '.join(missing)}")
        code, said = _run(example, folder, capfd)
        assert code == example.code, f"{where}\n{said[-3000:]}"
        lines = [re.sub(r"\s+", " ", line) for line in said.splitlines()]
        for wanted in example.output:
            pattern = _pattern(wanted)
            assert any(pattern.search(line) for line in lines), f"{where}\nnot printed: {wanted}\n{said[-6000:]}"


def test_there_are_examples() -> None:
    assert len(WITH_EXAMPLES) >= 5

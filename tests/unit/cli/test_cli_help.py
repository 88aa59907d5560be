"""Help comes at once, names every command, and is one with the README and the pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import environment, run
from cyclopts import App

from certhound.cli.discovery import SECTIONS, Command, commands

ROOT = Path(__file__).parents[3]
HEAVY = (
    "cyclopts",
    "duckdb",
    "pyarrow",
    "sigma",
    "rich",
    "sqlglot",
    "jinja2",
    "OpenSSL",
    "cryptography",
    "tomlkit",
    "yaml",
)


@pytest.mark.parametrize("words", [[], ["--help"], ["--version"]])
def test_nothing_heavy_is_loaded_for_help(words: list[str]) -> None:
    code = (
        "import sys; from certhound.cli import main; main(sys.argv[1:]); "
        f"sys.exit(' '.join(name for name in {HEAVY!r} if name in sys.modules) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, env=environment(), timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_alone_it_gives_five_examples(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys)
    examples = [line.split() for line in outcome.out.splitlines() if line.startswith("  certhound ")]
    assert len(examples) == 5
    known = {command.name for command in commands()}
    assert {words[1] for words in examples} <= known


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, "--help")
    for command in commands():
        assert f"  {command.name} " in outcome.out
        assert command.section in SECTIONS
        assert len(command.summary) < 100


@pytest.mark.parametrize("name", [command.name for command in commands()])
def test_every_command_has_help_that_fits(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, name, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: certhound {name}")
    assert all(len(line) <= 100 for line in outcome.out.splitlines())


def test_a_wrong_word_gets_the_nearest_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert 'Did you mean "scan"?' in run(capsys, "scna", "x").err
    assert "Did you mean --format?" in run(capsys, "scan", "x", "--fromat", "json").err
    assert "did you mean json?" in run(capsys, "scan", "x", "--format", "jsn").err
    assert "did you mean dst_ip" in run(capsys, "events", "x", "--columns", "dst_pi").err
    for words in (["scna"], ["scan", "x", "--fromat", "json"], ["rules", "shw"]):
        assert run(capsys, *words).out == ""


def test_the_commands_of_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    known = {command.name for command in commands()}
    used = re.findall(r"^\S*certhound ([a-z]\w*)(.*)", (ROOT / "README.md").read_text(), re.MULTILINE)
    examples = [(name, rest) for name, rest in used if not name.startswith("finds")]
    assert len(examples) >= 6
    for name, rest in examples:
        assert name in known
        shown = run(capsys, name, "--help").out
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest.split("#")[0]):
            assert f"{option} " in shown


def test_the_readme_begins_with_what_it_is() -> None:
    first = (ROOT / "README.md").read_text().split("\n## ")[0]
    assert "certhound demo" in first
    assert "python3 scripts/dev.py test" in first
    assert "No account, nothing is sent anywhere" in first


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_the_overview_says_what_the_command_says(command: Command) -> None:
    target = command.load()
    said = target.help if isinstance(target, App) else target.__doc__
    assert str(said).strip().startswith(command.summary)

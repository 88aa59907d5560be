"""``certhound aql lint`` and ``fmt``: forms, exit codes, files that are rewritten."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from certhound.cli import main
from certhound.model.errors import ExitCode

ERROR = "SELECT sorceip FROM events LIMIT 5 LAST 1 HOURS\n"
WARNING = "SELECT sourceip FROM events LAST 1 HOURS\n"
CLEAN = "SELECT sourceip\nFROM events\nLIMIT 5\nLAST 1 HOURS\n"
FORMATS = ("full", "line", "json", "sarif", "github")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("error.aql", ERROR), ("warning.aql", WARNING), ("clean.aql", CLEAN)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["clean.aql"], ExitCode.OK),
        (["warning.aql"], ExitCode.OK),
        (["warning.aql", "--fail-on", "warning"], ExitCode.FINDING),
        (["clean.aql", "--fail-on", "info"], ExitCode.OK),
        (["warning.aql", "error.aql", "--fail-on", "info"], ExitCode.CONTENT),
        (["error.aql", "--level", "error"], ExitCode.CONTENT),
        (["missing.aql", "clean.aql"], ExitCode.UNREADABLE),
        (["missing.aql", "error.aql"], ExitCode.CONTENT),
        (["clean.aql", "--no-such"], ExitCode.USAGE),
    ],
)
def test_exit_codes_hold_in_every_format(folder: Path, form: str, words: list[str], code: ExitCode) -> None:
    assert main(["aql", "lint", *words, "--format", form]) == code


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(["aql", "lint", "error.aql", "warning.aql", *words])
    return capsys.readouterr().out


def test_full_form_marks_the_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _said(capsys).splitlines()
    assert lines[0] == 'error.aql:1:8 error[unknown-field] Field "sorceip" does not exist in catalog "events"'
    assert lines[1:3] == [f"    {ERROR.rstrip()}", "           ^^^^^^^"]
    assert lines[3].startswith("    advice: did you mean sourceip")


def test_line_form_has_one_line_a_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _said(capsys, "--format", "line").splitlines()
    assert lines[1] == "warning.aql:1:1: warning: the result has no LIMIT [no-limit]"


def test_json_form_is_one_array(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(_said(capsys, "--format", "json"))
    assert [(each["file"], each["check"], each["severity"]) for each in found] == [
        ("error.aql", "unknown-field", "error"),
        ("warning.aql", "no-limit", "warning"),
    ]


def test_sarif_names_rules_and_places(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = json.loads(_said(capsys, "--format", "sarif"))
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    assert rules == sorted(set(rules))
    for result, level in zip(run["results"], ("error", "warning"), strict=True):
        assert result["level"] == level
        assert rules[result["ruleIndex"]] == result["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "error.aql"
    assert place["region"] == {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 15}


def test_github_form_is_workflow_commands(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a,b.aql").write_text("SELECT 'a%' || sorceip FROM events LIMIT 5 LAST 1 HOURS")
    main(["aql", "lint", "a,b.aql", "--format", "github"])
    said = capsys.readouterr().out
    assert said.startswith("::error file=a%2Cb.aql,line=1,endLine=1,col=16,title=unknown-field,endColumn=23::Field ")


def test_what_acts_on_a_terminal_is_spelt_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "hostile.aql").write_text('SELECT qid FROM events WHERE username = "\x1b[2J\u202e" LIMIT 5 LAST 1 HOURS')
    for form in FORMATS:
        main(["aql", "lint", "hostile.aql", "--format", form])
        said = capsys.readouterr().out
        assert said
        assert not {"\x1b", "\u202e"} & set(said)


def test_fmt_rewrites_files_and_check_only_tells(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["aql", "fmt", "warning.aql", "--check"]) == ExitCode.FINDING
    assert (folder / "warning.aql").read_text() == WARNING
    assert main(["aql", "fmt", "warning.aql", "clean.aql"]) == ExitCode.OK
    assert (folder / "warning.aql").read_text() == "SELECT sourceip\nFROM events\nLAST 1 HOURS\n"
    assert (folder / "clean.aql").read_text() == CLEAN
    assert main(["aql", "fmt", "warning.aql", "clean.aql", "--check"]) == ExitCode.OK


def test_fmt_leaves_what_cannot_be_read_and_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "SELECT qid FROM events;\nSELECT qid,\nFROM events"
    (folder / "bad.aql").write_text(text)
    assert main(["aql", "fmt", "bad.aql"]) == ExitCode.CONTENT
    assert (folder / "bad.aql").read_text() == text
    assert "bad.aql:3:1 error[syntax]" in capsys.readouterr().err


def test_fmt_keeps_several_statements_and_their_comments(folder: Path) -> None:
    (folder / "many.aql").write_text("-- one\nselect a from events; -- two\nselect b from flows;\n-- end\n")
    assert main(["aql", "fmt", "many.aql"]) == ExitCode.OK
    laid_out = "-- one\nSELECT a\nFROM events;\n\n-- two\nSELECT b\nFROM flows;\n\n-- end\n"
    assert (folder / "many.aql").read_text() == laid_out
    assert main(["aql", "fmt", "many.aql", "--check"]) == ExitCode.OK


def test_fmt_rewrites_fences_of_markdown_and_nothing_else(folder: Path) -> None:
    (folder / "page.md").write_text("# A\n\n```aql\nselect a from events\n```\n\n```sql\nselect 1\n```\n\n  end\n")
    assert main(["aql", "fmt", "page.md"]) == ExitCode.OK
    laid_out = "# A\n\n```aql\nSELECT a\nFROM events\n```\n\n```sql\nselect 1\n```\n\n  end\n"
    assert (folder / "page.md").read_text() == laid_out


def test_fmt_leaves_yaml_alone(folder: Path) -> None:
    (folder / "rules.yaml").write_text(f"query: {ERROR}")
    assert main(["aql", "fmt", "rules.yaml"]) == ExitCode.USAGE
    assert (folder / "rules.yaml").read_text() == f"query: {ERROR}"


@pytest.mark.parametrize("words", [("lint", "-", "--format", "line"), ("fmt", "-"), ("lint",), ("fmt",)])
def test_a_hyphen_and_nothing_mean_standard_input(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CLEAN.encode())))
    assert main(["aql", *words]) == ExitCode.OK
    found = capsys.readouterr()
    assert found.out == (CLEAN if words[0] == "fmt" else "") or "nothing found" in found.out + found.err

"""The shell: lines into queries, answers, completion, and the editor on a terminal that is none."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from certhound.cli.aql_shell.editor import offers, session, typed
from certhound.cli.aql_shell.statements import is_whole, statements
from certhound.qradar.catalogue import shipped_site, stock
from certhound.qradar.running.completion import completions
from certhound.qradar.running.reference_data import ReferenceData

ROWS = [{"endtime": 1_799_999_999_000 - n, "qid": 5000 + n, "username": f"user{n}", "My Prop": n} for n in range(3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT a FROM b", ["SELECT a FROM b"]),
        ("SELECT a\nFROM b;\n\nSELECT c FROM d;\n", ["SELECT a\nFROM b", "SELECT c FROM d"]),
        ("SELECT ';' FROM b; .help\n", ["SELECT ';' FROM b", ".help"]),
        (".format json\nSELECT a FROM b -- no; end\n;", [".format json", "SELECT a FROM b -- no; end"]),
        ('SELECT "a;b" /* ; */ FROM b;;', ['SELECT "a;b" /* ; */ FROM b']),
        ("", []),
    ],
)
def test_queries_end_at_semicolons(text: str, expected: list[str]) -> None:
    assert list(statements(io.StringIO(text))) == expected


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", True),
        (".help", True),
        ("quit", True),
        ("SELECT qid FROM events", True),
        ("SELECT qid,", False),
        ("SELECT qid FROM events WHERE", False),
        ("SELECT qid FROM events WHERE username = 'bo", False),
        ("SELECT qid FROM events /* note", False),
        ("SELECT qid FROM events WHERE;", True),
        ("SELECT qid WHERE x FROM events", True),
    ],
)
def test_enter_runs_what_is_whole(text: str, whole: bool) -> None:
    assert is_whole(text) is whole


def offered(before: str, after: str = "", reference: ReferenceData | None = None) -> list[str]:
    catalogue = stock().with_site(shipped_site())
    return [each.text for each in completions(before, after, catalogue, reference or ReferenceData())]


def test_completion_knows_fields_functions_words_and_names() -> None:
    assert "sourceip" in offered("SELECT sour", " FROM events")
    assert "sourcebytes" in offered("SELECT source", " FROM flows")
    assert "sourcebytes" not in offered("SELECT source", " FROM events")
    assert offered("SELECT qidn") == ["QIDNAME("]
    assert offered("SELECT qid FROM ev") == ["events"]
    assert "WHERE" in offered("SELECT qid FROM events whe")
    assert 'URL Host"' in offered('SELECT "url')
    assert '"URL Host"' in offered("SELECT url")
    assert offered("SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Microsoft Windows S") == [
        "Microsoft Windows Security Event Log'"
    ]
    sets = ReferenceData(sets={"Bad hosts": ("x",)})
    assert offered("SELECT qid FROM events WHERE REFERENCESETCONTAINS('ba", reference=sets) == ["Bad hosts'"]
    assert offered("SELECT qid FROM events WHERE username = 'sou") == []


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "certhound" / "aql_history"


def keys(*typed_keys: str) -> Iterator[str]:
    with create_pipe_input() as pipe:
        editor = session(stock(), ReferenceData(), input=pipe, output=DummyOutput())
        for each in typed_keys:
            pipe.send_text(each)
        yield from typed(editor)


def test_the_editor_takes_lines_remembers_them_and_ends(history: Path) -> None:
    first = list(keys("SELECT qid\r", "FROM events\r", "half a que\x03", "SELECT 'a\r", "b' FROM events\r", "\x04"))
    assert first == ["SELECT qid FROM events"] or first[0].split() == ["SELECT", "qid", "FROM", "events"]
    assert first[1:] == ["SELECT 'a\nb' FROM events"]
    assert history.stat().st_mode & 0o077 == 0
    assert list(keys("\x1b[A\r", "\x04")) == ["SELECT 'a\nb' FROM events"]


def test_tab_offers_commands_and_what_queries_can_name() -> None:
    def tab(text: str) -> list[str]:
        return [each for each, _, _ in offers(text, "", stock(), ReferenceData())]

    assert tab(".ex") == ["explain", "exit"]
    assert tab(".format c") == ["csv"]
    assert tab(".explain SELECT eventdir") == ["eventdirection"]
    assert tab("SELECT eventdir") == ["eventdirection"]


def test_no_place_for_history_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    assert list(keys("SELECT qid FROM events\r", "\x04")) == ["SELECT qid FROM events"]


def piped(tmp_path: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "certhound",
        "aql",
        "shell",
        "--table",
        f"events={rows}",
        "--now",
        "data",
        *arguments,
    ]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=120, env=environment, check=False
    )


def test_a_pipe_of_queries_is_answered_to_its_end(tmp_path: Path) -> None:
    found = piped(
        tmp_path,
        'SELECT qid, "My Prop" FROM events\nORDER BY qid DESC LIMIT 1;\nSELECT nothing FROM events;\n'
        ".format csv\n.bogus\nSELECT COUNT(*) AS n FROM events;\n.tables\n.quit\nSELECT qid FROM events;",
        "--format",
        "json",
    )
    assert found.returncode == 4
    assert found.stdout.startswith('{"events": [\n{"qid":5002,"My Prop":2}\n]}\n"n"\n3.0\n')
    assert "5000" not in found.stdout
    assert 'Field "nothing" does not exist in catalog "events"' in found.stderr
    assert "there is no command .bogus" in found.stderr
    assert "1 row in " in found.stderr


def test_a_pipe_without_errors_succeeds(tmp_path: Path) -> None:
    found = piped(tmp_path, ".explain SELECT qid FROM events\n.lint SELECT qid FROM events\n.help\n", "--quiet")
    assert found.returncode == 0
    assert "SQL:" in found.stdout
    assert "no-limit" in found.stdout

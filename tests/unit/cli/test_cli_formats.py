"""Standard output holds the result and nothing else, in every format; it parses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from command_line import SAMPLE, few_logs, run, start

from certhound.outputs.contract import outputs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return few_logs(tmp_path_factory.mktemp("formats") / "logs")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_scan_as_json(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(run(capsys, "scan", logs, "--format", "json").out)
    assert report["version"] == 1
    assert report["sessions"] > 0
    assert {each["source"] for each in report["sources"]} == {"zeek.ssl", "zeek.x509", "zeek.conn"}


def test_every_output_is_a_format(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in outputs():
        outcome = run(capsys, "scan", logs, "--format", "table" if name == "terminal" else name)
        assert outcome.code == 0
        assert outcome.out


def test_a_piped_table_is_plain_and_whole(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, "scan", logs)
    assert "\x1b" not in outcome.out
    assert "next:" in outcome.out
    assert outcome.err == ""


def test_a_page_and_a_file_beside_the_table(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(
        capsys, "scan", logs, "--html", tmp_path / "a.html", "--format", "json", "--output", tmp_path / "a.json"
    )
    assert outcome.out == ""
    assert outcome.err == f"wrote {tmp_path / 'a.html'}\nwrote {tmp_path / 'a.json'}\n"
    assert "<html" in (tmp_path / "a.html").read_text()
    assert json.loads((tmp_path / "a.json").read_text())["version"] == 1


@pytest.mark.parametrize("command", ["events", "certificates"])
def test_rows_are_the_same_in_every_format(
    command: str, logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = [json.loads(line) for line in run(capsys, command, logs, "--format", "json").out.splitlines()]
    with io.StringIO(run(capsys, command, logs, "--format", "csv").out, newline="") as stream:
        cells = list(csv.DictReader(stream))
    run(capsys, command, logs, "--format", "parquet", "--output", tmp_path / "rows.parquet")
    table: Any = pq.read_table(tmp_path / "rows.parquet")
    lines = run(capsys, command, logs).out.splitlines()
    assert len(objects) == len(cells) == table.num_rows == len(lines) - 1 > 0
    assert "der" not in table.column_names
    for one, other in zip(objects, cells, strict=True):
        assert one["origin_file"] == other["origin_file"]


def test_chosen_columns_in_their_order(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, "events", logs, "--format", "csv", "--columns", "dst_ip, time,sni")
    assert outcome.out.splitlines()[0] == '"dst_ip","time","sni"'


def test_the_certificate_itself_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    file = next((SAMPLE / "certificates").iterdir())
    assert "der" not in json.loads(run(capsys, "certificates", file, "--format", "json").out)
    assert json.loads(run(capsys, "certificates", file, "--format", "json", "--der").out)["der"].startswith("MII")


def test_what_is_not_understood_is_told_on_standard_error(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x\x1b[31m.txt").write_text("nothing of the kind")
    with (tmp_path / "ssl.log").open("w") as stream:
        stream.write((logs / "ssl.log").read_text() + "half a\tline\n")
    outcome = run(capsys, "events", tmp_path, "--format", "json")
    assert outcome.code == 0
    assert all(json.loads(line) for line in outcome.out.splitlines())
    assert "kept aside: " in outcome.err
    assert "not recognised: " in outcome.err
    assert "\x1b" not in outcome.err
    assert run(capsys, "events", tmp_path, "--quiet").err == ""


def test_lists_of_rules(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in run(capsys, "rules", "list", "--format", "json").out.splitlines()]
    assert len(lines) >= 12
    table = run(capsys, "rules", "list").out
    assert all(line["name"] in table for line in lines)


def test_the_demo_says_what_it_is_on_standard_error_and_what_to_do_next_on_standard_output() -> None:
    outcome = start("demo")
    assert outcome.code == 0
    assert outcome.out.startswith(tuple("0123456789"))
    assert "The sample" in outcome.err
    assert "certhound explain F-" in outcome.out
    assert "certhound demo --html" in outcome.out

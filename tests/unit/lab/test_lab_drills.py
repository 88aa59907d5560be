"""Drills are valid, refuse where they must, tell how far each signal came, and run where there can be a range."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from lab_range import needs_range, runs_is_found_and_leaves_nothing

from certhound.cli import main as certhound
from certhound.lab.drills import reports
from certhound.lab.drills.atomic import read_technique
from certhound.lab.drills.plan import CONTENT, Absent, Drill, Signal, drills, find_drills, techniques
from certhound.lab.drills.run import Run, StepDone, read_run, run_drill
from certhound.lab.drills.verify import State, fits, judge, judge_absent, verify
from certhound.lab.range import local
from certhound.lab.range.state import RangeError
from certhound.model.errors import ContentError
from certhound.rules import load_rules

ALL = list(drills())
FIRST = find_drills(("acme-certbot", "certificate-capture", "self-signed-nginx"))

# --- Atomic Red Team's format, as its documentation and specification state it

_TEXT = {"type": "string", "minLength": 1}
_EXECUTOR = {
    "type": "object",
    "required": ["name", "command"],
    "additionalProperties": False,
    "properties": {
        "name": {"enum": ["powershell", "sh", "bash", "command_prompt"]},
        "command": _TEXT,
        "cleanup_command": {"type": "string"},
        "elevation_required": {"type": "boolean"},
    },
}
_ARGUMENT = {
    "type": "object",
    "required": ["description", "type", "default"],
    "additionalProperties": False,
    "properties": {
        "description": _TEXT,
        "type": {"enum": ["path", "url", "string", "integer", "float"]},
        "default": {"type": ["string", "number", "null"]},
    },
}
_DEPENDENCY = {
    "type": "object",
    "required": ["description", "prereq_command", "get_prereq_command"],
    "additionalProperties": False,
    "properties": {"description": _TEXT, "prereq_command": _TEXT, "get_prereq_command": {"type": ["string", "null"]}},
}
_TEST = {
    "type": "object",
    "required": ["name", "description", "supported_platforms", "executor"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "description": _TEXT,
        "auto_generated_guid": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
        "supported_platforms": {"type": "array", "minItems": 1, "items": {"enum": ["windows", "macos", "linux"]}},
        "input_arguments": {
            "type": "object",
            "additionalProperties": _ARGUMENT,
            "propertyNames": {"pattern": r"^[\w-]{2,}$"},
        },
        "dependency_executor_name": {"enum": ["powershell", "sh", "bash", "command_prompt"]},
        "dependencies": {"type": "array", "items": _DEPENDENCY},
        "executor": _EXECUTOR,
    },
}
SCHEMA = {
    "type": "object",
    "required": ["attack_technique", "display_name", "atomic_tests"],
    "additionalProperties": False,
    "properties": {
        "attack_technique": {"type": "string", "pattern": r"^T\d{4}(\.\d{3})?$"},
        "display_name": {"type": "string", "minLength": 5},
        "atomic_tests": {"type": "array", "minItems": 1, "items": _TEST},
    },
}


@pytest.mark.parametrize("path", sorted(CONTENT.glob("*.yaml")), ids=lambda path: path.stem)
def test_tests_are_in_the_format_of_atomic_red_team(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    jsonschema.validate(document, SCHEMA)
    for test in document["atomic_tests"]:
        executor = test["executor"]
        text = executor["command"] + executor.get("cleanup_command", "")
        text += "".join(
            f"{each['prereq_command']}{each['get_prereq_command']}" for each in test.get("dependencies", [])
        )
        assert set(re.findall(r"#\{(.*?)\}", text)) == set(test.get("input_arguments", {}))
        assert "sudo" not in text
        assert executor.get("cleanup_command") or test["name"].startswith(("Visit", "Resume"))
        assert ("dependency_executor_name" in test) == bool(test.get("dependencies"))
        uuid.UUID(test["auto_generated_guid"])
        kinds = {"integer": int, "float": float, "string": str, "path": str, "url": str}
        assert all(type(each["default"]) is kinds[each["type"]] for each in test.get("input_arguments", {}).values())


def test_no_guid_stands_twice() -> None:
    guids = [test.auto_generated_guid for each in techniques().values() for test in each.atomic_tests]
    assert len(guids) == len(set(guids))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"extra": 1}, "extra"),
        ({"executor": {"name": "zsh", "command": "x"}}, "executor.name"),
        ({"executor": {"name": "sh", "command": "echo #{nothing}"}}, "not defined: nothing"),
        (
            {"input_arguments": {"spare": {"description": "d", "type": "string", "default": "x"}}},
            "no command uses: spare",
        ),
        ({"executor": {"name": "sh", "command": "sudo true"}}, "sudo without elevation"),
        ({"supported_platforms": ["amiga"]}, "amiga"),
    ],
)
def test_what_the_format_forbids_is_an_error(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    test = {
        "name": "n", "description": "d", "supported_platforms": ["linux"], "auto_generated_guid": str(uuid.uuid4()),
        "executor": {"name": "sh", "command": "true"}, **change,
    }  # fmt: skip
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump({"attack_technique": "T1608.003", "display_name": "A name", "atomic_tests": [test]}))
    with pytest.raises(ContentError, match=re.escape(said)):
        read_technique(path)


# --- plans


def test_rules_that_drills_expect_exist() -> None:
    names = {rule.name for rule in load_rules().rules}
    expected = {rule for drill in ALL for signal in drill.plan.signals for rule in signal.rules}
    assert expected <= names


@pytest.mark.parametrize("drill", ALL, ids=lambda drill: drill.name)
def test_a_drill_states_what_it_changes_and_writes_below_its_folder_only(drill: Drill) -> None:
    plan = drill.plan
    assert plan.about
    assert plan.changes
    assert plan.undoes
    for step in plan.steps:
        test = drill.tests[step.name]
        paths = {name for name, argument in test.input_arguments.items() if argument.type == "path"}
        for name in paths:
            assert step.arguments[name].startswith(("{files}/", "{authorities}")), (step.name, name)
    for signal in plan.signals:
        re.compile(signal.raw)


# --- judging

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = Run(
    "x",
    started=NOW.timestamp(),
    ended=NOW.timestamp() + 9,
    places={"adversary": "203.0.113.10", "port": "443"},
    steps=[StepDone("make", "adversary", "t", "c", NOW.timestamp(), NOW.timestamp() + 2, 0)],
)
SIGNAL = Signal(
    "s", "make", "audit", "connection", {"dst_ip": "{adversary}", "dst_port": "{port}"}, "saddr=0200", ["r"]
)


def row(**values: object) -> dict[str, Any]:
    base = {"category": "connection", "time": NOW, "origin_file": "/x/audit.log", "origin_line": 7, "origin_record": 1}
    return {**base, "dst_ip": "203.0.113.10", "dst_port": 443, **values}


@pytest.mark.parametrize(
    ("rows", "found", "raw", "state", "good"),
    [
        ([row()], {"r"}, "", State.FINDING, True),
        ([row()], {"other"}, "", State.UNFOUND, False),
        ([row(dst_port=80)], {"r"}, "saddr=0200", State.SEEN, False),
        ([], set(), "", State.MISSING, False),
        ([row(time=NOW.replace(hour=11))], {"r"}, "", State.MISSING, False),
        ([row(category="file")], {"r"}, "", State.MISSING, False),
    ],
)
def test_how_far_a_signal_came(
    tmp_path: Path, rows: list[dict[str, Any]], found: set[str], raw: str, state: State, good: bool
) -> None:
    (tmp_path / "audit.log").write_text(raw)
    judged = judge(SIGNAL, RUN, rows, found, [tmp_path])
    assert (judged.state, judged.good) == (state, good)


def test_a_signal_without_a_rule_need_only_be_parsed(tmp_path: Path) -> None:
    signal = Signal("s", "make", "audit", "connection", {"dst_port": 443}, "x")
    judged = judge(signal, RUN, [row(time=NOW.replace(second=1))], set(), [tmp_path])
    assert (judged.state, judged.good, judged.after_s, judged.evidence) == (State.PARSED, True, 1.0, "audit.log:7")


def test_what_was_not_recorded_is_neither_good_nor_bad(tmp_path: Path) -> None:
    run = replace(RUN, not_recorded={"audit": "auditctl is missing"})
    judged = judge(SIGNAL, run, [row()], {"r"}, [tmp_path])
    assert (judged.state, judged.good, judged.why) == (State.NOT_RECORDED, None, "auditctl is missing")
    assert judge_absent(Absent("a", "make", "audit", "connection"), run, []).good is None


def test_what_must_be_absent_counts_only_while_its_step_runs() -> None:
    absent = Absent("a", "make", "audit", "connection")
    assert judge_absent(absent, RUN, [row(time=NOW.replace(second=5))]).good
    assert judge_absent(absent, RUN, [row(time=NOW.replace(second=1))]).state is State.PRESENT


@pytest.mark.parametrize(
    ("column", "wanted", "value", "expected"),
    [
        ("process|endswith", "/OpenSSL", "/usr/bin/openssl", True),
        ("process|startswith", "/bin", "/usr/bin/openssl", False),
        ("command_line|contains", "req -x509", "openssl req -x509 -newkey", True),
        ("command_line|re", r"req\s+-x\d+", "openssl req -x509", True),
        ("dst_port|gt", 1000, 443, False),
        ("cert_san", "b", ["a", "b"], True),
        ("action", ["x", "y"], "y", True),
        ("action", "x", None, False),
    ],
)
def test_operators(column: str, wanted: Any, value: object, expected: bool) -> None:
    assert fits({column.partition("|")[0]: value}, column, wanted, {}) is expected


def test_a_step_that_failed_and_files_that_stayed_fail_a_drill(tmp_path: Path) -> None:
    drill = find_drills(("self-signed-nginx",))[0]
    (tmp_path / "telemetry").mkdir()
    (tmp_path / "telemetry" / "audit.log").write_text("")
    step = StepDone("make", "adversary", "t", "c", NOW.timestamp(), NOW.timestamp() + 2, 1, "no room")
    run = replace(RUN, steps=[step], left=["/tmp/x"], interrupted=True)
    verdict = verify(drill, run, tmp_path, profile=drill.profile())
    assert verdict.outcome == "failed"
    assert {"the run was interrupted", "step make ended with 1: no room", "not undone: /tmp/x"} <= set(verdict.problems)


# --- constructed telemetry, and reports


@pytest.fixture(scope="module")
def constructed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drills")
    assert (
        certhound(["drill", "run", "powershell-iis", "--folder", str(folder), "--output", str(folder / "out"), "-q"])
        == 0
    )
    return folder


def test_constructed_telemetry_is_found_and_marked_everywhere(
    constructed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "powershell-iis  passed (constructed)" in re.sub(r" {3,}", "  ", (constructed / "out").read_text())
    for path in (constructed / "powershell-iis" / "telemetry").iterdir():
        assert path.name.startswith("constructed-")
        assert "constructed" in path.read_text().lower()
    for format in ("table", "json", "junit", "html", "navigator"):
        assert certhound(["drill", "report", "powershell-iis", "--folder", str(constructed), "--format", format]) == 0
        assert "constructed" in capsys.readouterr().out.lower()


def test_reports_are_what_their_readers_expect(constructed: Path) -> None:
    document = reports.read_document(constructed / "powershell-iis")
    assert document is not None
    failed = {**document, "signals": [{**document["signals"][0], "good": False, "state": "not seen", "why": "<&\x00"}]}
    skipped = {**document, "skipped": "no root", "outcome": "skipped", "signals": []}
    root = ET.fromstring(reports.to_junit([document, failed, skipped]))
    assert [suite.get("failures") for suite in root] == ["0", "1", "0"]
    assert [suite.get("skipped") for suite in root] == ["0", "0", "1"]
    layer = json.loads(reports.to_navigator([document, skipped]))
    assert [(each["techniqueID"], each["score"]) for each in layer["techniques"]] == [("T1587.003", 100)]
    assert "&lt;&amp;" in reports.to_html([failed])


def test_a_lake_is_judged_as_files_are(constructed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = tmp_path / "lake"
    assert certhound(["ingest", str(constructed / "powershell-iis" / "telemetry"), "--lake", str(lake), "-q"]) == 0
    capsys.readouterr()
    words = ["drill", "verify", "powershell-iis", "--folder", str(constructed), "--lake", str(lake), "--format", "json"]
    assert certhound(words) == 0
    document = json.loads(capsys.readouterr().out)["drills"][0]
    assert [each["good"] for each in document["signals"]] == [True] * 5


# --- safety


def test_a_dry_run_prints_commands_and_does_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert certhound(["drill", "run", "--dry-run", "--folder", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "openssl req -x509" in said
    assert "# clean-up" in said
    assert "#{" not in said
    assert not (tmp_path / "out").exists()


def test_an_unmarked_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MARK", tmp_path / "certhound-lab")
    drill = find_drills(("self-signed-nginx",))[0]
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(RangeError, match="not marked as a lab"):
        run_drill(drill, tmp_path / "out", on_this_host=True)
    assert not (tmp_path / "out" / "telemetry").exists()


def test_a_missing_tool_skips_with_the_line_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    drill = find_drills(("acme-certbot",))[0]
    run = run_drill(drill, tmp_path)
    assert run.skipped == "missing: certbot, pebble, nginx (apt-get install certbot nginx-light pebble)"
    assert verify(drill, read_run(tmp_path), tmp_path, profile=drill.profile()).outcome == "skipped"


# --- for real


@pytest.mark.slow
@needs_range
@pytest.mark.parametrize("drill", FIRST, ids=lambda drill: drill.name)
def test_a_drill_runs_is_seen_and_found_and_leaves_nothing(drill: Drill, tmp_path: Path) -> None:
    runs_is_found_and_leaves_nothing(drill, tmp_path)


@pytest.mark.slow
@needs_range
def test_on_a_host_that_is_marked_a_drill_runs_with_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "certhound-lab"
    mark.touch()
    monkeypatch.setattr(local, "MARK", mark)
    runs_is_found_and_leaves_nothing(find_drills(("self-signed-nginx",))[0], tmp_path / "out", on_this_host=True)


def test_the_page_lists_every_drill_with_its_rules() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "drills.md").read_text()
    for drill in ALL:
        line = next(line for line in page.splitlines() if line.startswith(f"| `{drill.name}` |"))
        assert drill.plan.title in line
        assert all(f"`{rule}`" in line for signal in drill.plan.signals for rule in signal.rules)


def test_without_root_drills_are_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    words = ["drill", "run", "self-signed-nginx", "--folder", str(tmp_path), "--format", "json", "-q"]
    assert certhound(words) == 3
    document = json.loads(capsys.readouterr().out)["drills"][0]
    assert document["outcome"] == "skipped"
    assert "needs root" in document["skipped"]

"""Drills are valid, refuse where they must, tell how far each signal came, and run where there can be a range."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from lab_range import needs_range, runs_is_found_and_leaves_nothing

from certhound.cli import main as certhound
from certhound.findings.report import Counted, Entity, Finding, Meeting, Related
from certhound.findings.report import Signal as FoundSignal
from certhound.lab.drills import reports
from certhound.lab.drills.picture import picture
from certhound.lab.drills.plan import Absent, Drill, Signal, drills, find_drills
from certhound.lab.drills.run import Run, StepDone, read_run, run_drill
from certhound.lab.drills.tie import Raised, is_about
from certhound.lab.drills.verify import State, fits, judge, judge_absent, verify
from certhound.lab.range import local
from certhound.lab.range.state import RangeError
from certhound.model.levels import Confidence, Severity
from certhound.rules import load_rules

ALL = list(drills())
FIRST = find_drills(("acme-certbot", "certificate-capture", "self-signed-nginx"))

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
    places={"adversary": "203.0.113.10", "adversary_hex": "CB00710A", "port": "443"},
    steps=[StepDone("make", "adversary", "t", "c", NOW.timestamp(), NOW.timestamp() + 2, 0)],
)
SIGNAL = Signal(
    "s", "make", "audit", "connection", {"dst_ip": "{adversary}", "dst_port": "{port}"}, "saddr=0200{adversary_hex}",
    ["r"],
)  # fmt: skip
replace_signal = msgspec.structs.replace
NOTHING = Raised((), ())


def finding(*, rule: str = "r", kind: str = "destination", key: str = "203.0.113.10:443", **values: Any) -> Finding:
    """A finding of a rule about an entity, which was met as a.example at 203.0.113.10:443."""
    made = FoundSignal(rule, "title", 40, 40, "family", "reason")
    met = Meeting("a.example", "203.0.113.10:443", 1, Counted(1), NOW, NOW)
    return Finding("F-X", Severity.MEDIUM, 40, Confidence.LOW, Entity(kind, key, **values), (made,), NOW, NOW,
                   Counted(1), Counted(1), meetings=(met,))  # fmt: skip


def row(**values: object) -> dict[str, Any]:
    base = {"category": "connection", "time": NOW, "origin_file": "/x/audit.log", "origin_line": 7, "origin_record": 1}
    return {**base, "dst_ip": "203.0.113.10", "dst_port": 443, **values}


@pytest.mark.parametrize(
    ("rows", "found", "raw", "state", "good"),
    [
        ([row()], [finding()], "", State.FINDING, True),
        ([row()], [finding(rule="other")], "", State.UNFOUND, False),
        ([row()], [finding(key="203.0.113.99:443")], "", State.UNFOUND, False),
        ([row(dst_port=80)], [finding()], "saddr=0200CB00710A", State.SEEN, False),
        ([], [], "", State.MISSING, False),
        ([row(time=NOW.replace(hour=11))], [finding()], "", State.MISSING, False),
        ([row(category="file")], [finding()], "", State.MISSING, False),
    ],
)
def test_how_far_a_signal_came(
    tmp_path: Path, rows: list[dict[str, Any]], found: list[Finding], raw: str, state: State, good: bool
) -> None:
    (tmp_path / "audit.log").write_text(raw)
    judged = judge(SIGNAL, RUN, rows, Raised(found, ()), [tmp_path])
    assert (judged.state, judged.good) == (state, good)


def test_a_signal_without_a_rule_need_only_be_parsed(tmp_path: Path) -> None:
    signal = Signal("s", "make", "audit", "connection", {"dst_port": 443}, "x")
    judged = judge(signal, RUN, [row(time=NOW.replace(second=1))], NOTHING, [tmp_path])
    assert (judged.state, judged.good, judged.after_s, judged.evidence) == (State.PARSED, True, 1.0, "audit.log:7")


def test_what_was_not_recorded_is_neither_good_nor_bad(tmp_path: Path) -> None:
    run = replace(RUN, not_recorded={"audit": "auditctl is missing"})
    judged = judge(SIGNAL, run, [row()], Raised([finding()], ()), [tmp_path])
    assert (judged.state, judged.good, judged.why) == (State.NOT_RECORDED, None, "auditctl is missing")
    assert judge_absent(Absent("a", "make", "audit", "connection"), run, [], NOTHING).good is None


def test_what_must_be_absent_counts_only_while_its_step_runs() -> None:
    absent = Absent("a", "make", "audit", "connection")
    assert judge_absent(absent, RUN, [row(time=NOW.replace(second=5))], NOTHING).good
    assert judge_absent(absent, RUN, [row(time=NOW.replace(second=1))], NOTHING).state is State.PRESENT


def test_what_rules_must_not_find_counts_to_the_end_of_the_run() -> None:
    absent = Absent("a", "make", "audit", "connection", rules=["r"])
    rows = [row(time=NOW.replace(second=5))]
    assert judge_absent(absent, RUN, rows, Raised([finding()], ())).state is State.PRESENT
    assert judge_absent(absent, RUN, rows, Raised([finding(rule="other")], ())).good
    assert judge_absent(absent, RUN, rows, Raised([finding(key="203.0.113.99:443")], ())).good


A_CERTIFICATE = {"kind": "certificate", "key": "ab" * 32, "sha256": "ab" * 32, "sha1": "cd" * 20, "serial": "01",
                 "subject": "CN=a", "issuer": "CN=b"}  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "values", "expected"),
    [
        (A_CERTIFICATE, {"certificate_id": "ab" * 32}, True),
        (A_CERTIFICATE, {"cert_sha256": "ab" * 32}, True),
        (A_CERTIFICATE, {"cert_sha1": "cd" * 20}, True),
        (A_CERTIFICATE, {"cert_sha256": "ef" * 32, "cert_subject": "CN=a", "cert_issuer": "CN=b"}, False),
        (A_CERTIFICATE, {"cert_subject": "CN=a", "cert_issuer": "CN=b"}, True),
        (A_CERTIFICATE, {"cert_subject": "CN=a", "cert_issuer": "CN=b", "cert_serial": "02"}, False),
        (A_CERTIFICATE, {"cert_subject": "CN=a", "cert_issuer": "CN=other"}, False),
        (A_CERTIFICATE, {"sni": "a.example"}, True),
        (A_CERTIFICATE, {"sni": "other.example"}, False),
        (A_CERTIFICATE, {"sni": "a.example", "dst_port": 8443}, False),
        ({"kind": "name", "key": "a.example"}, {"sni": "A.example"}, True),
        ({"kind": "name", "key": "a.example"}, {"dst_host": "b.example"}, False),
        ({"kind": "destination", "key": "203.0.113.10:443"}, {}, True),
        ({"kind": "destination", "key": "203.0.113.10:444"}, {}, False),
        ({"kind": "host", "key": "victim"}, {"computer": "victim"}, True),
        ({"kind": "host", "key": "victim"}, {"computer": "adversary"}, False),
    ],
)
def test_a_finding_counts_for_what_it_is_about_only(
    entity: dict[str, Any], values: dict[str, Any], expected: bool
) -> None:
    assert is_about(finding(**entity), row(**values)) is expected


def test_a_rule_over_records_must_hold_for_the_record_itself() -> None:
    rule = next(each for each in load_rules().rules if each.name == "openssl_self_signed")
    raised = Raised([finding(rule=rule.name, kind="host", key="victim")], [rule])
    made = row(category="process", source="auditd.process", computer="victim", process="/usr/bin/openssl")
    assert raised.about(rule.name, [{**made, "command_line": "openssl req -x509 -nodes"}])
    assert not raised.about(rule.name, [{**made, "command_line": "openssl version"}])


def test_a_finding_must_be_tied_to_the_telemetry_that_the_signal_names(tmp_path: Path) -> None:
    signal = replace_signal(SIGNAL, joins=["mail"])
    told = (Related("mail", ("host of the link",), Confidence.MEDIUM, "a mail links to it"),)
    assert judge(signal, RUN, [row()], Raised([replace(finding(), related=told)], ()), [tmp_path]).good
    judged = judge(signal, RUN, [row()], Raised([finding()], ()), [tmp_path])
    assert (judged.state, judged.why) == (State.UNFOUND, "not tied by mail")


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
    assert run.skipped.startswith("missing: certbot, pebble, nginx (apt-get install certbot nginx-light pebble)")
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


# --- the picture


def a_document(**signal: object) -> dict[str, Any]:
    step = {"on": "adversary", "test": "t", "code": 0, "started": 5.0, "ended": 6.04}
    base = {"name": "s", "step": "visit", "telemetry": "sensor", "state": "finding", "good": True}
    steps = [{**step, "name": "make"}, {**step, "name": "visit", "on": "victim"}]
    return {"steps": steps, "signals": [{**base, **signal}]}


@pytest.mark.parametrize(
    ("signal", "kind"),
    [
        ({}, "found"),
        ({"state": "parsed"}, "parsed"),
        ({"state": "absent"}, "absent"),
        ({"state": "parsed, no finding", "good": False}, "bad"),
        ({"state": "present", "good": False}, "bad"),
        ({"state": "not recorded", "good": None}, "unknown"),
    ],
)
def test_the_picture_shows_how_far_a_signal_came(signal: dict[str, Any], kind: str) -> None:
    assert [dot.kind for dot in picture(a_document(**signal)).dots] == [kind]


def test_the_picture_has_steps_in_their_order_and_signals_below_their_step() -> None:
    drawn = picture(a_document())
    assert [(lane.name, box.name, box.seconds) for lane, box in zip(drawn.hosts, drawn.boxes, strict=True)] == [
        ("adversary", "make", 1.0), ("victim", "visit", 1.0)
    ]  # fmt: skip
    make, visit = drawn.boxes
    assert make.x < visit.x
    assert make.y < visit.y < drawn.floor < drawn.dots[0].y < drawn.height
    assert visit.x <= drawn.dots[0].x < visit.x + drawn.box <= drawn.width
    assert drawn.arrows == ((make.x + drawn.box, make.y, visit.x - 2, visit.y),)


def test_a_drill_that_stopped_early_is_drawn_as_far_as_it_came() -> None:
    document = a_document()
    assert picture({**document, "steps": document["steps"][:1]}).dots
    assert picture({"steps": [], "signals": []}).boxes == ()

"""``certhound explain`` and ``certhound rules``: what stands behind a finding and behind a rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import SAMPLE, run

FINDING = "F-03QYES8J9A3W"
OWN_RULE = """\
title: Certificates of the Laboratory
id: 11111111-2222-4333-8444-555555555555
status: experimental
description: For a test.
author: somebody else
date: 2026-11-24
logsource: {product: certhound, category: certificate}
detection:
  it: {subject_cn: laboratory}
  condition: it
level: low
certhound:
  score: 20
  family: identity
  reason: for a test
"""


def test_a_finding_of_the_sample_without_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, "explain", FINDING)
    assert outcome.out.startswith("critical 9")
    for heading in ("Why", "Who met it", "Chain"):
        assert f"\n{heading}\n" in outcome.out
    assert "looking into the sample" in outcome.err


def test_the_beginning_of_an_id_and_a_report_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = next(path for path in (SAMPLE / "certificates").iterdir() if b"Covenant" in path.read_bytes())
    report = tmp_path / "report.json"
    run(capsys, "scan", certificate, "--format", "json", "--output", report, "--quiet")
    found = json.loads(report.read_text())["findings"][0]
    outcome = run(capsys, "explain", found["id"][:6], "--report", report, "--format", "json")
    assert json.loads(outcome.out)["id"] == found["id"]
    assert outcome.err == ""
    again = run(capsys, "explain", found["id"], certificate, "--format", "json")
    assert json.loads(again.out)["signals"] == json.loads(outcome.out)["signals"]


def test_a_rule_explained(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "rules", "explain", "self_signed_outside").out
    assert out.startswith("self_signed_outside: ")
    assert "SELECT" in out
    assert "needs " in out
    assert "False positives:" in run(capsys, "rules", "show", "self_signed_outside").out


def test_rules_of_others_are_added_and_their_author_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.yml").write_text(OWN_RULE)
    shown = run(capsys, "rules", "show", "own", "--rules", tmp_path)
    assert "somebody else" in shown.out
    ours = run(capsys, "rules", "list").out.count("\n")
    assert run(capsys, "rules", "list", "--rules", tmp_path).out.count("\n") == ours + 1


def test_the_rules_that_ship_pass_their_own_tests_without_a_remark(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(capsys, "rules", "test")
    assert outcome.code == 0
    assert "all as the rules say, in both engines" in outcome.out
    assert outcome.err == ""


def test_a_rule_that_fails_its_events_is_told_with_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yml").write_text(
        OWN_RULE + "  events:\n    positive:\n      - {subject_cn: other}\n    negative:\n      - {subject_cn: none}\n"
    )
    outcome = run(capsys, "rules", "test", tmp_path / "own.yml")
    assert outcome.code == 4
    assert f"{tmp_path / 'own.yml'}:18:" in outcome.err
    assert "error[rule-test]" in outcome.err

"""Sessions are tested by the rules about records while they are read: what nobody needs again is not read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certhound.findings.event_rules import watch
from certhound.findings.run import rules_for, scan
from certhound.lake.build import open_lake
from certhound.model.profile import Profile

SLIVER = {"ja4": "t13i190900_9dc949149365_97f8aa674fd9", "ja4s": "t130200_1301_a56c5b993250"}
RULE = "known_ja4_and_answer"


def ssl_log(folder: Path, *further: dict[str, Any]) -> Path:
    """Zeek's ssl.log as JSON: twenty plain sessions, and one for each of ``further``."""
    plain = {
        "uid": "C0",
        "id.orig_h": "10.0.0.5",
        "id.orig_p": 50000,
        "id.resp_h": "203.0.113.7",
        "id.resp_p": 443,
        "version": "TLSv13",
        "server_name": "files.example.net",
        "resumed": False,
        "established": True,
    }
    records: list[dict[str, Any]] = [plain] * 20 + [{**plain, **each} for each in further]
    lines = [json.dumps({"ts": 1_767_225_600 + n, **record, "uid": f"C{n}"}) for n, record in enumerate(records)]
    path = folder / "ssl.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("further", "ignored"),
    [
        ([], True),
        ([{"ja4": SLIVER["ja4"]}], True),
        ([SLIVER], False),
        ([{"ja4": "t13d1516h2_8daaf6152771_02713d6af862", "ja4s": SLIVER["ja4s"]}], True),
    ],
)
def test_what_no_rule_could_match_is_not_read_again(
    tmp_path: Path, further: list[dict[str, Any]], ignored: bool
) -> None:
    path = ssl_log(tmp_path, *further)
    lake = open_lake([path], Profile(), watch=watch(rules_for(Profile(), ())))
    try:
        assert [part.ignored for part in lake.parts] == [ignored]
    finally:
        lake.close()


@pytest.mark.parametrize("broken", [False, True])
def test_what_a_rule_matches_is_found_however_the_file_is_read(tmp_path: Path, broken: bool) -> None:
    """A broken line sends the file to the careful path, where nothing is watched."""
    path = ssl_log(tmp_path, SLIVER)
    if broken:
        with path.open("a") as lines:
            lines.write('{"ts": 17672\n')
    report = scan([path], profile=Profile())
    found = [signal for finding in report.findings for signal in finding.signals if signal.rule.endswith(RULE)]
    assert len(found) == 1
    assert SLIVER["ja4"] in found[0].reason
    assert sum(each.count for each in report.rejected) == broken


def test_a_rule_that_reads_the_raw_record_is_not_answered_beforehand(tmp_path: Path) -> None:
    rule = tmp_path / "raw.yml"
    rule.write_text(
        """
title: Raw
id: 0d2b0a52-3b5f-4a35-9c0b-6d3f1f1f0001
status: test
description: Looks into the record as it was written.
author: someone
date: 2026-01-01
logsource: {product: certhound, category: tls}
detection:
  keywords: [files.example.net]
  condition: keywords
level: low
certhound: {score: 20, family: network, reason: "seen"}
"""
    )
    path = ssl_log(tmp_path)
    lake = open_lake([path], Profile(), watch=watch(rules_for(Profile(), [rule])))
    try:
        assert [part.ignored for part in lake.parts] == [False]
    finally:
        lake.close()
    report = scan([path], profile=Profile(), rules=[rule])
    assert any(signal.reason == "seen" for finding in report.findings for signal in finding.signals)

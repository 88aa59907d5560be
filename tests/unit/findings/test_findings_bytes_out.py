"""How much clients sent to a contact, where connection records tell: a column for rules like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certhound.findings.lasting import detect
from certhound.findings.report import Report
from certhound.findings.run import scan
from certhound.lake.store.ingest import ingest
from certhound.model.profile import Profile

RULE = """
title: Sends Little
id: 0d2b0a52-3b5f-4a35-9c0b-6d3f1f1f0002
status: test
description: Clients send little.
author: someone
date: 2026-01-01
logsource: {product: certhound, category: contact}
detection:
  little: {bytes_out_median|lt: 1000}
  condition: little
level: low
certhound: {score: 20, family: network, reason: "clients send {bytes_out_median} bytes"}
"""

SENT = {"203.0.113.7": (500, 700, 1_000_000), "203.0.113.8": (5000, 700, 6000), "203.0.113.9": (None, None, None)}
"""Bytes of three sessions of each server."""


def logs(folder: Path, *, connections: bool) -> Path:
    ssl: list[dict[str, Any]] = []
    conn: list[dict[str, Any]] = []
    for server, sizes in SENT.items():
        for number, size in enumerate(sizes):
            head = {
                "ts": 1_767_225_600 + number * 60,
                "uid": f"C{server}{number}",
                "id.orig_h": "10.0.0.5",
                "id.orig_p": 50000 + number,
                "id.resp_h": server,
                "id.resp_p": 443,
            }
            ssl.append(
                {
                    **head,
                    "version": "TLSv13",
                    "server_name": f"s{server[-1]}.example.net",
                    "resumed": False,
                    "established": True,
                }
            )
            conn.append(
                {**head, "proto": "tcp", "service": "ssl", "orig_bytes": size, "resp_bytes": 9000, "conn_state": "SF"}
            )
            conn.append(
                {
                    **head,
                    "uid": f"D{server}{number}",
                    "proto": "tcp",
                    "service": "http",
                    "orig_bytes": 1,
                    "conn_state": "SF",
                }
            )
    folder.mkdir()
    (folder / "ssl.log").write_text("".join(f"{json.dumps(each)}\n" for each in ssl))
    if connections:
        (folder / "conn.log").write_text("".join(f"{json.dumps(each)}\n" for each in conn))
    return folder


def found(report: Report) -> dict[str, str]:
    return {
        finding.entity.key: signal.reason
        for finding in report.findings
        for signal in finding.signals
        if signal.reason.startswith("clients send")
    }


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "sends_little.yml"
    path.write_text(RULE)
    return path


def test_the_median_of_what_clients_sent(tmp_path: Path, rule: Path) -> None:
    report = scan([logs(tmp_path / "logs", connections=True)], profile=Profile(), rules=[rule])
    assert found(report) == {"s7.example.net": "clients send 700 bytes"}


def test_a_lake_knows_it_too(tmp_path: Path, rule: Path) -> None:
    ingest([logs(tmp_path / "logs", connections=True)], tmp_path / "lake")
    report = detect(tmp_path / "lake", profile=Profile(), rules=[rule])
    assert found(report) == {"s7.example.net": "clients send 700 bytes"}


def test_without_connection_records_the_rule_is_not_run(tmp_path: Path, rule: Path) -> None:
    report = scan([logs(tmp_path / "logs", connections=False)], profile=Profile(), rules=[rule])
    assert found(report) == {}
    assert any("bytes_out_median" in need for each in report.not_run for need in each.needs)

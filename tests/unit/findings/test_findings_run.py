"""The main job on small inputs: what is found, how it ranks, what is hidden, and what is said about the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import zeek_logs as z

from certhound.findings.entity import finding_id
from certhound.findings.report import Report
from certhound.findings.run import scan
from certhound.model.columns import TLS_STATES
from certhound.model.exceptions import FindingException
from certhound.model.levels import Severity
from certhound.model.profile import Profile

METASPLOIT = "emailAddress=parse@conn.sons.info,CN=conn.sons.info,OU=parse,O=Conn and Sons,ST=SC,C=US"


def _metasploit_logs(folder: Path, sessions: int = 12, every: float = 60.0) -> None:
    fingerprint = "ab" * 32
    rows = [
        dict(z.SESSIONS[0])
        | {
            "ts": 1700000000.0 + n * every,
            "uid": f"Cbeacon{n:09d}",
            "id.orig_h": "10.1.0.9",
            "id.resp_h": "203.0.113.5",
            "id.resp_p": 4444,
            "server_name": None,
            "established": True,
            "resumed": False,
            "version": "TLSv12",
            "cert_chain_fps": [fingerprint],
            "validation_status": "self signed certificate",
        }
        for n in range(sessions)
    ]
    certificate = dict(z.CERTIFICATES[0]) | {
        "fingerprint": fingerprint,
        "certificate.serial": "06743FC495E54B7B",
        "certificate.subject": METASPLOIT,
        "certificate.issuer": METASPLOIT,
        "certificate.not_valid_before": 1479837055.0,
        "certificate.not_valid_after": 1763661055.0,
        "san.dns": [],
        "basic_constraints.ca": True,
    }
    z.write(folder / "ssl.log", z.tsv("ssl", [*z.SESSIONS, *rows]))
    z.write(folder / "x509.log", z.tsv("x509", [*z.CERTIFICATES, certificate]))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("logs")
    _metasploit_logs(folder)
    (folder / "notes.txt").write_text("no log at all\n")
    return scan([folder], profile=Profile())


def test_the_worst_comes_first_and_says_why(report: Report) -> None:
    worst = report.findings[0]
    assert worst.severity is Severity.CRITICAL
    assert worst.entity.kind == "certificate"
    assert worst.entity.subject == METASPLOIT
    assert worst.entity.sha256 == "ab" * 32
    assert worst.signals[0].rule == "metasploit_generated_subject"
    assert sum(signal.points for signal in worst.signals) == worst.score
    assert "conn.sons.info" in worst.signals[0].reason


def test_it_says_who_met_it_when_and_where_that_stands(report: Report) -> None:
    worst = report.findings[0]
    assert (worst.clients.count, worst.clients.top) == (1, ("10.1.0.9",))
    assert worst.destinations.top == ("203.0.113.5:4444",)
    assert worst.sessions == 12
    assert worst.first_seen is not None
    assert worst.first_seen.isoformat() == "2023-11-14T22:13:20+00:00"
    assert worst.meetings[0].interval_median_s == pytest.approx(60.0)
    assert len(worst.met_by[0].times) == 12
    origins = worst.signals[0].origins
    assert (origins[0].line, origins[0].record) == (15, 7)
    assert origins[0].file.endswith("ssl.log")


def test_every_session_is_in_the_ledger(report: Report) -> None:
    assert list(report.ledger) == [state for state, _ in TLS_STATES]
    assert sum(report.ledger.values()) == report.sessions == len(z.SESSIONS) + 12


def test_nothing_is_hidden_in_silence(report: Report) -> None:
    assert [Path(each.file).name for each in report.unrecognised] == ["notes.txt"]
    assert {each.source: each.records for each in report.sources} == {"zeek.ssl": 18, "zeek.x509": 5}
    assert all(each.needs for each in report.not_run)
    assert any(command.startswith("certhound explain F-") for command in report.next_commands)


def test_the_same_input_gives_the_same_findings(report: Report, tmp_path: Path) -> None:
    _metasploit_logs(tmp_path)
    again = scan([tmp_path], profile=Profile())
    assert [(f.id, f.score) for f in again.findings] == [(f.id, f.score) for f in report.findings]


def test_ids_are_stable_for_ever() -> None:
    # These are a promise to everyone who keeps triage by id: if this test fails, the code is wrong, not the test.
    assert finding_id("certificate", "ab" * 32) == "F-PSZGGBQ9463H"
    assert finding_id("name", "host.example.net") == "F-BM0KYJ46MP64"
    assert finding_id("destination", "203.0.113.5:443") == "F-THBJ16QDJ3R3"


def test_an_exception_hides_and_is_listed(report: Report, tmp_path: Path) -> None:
    _metasploit_logs(tmp_path)
    exception = FindingException(
        reason="red team exercise", owner="blue@example.org", subject=METASPLOIT, expires=date(2027, 1, 1)
    )
    profile = replace(Profile(), exceptions=(exception,))
    hidden = scan([tmp_path], profile=profile, today=date(2026, 11, 24))
    assert METASPLOIT not in {finding.entity.subject for finding in hidden.findings}
    assert [(each.reason, each.owner, each.expires) for each in hidden.hidden] == [
        ("red team exercise", "blue@example.org", "2027-01-01")
    ]
    late = scan([tmp_path], profile=profile, today=date(2027, 6, 1))
    assert late.findings[0].entity.subject == METASPLOIT
    assert any("expired" in note for note in late.notes)


def test_a_rule_of_ones_own_counts_too(tmp_path: Path) -> None:
    _metasploit_logs(tmp_path)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "odd_port.yml").write_text(
        """
title: TLS on port 4444
id: 5f6d7c1e-1111-4222-8333-444455556666
status: test
description: A port that a well-known tool listens on
author: somebody else
date: 2026-11-24
logsource: {product: zeek, service: ssl}
detection:
  selection:
    id.resp_p: 4444
    server_name: null
  condition: selection
level: medium
"""
    )
    report = scan([tmp_path / "ssl.log", tmp_path / "x509.log"], profile=Profile(), rules=[rules])
    signal = next(s for s in report.findings[0].signals if s.rule == "odd_port")
    assert signal.author == "somebody else"
    assert signal.matched == 12


def test_certificates_that_are_many_cost_one_finding_each(tmp_path: Path) -> None:
    _metasploit_logs(tmp_path)
    limited = scan([tmp_path], profile=Profile(), max_findings=1)
    assert len(limited.findings) == 1
    assert (
        any("more findings" in note for note in limited.notes) or len(scan([tmp_path], profile=Profile()).findings) == 1
    )


def test_empty_input_explains_itself(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("# nothing\n")
    report = scan([tmp_path], profile=Profile())
    assert report.findings == ()
    assert report.sources == ()
    assert len(report.unrecognised) == 1
    assert json.dumps(report.ledger)

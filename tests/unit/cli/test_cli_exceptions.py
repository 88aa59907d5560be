"""Exceptions of the profile, from the file to the report and the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import SAMPLE, run

CERTIFICATE = next(path for path in (SAMPLE / "certificates").iterdir() if b"Covenant" in path.read_bytes())
EXCEPTION = """\
[[exception]]
match = { %s }
reason = "the red team's own"
owner = "security"
expires = %s
"""


def scan(
    capsys: pytest.CaptureFixture[str], folder: Path, match: str, expires: str = "2099-12-31"
) -> tuple[int, dict[str, Any]]:
    profile = folder / "certhound.toml"
    profile.write_text(EXCEPTION % (match, expires))
    outcome = run(capsys, "scan", CERTIFICATE, "--config", profile, "--fail-on", "high", "--format", "json", "--quiet")
    report: dict[str, Any] = json.loads(outcome.out)
    return outcome.code, report


@pytest.mark.parametrize(
    "match",
    [f'sha256 = "{CERTIFICATE.stem.upper()}"', 'subject = "cn=COVENANT"', 'issuer = "CN=Cov*", subject = "*nant"'],
)
def test_what_is_excepted_is_hidden_and_listed(match: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = scan(capsys, tmp_path, match)
    assert code == 0
    assert report["findings"] == []
    [hidden] = report["hidden"]
    assert (hidden["reason"], hidden["owner"], hidden["expires"]) == ("the red team's own", "security", "2099-12-31")
    assert hidden["finding"]["entity"]["sha256"] == CERTIFICATE.stem


@pytest.mark.parametrize("match", ['subject = "CN=Other"', 'destination = "0.0.0.0/0"', 'rule = "self_signed_outside"'])
def test_what_is_not_stands(match: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = scan(capsys, tmp_path, match)
    assert code == 1
    assert report["hidden"] == []
    assert len(report["findings"]) == 1


def test_an_expired_exception_hides_nothing_and_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = scan(capsys, tmp_path, 'subject = "CN=Covenant"', "2020-01-31")
    assert code == 1
    assert any("2020-01-31" in note and "security" in note for note in report["notes"])

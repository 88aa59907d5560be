"""The script that judges scans: it accepts a right report and names what is wrong in a wrong one."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import certhound

SCRIPT = Path(__file__).parents[3] / "scripts" / "ground_truth.py"
SAMPLE = Path(certhound.__file__).parent / "content" / "sample"
SEVERITIES = {"adversary": ("high", 80), "hygiene": ("medium", 45), "benign": ("low", 20)}
Change = Callable[[dict[str, Any]], None]


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    severity, score = SEVERITIES[row["class"]]
    entity = {"kind": "certificate", "sha256": row["sha256"], "sha1": row["sha1"], "subject": row["subject"]}
    return {"id": row["sha256"][:12], "severity": severity, "score": score, "entity": entity, "signals": []}


def _right_report() -> dict[str, Any]:
    truth = json.loads((SAMPLE / "ground_truth.json").read_text())
    return {"findings": [_finding(row) for row in truth["certificates"]], "ledger": dict(truth["ledger"])}


def _judge(report: dict[str, Any], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run the script with a command that prints this report whatever it is asked."""
    (tmp_path / "report.json").write_text(json.dumps(report))
    printer = f"import sys, pathlib; sys.stdout.write(pathlib.Path({str(tmp_path / 'report.json')!r}).read_text())"
    command = shlex.join([sys.executable, "-c", printer])
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--certhound", command, str(SAMPLE)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def _set(klass: str, severity: str) -> Change:
    def change(report: dict[str, Any]) -> None:
        worth = SEVERITIES[klass][0]
        next(f for f in report["findings"] if f["severity"] == worth)["severity"] = severity

    return change


def _drop(report: dict[str, Any]) -> None:
    report["findings"].remove(next(f for f in report["findings"] if f["severity"] == "high"))


def _miscount(report: dict[str, Any]) -> None:
    report["ledger"]["seen"] += 1
    del report["ledger"]["failed"]


def _stranger(report: dict[str, Any]) -> None:
    entity = {"kind": "certificate", "sha256": "0" * 64, "subject": "CN=nobody"}
    report["findings"].append({"severity": "high", "score": 80, "entity": entity, "signals": []})


def _loud_destination(report: dict[str, Any]) -> None:
    truth = json.loads((SAMPLE / "ground_truth.json").read_text())
    where = next(place for place, row in truth["destinations"].items() if row["class"] == "benign")
    top = {"count": 1, "top": [{"address": where}]}
    finding = {"severity": "medium", "score": 50, "entity": {"kind": "destination"}, "destinations": top}
    report["findings"].append(finding)


def test_a_right_report_passes(tmp_path: Path) -> None:
    done = _judge(_right_report(), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "adversary 16/16" in done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set("adversary", "medium"), "adversary at medium: "),
        (_drop, "adversary at "),
        (_set("benign", "medium"), "benign at medium: "),
        (_set("hygiene", "high"), "hygiene at high: "),
        (_miscount, "ledger: failed is 0, should be "),
        (_stranger, "high for what the truth does not know: CN=nobody"),
        (_loud_destination, "benign at medium: "),
    ],
)
def test_a_wrong_report_is_named(change: Change, said: str, tmp_path: Path) -> None:
    report = _right_report()
    change(report)
    done = _judge(report, tmp_path)
    assert done.returncode == 1
    assert said in done.stdout


def test_a_scan_that_fails_is_a_failure(tmp_path: Path) -> None:
    command = shlex.join([sys.executable, "-c", "import sys; sys.exit(3)"])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--certhound", command, str(SAMPLE)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "ended with 3" in done.stdout

"""What the rules find in the shipped sample, whose truth is recorded: precision and recall by severity, n stated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from certhound.findings.report import Report
from certhound.model.levels import Severity

ENOUGH = 30
"""Fewer adversaries than this say what works, not how often."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Findings at one severity and above: how many, how many of them adversaries', out of how many of these."""

    severity: str
    findings: int
    right: int
    adversaries: int
    certificates: int

    @property
    def text(self) -> str:
        """The figures in words, with n."""
        precision = f"{self.right / self.findings:.2f}" if self.findings else "no finding"
        recall = f"{self.right / self.adversaries:.2f}" if self.adversaries else "-"
        small = "; n is too small for a rate" if self.adversaries < ENOUGH else ""
        return (
            f"{self.severity} and above: {self.findings} findings, precision {precision}, recall {recall} "
            f"(n = {self.adversaries} adversaries among {self.certificates} server certificates{small})"
        )


def measured() -> tuple[Measure, ...]:
    """Scan the sample and compare; takes some seconds."""
    from certhound.findings.run import scan
    from certhound.model.profile import load_profile

    folder = Path(str(files("certhound").joinpath("content", "sample")))
    inputs = sorted(path for path in folder.iterdir() if path.is_dir() or path.suffix == ".log")
    report = scan(inputs, profile=load_profile(folder / "certhound.toml"))
    truth = json.loads((folder / "ground_truth.json").read_text("utf-8"))
    return measures(report, {each["sha256"]: each["class"] for each in truth["certificates"]})


def measures(report: Report, classes: dict[str, str]) -> tuple[Measure, ...]:
    """Findings about certificates against their classes. A finding about anything else is not counted."""
    adversaries = {sha256 for sha256, kind in classes.items() if kind == "adversary"}
    found = []
    for severity in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW):
        met = {
            each.entity.sha256 for each in report.findings if each.severity.rank >= severity.rank and each.entity.sha256
        }
        found.append(Measure(str(severity), len(met), len(met & adversaries), len(adversaries), len(classes)))
    return tuple(found)

"""Record several seeds and hold what `certhound scan` says of each against the ground truth.

    python scripts/ground_truth.py [--seeds 2-11] [--keep DIR] [--plain-map] [DIR ...]

With folders named, these recordings are scanned instead of new ones. What must hold: every adversary certificate
high or critical, no benign one medium or above, no hygiene one high or above, the ledger equal, every record a row or
rejected, and with an adversary's finding what proxy, endpoint and mail tell of it. Prints one line a recording and what
is wrong; ends with 1 if anything is.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from certhound.lab.recorder import record
from certhound.model.errors import CerthoundError

RANK = {"info": 0, "informational": 0, "none": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
HIGHEST = {"benign": RANK["low"], "hygiene": RANK["medium"]}
"""The highest severity that a class other than adversary may have."""
Truth = Mapping[str, Any]
Finding = Mapping[str, Any]


@dataclass(slots=True)
class Outcome:
    """One recording held against its truth."""

    place: Path
    sessions: int
    found: int = 0
    adversaries: int = 0
    quietest: int | None = None
    loudest: dict[str, int] = field(default_factory=lambda: {"hygiene": 0, "benign": 0})
    met: int = 0
    """How many kinds of other records meet in one adversary's finding."""
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def scan(place: Path, command: str) -> dict[str, Any]:
    """The report of `certhound scan` on a recording; RuntimeError where it fails or prints no JSON."""
    arguments = [*shlex.split(command), "scan", str(place), "--config", str(place / "certhound.toml")]
    done = subprocess.run([*arguments, "--format", "json"], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(arguments)} ended with {done.returncode}: {done.stderr.strip()[-1500:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def entries(truth: Truth, finding: Finding) -> Iterator[Truth]:
    """What the truth says of a finding's entity: its certificate, else its names, else its destinations."""
    entity = finding["entity"]
    for row in (*truth["certificates"], *truth["authorities"]):
        if entity.get("sha256") == row["sha256"] or (entity.get("sha1") and entity["sha1"] == row["sha1"]):
            yield row
            return
    names = [name for name in entity.get("names") or () if isinstance(name, str)]
    names += [value for key in ("key", "name", "destination", "address") if isinstance(value := entity.get(key), str)]
    known = [truth[table][name] for name in names for table in ("names", "destinations") if name in truth[table]]
    if not known:
        tops = (finding.get("destinations") or {}).get("top") or ()
        addresses = [top.get("address", "") if isinstance(top, Mapping) else str(top) for top in tops]
        known = [truth["destinations"][where] for where in addresses if where in truth["destinations"]]
    yield from known


def check_findings(truth: Truth, findings: list[Finding], outcome: Outcome) -> None:
    """Note every certificate that is ranked too low or too high."""
    severity: dict[str, int] = {}
    scores: dict[str, int] = {}
    for finding in findings:
        rank, entity = RANK[str(finding["severity"]).lower()], finding["entity"]
        shown = entity.get("subject") or entity.get("names") or entity.get("sha256")
        rows = list(entries(truth, finding))
        if not rows and rank >= RANK["medium"]:
            outcome.wrong.append(f"{finding['severity']} for what the truth does not know: {shown}")
        for row in rows:
            if "sha256" in row:
                severity[row["sha256"]] = max(rank, severity.get(row["sha256"], 0))
                scores[row["sha256"]] = max(finding.get("score", 0), scores.get(row["sha256"], 0))
            loudest, limit = outcome.loudest, HIGHEST.get(row["class"])
            if limit is None:
                continue
            loudest[row["class"]] = max(loudest[row["class"]], finding.get("score", 0))
            if rank > limit:
                rules = ", ".join(f"{signal['rule']} {signal['points']}" for signal in finding.get("signals", ()))
                why = row.get("scenario", row["why"])
                outcome.wrong.append(f"{row['class']} at {finding['severity']}: {why}: {shown} ({rules})")
    for row in truth["certificates"]:
        if row["class"] == "adversary":
            outcome.adversaries += 1
            rank = severity.get(row["sha256"], 0)
            outcome.found += rank >= RANK["high"]
            score = scores.get(row["sha256"], 0)
            outcome.quietest = score if outcome.quietest is None else min(score, outcome.quietest)
            if rank < RANK["high"]:
                word = next(word for word, value in reversed(RANK.items()) if value == rank)
                outcome.wrong.append(f"adversary at {word}: {row['scenario']}: {row['subject']}")


def check_ledger(truth: Truth, ledger: Mapping[str, Any], outcome: Outcome) -> None:
    """Note every state whose count differs; a state that one side does not name counts as zero."""
    said = {
        state: value.get("sessions", 0) if isinstance(value, Mapping) else value
        for state, value in ledger.items()
        if state != "total"
    }
    for state in sorted({*said, *truth["ledger"]}):
        expected, got = truth["ledger"].get(state, 0), said.get(state, 0)
        if expected != got:
            outcome.wrong.append(f"ledger: {state} is {got}, should be {expected}")


_FILES = {
    "zeek.ssl": "ssl.log", "zeek.x509": "x509.log", "zeek.conn": "conn.log", "zeek.dns": "dns.log",
    "squid.access": "access.log", "windows.sysmon": "sysmon.xml", "mail.message": "mail.mbox",
}  # fmt: skip
"""The file of a recording that a source reads."""


def check_records(truth: Truth, report: Mapping[str, Any], outcome: Outcome) -> None:
    """Note every file of which fewer records came in than it has."""
    read: dict[str, int] = {}
    for source in report.get("sources", ()):
        for start, file in _FILES.items():
            if source["source"].startswith(start):
                read[file] = read.get(file, 0) + source["records"] + source["rejected"]
    for file, expected in truth.get("records", {}).items():
        if file in _FILES.values() and read and read.get(file, 0) != expected:
            outcome.wrong.append(f"{file}: {read.get(file, 0)} records, should be {expected}")


def check_related(truth: Truth, findings: list[Finding], outcome: Outcome) -> None:
    """Note every adversary's certificate whose finding lacks what other logs tell of it."""
    told = {
        finding["entity"].get("sha256"): {each["kind"] for each in finding["related"]}
        for finding in findings
        if "related" in finding
    }
    for row in truth["certificates"]:
        if row["class"] == "adversary" and row["sha256"] in told and row.get("related"):
            outcome.met = max(outcome.met, len(told[row["sha256"]] & row["related"].keys()))
            if missing := row["related"].keys() - told[row["sha256"]]:
                outcome.wrong.append(f"{row['scenario']}: the finding says nothing of {', '.join(sorted(missing))}")


def judge(place: Path, command: str) -> Outcome:
    """Scan one recording and compare."""
    truth = json.loads((place / "ground_truth.json").read_text())
    outcome, begun = Outcome(place, truth["sessions"]), time.monotonic()
    try:
        report = scan(place, command)
    except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
        outcome.wrong.append(str(error))
        return outcome
    outcome.seconds = time.monotonic() - begun
    check_findings(truth, report["findings"], outcome)
    check_ledger(truth, report["ledger"], outcome)
    check_records(truth, report, outcome)
    check_related(truth, report["findings"], outcome)
    return outcome


def _recordings(seeds: list[int], keep: Path, plain_map: bool) -> Iterator[Path]:
    for seed in seeds:
        yield record(keep / f"seed-{seed}", seed, plain_map).out


def _seeds(text: str) -> list[int]:
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds.extend(range(int(first), int(last or first) + 1))
    return seeds


def _print(outcome: Outcome) -> None:
    margins = f"adversary from {outcome.quietest}, "
    margins += ", ".join(f"{name} to {score}" for name, score in outcome.loudest.items())
    verdict = "ok" if not outcome.wrong else f"{len(outcome.wrong)} wrong"
    sys.stdout.write(
        f"{outcome.place.name:<14} {outcome.sessions:>5} sessions  adversary {outcome.found}/{outcome.adversaries}  "
        f"scores: {margins}  other logs {outcome.met}  scan {outcome.seconds:.1f} s  {verdict}\n"
    )
    for line in outcome.wrong:
        sys.stdout.write(f"    {line}\n")
    sys.stdout.flush()


def main() -> int:
    """Record, scan, compare, print."""
    parser = argparse.ArgumentParser(description="hold certhound scan against the ground truth of recordings")
    parser.add_argument("recordings", nargs="*", type=Path, help="recordings to scan instead of new ones")
    parser.add_argument("--seeds", type=_seeds, default=_seeds("2-11"), help="seeds to record (default 2-11)")
    parser.add_argument("--keep", type=Path, help="folder in which the recordings stay")
    parser.add_argument("--plain-map", action="store_true", help="record without a user namespace")
    parser.add_argument("--certhound", default=f"{shlex.quote(sys.executable)} -m certhound", help="command to run")
    chosen = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="certhound-truth-") as scratch:
        keep = chosen.keep or Path(scratch)
        try:
            for place in chosen.recordings or _recordings(chosen.seeds, keep, chosen.plain_map):
                outcome = judge(place, chosen.certhound)
                _print(outcome)
                failed = failed or bool(outcome.wrong)
        except CerthoundError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

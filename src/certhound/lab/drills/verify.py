"""Whether what a drill should show arrived, was understood and was found, and what must not be there is not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certhound.lab.drills.plan import Absent, Drill, Signal, Value
from certhound.lab.drills.run import TELEMETRY, Run
from certhound.lab.drills.tie import Raised

if TYPE_CHECKING:
    from certhound.findings.report import Finding, Report
    from certhound.model.profile import Profile
    from certhound.rules import RuleSet

Row = Mapping[str, Any]
_AFTER_S = 30.0
_BEFORE_S = 1.0


class State(StrEnum):
    """How far a signal came."""

    FINDING = "finding"
    PARSED = "parsed"
    UNFOUND = "parsed, no finding"
    SEEN = "seen, not parsed"
    MISSING = "not seen"
    NOT_RECORDED = "not recorded"
    ABSENT = "absent"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Judged:
    """One signal. ``good``: None where nothing can be said, since the telemetry was not recorded.

    ``after_s``: seconds from the beginning of its step to the first record of it. ``missing_rules``: rules that raised
    nothing about it. ``evidence``: the file and line of the first record. ``findings``: ids of those that the rules
    raised about it, ``reasons`` what they say.
    """

    name: str
    step: str
    telemetry: str
    state: State
    good: bool | None
    after_s: float | None = None
    rules: tuple[str, ...] = ()
    missing_rules: tuple[str, ...] = ()
    evidence: str = ""
    why: str = ""
    findings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that there is to say of one drill. ``found_after_s``: from its first step to when all rules were asked."""

    drill: Drill
    run: Run
    judged: tuple[Judged, ...] = ()
    problems: tuple[str, ...] = ()
    found_after_s: float | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def outcome(self) -> str:
        """``skipped``, ``failed``, ``partly`` (something could not be recorded) or ``passed``."""
        if self.run.skipped:
            return "skipped"
        if self.problems or any(each.good is False for each in self.judged):
            return "failed"
        return "partly" if any(each.good is None for each in self.judged) else "passed"


def verify(
    drill: Drill,
    run: Run,
    folder: Path,
    *,
    profile: Profile,
    paths: Iterable[Path] = (),
    lake: Path | None = None,
    rules: Iterable[Path] = (),
    fresh: bool = False,
) -> Verdict:
    """Judge a run by its own telemetry in ``folder``, or by other files, or by a lake that took it in.

    ``fresh``: it ended just now, so that the time until everything was judged is the time to detect.
    """
    if run.skipped:
        return Verdict(drill, run)
    own = not list(paths) and lake is None
    files = [folder / TELEMETRY] if own else list(paths)
    if lake is not None:
        rows, report = _of_lake(lake, run, profile, rules)
    else:
        rows, report = _of_files(files, profile, rules)
    raised = Raised(report.findings, _rule_set(tuple(rules), tuple(profile.placeholders().items())).rules)
    judged = [judge(signal, run, rows, raised, files) for signal in drill.plan.signals]
    judged += [judge_absent(each, run, rows, raised) for each in drill.plan.absent]
    after = round(time.time() - run.steps[0].started, 1) if fresh and run.steps and not run.constructed else None
    return Verdict(drill, run, tuple(judged), tuple(problems_of(drill, run)), after, tuple(drill.plan.not_covered))


def problems_of(drill: Drill, run: Run) -> Iterator[str]:
    """What went wrong with the run itself: steps that failed or did not happen, and what was not undone."""
    if run.interrupted:
        yield "the run was interrupted"
    for step in run.steps:
        if step.code:
            yield f"step {step.name} ended with {step.code}: {step.said.strip()[-200:]}"
        if step.undone:
            yield f"the clean-up of step {step.name} ended with {step.undone}"
    done = {each.name for each in run.steps}
    yield from (f"step {step.name} did not happen" for step in drill.plan.steps if step.name not in done)
    yield from run.fallen
    yield from (f"not undone: {each}" for each in run.left)


def _of_files(files: list[Path], profile: Profile, rules: Iterable[Path]) -> tuple[list[Row], Report]:
    from certhound.findings.run import judged
    from certhound.lake.build import open_lake
    from certhound.lake.rows import events
    from certhound.lake.tables import build_tables

    rows = [row for batch in events(files, profile) for row in batch.to_pylist()]
    rule_set = _rule_set(tuple(rules), tuple(profile.placeholders().items()))
    lake = open_lake(files, profile)
    try:
        build_tables(lake)
        return rows, judged(lake, files, rule_set)
    finally:
        lake.close()


@cache
def _rule_set(rules: tuple[Path, ...], placeholders: tuple[tuple[str, tuple[str, ...]], ...]) -> RuleSet:
    """The rules, read once for many drills."""
    from certhound.rules import load_rules

    found = load_rules(rules, placeholders=dict(placeholders))
    found.check()
    return found


def _of_lake(lake: Path, run: Run, profile: Profile, rules: Iterable[Path]) -> tuple[list[Row], Report]:
    from certhound.findings.lasting import detect
    from certhound.lake.rows import Account
    from certhound.lake.store.rows import events
    from certhound.lake.store.stored import window_of

    first = datetime.fromtimestamp(run.started - _BEFORE_S, UTC)
    end = datetime.fromtimestamp(run.ended + _AFTER_S, UTC)
    batches = events(lake, profile, window_of(first, end), Account())
    rows = [row for batch in batches for row in batch.to_pylist()]
    return rows, detect(lake, profile=profile, rules=rules, since=first, until=end, remember=False)


def judge(signal: Signal, run: Run, rows: Sequence[Row], raised: Raised, files: list[Path]) -> Judged:
    """How far a signal came. ``raised``: the findings of the run; ``files``: where to look for it unparsed."""
    step = run.step(signal.step)
    begin = step.started if step else run.started
    base = (signal.name, signal.step, signal.telemetry)
    if reason := run.not_recorded.get(signal.telemetry):
        return Judged(*base, State.NOT_RECORDED, None, why=reason)
    fitting = _fitting(signal, run, rows, begin - _BEFORE_S, run.ended + _AFTER_S)
    if not fitting:
        pattern = _placed(signal.raw, run.places, re.escape)
        seen = any(_holds(path, pattern) for path in _files_of(files))
        why = "the records are there, but no event of them fits" if seen else "nothing of it is in the telemetry"
        return Judged(*base, State.SEEN if seen else State.MISSING, False, rules=tuple(signal.rules), why=why)
    first = min(fitting, key=lambda row: row["time"])
    after = round(max(0.0, _epoch(first["time"]) - begin), 2)
    judged = Judged(*base, State.PARSED, True, after, tuple(signal.rules), evidence=_place(first))
    return _with_findings(judged, signal, raised, fitting) if signal.rules else judged


def _with_findings(judged: Judged, signal: Signal, raised: Raised, rows: Sequence[Row]) -> Judged:
    """The same with what its rules found about these records."""
    findings = {rule: raised.about(rule, rows) for rule in signal.rules}
    lacking = tuple(rule for rule, found in findings.items() if not found)
    apart = [join for join in signal.joins if not _tied(join, findings)]
    said = [(each.id, f"{one.rule}: {one.reason}") for rule, found in findings.items() for each in found[:1]
            for one in each.signals if one.rule == rule]  # fmt: skip
    return replace(
        judged,
        state=State.UNFOUND if lacking or apart else State.FINDING,
        good=not lacking and not apart,
        missing_rules=lacking,
        why="; ".join([*(_why_no_finding(rule, raised) for rule in lacking), *(f"not tied by {one}" for one in apart)]),
        findings=tuple(dict.fromkeys(number for number, _ in said)),
        reasons=(*(reason for _, reason in said), *_ties(signal, findings)),
    )


def _ties(signal: Signal, findings: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    """What the telemetry says that a finding must be tied to, each text once."""
    related = [each for found in findings.values() for one in found for each in one.related]
    yield from dict.fromkeys(f"{each.kind}: {each.text}" for each in related if each.kind in signal.joins)


def _tied(join: str, findings: Mapping[str, Sequence[Finding]]) -> bool:
    return any(each.kind == join for found in findings.values() for one in found for each in one.related)


def _why_no_finding(rule: str, raised: Raised) -> str:
    others = len(raised.findings.get(rule, ()))
    return f"no finding of {rule}" + (f" about this (but {others} about something else)" if others else "")


def _place(row: Row) -> str:
    where = row["origin_line"] or row["origin_record"] or ""
    return f"{Path(row['origin_file'] or '').name}:{where}".rstrip(":")


def judge_absent(absent: Absent, run: Run, rows: Sequence[Row], raised: Raised) -> Judged:
    """Whether nothing fits while the step ran, or whether the rules it names found nothing about what fits."""
    base = (absent.name, absent.step, absent.telemetry)
    step = run.step(absent.step)
    if reason := run.not_recorded.get(absent.telemetry):
        return Judged(*base, State.NOT_RECORDED, None, why=reason)
    if step is None:
        return Judged(*base, State.NOT_RECORDED, None, why="its step did not happen")
    last = run.ended + _AFTER_S if absent.rules else step.ended
    fitting = _fitting(absent, run, rows, step.started, last)
    if absent.rules:
        found = [rule for rule in absent.rules if raised.about(rule, fitting)]
        why = f"a finding of {', '.join(found)}" if found else ""
        return Judged(*base, State.PRESENT if found else State.ABSENT, not found, why=why)
    if fitting:
        return Judged(*base, State.PRESENT, False, why=f"{len(fitting)} while {step.name} ran")
    return Judged(*base, State.ABSENT, True)


def _fitting(signal: Signal | Absent, run: Run, rows: Sequence[Row], first: float, last: float) -> list[Row]:
    return [
        row
        for row in rows
        if row["category"] == signal.category
        and row["time"] is not None
        and first <= _epoch(row["time"]) <= last
        and all(fits(row, column, wanted, run.places) for column, wanted in signal.where.items())
    ]


def fits(row: Row, column: str, wanted: Value | list[Value], places: Mapping[str, str]) -> bool:
    """Whether a row's column fits one of the wanted values. Texts compare without regard to case, as in Sigma."""
    name, _, operator = column.partition("|")
    table, dot, key = name.partition(".")
    values = dict(row.get(table) or {}).get(key) if dot else row.get(name)
    if values is None:
        return False
    for each in wanted if isinstance(wanted, list) else [wanted]:
        text = _placed(str(each), places, re.escape if operator == "re" else str)
        if any(_compare(str(value), operator, text) for value in (values if isinstance(values, list) else [values])):
            return True
    return False


def _placed(text: str, places: Mapping[str, str], written: Callable[[str], str]) -> str:
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", written(value))
    return text


def _compare(value: str, operator: str, wanted: str) -> bool:
    if operator == "re":
        return re.search(wanted, value) is not None
    if operator == "gt":
        return float(value) > float(wanted)
    value, wanted = value.casefold(), wanted.casefold()
    tests = {
        "": value == wanted,
        "contains": wanted in value,
        "startswith": value.startswith(wanted),
        "endswith": value.endswith(wanted),
    }
    return tests[operator]


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _files_of(files: list[Path]) -> Iterator[Path]:
    for path in files:
        yield from (each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _holds(path: Path, pattern: str) -> bool:
    try:
        return re.search(pattern.encode(), path.read_bytes()) is not None
    except OSError:
        return False

"""Runs drills: checks what is needed, does the steps, undoes them whatever happens, and writes down what was done."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from certhound import __version__
from certhound.lab.drills.atomic import AtomicTest
from certhound.lab.drills.constructed import builder
from certhound.lab.drills.plan import KEPT, Drill, Step
from certhound.lab.range.build import Range
from certhound.lab.range.interrupts import unbroken
from certhound.lab.range.local import LocalHost
from certhound.lab.range.scene import scene
from certhound.lab.range.services import lacking, service
from certhound.lab.range.state import RangeError
from certhound.model.errors import CerthoundError

RUN = "run.json"
TELEMETRY = "telemetry"
Say = Callable[[str], None]
_SAID = 2000
_ENDING_S = 5.0
_NAMED = {
    "files": "FILES", "authorities": "AUTHORITIES", "proxy_url": "PROXY", "smtp_url": "MAIL-SERVER", "box": "MAILBOX",
    "audit_key": "KEY",
}  # fmt: skip
"""What only a range that is up knows."""


@dataclass(slots=True)
class StepDone:
    """A step that was run. Times: epoch seconds. ``said``: the end of its output. ``undone``: of the clean-up."""

    name: str
    on: str
    test: str
    command: str
    started: float
    ended: float = 0.0
    code: int | None = None
    said: str = ""
    undone: int | None = None


@dataclass(slots=True)
class Run:
    """What was done: the contents of ``run.json``.

    ``fallen``: what should have run to the end and did not. ``left``: what the clean-up did not undo.
    """

    drill: str
    version: str = __version__
    where: str = "range"
    started: float = 0.0
    ended: float = 0.0
    places: dict[str, str] = field(default_factory=dict)
    steps: list[StepDone] = field(default_factory=list)
    not_recorded: dict[str, str] = field(default_factory=dict)
    recorded_by: dict[str, str] = field(default_factory=dict)
    constructed: bool = False
    skipped: str = ""
    interrupted: bool = False
    fallen: list[str] = field(default_factory=list)
    seed: int = 0
    left: list[str] = field(default_factory=list)
    up_s: float = 0.0

    def step(self, name: str) -> StepDone | None:
        return next((each for each in self.steps if each.name == name), None)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RUN).write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def read_run(folder: Path) -> Run:
    """The run that was recorded into a folder; CerthoundError where there is none."""
    try:
        values: dict[str, Any] = json.loads((folder / RUN).read_text("utf-8"))
        return Run(**{**values, "steps": [StepDone(**each) for each in values["steps"]]})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CerthoundError(f"{folder} holds no run of a drill: {error}", check="no-run") from error


def commands(drill: Drill, seed: int = 0) -> Iterator[tuple[Step, str, str]]:
    """For each step its command and its clean-up, with words in place of what only the range knows."""
    for step in drill.plan.steps:
        test, arguments = drill.tests[step.name], drill.filled(step, _dry(seed))
        executor = test.executor
        yield step, test.fill(executor.command, arguments), test.fill(executor.cleanup_command or "", arguments)


def _dry(seed: int) -> dict[str, str]:
    return {**scene(seed).places, **_NAMED}


def missing(drill: Drill) -> str:
    """What this drill needs and this machine has not, with the command that installs it; empty where nothing is."""
    found = [lacking(drill.plan.packages)]
    found += [kind.why_not() for kind in map(service, drill.plan.services) if not kind.optional]
    return "; ".join(dict.fromkeys(each for each in found if each))


def run_drill(
    drill: Drill, folder: Path, *, on_this_host: bool = False, seed: int = 0, say: Say = lambda _: None
) -> Run:
    """Run a drill and record it into ``folder``; an earlier run there is replaced.

    A drill whose needs are not met is skipped, with the reason. That a range does not come up or does not go away is a
    problem of the run. RangeError where there can be no range.
    """
    run = Run(drill.name, started=time.time(), where="this host" if on_this_host else "range", seed=seed)
    telemetry = folder / TELEMETRY
    if (folder / RUN).exists():
        for old in (telemetry, folder / KEPT):
            shutil.rmtree(old, ignore_errors=True)
    if drill.plan.constructed:
        _construct(drill, run, telemetry)
    elif reason := missing(drill):
        run.skipped = reason
    elif on_this_host and drill.plan.range_only:
        run.skipped = f"only in the range: {drill.plan.range_only}"
    else:
        place = LocalHost if on_this_host else Range
        try:
            with place(telemetry, services=drill.plan.services, seed=seed) as stage:
                _perform(drill, run, stage, folder, say)
        except KeyboardInterrupt:
            run.interrupted, run.ended = True, time.time()
            run.write(folder)
            raise
        except RangeError as error:
            if not error.check.startswith("range-"):
                raise
            run.fallen.append(error.text)
    run.ended = run.ended or time.time()
    run.write(folder)
    return run


def skipped(drill: Drill, folder: Path, reason: str) -> Run:
    """A run that could not be, with the reason."""
    run = Run(drill.name, started=time.time(), ended=time.time(), skipped=reason)
    run.write(folder)
    return run


def _construct(drill: Drill, run: Run, telemetry: Path) -> None:
    """Telemetry of what cannot run here, from the providers' schemas."""
    telemetry.mkdir(parents=True, exist_ok=True)
    run.constructed, run.where = True, "nowhere: its telemetry is constructed"
    run.recorded_by["constructed"] = "constructed from the documented schemas of the providers; nothing was run"
    step = drill.plan.steps[0]
    run.places = _dry(run.seed)
    test, arguments = drill.tests[step.name], drill.filled(step, run.places)
    command = test.fill(test.executor.command, arguments)
    run.steps.append(StepDone(step.name, step.on, test.name, command, run.started, run.started + 5))
    builder(drill.plan.constructed)(telemetry, run.started, command, arguments)


def _perform(drill: Drill, run: Run, stage: Range, folder: Path, say: Say) -> None:
    run.up_s = round(time.time() - run.started, 2)
    run.places, run.not_recorded, run.recorded_by = stage.places, dict(stage.not_recorded), stage.recorded_by
    roles: list[str] = ["adversary", "victim", *(step.on for step in drill.plan.steps)]
    before = {role: stage.running(role) for role in dict.fromkeys(roles)}
    begun: list[tuple[Step, StepDone]] = []
    try:
        for step in drill.plan.steps:
            say(f"{drill.name}: {step.name}")
            done = _begin(drill, step, stage)
            run.steps.append(done)
            begun.append((step, done))
            _do(drill.tests[step.name], drill.filled(step, stage.places), done, stage)
            if done.code:
                break
    finally:
        with unbroken():
            run.ended = time.time()
            run.fallen = stage.fallen()
            say(f"{drill.name}: cleaning up")
            _keep(drill, stage, folder)
            for step, done in reversed(begun):
                _undo(drill.tests[step.name], drill.filled(step, stage.places), done, stage)
            run.left = sorted(str(path) for path in stage.files.rglob("*"))
            run.left += _still_running(stage, before)
            stage.stop_recording()
            run.write(folder)


def _keep(drill: Drill, stage: Range, folder: Path) -> None:
    """Copy what whoever judges needs, before it is undone; what a step did not come to make cannot be kept."""
    for name, path in drill.placed(drill.plan.keep, stage.places, "keep").items():
        (folder / KEPT).mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path, folder / KEPT / name)


def _still_running(stage: Range, before: dict[str, set[int]]) -> list[str]:
    """Processes that a step has left; servers get a moment to end."""
    end = time.monotonic() + _ENDING_S
    while True:
        found = [
            f"process {pid} on {role}" for role, known in before.items() for pid in sorted(stage.running(role) - known)
        ]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.1)


def _begin(drill: Drill, step: Step, stage: Range) -> StepDone:
    test = drill.tests[step.name]
    command = test.fill(test.executor.command, drill.filled(step, stage.places))
    return StepDone(step.name, step.on, test.name, command, time.time())


def _do(test: AtomicTest, arguments: dict[str, str], done: StepDone, stage: Range) -> None:
    for need in test.dependencies:
        if stage.run(done.on, ["sh", "-c", test.fill(need.prereq_command, arguments)]).returncode:
            done.code, done.said = 127, f"not met: {need.description.strip()}"
            done.ended = time.time()
            return
    done.started = time.time()
    finished = stage.run(done.on, [test.executor.name, "-c", done.command], timeout=90)
    done.code, done.said, done.ended = finished.returncode, finished.stdout[-_SAID:], time.time()


def _undo(test: AtomicTest, arguments: dict[str, str], done: StepDone, stage: Range) -> None:
    if test.executor.cleanup_command:
        command = test.fill(test.executor.cleanup_command, arguments)
        done.undone = stage.run(done.on, [test.executor.name, "-c", command], timeout=30).returncode

"""Ctrl-C at any moment, servers that die, ports in use: said clearly, nothing left behind, what was recorded kept."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab_range import needs_range

from certhound.cli import main as certhound
from certhound.lab.drills.plan import Drill, find_drills
from certhound.lab.drills.run import missing, read_run, run_drill
from certhound.lab.drills.verify import verify
from certhound.lab.range import build, local
from certhound.lab.range.interrupts import ended_as_by_ctrl_c, unbroken
from certhound.lab.range.services import service
from certhound.lab.range.state import RangeError, State, command, left_over, processes, states

MOMENTS = [(number >= 2, random.Random(number).uniform(0, 3.5)) for number in range(10)]
"""Seconds from the beginning of the process, or, for most, from that of its range."""


def the_drill(name: str) -> Drill:
    drill = find_drills((name,))[0]
    if reason := missing(drill):
        pytest.skip(reason)
    return drill


@pytest.mark.slow
@needs_range
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment[1]:.2f} s")
def test_ctrl_c_at_any_moment_leaves_nothing_and_keeps_what_was_recorded(
    tmp_path: Path, moment: tuple[bool, float]
) -> None:
    in_range, after = moment
    drill = the_drill("mail-link")
    words = [sys.executable, "-m", "certhound", "drill", "run", drill.name, "--folder", str(tmp_path)]
    seen: dict[str, State] = {}
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True) as process:
        end = None
        while end is None or time.monotonic() < end:
            seen |= {state.run: state for state in states() if state.owner[0] == process.pid}
            if end is None and (seen or not in_range or process.poll() is not None):
                end = time.monotonic() + after
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the whole group gets it
        assert process.wait(timeout=60) in (130, -signal.SIGINT, 0)  # 0: it was done before
    assert [state.run for state in states() if state.owner[0] == process.pid] == []
    for state in seen.values():
        assert left_over(state) == []
        gone = time.monotonic() + 5  # who was told to end may still be ending
        while processes(state) and time.monotonic() < gone:
            time.sleep(0.05)
        assert processes(state) == set()
        assert not state.path.exists()
    folder = tmp_path / drill.name
    if (folder / "run.json").exists() and (run := read_run(folder)).steps:
        assert run.left == []
        assert all(step.undone in (0, None) for step in run.steps)
        assert (folder / "telemetry" / "capture.pcap").stat().st_size > 24


@pytest.mark.slow
@needs_range
def test_being_told_to_end_is_as_ctrl_c(tmp_path: Path) -> None:
    drill = the_drill("regular-contact")
    words = [sys.executable, "-m", "certhound", "drill", "run", drill.name, "--folder", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "visit" in line)
        process.terminate()
        assert process.wait(timeout=60) == 130
    run = read_run(tmp_path / drill.name)
    assert run.interrupted
    assert run.left == []
    assert [state.run for state in states() if state.owner[0] == process.pid] == []


@pytest.mark.slow
@needs_range
@pytest.mark.parametrize(
    ("drill", "command_of", "said"),
    [
        ("mail-link", b"aiosmtpd", "mail: python"),
        ("proxy-verdicts", b"squid-N", "proxy: squid ended with -9"),
        ("mail-link", b"dumpcap", "the sensor ended with -9"),
    ],
)
def test_a_server_that_dies_is_said_and_everything_is_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drill: str, command_of: bytes, said: str
) -> None:
    found = the_drill(drill)
    whole = build.Range._build

    def build_and_kill(self: build.Range) -> None:
        whole(self)
        for role in ("mail", "proxy", "switch"):
            for pid in command(["ip", "netns", "pids", self.state.namespace(role)]).split():
                if command_of in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b""):
                    os.kill(int(pid), signal.SIGKILL)

    monkeypatch.setattr(build.Range, "_build", build_and_kill)
    run = run_drill(found, tmp_path)
    assert any(said in each for each in run.fallen), run.fallen
    verdict = verify(found, run, tmp_path, profile=found.profile(tmp_path))
    assert verdict.outcome == "failed"
    assert any(said in each for each in verdict.problems)
    assert run.left == []
    assert [state for state in states() if state.owner[0] == os.getpid()] == []


@pytest.mark.slow
@needs_range
@pytest.mark.parametrize("name", ["acme", "mail", "proxy", "resolver"])
def test_a_service_that_does_not_start_is_an_error_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind = service(name)
    if reason := kind.why_not():
        pytest.skip(reason)
    last = kind.launch
    words = ["sh", "-c", "echo it cannot be >&2; exit 3"]
    monkeypatch.setattr(kind, "launch", lambda self, _words, **_: last(self, words))
    with (
        pytest.raises(RangeError, match=f"{name} did not start: sh ended with 3: it cannot be"),
        build.Range(tmp_path, services=[] if name == "resolver" else [name]),
    ):
        pass
    assert [state for state in states() if state.owner[0] == os.getpid()] == []


@pytest.mark.slow
@needs_range
def test_a_range_that_does_not_come_up_is_a_problem_of_its_drill_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = the_drill("proxy-verdicts")
    kind = service("proxy")
    monkeypatch.setattr(kind, "bring_up", lambda self: (self.launch(["false"]), self.wait(lambda: False)))
    verdict = verify(drill, run_drill(drill, tmp_path), tmp_path, profile=drill.profile(tmp_path))
    assert verdict.outcome == "failed"
    assert "proxy did not start: false ended with 1: " in verdict.problems


@pytest.mark.slow
@needs_range
def test_a_port_in_use_on_a_lab_host_is_said_and_everything_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = the_drill("self-signed-nginx")
    mark = tmp_path / "certhound-lab"
    mark.touch()
    monkeypatch.setattr(local, "MARK", mark)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 8443))
        taken.listen()
        run = run_drill(drill, tmp_path / "out", on_this_host=True)
    verdict = verify(drill, run, tmp_path / "out", profile=drill.profile())
    assert any("step serve ended with 1" in each and "in use" in each for each in verdict.problems)
    assert run.left == []


def test_what_only_the_range_has_is_skipped_on_a_lab_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certhound.lab.drills.run.missing", lambda drill: "")
    run = run_drill(find_drills(("mail-link",))[0], tmp_path, on_this_host=True)
    assert run.skipped.startswith("only in the range: ")


def test_an_unmarked_host_is_refused_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local, "MARK", tmp_path / "certhound-lab")
    monkeypatch.setattr("certhound.lab.drills.run.missing", lambda drill: "")
    assert certhound(["drill", "run", "self-signed-nginx", "--on-this-host", "--folder", str(tmp_path)]) == 2
    assert "not marked as a lab" in capsys.readouterr().err


def test_without_namespaces_drills_are_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = tmp_path / "bin" / "unshare"
    refused.parent.mkdir()
    refused.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n")
    refused.chmod(0o755)
    monkeypatch.setenv("PATH", f"{refused.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(build, "TOOLS", {})
    words = ["drill", "run", "self-signed-nginx", "--folder", str(tmp_path), "--format", "json", "-q"]
    assert certhound(words) == 3
    said = json.loads(capsys.readouterr().out)["drills"][0]["skipped"]
    assert said == "no network namespaces here: unshare failed: Operation not permitted"


def test_a_missing_tool_of_the_range_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    there = shutil.which
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(build, "TOOLS", {"no-such-tool": "its-package"})
    assert build.why_no_range() == "missing: no-such-tool (apt-get install its-package)"
    assert there("sh")


def interrupt(done: list[int], number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0.05)
    done.append(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_must_not_be_broken_is_done_to_its_end(number: int) -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt), unbroken():
        interrupt(done, number)
    assert done == [number]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_interrupts_at_once(number: int) -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt), ended_as_by_ctrl_c():
        interrupt(done, number)
    assert done == []


def test_what_is_not_interrupted_goes_on() -> None:
    with unbroken(), ended_as_by_ctrl_c():
        done = True
    assert done

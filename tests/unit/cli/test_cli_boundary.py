"""What goes wrong becomes words and an exit code: closed pipes, full disks, Ctrl-C, defects, hostile text."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import SAMPLE, environment, few_logs, start

from certhound.cli.boundary import guarded
from certhound.model.errors import ContentError, ErrorList, ExitCode, Place, UnreadableError, UsageError


def raising(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


CASES: dict[str, tuple[BaseException, ExitCode, str]] = {
    "usage": (UsageError("no", check="a", advice="b"), ExitCode.USAGE, "error[a] no\n    advice: b\n"),
    "unreadable": (UnreadableError("no", place=Place("f", 3)), ExitCode.UNREADABLE, "f:3 error[error] no\n"),
    "content": (ContentError("no", place=Place("f", 3, 4)), ExitCode.CONTENT, "f:3:4 error[error] no\n"),
    "many": (
        ErrorList([UnreadableError("one"), ContentError("two")]),
        ExitCode.CONTENT,
        "error[error] one\nerror[error] two\n",
    ),
    "closed pipe": (BrokenPipeError(), ExitCode.OK, ""),
    "ctrl-c": (KeyboardInterrupt(), ExitCode.INTERRUPTED, "Stopped; nothing is written half.\n"),
    "ctrl-c in the engine": (
        RuntimeError("Query interrupted"),
        ExitCode.INTERRUPTED,
        "Stopped; nothing is written half.\n",
    ),
    "ctrl-c with what was done": (
        KeyboardInterrupt("1 GB read"),
        ExitCode.INTERRUPTED,
        "Stopped, 1 GB read; nothing is written half.\n",
    ),
    "defect": (ZeroDivisionError("a\nb"), ExitCode.DEFECT, "error[defect] certhound met an error"),
    "full disk": (OSError(28, "No space left on device", "/x"), ExitCode.DEFECT, "error[no-room] No space left"),
    "hostile text": (UsageError("\x1b[31m\u202ex"), ExitCode.USAGE, "error[error] \\x1b[31m\\u202ex\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_errors_become_words_and_a_code(
    case: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CERTHOUND_DEBUG", raising=False)
    if case in ("closed pipe", "full disk"):  # these give up standard output, which here is the test runner's
        monkeypatch.setattr("certhound.cli.boundary.leave_pipe", lambda: None)
    error, code, said = CASES[case]
    assert guarded(raising(error)) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert "Traceback" not in err


def test_a_traceback_only_where_it_is_asked_for(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERTHOUND_DEBUG", "1")
    assert guarded(raising(ZeroDivisionError("a"))) == ExitCode.DEFECT
    assert "Traceback" in capfd.readouterr().err


def shell(line: str) -> subprocess.CompletedProcess[bytes]:
    """A line of bash in which ``$C`` is the program; it ends with the codes of the first pipe."""
    return subprocess.run(
        ["bash", "-c", f'C="{sys.executable} -m certhound"; {line}; echo "${{PIPESTATUS[0]}}" >&2'],
        capture_output=True, env=environment(), timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["--help", f"events {SAMPLE} -q --format json", "rules list"])
def test_a_reader_that_leaves_early_is_no_finding_and_no_error(command: str) -> None:
    assert shell(f"$C {command} | head -c 1 >/dev/null").stderr == b"0\n"


def test_a_reader_that_leaves_early_does_not_hide_a_finding() -> None:
    assert shell(f"$C scan {SAMPLE} -q --fail-on high | head -c 1 >/dev/null").stderr == b"1\n"


def test_a_closed_or_full_standard_output_is_no_traceback() -> None:
    assert shell("$C rules list >&-").stderr == b"0\n"
    full = shell("$C rules list > /dev/full").stderr
    assert full.startswith(b"error[no-room]")
    assert full.endswith(b"70\n")


def test_ctrl_c_stops_a_scan_and_says_so(tmp_path: Path) -> None:
    few_logs(tmp_path, lines=600)
    body = "".join(line for line in (tmp_path / "ssl.log").open() if not line.startswith("#"))
    with (tmp_path / "ssl.log").open("a") as stream:
        for _ in range(300):
            stream.write(body)
    with subprocess.Popen(
        [sys.executable, "-m", "certhound", "scan", tmp_path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(TMPDIR=str(tmp_path)),
    ) as process:  # fmt: skip
        _wait_for(lambda: any(tmp_path.glob("certhound-*")))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err.startswith(b"Stopped, ")
    assert not any(tmp_path.glob("certhound-*"))


@pytest.mark.parametrize("after", [0.02, 0.1, 0.2])
def test_ctrl_c_in_the_middle_of_a_statement_is_no_doubt_about_the_file(tmp_path: Path, after: float) -> None:
    """An engine that was stopped must not send a file to the careful path, which would go on for minutes."""
    from certhound.lake.build import fill_lake, start_lake
    from certhound.model.profile import Profile

    few_logs(tmp_path, lines=600)
    for name in ("ssl", "x509"):
        body = [line for line in (tmp_path / f"{name}.log").open() if not line.startswith("#")]
        with (tmp_path / f"{name}.log").open("a") as stream:
            stream.writelines(body * 200)
    lake = start_lake([tmp_path], Profile())
    timer = threading.Timer(after, lambda: os.kill(os.getpid(), signal.SIGINT))
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            fill_lake(lake)
    finally:
        timer.cancel()
        lake.close()


def _wait_for(condition: Callable[[], bool]) -> None:
    """Until the engine has made its folder: then the run is in the middle of its work."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never began")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to drop it")
def test_a_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    outcome = start("scan", "absent", "--html", "/proc/x/page.html", cwd=tmp_path)
    assert outcome.code == ExitCode.USAGE
    assert "cannot be written" in outcome.err


def test_a_home_that_does_not_exist_and_no_profile_are_fine(tmp_path: Path) -> None:
    few_logs(tmp_path / "logs")
    outcome = start("scan", "logs", cwd=tmp_path, HOME="/nonexistent/home")
    assert outcome.code == 0
    assert outcome.err == ""

"""A range comes up, has no way out, records what happens in it, and leaves nothing, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab_range import needs_range

from certhound.lab.range.audit import why_not as why_no_audit
from certhound.lab.range.build import Range
from certhound.lab.range.network import counters, ways_out
from certhound.lab.range.state import ETC, ROLES, STATES, RangeError, State, clean, command, left_over, states
from certhound.lake.rows import events
from certhound.model.profile import default_profile


def test_a_state_names_all_that_a_range_makes() -> None:
    state = State("00abcd", (1, 1), "/tmp/certhound-00abcd")
    assert state.namespaces[0] == "certhound-00abcd-adversary"
    assert len({state.login_id(role) for role in ROLES}) == len(ROLES)
    assert all(0 < state.login_id(role) < 2**31 for role in ROLES)


def test_the_state_of_a_process_that_is_gone_is_not_alive() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert not State("00abcd", (gone.pid, 1), "/nowhere").is_alive()


def test_without_root_there_is_no_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RangeError, match="needs root"), Range(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@needs_range
def test_nothing_leaves_a_range_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    with Range(tmp_path) as built:
        state = built.state
        assert ways_out(state) == []
        before = counters(state, "victim")
        gone = built.run("victim", ["curl", "-sS", "-m", "3", "http://198.51.100.7/"])
        assert gone.returncode == 7  # no route
        assert counters(state, "victim")[1] == before[1]
        others = {role: counters(state, role)[0] for role in ROLES if role not in ("victim", "resolver")}
        named = built.run("victim", ["curl", "-sS", "-m", "3", "http://example.com/"])
        assert named.returncode == 6  # no name: the resolver asks nobody
        heard = {role: counters(state, role)[0] - count for role, count in others.items()}
        assert all(count <= 4 for count in heard.values())  # the questions of ARP, which all hear, and nothing else
        inside = built.run("victim", ["curl", "-sS", "-m", "3", "http://login.portal-check.example/"])
        assert "refused" in inside.stdout or inside.returncode == 7
        received, sent = counters(state, "victim")
        assert received > before[0]
        assert sent > before[1]
    assert left_over(state) == []
    assert not state.path.exists()


@pytest.mark.slow
@needs_range
@pytest.mark.skipif(bool(why_no_audit()), reason=why_no_audit())
def test_the_audit_of_a_range_tells_process_connection_and_file_of_its_own_hosts_only(tmp_path: Path) -> None:
    with Range(tmp_path) as built:
        run = "echo x > files/a.pem; curl -s -m1 http://login.portal-check.example:81/"
        built.run("victim", ["bash", "-c", run])
        subprocess.run(["openssl", "version"], check=True, capture_output=True)  # not of the range
        built.stop_recording()
        batches = events([tmp_path / "audit.log"], default_profile())
        rows = [row for batch in batches for row in batch.to_pylist()]
    assert {row["computer"] for row in rows} == {"victim"}
    assert any(row["category"] == "file" and row["file_path"].endswith("/files/a.pem") for row in rows)
    assert any(row["category"] == "process" and (row["process"] or "").endswith("/curl") for row in rows)
    assert any(row["category"] == "connection" and row["dst_ip"] == "203.0.113.10" for row in rows)
    assert not any("openssl" in (row["command_line"] or "") for row in rows)


_CRASH = """
import sys, time
from pathlib import Path
from certhound.lab.range.build import Range
with Range(Path(sys.argv[1])) as built:
    print(built.state.run, flush=True)
    time.sleep(120)
"""


@pytest.mark.slow
@needs_range
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_range_whose_run_died_is_taken_away(tmp_path: Path, how: signal.Signals) -> None:
    words = [sys.executable, "-c", _CRASH, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        run = process.stdout.readline().strip()
        assert f"certhound-{run}-victim" in command(["ip", "netns", "list"])
        process.send_signal(how)
        process.wait(timeout=30)
    if how is signal.SIGKILL:
        clean()
        for _ in range(100):  # another process that wants a range may be at it already
            if not (STATES / f"{run}.json").exists():
                break
            time.sleep(0.1)
    assert f"certhound-{run}" not in command(["ip", "netns", "list"])
    assert run not in {each.run for each in states()}
    assert not (STATES / f"{run}.json").exists()


@pytest.mark.slow
@needs_range
def test_of_ranges_beside_each_other_the_last_takes_away_what_one_of_them_made(tmp_path: Path) -> None:
    first = Range(tmp_path / "first")
    first.__enter__()
    try:
        second = Range(tmp_path / "second")
        second.__enter__()
    finally:
        first.__exit__(None, None, None)
    made = first.state.made_etc
    assert second.state.made_etc >= made
    second.__exit__(None, None, None)
    if made and not list(states()):
        assert not ETC.exists()

"""The further drills run for real, where there can be a range."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lab_range import needs_range, runs_is_found_and_leaves_nothing

from certhound.lab.drills.plan import Drill, drills
from certhound.lab.drills.run import read_run
from certhound.lab.range.state import left_over, states

FIRST = {"acme-certbot", "certificate-capture", "self-signed-nginx"}
FURTHER = [each for each in drills() if not each.plan.constructed and each.name not in FIRST]


@pytest.mark.slow
@needs_range
@pytest.mark.parametrize("drill", FURTHER, ids=lambda drill: drill.name)
def test_a_further_drill_runs_is_seen_and_found_and_leaves_nothing(drill: Drill, tmp_path: Path) -> None:
    runs_is_found_and_leaves_nothing(drill, tmp_path)


@pytest.mark.slow
@needs_range
def test_a_drill_that_is_interrupted_cleans_up_and_keeps_what_was_recorded(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "certhound", "drill", "run", "regular-contact", "--folder", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "visit" in line:
                break
        owned = [state for state in states() if state.owner[0] == process.pid]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    run = read_run(tmp_path / "regular-contact")
    assert run.interrupted
    assert run.left == []
    assert [step.undone for step in run.steps][:2] == [0, 0]
    assert (tmp_path / "regular-contact" / "telemetry" / "capture.pcap").stat().st_size > 24
    assert len(owned) == 1
    assert left_over(owned[0]) == []
    assert not owned[0].path.exists()

"""What tests of the range and its drills need: a reason to skip where there can be none, and a whole run of a drill."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from certhound.lab.drills.plan import Drill
from certhound.lab.drills.run import missing, run_drill
from certhound.lab.drills.verify import verify
from certhound.lab.range.audit import why_not as why_no_audit
from certhound.lab.range.build import why_no_range
from certhound.lab.range.state import states

REASON = why_no_range()
needs_range = pytest.mark.skipif(bool(REASON), reason=REASON)


def runs_is_found_and_leaves_nothing(drill: Drill, folder: Path, *, on_this_host: bool = False) -> None:
    """Run a drill; everything that can be recorded here must be seen and found, and everything undone."""
    if reason := missing(drill):
        pytest.skip(reason)
    run = run_drill(drill, folder, on_this_host=on_this_host)
    verdict = verify(drill, run, folder, profile=drill.profile(folder))
    assert list(verdict.problems) == []
    assert [each for each in verdict.judged if each.good is False] == []
    unrecorded = {each.telemetry for each in verdict.judged if each.good is None}
    assert unrecorded <= {
        *(["audit"] if why_no_audit() else []),
        *(["sensor", *drill.plan.services] if on_this_host else []),
    }
    # A state goes only when all that it names is gone; other processes may have ranges of their own meanwhile.
    assert [state for state in states() if state.owner[0] == os.getpid()] == []

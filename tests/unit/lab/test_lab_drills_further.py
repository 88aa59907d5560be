"""The further drills run for real, where there can be a range."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab_range import needs_range, runs_is_found_and_leaves_nothing

from certhound.lab.drills.plan import Drill, drills

FIRST = {"acme-certbot", "certificate-capture", "self-signed-nginx"}
FURTHER = [each for each in drills() if not each.plan.constructed and each.name not in FIRST]


@pytest.mark.slow
@needs_range
@pytest.mark.parametrize("drill", FURTHER, ids=lambda drill: drill.name)
def test_a_further_drill_runs_is_seen_and_found_and_leaves_nothing(drill: Drill, tmp_path: Path) -> None:
    runs_is_found_and_leaves_nothing(drill, tmp_path)

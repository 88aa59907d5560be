"""A drill that nobody ran is a wish."""

from __future__ import annotations

from importlib.resources import files

from certhound.techniques.check.base import Check, Found, Subject
from certhound.techniques.verified import verified_of


class DrillRuns(Check):
    id = "drill-runs"
    summary = "every drill is one of certhound drill, and has a verified run in which its rules fired"

    def found(self, it: Subject) -> Found:
        plans = files("certhound").joinpath("content", "drills", "plans")
        runs = verified_of(it.package)
        for drill in it.package.facts.drill:
            if not plans.joinpath(f"{drill.plan}.yaml").is_file():
                yield f"drill {drill.id}: there is no plan {drill.plan!r}", "certhound drill list"
                continue
            run = runs.get(drill.plan)
            if run is None or run.outcome != "passed":
                yield f"drill {drill.id}: no verified run is recorded", "run it, then scripts/record_drills.py"
                continue
            fired = {rule for signal in run.signals if signal.good for rule in signal.rules}
            for rule in sorted(set(drill.rules) - fired):
                yield f"drill {drill.id}: {rule} did not fire in its verified run", "name rules that the run shows"

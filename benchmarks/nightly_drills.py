"""All drills again and again, each time with another seed: other names, addresses, ports, paces and keys.

    python benchmarks/nightly_drills.py [--seeds 10] [--first 1] [--folder FOLDER] [--drill NAME …]

Every recording must come to the same verdict: each signal as far as in every other, all good, everything undone.
Runs that do not are kept in the folder. Needs what the range needs; without it this says so and ends well.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from certhound.lab.drills.plan import Drill, find_drills
from certhound.lab.drills.run import run_drill
from certhound.lab.drills.verify import Verdict, verify
from certhound.lab.range.build import why_no_range

Told = tuple[str, ...]


def told(verdict: Verdict) -> Told:
    """What a verdict comes to: the outcome, and how far each signal came."""
    return (verdict.outcome, *(f"{each.name}: {each.state}" for each in verdict.judged))


def one(drill: Drill, folder: Path, seed: int) -> Verdict:
    """Run a drill with a seed and judge it; what went well is not kept."""
    run = run_drill(drill, folder, seed=seed)
    verdict = verify(drill, run, folder, profile=drill.profile(folder))
    if verdict.outcome in ("passed", "skipped"):
        shutil.rmtree(folder, ignore_errors=True)
    return verdict


def differences(by_drill: dict[str, dict[int, Told]]) -> list[str]:
    """Runs that say something else than most runs of their drill, and runs that failed."""
    found = []
    for name, runs in by_drill.items():
        usual, _ = Counter(runs.values()).most_common(1)[0]
        for seed, said in runs.items():
            if said != usual or said[0] == "failed":
                odd = sorted(set(said) - set(usual)) or list(said)
                found.append(f"{name}, seed {seed}: {'; '.join(odd)}")
    return found


def campaign(drills: Sequence[Drill], seeds: Sequence[int], folder: Path) -> int:
    """All drills with all seeds; 1 where verdicts differ."""
    by_drill: dict[str, dict[int, Told]] = {drill.name: {} for drill in drills}
    for seed in seeds:
        begin = time.monotonic()
        for drill in drills:
            verdict = one(drill, folder / f"{drill.name}-{seed}", seed)
            by_drill[drill.name][seed] = told(verdict)
            for problem in verdict.problems:
                print(f"{drill.name}, seed {seed}: {problem}", flush=True)
        outcomes = Counter(runs[seed][0] for runs in by_drill.values())
        counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        print(f"seed {seed}: {counted} in {time.monotonic() - begin:.0f} s", flush=True)
    found = differences(by_drill)
    for line in found:
        print(line)
    print(f"{len(seeds)} recordings of {len(drills)} drills: {'DIFFERENT verdicts' if found else 'the same verdicts'}")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--drill", action="append", default=[])
    options = parser.parse_args()
    if reason := why_no_range():
        print(f"skipped: {reason}")
        return 0
    folder = options.folder or Path(tempfile.mkdtemp(prefix="nightly-drills-"))
    seeds = range(options.first, options.first + options.seeds)
    code = campaign(find_drills(tuple(options.drill)), seeds, folder)
    if code:
        print(f"runs that did not pass are in {folder}")
    elif options.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())

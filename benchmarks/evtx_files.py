"""How fast EVTX files become batches, beside what the ``evtx`` library alone delivers (``records_json``).

    python benchmarks/evtx_files.py FILE.evtx [FILE.evtx …]

The project ships no event log: give some of your own, better large ones. Rates are records a second of the processor's
time, for the library decodes with all cores at once; wall time stands beside it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from certhound.query.plan import RawBatch
from certhound.sources import recognise
from certhound.sources.contract import Recognised
from certhound.sources.files import Unreadable, open_input

RUNS = 3


def alone(path: Path) -> int:
    """Records that the library gives."""
    from evtx import PyEvtxParser

    return sum(1 for _ in PyEvtxParser(str(path)).records_json())


def batches(path: Path) -> int:
    """Rows and rejected records of a file, as ``certhound`` reads it."""
    file = open_input(path)
    if isinstance(file, Unreadable):
        raise SystemExit(f"{path}: cannot be read")
    answer = recognise(file)
    if not isinstance(answer, Recognised):
        raise SystemExit(f"{path}: no event log")
    return sum(len(item.lines) if isinstance(item, RawBatch) else 1 for plan in answer.plans for item in plan.careful())


def best(work: Callable[[Path], int], path: Path) -> tuple[int, float, float]:
    """Records, and the best of some runs in seconds: of the processor, and on the wall."""
    found: list[tuple[float, float]] = []
    count = 0
    for _ in range(RUNS):
        spent, wall = time.process_time(), time.perf_counter()
        count = work(path)
        found.append((time.process_time() - spent, time.perf_counter() - wall))
    return count, min(found)[0], min(wall for _, wall in found)


def main(paths: list[str]) -> None:
    """Print a line a file."""
    for path in map(Path, paths):
        count, spent, wall = best(alone, path)
        rows, ours, our_wall = best(batches, path)
        print(
            f"{path.name}: {count} records; evtx alone {count / spent:,.0f}/s (wall {count / wall:,.0f}/s), "
            f"certhound {rows / ours:,.0f}/s (wall {rows / our_wall:,.0f}/s), ratio {spent / ours:.3f}"
        )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(sys.argv[1:])

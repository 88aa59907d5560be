"""Fuzz target for logs: ``python tests/fuzz/fuzz_sources.py [corpus]`` with atheris, else random damage.

Without atheris: ``python tests/fuzz/fuzz_sources.py --mutants 20000 --seed 7``. Reads by the careful reader alone,
which is where Python meets the bytes; ``benchmarks/nightly_logs.py`` compares it with the engine's readers.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "sources"))

import source_damage as d  # type: ignore[import-not-found,unused-ignore]

from certhound.query.plan import Rejected
from certhound.sources import recognise
from certhound.sources.contract import Recognised
from certhound.sources.files import Unreadable, open_input

CORPUS = Path(__file__).parent / "corpus" / "sources"
PATH = Path(tempfile.gettempdir()) / "certhound-fuzz-input"


def one_input(data: bytes) -> None:
    """Bytes in, batches and rejects out; both can be turned to Arrow, which takes no half surrogates."""
    from certhound.lake.careful_batches import raw_table

    PATH.write_bytes(data)
    file = open_input(PATH)
    if isinstance(file, Unreadable):
        return
    answer = recognise(file)
    if not isinstance(answer, Recognised):
        return
    for plan in answer.plans:
        for item in plan.careful():
            if isinstance(item, Rejected):
                assert item.reason
                assert item.sample.encode("utf-8") is not None
            else:
                assert raw_table(item).num_rows == len(item.lines) == len(item.payloads)
    for found in answer.certificates or ():
        assert found.file


def main() -> None:
    if importlib.util.find_spec("atheris") is not None and "--mutants" not in sys.argv:
        import atheris  # type: ignore[import-untyped,unused-ignore]

        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random_ = random.Random(chosen.seed)
    seeds = [*d.ORIGINALS.values(), *(path.read_bytes() for path in sorted(CORPUS.iterdir()))]
    for index in range(chosen.mutants):
        data = random_.choice(seeds)
        for _ in range(random_.choice([1, 2, 5])):
            data = d.DAMAGES[random_.choice(list(d.DAMAGES))](data, random_) if data else data
        try:
            one_input(data)
        except BaseException:
            Path(f"crash-sources-{chosen.seed}-{index}").write_bytes(data)
            raise
    print(f"{chosen.mutants} mutants, none of them raised")


if __name__ == "__main__":
    main()

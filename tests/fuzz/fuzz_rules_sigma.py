"""Fuzz target for rule files: ``python tests/fuzz/fuzz_rules_sigma.py [corpus]`` with atheris, else random mutants.

Without atheris: ``python tests/fuzz/fuzz_rules_sigma.py --mutants 100000 --seed 7``.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from test_rules_hostile import SEED, load_hostile, mutate


def one_input(data: bytes) -> None:
    """A text in, errors of ours out."""
    load_hostile(data.decode("utf-8", "replace"))


def main() -> None:
    if importlib.util.find_spec("atheris") is not None and "--mutants" not in sys.argv:
        import atheris  # type: ignore[import-untyped]

        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random_ = random.Random(chosen.seed)
    for index in range(chosen.mutants):
        text = mutate(SEED, random_)
        try:
            load_hostile(text)
        except BaseException:
            Path(f"crash-rules-{chosen.seed}-{index}.yml").write_text(text, errors="surrogatepass")
            raise
    print(f"{chosen.mutants} mutants, none of them raised")


if __name__ == "__main__":
    main()

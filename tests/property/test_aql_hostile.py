"""A few mutants of every seed in each run; the fuzz target does many."""

from __future__ import annotations

import random

import pytest
from fuzz_aql import SEEDS, mutate, one_text


@pytest.mark.parametrize("seed", range(3))
def test_mutants_are_read_or_refused(seed: int) -> None:
    random_ = random.Random(seed)
    for _ in range(60):
        one_text(mutate(random_.choice(SEEDS), random_))


@pytest.mark.parametrize(
    "text", ["\ud800", "SELECT \ud800 FROM events", "\ufeffSELECT a FROM events", "SELECT a\x00 FROM b"]
)
def test_odd_characters_are_read_or_refused(text: str) -> None:
    one_text(text)

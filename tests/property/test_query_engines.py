"""Random expressions and queries over random rows give the same answers in the reference evaluator and in DuckDB.

``CERTHOUND_CAMPAIGN`` is how many times more is tried (1: some seconds). A seed that fails stays failing: it is named
in the message, and its expression belongs into tests/conformance once it is understood.
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from query_agreement import Pair
from query_generator import KINDS, SCHEMA, Generator, translated_pattern

CAMPAIGN = int(os.environ.get("CERTHOUND_CAMPAIGN", "1"))
EXPRESSIONS = 60
ROWS = 20


@pytest.mark.parametrize("seed", range(25 * CAMPAIGN))
def test_random_expressions(seed: int) -> None:
    generator = Generator(random.Random(seed))
    pair = Pair(SCHEMA, generator.rows(ROWS))
    exprs = [generator.expr(generator.random.choice(KINDS), 4) for _ in range(EXPRESSIONS)]
    assert not (told := pair.differences(exprs)), f"seed {seed}\n" + "\n".join(told)


@pytest.mark.parametrize("seed", range(15 * CAMPAIGN))
def test_random_queries(seed: int) -> None:
    generator = Generator(random.Random(seed + 1_000_000))
    pair = Pair(SCHEMA, generator.rows(ROWS))
    for _ in range(10):
        shapes = ((generator.plain_query, True), (generator.grouped_query, False), (generator.nested_query, False))
        make, ordered = generator.random.choice(shapes)
        query = make(2)
        told = pair.query_difference(query, ordered)
        assert not told, f"seed {seed}\n{told}"


@pytest.mark.parametrize("seed", range(5 * CAMPAIGN))
def test_random_patterns(seed: int) -> None:
    generator = Generator(random.Random(seed + 2_000_000))
    pair = Pair(SCHEMA, generator.rows(60))
    matches = [found for _ in range(150) if (found := translated_pattern(generator.random)) is not None]
    assert len(matches) > 40
    assert not (told := pair.differences(matches)), f"seed {seed}\n" + "\n".join(told)


@given(st.randoms(use_true_random=False), st.sampled_from(KINDS))
@settings(
    max_examples=25 * CAMPAIGN,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_steered_expressions(source: random.Random, kind: object) -> None:
    """The same with choices that hypothesis can make smaller when one fails."""
    generator = Generator(source)
    pair = Pair(SCHEMA, generator.rows(6))
    expr = generator.expr(next(each for each in KINDS if each is kind), 3)
    assert not pair.differences([expr])

"""Scores: families count once, points sum, the same input gives the same answer."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from certhound.findings.score import clearing, combine

SIGNALS = st.lists(
    st.tuples(
        st.text("abcdef", min_size=1, max_size=4), st.sampled_from(["trust", "name", "form", ""]), st.integers(1, 99)
    ),
    max_size=12,
    unique_by=lambda signal: signal[0],
)


@given(SIGNALS)
def test_points_sum_to_the_score(signals: list[tuple[str, str, int]]) -> None:
    score, points = combine(signals)
    assert sum(points.values()) == score
    assert all(value >= 0 for value in points.values())
    assert set(points) == {rule for rule, _, _ in signals}


@given(SIGNALS)
def test_score_is_the_independent_combination_of_the_strongest_of_each_family(
    signals: list[tuple[str, str, int]],
) -> None:
    strongest: dict[str, int] = {}
    for rule, family, score in signals:
        key = family or f"alone:{rule}"
        strongest[key] = max(strongest.get(key, 0), score)
    risk = 100 * (1 - math.prod(1 - score / 100 for score in strongest.values()))
    assert abs(combine(signals)[0] - min(99, risk)) <= 1


@given(SIGNALS, st.randoms(use_true_random=False))
def test_order_does_not_matter(signals: list[tuple[str, str, int]], random: object) -> None:
    shuffled = list(signals)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert combine(signals) == combine(shuffled)


@given(SIGNALS)
def test_another_signal_never_lowers_the_score(signals: list[tuple[str, str, int]]) -> None:
    assert combine([*signals, ("zz", "other", 30)])[0] >= combine(signals)[0]


@given(SIGNALS, st.integers(1, 90))
def test_clearing_takes_the_finding_below(signals: list[tuple[str, str, int]], level: int) -> None:
    removed = clearing(signals, level)
    left = [signal for signal in signals if signal[0] not in removed]
    assert combine(left)[0] < level or not left
    if removed:
        kept_one = [*left, next(signal for signal in signals if signal[0] == removed[-1])]
        assert combine(kept_one)[0] >= level


def test_one_signal_is_its_own_score() -> None:
    assert combine([("a", "x", 42)]) == (42, {"a": 42})


def test_a_family_counts_with_its_strongest() -> None:
    score, points = combine([("a", "trust", 18), ("b", "trust", 15), ("c", "name", 20)])
    assert score == 34
    assert points["b"] == 0
    assert points["a"] + points["c"] == 34

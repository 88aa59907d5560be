"""Scores: what signals together make an analyst sure of, in percent, and how much of it each one brings.

Signals of one family overlap, so a family counts with its strongest; families are independent evidence:
``risk = 100 * (1 - prod(1 - s/100))``. A signal's points are its share of ``-ln(1 - s/100)``, rounded so that they sum
to the score exactly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Scored = tuple[str, str, int]
"""A rule's id, its family, and its score from 1 to 99."""


def combine(signals: Sequence[Scored]) -> tuple[int, dict[str, int]]:
    """The score from 0 to 99 and the points of every rule; rules that their family's strongest covers bring 0."""
    strongest = _strongest(signals)
    if not strongest:
        return 0, {}
    weights = {rule: -math.log1p(-score / 100) for rule, _, score in strongest.values()}
    risk = 100 * -math.expm1(-sum(weights.values()))
    total = min(99, max(1, math.floor(risk + 0.5)))
    return total, {**{rule: 0 for rule, _, _ in signals}, **_share(total, weights)}


def _strongest(signals: Sequence[Scored]) -> dict[str, Scored]:
    """The strongest signal of each family; of equals the first by id, so that the answer never wavers."""
    best: dict[str, Scored] = {}
    for signal in sorted(signals):
        family = signal[1] or signal[0]
        if family not in best or signal[2] > best[family][2]:
            best[family] = signal
    return best


def _share(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Whole points by weight that sum to the total (largest remainder)."""
    sum_of_weights = sum(weights.values())
    exact = {rule: total * weight / sum_of_weights for rule, weight in weights.items()}
    points = {rule: math.floor(value) for rule, value in exact.items()}
    short = total - sum(points.values())
    for rule in sorted(exact, key=lambda each: (points[each] - exact[each], each))[:short]:
        points[rule] += 1
    return points


def clearing(signals: Sequence[Scored], below: int) -> list[str]:
    """The fewest rules (greedily, strongest first) without which the score falls below a level."""
    left = list(signals)
    removed: list[str] = []
    while left and combine(left)[0] >= below:
        strongest = max(_strongest(left).values(), key=lambda signal: (signal[2], signal[0]))
        left.remove(strongest)
        removed.append(strongest[0])
    return removed

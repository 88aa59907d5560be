"""Sets of code points against the laws that define them by union and complement."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certhound.query.regex.charset import LAST, CharSet, capitals, of

POINTS = st.integers(0, 40) | st.integers(0, LAST) | st.sampled_from([0, 0x41, 0x5A, 0x212A, LAST - 1, LAST])
RANGES = st.tuples(POINTS, POINTS).map(lambda pair: (min(pair), max(pair)))
SETS = st.lists(RANGES, max_size=12).map(of) | st.just(CharSet()) | st.builds(capitals)


@given(SETS, SETS)
def test_intersection_and_difference_are_what_union_and_complement_make_of_them(one: CharSet, other: CharSet) -> None:
    assert one & other == ~(~one | ~other)
    assert one - other == ~(~one | other)
    assert one.meets(other) == bool(one & other)


@given(SETS, SETS, POINTS)
def test_a_point_is_in_what_it_should_be_in(one: CharSet, other: CharSet, point: int) -> None:
    assert (point in one & other) == (point in one and point in other)
    assert (point in one - other) == (point in one and point not in other)
    assert (point in ~one) == (point not in one)


@given(SETS, RANGES)
def test_what_lies_within_a_range_is_the_intersection_with_it(one: CharSet, bounds: tuple[int, int]) -> None:
    assert CharSet(tuple(one.within(*bounds))) == one & of([bounds])

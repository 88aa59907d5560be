"""Limits of lifetime by the day of issue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from certhound.x509.lifetime import LIFETIME_LIMITS, lifetime_days, lifetime_limit_days, over_limit


@pytest.mark.parametrize(
    ("issued", "days"),
    [
        (date(2010, 1, 1), None),
        (date(2013, 1, 1), 1827),
        (date(2016, 1, 1), 1188),
        (date(2018, 2, 28), 1188),
        (date(2018, 3, 1), 825),
        (date(2020, 8, 31), 825),
        (date(2020, 9, 1), 398),
        (date(2026, 3, 14), 398),
        (date(2026, 3, 15), 200),
        (date(2027, 3, 15), 100),
        (date(2029, 3, 15), 47),
        (date(2040, 1, 1), 47),
    ],
)
def test_limit(issued: date, days: int | None) -> None:
    assert lifetime_limit_days(issued) == days
    assert lifetime_limit_days(datetime(issued.year, issued.month, issued.day, 23, 59, tzinfo=UTC)) == days


def test_limits_are_in_order_and_have_sources() -> None:
    assert [limit.since for limit in LIFETIME_LIMITS] == sorted(limit.since for limit in LIFETIME_LIMITS)
    assert all(limit.source for limit in LIFETIME_LIMITS)


@pytest.mark.parametrize(
    ("issued", "lifetime", "over"),
    [
        (datetime(2021, 1, 1, tzinfo=UTC), timedelta(days=398), False),
        (datetime(2021, 1, 1, tzinfo=UTC), timedelta(days=398, seconds=1), True),
        (datetime(2021, 1, 1, tzinfo=UTC), timedelta(days=3650), True),
        (datetime(2019, 1, 1, tzinfo=UTC), timedelta(days=825), False),
        (datetime(2026, 4, 1, tzinfo=UTC), timedelta(days=398), True),
        (datetime(2026, 4, 1, tzinfo=UTC), timedelta(days=6), False),
        (datetime(2005, 4, 1, tzinfo=UTC), timedelta(days=9000), None),
        (datetime(2026, 4, 1, tzinfo=UTC), timedelta(days=-6), False),
    ],
)
def test_over_limit(issued: datetime, lifetime: timedelta, over: bool | None) -> None:
    assert over_limit(issued, issued + lifetime) is over


def test_lifetime_counts_both_ends() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert lifetime_days(start, start + timedelta(days=90) - timedelta(seconds=1)) == 90
    assert lifetime_days(start, start + timedelta(days=90)) == 91
    assert lifetime_days(start, start - timedelta(days=1)) == 0

"""How long a public TLS server certificate might live, by the rule in force on the day it was issued.

The table is data; every row names the ballot of the CA/Browser Forum that set the limit, from the day on which it
binds certificates. A lifetime counts both its ends, as the Baseline Requirements (6.3.2) say: from notBefore
through notAfter inclusive, 86,400 seconds a day, and a started day counts whole.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from typing import NamedTuple

_DAYS_OF_60_MONTHS = 1827
_DAYS_OF_39_MONTHS = 1188


class LifetimeLimit(NamedTuple):
    """A limit in days for certificates issued on or after ``since``, and where it stands written."""

    since: date
    days: int
    source: str


LIFETIME_LIMITS: tuple[LifetimeLimit, ...] = (
    LifetimeLimit(date(2012, 7, 1), _DAYS_OF_60_MONTHS, "CA/B Forum Baseline Requirements 1.0, 9.4: 60 months"),
    LifetimeLimit(date(2015, 4, 1), _DAYS_OF_39_MONTHS, "CA/B Forum Baseline Requirements 1.0, 9.4: 39 months"),
    LifetimeLimit(date(2018, 3, 1), 825, "CA/B Forum ballot 193: 825 days"),
    LifetimeLimit(date(2020, 9, 1), 398, "root programmes of 2020, CA/B Forum ballot SC31: 398 days"),
    LifetimeLimit(date(2026, 3, 15), 200, "CA/B Forum ballot SC-081v3: 200 days"),
    LifetimeLimit(date(2027, 3, 15), 100, "CA/B Forum ballot SC-081v3: 100 days"),
    LifetimeLimit(date(2029, 3, 15), 47, "CA/B Forum ballot SC-081v3: 47 days"),
)
"""In order of their dates. Months are given as the most days they can span (60 months: 5 years and 2 leap days)."""

_SINCE = [limit.since for limit in LIFETIME_LIMITS]


def lifetime_limit(issued: datetime | date) -> LifetimeLimit | None:
    """The limit in force on the issue date; None before the first one (1 July 2012)."""
    day = issued.date() if isinstance(issued, datetime) else issued
    index = bisect_right(_SINCE, day) - 1
    return LIFETIME_LIMITS[index] if index >= 0 else None


def lifetime_limit_days(issued: datetime | date) -> int | None:
    """The limit in days in force on the issue date; None before there was one."""
    limit = lifetime_limit(issued)
    return limit.days if limit else None


def lifetime_days(not_before: datetime, not_after: datetime) -> int:
    """Days a certificate lives, both ends counted, a started day whole; 0 where it ends before it starts."""
    seconds = int((not_after - not_before).total_seconds())
    return 0 if seconds < 0 else -(-(seconds + 1) // 86_400)


def over_limit(not_before: datetime, not_after: datetime) -> bool | None:
    """Whether the lifetime is longer than the limit of its issue date; None where there was no limit yet.

    Both times are aware or both naive. One second is forgiven: CAs that forgot that both ends count issued 825 days
    and one second by the million, which says nothing about an adversary.
    """
    limit = lifetime_limit_days(not_before)
    if limit is None:
        return None
    return not_after - not_before > timedelta(days=limit)

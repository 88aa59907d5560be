"""How long a certificate lives, and what that says of who made it."""

from __future__ import annotations

from functools import lru_cache

from certhound.model.columns import Kind
from certhound.x509 import lifetime
from certhound.x509.traits import Facts, Trait

_YEAR_DAYS = 365


# Days and seconds are read off the difference itself: this runs for every certificate, and total_seconds() is slow.


def _days(facts: Facts) -> int | None:
    if facts.not_before is None or facts.not_after is None:
        return None
    # Both ends count and a started day counts whole, as `lifetime.lifetime_days` has it.
    return max(0, (facts.not_after - facts.not_before).days + 1)


def _whole_years(facts: Facts) -> int | None:
    if facts.not_before is None or facts.not_after is None:
        return None
    span = facts.not_after - facts.not_before
    if span.seconds or span.microseconds or span.days <= 0 or span.days % _YEAR_DAYS:
        return None
    return span.days // _YEAR_DAYS


_limit = lru_cache(4096)(lifetime.lifetime_limit_days)


def _over_limit(facts: Facts) -> bool | None:
    if facts.not_before is None or facts.not_after is None:
        return None
    limit = _limit(facts.not_before.date())
    if limit is None:
        return None
    span = facts.not_after - facts.not_before
    # One second over is forgiven, as `lifetime.over_limit` explains: both ends count.
    return span.days > limit or (span.days == limit and (span.seconds, span.microseconds) > (0, 0))


TRAITS = (
    Trait("lifetime_days", Kind.INT, "days it is valid, both ends counted", _days),
    Trait(
        "lifetime_whole_years_365",
        Kind.INT,
        "its lifetime in years of exactly 365 days, to the second; absent where it is no whole number of them",
        _whole_years,
    ),
    Trait(
        "lifetime_over_limit",
        Kind.BOOL,
        "valid for longer than a public CA might issue on its first day; absent before there was a limit",
        _over_limit,
    ),
)

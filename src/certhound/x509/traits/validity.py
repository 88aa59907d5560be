"""How long a certificate lives, and what that says of who made it."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509 import lifetime
from certhound.x509.traits import Facts, Trait

_DAY_S = 86_400
_YEAR_S = 365 * _DAY_S


def _days(facts: Facts) -> int | None:
    seconds = facts.validity_s
    # Both ends count and a started day counts whole, as `lifetime.lifetime_days` has it.
    return None if seconds is None else max(0, -(-(seconds + 1) // _DAY_S))


def _whole_years(facts: Facts) -> int | None:
    seconds = facts.validity_s
    return seconds // _YEAR_S if seconds and seconds > 0 and seconds % _YEAR_S == 0 else None


def _over_limit(facts: Facts) -> bool | None:
    if facts.not_before is None or facts.not_after is None:
        return None
    return lifetime.over_limit(facts.not_before, facts.not_after)


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

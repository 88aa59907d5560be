"""Names of well-known owners in certificates that are not theirs."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509 import brands
from certhound.x509.traits import Clue, Facts, Trait

_NAMES = 40


def _poses_as(facts: Facts) -> str | None:
    # Private CAs issue for such names, too (inspection, devices of the owner itself): only the bytes tell.
    if facts.trust == "trusted" or (not facts.self_issued and not facts.has_der):
        return None
    common = facts.subject.common_name
    names = ((common,) if common else ()) + facts.san_dns[:_NAMES]
    return next((found for found in map(brands.domain_of_brand, names) if found), None)


def _wraps(facts: Facts) -> str | None:
    common = facts.subject.common_name
    names: tuple[str, ...] = (common,) if common else ()
    # Alternative names are read where they are all there is, and where the bytes are looked at one by one anyway.
    if facts.has_der or not common:
        names += facts.san_dns[:_NAMES]
    return next((found for found in map(brands.wrapped_brand, names) if found), None)


TRAITS = (
    Trait(
        "poses_as",
        Kind.TEXT,
        "well-known domain that it says it is for, though no public CA vouches for it",
        _poses_as,
    ),
    Trait(
        "name_wraps_brand",
        Kind.TEXT,
        "well-known domain that stands in one of its names before somebody else's",
        _wraps,
        lambda: Clue(brands.wrapped_clue()),
    ),
)

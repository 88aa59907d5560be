"""The address template of Sliver's listeners, which Havoc copied (BishopFox/sliver, ``server/certs/subject.go``).

A United States address with a street and a postal code of four digits, where real ones have five.
"""

from __future__ import annotations

import re

from certhound.model.columns import Kind
from certhound.x509.distinguished_name import Name
from certhound.x509.traits import Clue, Facts, Trait

_CODE = re.compile(r"[1-8][0-9]{3}\Z")
_STATES = frozenset({"", "Arizona", "California", "Colorado", "Connecticut", "Washington", "Florida", "Illinois"})
_COMPANY = re.compile(r"(?:acme|partners|tech|cloud|synergy|test|debug)? ?(?:co|llc|inc|corp|ltd)?\Z", re.IGNORECASE)


def _template(facts: Facts) -> bool | None:
    if not facts.subject.rdns:
        return None
    return "postalCode=" in facts.subject.text and _fits(facts.subject, facts.subject.types())


def _fits(name: Name, types: tuple[str, ...]) -> bool:
    code, state = name.first("postalCode") or "", name.first("ST")
    return (
        _CODE.match(code) is not None
        and name.first("C") == "US"
        and ("street" in types or state in _STATES)
        and (state is None or state in _STATES)
        and all(_COMPANY.match(company) is not None for company in name.all("O"))
    )


TRAITS = (
    Trait(
        "subject_is_sliver_template",
        Kind.BOOL,
        "a made-up United States address with a postal code of four digits, as Sliver and Havoc write it",
        _template,
        lambda: Clue("postalCode="),
    ),
)

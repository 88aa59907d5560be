"""Subjects that Metasploit's two generators make: known by what never varies in them, not by any one text.

The current generator (rapid7/metasploit-framework, ``lib/msf/core/cert_provider.rb``) draws a company and a hacker's
verb at random, but always derives the host from the company and the mail address from verb and host. The older one
(rapid7/rex-socket, ``lib/rex/socket/ssl.rb``) puts the whole name, slashes and all, into the country.
"""

from __future__ import annotations

import re

from certhound.model.columns import Kind
from certhound.x509.traits import Clue, Facts, Trait

_TYPES = {"C", "ST", "O", "OU", "CN", "emailAddress"}
_NOT_WORD = re.compile(r"[^0-9A-Za-z_]+")
_OLD = re.compile(r"/?(?:C=)?US/(?:ST|O|L)=.*/CN=")
_YEAR_S = 365 * 86_400


def _generated(facts: Facts) -> bool | None:
    if facts.self_issued is not True:
        return facts.self_issued
    subject = facts.subject
    types = subject.types()
    if len(types) != 6 or set(types) != _TYPES:
        return False
    value = {attribute.type: attribute.value for attribute in subject.attributes}
    state = value["ST"]
    return (
        value["C"] == "US"
        and len(state) == 2
        and state.isalpha()
        and state.isupper()
        and value["emailAddress"].lower() == f"{value['OU']}@{value['CN']}".lower()
        and (_derived(value["CN"], value["O"]) or _lives_whole_years(facts))
    )


def _derived(host: str, company: str) -> bool:
    """The host is the company in lower case without ``and``, runs of other characters a dot, and a TLD."""
    stem, dot, tld = host.rpartition(".")
    made = _NOT_WORD.sub(".", company.lower().replace("and", ""))
    return bool(dot and tld) and stem.strip(".") == made.strip(".")


def _lives_whole_years(facts: Facts) -> bool:
    seconds = facts.validity_s
    return seconds is not None and seconds % _YEAR_S == 0 and 4 <= seconds // _YEAR_S <= 9 and not facts.san_dns


def _rex(facts: Facts) -> bool | None:
    if not facts.subject.rdns:
        return None
    country = facts.subject.rdns[0][0]
    return country.type == "C" and len(country.value) > 2 and _OLD.match(country.value) is not None


TRAITS = (
    Trait(
        "subject_is_metasploit_generated",
        Kind.BOOL,
        "the subject is built as Metasploit builds it: mail address made of unit and host, host made of company",
        _generated,
    ),
    Trait(
        "subject_is_rex_generated",
        Kind.BOOL,
        "the country holds a whole name, as Metasploit's older generator writes it",
        _rex,
        lambda: Clue("C=[^,]{3}"),
    ),
)

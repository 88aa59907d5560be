"""Exceptions of the profile: which findings the organisation has looked at and does not want to see again.

An exception says what it matches, why, who answers for it, and until when; the report lists what it hides.
It is written so that an adversary cannot slip under it: everything it states must hold, and a key about something
of which a finding has several (names, destinations, rules) must hold for *all* of them. A certificate that is met
at the excepted address and at one more is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_network
from typing import Final

from certhound.model.addresses import read_address, split_port
from certhound.model.errors import Place
from certhound.model.wildcards import wildcard_match

MATCH_KEYS: Final = ("issuer", "subject", "sha256", "name", "destination", "rule")
"""What ``match`` of an exception can state."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What exceptions can be about: what a finding states.

    ``names``: those under which the entity was met, and those that the certificate bears. ``destinations``: addresses,
    with or without a port. ``rules``: the name (file name without its end) of the rule of each signal.
    """

    issuer: str | None = None
    subject: str | None = None
    sha256: str | None = None
    names: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingException:
    """One ``[[exception]]`` of the profile. Every key of ``match`` is present or ``None``; at least one is present."""

    reason: str
    owner: str
    expires: date | None = None
    issuer: str | None = None
    subject: str | None = None
    sha256: str | None = None
    name: str | None = None
    destination: str | None = None
    rule: str | None = None
    place: Place | None = field(default=None, compare=False)

    def expired(self, today: date) -> bool:
        """Whether its last day (UTC, inclusive) is over; an expired exception hides nothing."""
        return self.expires is not None and today > self.expires

    def matches(self, subject: Subject) -> bool:
        """Whether all that it states holds for the finding; the day is not looked at here."""
        return all(
            (
                self.issuer is None or _one(self.issuer, subject.issuer),
                self.subject is None or _one(self.subject, subject.subject),
                self.sha256 is None or _same_hash(self.sha256, subject.sha256),
                self.name is None or _all(wildcard_match(self.name, each.rstrip(".")) for each in subject.names),
                self.destination is None
                or _all(at_destination(self.destination, each) for each in subject.destinations),
                self.rule is None or _all(wildcard_match(self.rule, each) for each in subject.rules),
            )
        )

    def __str__(self) -> str:
        """What it matches, as in the profile: ``issuer = …, rule = …``."""
        stated = ((key, getattr(self, key)) for key in MATCH_KEYS)
        return ", ".join(f"{key} = {value}" for key, value in stated if value is not None)


def hiding(exceptions: Iterable[FindingException], subject: Subject, today: date) -> FindingException | None:
    """The first exception in force on that day (UTC) that hides the finding, or ``None``."""
    return next((each for each in exceptions if not each.expired(today) and each.matches(subject)), None)


def at_destination(pattern: str, destination: str) -> bool:
    """Whether a destination fits: a network, an address, an ``address:port``, or text with wildcards."""
    address, port = split_port(destination)
    wanted, wanted_port = split_port(pattern)
    if wanted_port and wanted_port != port:
        return False
    parsed = read_address(address)
    try:
        network = ip_network(wanted, strict=False)
    except ValueError:
        return wildcard_match(wanted, address)
    return parsed is not None and parsed in network


def _one(pattern: str, text: str | None) -> bool:
    return text is not None and wildcard_match(pattern, text)


def _same_hash(wanted: str, stated: str | None) -> bool:
    return stated is not None and wanted == stated.lower()


def _all(hits: Iterable[bool]) -> bool:
    """Like ``all``, but false for nothing: an exception about names says nothing of what has none."""
    found = list(hits)
    return bool(found) and all(found)

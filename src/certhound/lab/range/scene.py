"""Who is where in a range and what everybody is called; a seed chooses other names, addresses and paces.

The outside of the range is TEST-NET-3 (RFC 5737), its inside a part of 10.0.0.0/8. The names of the ACME CA are the
real ones, so that telemetry carries them; all others are below ``.example`` (RFC 2606).
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Mapping
from dataclasses import dataclass

OUTSIDE = ipaddress.ip_network("203.0.113.0/24")
INSIDE = ipaddress.ip_network("10.77.0.0/24")
OWN_DOMAIN = "corp.example"
MAILBOX = f"ann@{OWN_DOMAIN}"
_CA_NAMES = ("acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org")
_SITES = ("login", "mail", "update", "files", "news", "login.microsoftonline.com")
_WORDS = ("portal", "account", "signin", "notice", "office", "invoice", "parcel", "benefit", "support", "review")
_ENDS = ("check", "desk", "center", "alert", "page", "service", "point", "online")


@dataclass(frozen=True, slots=True)
class Scene:
    """``addresses`` and ``names`` by host; ``domain`` is the adversary's.

    ``port`` is one on which TLS is not ordinary; ``visits`` at every ``pause`` (seconds) are a regular contact.
    """

    addresses: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    domain: str
    port: int = 50443
    visits: int = 42
    pause: float = 0.5

    @property
    def site(self) -> str:
        """The adversary's site that most drills are about."""
        return f"login.{self.domain}"

    @property
    def places(self) -> dict[str, str]:
        """What stands for the places that the arguments of drills name; ``…_hex`` is an address as the audit has it."""
        coded = {
            f"{role}_hex": ipaddress.ip_address(text).packed.hex().upper() for role, text in self.addresses.items()
        }
        return {
            **self.addresses, **coded, "site": self.site, "domain": self.domain, "port": "443",
            "odd_port": str(self.port), "odd_port_hex": f"{self.port:04X}", "visits": str(self.visits),
            "pause": str(self.pause), "own_domain": OWN_DOMAIN, "mailbox": MAILBOX,
        }  # fmt: skip


def scene(seed: int = 0) -> Scene:
    """The scene of a seed; 0 is the one that the documentation shows."""
    if not seed:
        return _scene("portal-check.example", "203.0.113.10", "10.77.0.20")
    dice = random.Random(seed)  # noqa: S311 - variety, no secrets
    domain = f"{dice.choice(_WORDS)}-{dice.choice(_ENDS)}.example"
    outside, inside = OUTSIDE[dice.randint(60, 250)], INSIDE[dice.randint(60, 250)]
    made = _scene(domain, str(outside), str(inside))
    return Scene(
        made.addresses,
        made.names,
        domain,
        dice.randint(20000, 60000),
        dice.randint(40, 48),
        dice.choice((0.4, 0.5, 0.6)),
    )


def _scene(domain: str, adversary: str, victim: str) -> Scene:
    addresses = {
        "adversary": adversary, "victim": victim, "acme": "203.0.113.53", "mail": "10.77.0.25", "proxy": "10.77.0.30",
        "resolver": "10.77.0.53",
    }  # fmt: skip
    names = {
        "adversary": tuple(f"{each}.{domain}" for each in _SITES), "victim": (f"desk.{OWN_DOMAIN}",),
        "acme": _CA_NAMES, "mail": (f"mail.{OWN_DOMAIN}",), "proxy": (f"proxy.{OWN_DOMAIN}",),
        "resolver": (f"resolver.{OWN_DOMAIN}",),
    }  # fmt: skip
    return Scene(addresses, names, domain)

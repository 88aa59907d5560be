"""How TLS is asked for inside of other protocols: one module a protocol (or a family that speaks alike).

A module has ``PROTOCOLS``: name to a function that speaks with the server until it waits for a ClientHello. Modules are
found, not registered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from certhound.probe.wire import Wire

Upgrade = Callable[[Wire, str], None]
"""Speaks until TLS can begin; gets the connection and the name of the server. Raises Refused."""

PORTS: dict[int, str] = {
    21: "ftp", 24: "lmtp", 25: "smtp", 110: "pop3", 119: "nntp", 143: "imap", 389: "ldap", 587: "smtp", 2525: "smtp",
    3268: "ldap", 3306: "mysql", 3389: "rdp", 4190: "sieve", 5222: "xmpp", 5269: "xmpp-server", 5432: "postgres",
}  # fmt: skip
"""Ports on which a server speaks something else before TLS."""

NAMES = (
    "ftp", "imap", "ldap", "lmtp", "mysql", "nntp", "pop3", "postgres", "rdp", "sieve", "smtp", "xmpp", "xmpp-server",
)  # fmt: skip
"""The protocols, for the command line, which should not import them for its help."""


class Refused(Exception):
    """The server does not offer TLS, or does not speak this protocol; its own words where it said any."""


@cache
def upgrades() -> dict[str, Upgrade]:
    """Every protocol by name."""
    found: dict[str, Upgrade] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").PROTOCOLS
    return found

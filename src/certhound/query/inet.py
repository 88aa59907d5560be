"""Addresses as 128-bit keys: IPv4 and IPv6 in one order, an IPv4 address where its IPv4-mapped IPv6 form stands.

Text is read as RFC 4291 and :mod:`ipaddress` read it (no leading zeros in IPv4); a zone (``fe80::1%eth0``) is left out.
"""

from __future__ import annotations

import ipaddress

MAPPED_FIRST = 0xFFFF << 32
MAPPED_LAST = MAPPED_FIRST | 0xFFFFFFFF
"""Keys of the IPv4 addresses."""


def inet_key(text: str) -> int | None:
    """The key of an address, 0 to 2¹²⁸−1; None for what is no address."""
    head, percent, zone = text.partition("%")
    if percent and (not zone or "%" in zone or ":" not in head):
        return None
    try:
        address = ipaddress.ip_address(head)
    except ValueError:
        return None
    return int(address) | (MAPPED_FIRST if address.version == 4 else 0)


def network_keys(text: str) -> tuple[int, int] | None:
    """First and last key of a network in CIDR form (or of a bare address); None for what is neither.

    Host bits may be set: ``10.1.2.3/8`` is ``10.0.0.0/8``.
    """
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = MAPPED_FIRST if network.version == 4 else 0
    return int(network.network_address) | mapped, int(network.broadcast_address) | mapped


def canonical(key: int) -> str:
    """The usual spelling of the address with a key: dotted for IPv4, RFC 5952 for IPv6."""
    if MAPPED_FIRST <= key <= MAPPED_LAST:
        return str(ipaddress.IPv4Address(key & 0xFFFFFFFF))
    return str(ipaddress.IPv6Address(key))


def same_address(left: str, right: str) -> bool:
    """Whether two texts spell one address; texts that are no addresses are the same only as texts."""
    key = inet_key(left)
    return left == right or (key is not None and key == inet_key(right))

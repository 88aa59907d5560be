"""Addresses and networks as text from logs and profiles, and which of them are an organisation's own by default."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

THIS_LINK: tuple[Network, ...] = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")
)
"""Loopback and link-local (RFC 1122, 3927, 4291): one's own whatever the profile says, for they reach nobody else."""

PRIVATE: tuple[Network, ...] = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Private space (RFC 1918), shared space behind carrier NAT (RFC 6598), unique local addresses (RFC 4193).

Not the documentation ranges (RFC 5737, 3849): samples and labs use them as the outside.
"""


def read_address(text: str) -> Address | None:
    """The address that a text states, or ``None``. A zone is dropped, an IPv4-mapped address is the IPv4 one."""
    try:
        address = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether the address is in one of the networks."""
    return any(address in network for network in networks)


def split_port(text: str) -> tuple[str, str]:
    """``address:port`` or ``[address]:port`` as its two parts; without a port the second is empty."""
    head, colon, port = text.rpartition(":")
    if colon and port.isdecimal() and (":" not in head or (head.startswith("[") and head.endswith("]"))):
        return head.strip("[]"), port
    return text.strip("[]"), ""

"""Community ID v1: one id of a connection that every tool computes alike from its five-tuple.

Specification: github.com/corelight/community-id-spec. SHA-1 over seed, addresses in order, protocol, padding and ports,
in base64 behind ``1:``. Only TCP, UDP and SCTP here: ICMP's type and code are in no column of ours.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import struct

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}


def community_id(
    src_ip: str | None, src_port: int | None, dst_ip: str | None, dst_port: int | None, transport: str | None
) -> str | None:
    """The id with seed 0, or None where the five-tuple is not whole."""
    protocol = PROTOCOLS.get(transport or "")
    if protocol is None or src_ip is None or dst_ip is None or src_port is None or dst_port is None:
        return None
    if not (0 <= src_port <= 0xFFFF and 0 <= dst_port <= 0xFFFF):
        return None
    try:
        one, other = ipaddress.ip_address(src_ip).packed, ipaddress.ip_address(dst_ip).packed
    except ValueError:
        return None
    if (one, src_port) > (other, dst_port):
        one, other, src_port, dst_port = other, one, dst_port, src_port
    data = struct.pack("!H", 0) + one + other + struct.pack("!BBHH", protocol, 0, src_port, dst_port)
    return "1:" + base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii")

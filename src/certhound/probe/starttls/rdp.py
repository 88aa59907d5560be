"""Remote Desktop: the negotiation before TLS (MS-RDPBCGR 2.2.1.1 and 2.2.1.2)."""

from __future__ import annotations

from certhound.probe.starttls import Refused
from certhound.probe.wire import Wire

_TLS_OR_NLA = 0x03
_REQUEST = bytes.fromhex("030000130ee000000000000100080003000000")
_RESPONSE, _FAILURE = 2, 3
_FAILURES = {1: "TLS is required by itself", 2: "TLS is not allowed", 3: "it has no certificate", 5: "NLA is required"}


def _rdp(wire: Wire, _: str) -> None:
    wire.send(_REQUEST)
    head = wire.exactly(4)
    size = int.from_bytes(head[2:4], "big")
    if head[0] != 3 or not 11 <= size <= 1024:
        raise Refused("no answer of Remote Desktop")
    answer = wire.exactly(size - 4)
    if answer[1] & 0xF0 != 0xD0:
        raise Refused("no answer of Remote Desktop")
    kind = answer[7] if len(answer) >= 15 else 0
    value = int.from_bytes(answer[11:15], "little") if kind else 0
    if kind == _FAILURE:
        raise Refused(_FAILURES.get(value, f"failure {value}"))
    if kind != _RESPONSE or not value & _TLS_OR_NLA:
        raise Refused("it speaks its own encryption, not TLS")


PROTOCOLS = {"rdp": _rdp}

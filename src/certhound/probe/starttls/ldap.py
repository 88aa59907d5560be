"""LDAP: the extended operation StartTLS (RFC 4511, 4.14)."""

from __future__ import annotations

from certhound.probe.starttls import Refused
from certhound.probe.wire import Wire

_OID = b"1.3.6.1.4.1.1466.20037"
_REQUEST = b"\x02\x01\x01" + b"\x77" + bytes((len(_OID) + 2,)) + b"\x80" + bytes((len(_OID),)) + _OID
_RESULTS = {1: "operationsError", 2: "protocolError", 10: "referral", 13: "confidentialityRequired", 52: "unavailable"}
MAX_ANSWER = 64 * 1024


def _ldap(wire: Wire, _: str) -> None:
    wire.send(b"\x30" + bytes((len(_REQUEST),)) + _REQUEST)
    answer = _message(wire)
    # messageID, then [APPLICATION 24], and in it resultCode first.
    at = 2 + answer[1] if answer[:1] == b"\x02" and len(answer) > 2 else len(answer)
    if answer[at : at + 1] != b"\x78":
        raise Refused("no answer of LDAP")
    at += 2 + (answer[at + 1] & 0x7F if answer[at + 1 : at + 2] >= b"\x80" else 0)
    if answer[at : at + 2] != b"\x0a\x01":
        raise Refused("no answer of LDAP")
    code = answer[at + 2] if at + 2 < len(answer) else 80
    if code:
        raise Refused(f"StartTLS: {_RESULTS.get(code, f'result {code}')}")


def _message(wire: Wire) -> bytes:
    """The content of one LDAPMessage."""
    head = wire.exactly(2)
    if head[:1] != b"\x30":
        raise Refused("no answer of LDAP")
    size = head[1]
    if size & 0x80:
        count = size & 0x7F
        size = int.from_bytes(wire.exactly(count), "big") if 0 < count <= 4 else MAX_ANSWER + 1
    if size > MAX_ANSWER:
        raise Refused("an answer of LDAP that is too long")
    return wire.exactly(size)


PROTOCOLS = {"ldap": _ldap}

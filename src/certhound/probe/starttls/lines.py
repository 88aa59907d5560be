"""Protocols of lines: SMTP (RFC 3207), LMTP, IMAP and POP3 (RFC 2595, 8314), FTP (RFC 4217), NNTP (RFC 4642), Sieve."""

from __future__ import annotations

import re

from certhound.probe.starttls import Refused
from certhound.probe.wire import Wire

_REPLY = re.compile(r"(\d{3})([ -]?)")
MAX_LINES = 200


def _reply(wire: Wire) -> tuple[int, list[str]]:
    """A reply of numbered lines (RFC 5321, 4.2.1): its number and its lines."""
    lines: list[str] = []
    for _ in range(MAX_LINES):
        line = wire.line()
        lines.append(line)
        found = _REPLY.match(line)
        if found is None:
            if len(lines) == 1:
                raise Refused(f"not what was expected: {line[:200]!r}")
            continue  # FTP writes free lines within a reply
        if found[2] != "-":
            return int(found[1]), lines
    raise Refused(f"a reply of more than {MAX_LINES} lines")


def _expect(wire: Wire, *numbers: int) -> list[str]:
    number, lines = _reply(wire)
    if number not in numbers:
        raise Refused(lines[-1][:200])
    return lines


def _command(wire: Wire, text: str, *numbers: int) -> list[str]:
    wire.send(f"{text}\r\n".encode())
    return _expect(wire, *numbers)


class _Mail:
    """SMTP and LMTP differ in one word."""

    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    def __call__(self, wire: Wire, _: str) -> None:
        _expect(wire, 220)
        offered = _command(wire, f"{self.greeting} certhound.invalid", 250)
        if not any(line[4:].strip().upper().startswith("STARTTLS") for line in offered):
            raise Refused("it does not offer STARTTLS")
        _command(wire, "STARTTLS", 220)


def _ftp(wire: Wire, _: str) -> None:
    _expect(wire, 220)
    _command(wire, "AUTH TLS", 234, 334)


def _nntp(wire: Wire, _: str) -> None:
    _expect(wire, 200, 201)
    _command(wire, "STARTTLS", 382)


def _imap(wire: Wire, _: str) -> None:
    greeting = wire.line()
    if not greeting.upper().startswith(("* OK", "* PREAUTH")):
        raise Refused(greeting[:200])
    wire.send(b"a1 STARTTLS\r\n")
    for _line in range(MAX_LINES):
        line = wire.line()
        if line.startswith("a1 "):
            if not line.upper().startswith("A1 OK"):
                raise Refused(line[:200])
            return
    raise Refused(f"no answer within {MAX_LINES} lines")


def _pop3(wire: Wire, _: str) -> None:
    for command in (b"", b"STLS\r\n"):
        if command:
            wire.send(command)
        line = wire.line()
        if not line.startswith("+OK"):
            raise Refused(line[:200])


def _sieve(wire: Wire, _: str) -> None:
    """ManageSieve (RFC 5804): capabilities up to OK, unasked."""
    for command in (b"", b"STARTTLS\r\n"):
        if command:
            wire.send(command)
        for _line in range(MAX_LINES):
            line = wire.line()
            if line.upper().startswith("OK"):
                break
            if not line.startswith('"'):
                raise Refused(line[:200])
        else:
            raise Refused(f"no answer within {MAX_LINES} lines")


PROTOCOLS = {
    "smtp": _Mail("EHLO"),
    "lmtp": _Mail("LHLO"),
    "ftp": _ftp,
    "nntp": _nntp,
    "imap": _imap,
    "pop3": _pop3,
    "sieve": _sieve,
}

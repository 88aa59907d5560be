"""``HOST:PORT`` as a user writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from certhound.model.errors import UsageError

_BRACKETED = re.compile(r"\[([^\[\]]{2,64})\](?::(\d{1,5}))?")
_PLAIN = re.compile(r"([^\s:/\[\]\\]{1,255}):(\d{1,5})")
_URL = re.compile(r"(https|ldaps|imaps|smtps|pop3s|ftps)://(?:[^/@\s]*@)?([^/?#\s]+)(?:[/?#].*)?", re.IGNORECASE)
_PORTS = {"https": 443, "ldaps": 636, "imaps": 993, "smtps": 465, "pop3s": 995, "ftps": 990}


@dataclass(frozen=True, slots=True)
class Target:
    """A server: host (a name in ASCII, or an address without brackets and zone), the host to connect to, port."""

    host: str
    port: int
    is_address: bool = False
    zone: str = ""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_target(text: str) -> Target | None:
    """The server that a text names, or None where it names none. Raises UsageError where it nearly does."""
    url = _URL.fullmatch(text)
    if url is not None:
        rest = url[2]
        usual = _PORTS[url[1].lower()]
        found = _BRACKETED.fullmatch(rest) or _PLAIN.fullmatch(rest)
        return _target(found[1], int(found[2] or usual)) if found else _target(rest, usual)
    found = _BRACKETED.fullmatch(text)
    if found is not None:
        if found[2] is None:
            raise UsageError(f"{text!r} has no port", check="no-port", advice=f"write {text}:443")
        return _target(found[1], int(found[2]))
    found = _PLAIN.fullmatch(text)
    if found is not None:
        return _target(found[1], int(found[2]))
    if text.count(":") > 1 and "/" not in text and is_address(text.rpartition(":")[0]):
        address, _, port = text.rpartition(":")
        raise UsageError(
            f"{text!r} could end in a port or not", check="no-brackets", advice=f"write [{address}]:{port}"
        )
    return None


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _target(host: str, port: int) -> Target:
    if not 1 <= port <= 65_535:
        raise UsageError(f"{port} is no port", check="no-port", advice="ports go from 1 to 65535")
    address, _, zone = host.partition("%")
    if is_address(address):
        return Target(address, port, is_address=True, zone=zone)
    return Target(ascii_name(host), port)


def ascii_name(host: str) -> str:
    """A host's name as the wire has it (IDNA 2008). Raises UsageError where it is no name."""
    import idna

    bare = host.rstrip(".").lower()
    if bare.isascii():
        if re.fullmatch(r"[a-z0-9_*]([a-z0-9._-]{0,252}[a-z0-9_])?", bare):
            return bare
    else:
        try:
            return idna.encode(bare, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise UsageError(f"{host!r} is no host name: {error}", check="no-host") from error
    raise UsageError(f"{host!r} is no host name", check="no-host")

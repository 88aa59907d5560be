"""Reads that proxies and firewalls share: ports of URLs, transports, cipher suites, users, verdicts."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from certhound.sources.envelopes.reads import OUTCOMES, Read, to_host, to_integer
from certhound.sources.envelopes.record import ABSENT

_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "icmp6", "132": "sctp"}
_DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21, "ftps": 990, "ws": 80, "wss": 443, "tunnel": 443, "ssl": 443}
_URL = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.\-]{0,31})://)?(?:[^/?#@]{0,512}@)?(\[[0-9A-Fa-f:.%]+\]|[^/?#:\[\]]*)(?::(\d{1,5}))?"
)
_CODE = re.compile(r"(?:0x)?([0-9A-Fa-f]{4})")

ALLOW, BLOCK = "allow", "block"


def transport(*keys: str) -> Read:
    """The transport, in lower case; IP protocol numbers by their names."""
    return Read(keys, _transport)


def _transport(value: str) -> str:
    bare = value.strip().lower()
    return _PROTOCOLS.get(bare, bare)


def to_port(value: str | None) -> int | None:
    """A port from its digits; what is none, or is out of range, is no value."""
    number = to_integer(value) if value else None
    return number if number is not None and 0 <= number < 65_536 else None


@lru_cache(16_384)
def port_of(url: str) -> int | None:
    """The port that a URL states, or that its scheme means; of ``host:443`` the port."""
    found = _URL.match(url)
    if found is None:
        return None
    if found[3]:
        port = int(found[3])
        return port if 0 < port < 65_536 else None
    return _DEFAULT_PORTS.get((found[1] or "").lower())


def host_of(*values: str | None) -> str | None:
    """The host in the first of some URLs or hosts that has one."""
    for value in values:
        if value and (host := to_host(value)) and "=" not in host:
            return host
    return None


def joined_url(
    scheme: str | None, host: str | None, port: str | None, path: str | None, query: str | None
) -> str | None:
    """A URL of its parts, each of which may be missing; the scheme's usual port is left out."""
    if not host:
        return path
    scheme = (scheme or "").lower()
    authority = f"[{host}]" if ":" in host and not host.startswith("[") else host
    if scheme in ("tcp", "ssl", "tunnel", "connect") and port:
        return f"{authority}:{port}"
    shown = f":{port}" if port and port != str(_DEFAULT_PORTS.get(scheme, "")) and port != "0" else ""
    rest = path or ("" if scheme in ("", "tcp", "ssl", "tunnel") else "/")
    if rest and not rest.startswith("/"):
        rest = "/" + rest
    if query:
        rest += query if query.startswith("?") else "?" + query
    return f"{scheme}://{authority}{shown}{rest}" if scheme else f"{authority}{shown}{rest}"


@lru_cache(4096)
def to_cipher(value: str) -> str | None:
    """A cipher suite: the IANA name of a number (``0x1302``), a name as it stands."""
    found = _CODE.fullmatch(value.strip())
    if found is None:
        return value.strip() or None
    from certhound.sources.tls_names import cipher_name

    return cipher_name(int(found[1], 16))


def cipher(*keys: str) -> Read:
    """See :func:`to_cipher`."""
    return Read(keys, to_cipher)


def account(*keys: str) -> Read:
    """A user's name; ``DOMAIN\\\\\\\\user`` that was escaped on its way is ``DOMAIN\\\\user`` again."""
    return Read(keys, to_account)


@lru_cache(16_384)
def to_account(value: str) -> str | None:
    """See :func:`account`."""
    if "\\\\" in value:
        value = re.sub(r"\\{2,}", r"\\", value)
    value = value.strip().strip('"')
    return None if value in ABSENT or value.lower() == "unknown" else value


def percent(*keys: str) -> Read:
    """Text that was written with ``%HH``."""
    return Read(keys, lambda value: unquote(value) if "%" in value else value)


_BLOCK_WORD = re.compile(r"block|den(?:y|ied)|drop|reject|reset|prevent|terminat|quarantin", re.IGNORECASE)
_ALLOW_WORD = re.compile(
    r"allow|permit|accept|pass|proxied|exempt|bypass|monitor|observ|detect|log|alert|trust|inspect|decrypt|success",
    re.IGNORECASE,
)


@lru_cache(4096)
def to_outcome(value: str) -> str | None:
    """``allow`` or ``block`` from a device's word or phrase, also where it stands inside of it (``BLOCK_WEBCAT``)."""
    known = OUTCOMES.get(value.strip().lower())
    if known is not None:
        return known
    return BLOCK if _BLOCK_WORD.search(value) else ALLOW if _ALLOW_WORD.search(value) else None


def decision(*keys: str) -> Read:
    """See :func:`to_outcome`. A word that tells neither is no value."""
    return Read(keys, to_outcome)

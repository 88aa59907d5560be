"""Whether a certificate is for a name: RFC 9525 on plain lists of names, fast enough for millions of pairs.

What is compared: DNS names without regard to case, a final dot, or whether a label is written in Unicode (U-label)
or ASCII (A-label); a wildcard stands for exactly one whole left-most label; addresses only match addresses. The
common name is never a match (RFC 9525, 2), it is only told apart as ``COMMON_NAME`` for those who want to know.
What a log calls a server name may be junk (``host:443``, an address, brackets): `reference_of` cleans it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple


class NameMatch(StrEnum):
    """How a name fits a certificate."""

    EXACT = "exact"
    WILDCARD = "wildcard"
    ADDRESS = "address"
    COMMON_NAME = "common_name"
    MISMATCH = "mismatch"
    UNDECIDED = "undecided"

    @property
    def is_match(self) -> bool:
        """Whether a client that follows RFC 9525 accepts the certificate for the name."""
        return self in _MATCHES


_MATCHES = frozenset({NameMatch.EXACT, NameMatch.WILDCARD, NameMatch.ADDRESS})


class Reference(NamedTuple):
    """A name as it is to be compared: a DNS name in ASCII lower case without final dot, or a packed address."""

    dns: str = ""
    address: bytes = b""


_MEMO = 65_536
_PLAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z")
_PORT = re.compile(r":\d{1,5}\Z")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)(?:%[^\]]*)?\](?::\d{1,5})?\Z")
_MAX_NAME = 255


@lru_cache(_MEMO)
def reference_of(text: str) -> Reference | None:
    """What a client meant by a server name as it stands in a log; None where no name or address can be made of it."""
    text = text.strip()
    if not text or len(text) > _MAX_NAME + 8:
        return None
    if bracketed := _BRACKETED.match(text):
        text = bracketed[1]
    elif text.count(":") == 1:
        text = _PORT.sub("", text)
    if address := pack_address(text):
        return Reference(address=address)
    name = canonical_dns(text)
    return Reference(dns=name) if name else None


def pack_address(text: str) -> bytes:
    """4 or 16 bytes of an IP address in its usual text, or nothing. IPv4 inside IPv6 is unwrapped."""
    if ":" not in text and not text[-1:].isdigit():
        return b""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return b""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).packed


@lru_cache(_MEMO)
def canonical_dns(name: str) -> str:
    """A DNS name in A-labels and lower case, without final dot; empty where it cannot be one. ``*`` is no label."""
    name = name.lower()
    if name[-1:] == ".":
        name = name[:-1]
    if _PLAIN.match(name):
        return name if len(name) <= _MAX_NAME - 2 else ""
    if name.isascii():
        return ""
    return _to_ascii(name)


def _to_ascii(name: str) -> str:
    import idna

    try:
        encoded = idna.encode(name, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""
    return encoded if _PLAIN.match(encoded) else ""


@lru_cache(_MEMO)
def wildcard_base(presented: str) -> str:
    """The part behind ``*.`` of a wildcard that RFC 9525 and the Baseline Requirements allow, canonical, else empty.

    The star is the whole left-most label and the only one, and what follows is below a public suffix: a certificate
    for all of ``*.com`` or ``*.co.uk`` is no certificate for any one site.
    """
    if presented[:2] != "*." or "*" in presented[2:]:
        return ""
    base = canonical_dns(presented[2:])
    if "." not in base or _is_registry_suffix(base):
        return ""
    return base


@lru_cache(4096)
def _is_registry_suffix(base: str) -> bool:
    return bool(_suffix_list().is_public(base)) if base.count(".") <= 3 else False


@lru_cache(1)
def _suffix_list() -> Any:
    # Only suffixes of registries: *.github.io and the like are suffixes too, but one operator's.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False, only_icann=True)


def match_dns(presented: str, reference: str) -> NameMatch:
    """How one presented DNS name (of a SAN) fits a canonical reference name."""
    if presented == reference:
        return NameMatch.EXACT
    if presented[:1] == "*":
        base = wildcard_base(presented)
        label, _, rest = reference.partition(".")
        if base and rest == base and label[:1] != "*":
            return NameMatch.WILDCARD
        return NameMatch.MISMATCH
    # Case, a final dot and U-labels are rare, so the cheap comparison goes first.
    if canonical_dns(presented) == reference:
        return NameMatch.EXACT
    return NameMatch.MISMATCH


def matches(
    reference: str,
    san_dns: Iterable[str] | None,
    san_ip: Iterable[str] | None = None,
    subject_cn: str | None = None,
) -> NameMatch:
    """How a certificate with these names fits the name that a client asked for.

    ``reference`` is what the log has (SNI, host, URL host; ``host:port`` and addresses are understood); the lists are
    those of the certificate, None or empty where it has none. COMMON_NAME says that only the subject's common name
    would fit, which no current client accepts; UNDECIDED that the reference is no name, or that there is no list at
    all to compare with (neither SAN list known, no common name).
    """
    wanted = reference_of(reference)
    if wanted is None:
        return NameMatch.UNDECIDED
    if wanted.address:
        found = _match_address(wanted.address, san_ip or ())
    else:
        found = _best_dns(wanted.dns, san_dns or ())
    if found is not NameMatch.MISMATCH:
        return found
    if subject_cn and _common_name_fits(subject_cn, wanted):
        return NameMatch.COMMON_NAME
    if san_dns is None and san_ip is None and not subject_cn:
        return NameMatch.UNDECIDED
    return NameMatch.MISMATCH


def _match_address(wanted: bytes, presented: Iterable[str]) -> NameMatch:
    for text in presented:
        if pack_address(text) == wanted:
            return NameMatch.ADDRESS
    return NameMatch.MISMATCH


def _best_dns(wanted: str, presented: Iterable[str]) -> NameMatch:
    best = NameMatch.MISMATCH
    for name in presented:
        found = match_dns(name, wanted)
        if found is NameMatch.EXACT:
            return found
        if found is NameMatch.WILDCARD:
            best = found
    return best


def _common_name_fits(common_name: str, wanted: Reference) -> bool:
    if wanted.address:
        return pack_address(common_name.strip()) == wanted.address
    return match_dns(common_name.strip().lower(), wanted.dns) is not NameMatch.MISMATCH

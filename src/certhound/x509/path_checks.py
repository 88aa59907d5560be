"""What we check on a path ourselves (RFC 5280, 6.1), because OpenSSL passes it, or judges it by other rules.

Each check is a small function over the whole path, leaf first and anchor last, and returns a Failure or None;
`PATH_CHECKS` is their order. Here stands what holds for every chain. What only a public TLS server has to keep stands
in `server_profile`, what name constraints ask for in `name_constraints`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from certhound.x509.certificate import Certificate
from certhound.x509.entries import Entry
from certhound.x509.openssl_path import NAME_CONSTRAINTS, Failure
from certhound.x509.verdict import Reason

Path = tuple[Entry, ...]


class Circumstances(NamedTuple):
    """What a path is judged for.

    ``at`` is aware and has whole seconds. ``house`` judges leniently: the anchor was put there by its owner.
    ``vetted`` says that a root programme has looked at the anchor.
    """

    at: datetime
    house: bool = False
    vetted: bool = False


Check = Callable[[Path, Circumstances], Failure | None]

SHA1_ENDS = datetime(2017, 1, 1, tzinfo=UTC)
"""From here on no public client took SHA-1 (Baseline Requirements, 7.1.3.1, and the browsers of 2017)."""

_FATAL = frozenset(
    "version not_before not_after signature_algorithm extension_oids key_type is_ca path_len key_usage ext_key_usage "
    "der".split()
)
_FATAL_NAMES = frozenset({"san_dns", "san_ip"})
_CAPPED = re.compile(r"more than \d")
_BROKEN_HASH = ("md2", "md4", "md5")
_SERVER = frozenset({"serverAuth", "msSGC", "nsSGC"})
_SERVER_CA = _SERVER | {"anyExtendedKeyUsage"}
_TLS_USAGES = frozenset({"digitalSignature", "keyEncipherment", "keyAgreement"})
_KEY_USAGE, _EXT_KEY_USAGE, _NETSCAPE_TYPE = "2.5.29.15", "2.5.29.37", "2.16.840.1.113730.1.1"


def first_failure(path: Path, circumstances: Circumstances, checks: tuple[Check, ...]) -> Failure | None:
    """The first failure that these checks find, in their order."""
    for check in checks:
        failure = check(path, circumstances)
        if failure is not None:
            return failure
    return None


def check_encoding(path: Path, _: Circumstances) -> Failure | None:
    """Fields that decide trust have to be readable, an extension stands once, and only version 3 has any."""
    for position, entry in enumerate(path):
        certificate = entry.certificate
        for column, problem in certificate.field_errors.items():
            counts = column in _FATAL or (column in _FATAL_NAMES and position == 0)
            if counts and not _CAPPED.match(problem):
                return Failure(Reason.MALFORMED, f"{column}: {problem}", position)
        if certificate.extensions and certificate.version != 3:
            return Failure(Reason.MALFORMED, f"extensions in a certificate of version {certificate.version}", position)
        if certificate.algorithms_agree is not True:
            return Failure(Reason.MALFORMED, "the two signature algorithms differ", position)
    return None


def check_times(path: Path, circumstances: Circumstances) -> Failure | None:
    """notBefore <= at <= notAfter for every certificate, both ends included (RFC 5280, 4.1.2.5)."""
    at = circumstances.at
    for position, entry in enumerate(path):
        start, end = entry.certificate.not_before, entry.certificate.not_after
        if start is None or end is None:
            return Failure(Reason.MALFORMED, "no readable validity", position)
        if at > end:
            return Failure(Reason.EXPIRED, f"{_what(position, path)} expired on {end:%Y-%m-%d}", position)
        if at < start:
            return Failure(
                Reason.NOT_YET_VALID, f"{_what(position, path)} is valid from {start:%Y-%m-%d} only", position
            )
    return None


def check_issuers(path: Path, circumstances: Circumstances) -> Failure | None:
    """Whoever issues is a CA by its own word: version 3, cA true, and keyCertSign where it states key usage.

    OpenSSL takes an intermediate that only has keyCertSign. An anchor of version 1 has no way to say it; the house's
    own anchors need not.
    """
    for position in range(1, len(path)):
        certificate = path[position].certificate
        is_anchor = position == len(path) - 1
        if not certificate.subject_name or not certificate.subject_name.rdns:
            return Failure(Reason.MALFORMED, "a CA without a name", position)
        if is_anchor and circumstances.house:
            continue
        if certificate.is_ca is not True and not (is_anchor and certificate.version == 1 and certificate.self_issued):
            return Failure(Reason.NOT_A_CA, f"{_what(position, path)} is not a CA", position)
        if _states(certificate, _KEY_USAGE) and "keyCertSign" not in certificate.key_usage:
            return Failure(Reason.KEY_USAGE, f"{_what(position, path)} may not sign certificates", position)
    return None


def check_path_length(path: Path, _: Circumstances) -> Failure | None:
    """No CA has more CAs below it than its path length allows; self-issued ones do not count (RFC 5280, 4.2.1.9)."""
    below = 0
    for position in range(1, len(path)):
        certificate = path[position].certificate
        limit = certificate.path_len
        if limit is not None and below > limit:
            return Failure(Reason.PATH_TOO_LONG, f"{below} CAs below one that allows {limit}", position)
        if path[position].subject_key != path[position].issuer_key:
            below += 1
    return None


def check_purposes(path: Path, circumstances: Circumstances) -> Failure | None:
    """Every stated extended key usage allows TLS servers; the leaf's key usage allows a handshake."""
    for position, entry in enumerate(path):
        if circumstances.house and position == len(path) - 1 and position:
            continue
        certificate = entry.certificate
        allowed = _SERVER_CA if position else _SERVER
        if _states(certificate, _EXT_KEY_USAGE) and not allowed.intersection(certificate.ext_key_usage):
            said = ", ".join(certificate.ext_key_usage[:5]) or "nothing"
            return Failure(Reason.EXT_KEY_USAGE, f"{_what(position, path)} is for {said}", position)
    leaf = path[0].certificate
    netscape = leaf.extension(_NETSCAPE_TYPE)
    if netscape is not None and not _is_netscape_server(netscape.content or b""):
        return Failure(Reason.EXT_KEY_USAGE, "the Netscape certificate type is not that of a server")
    if not _states(leaf, _KEY_USAGE) or _TLS_USAGES.intersection(leaf.key_usage):
        return None
    if leaf.is_ca and "keyCertSign" in leaf.key_usage:
        return None
    return Failure(Reason.KEY_USAGE, f"the leaf's key is for {', '.join(leaf.key_usage) or 'nothing'}")


def _is_netscape_server(content: bytes) -> bool:
    """Whether the second bit of a Netscape certificate type is set; old CAs wrote it where others write usages."""
    return len(content) == 4 and content[:2] == b"\x03\x02" and bool(content[3] & 0x40)


def check_strength(path: Path, circumstances: Circumstances) -> Failure | None:
    """No broken hash under a signature that counts, no key that was factored decades ago.

    The anchor's own signature says nothing, so its hash is not looked at. SHA-1 is judged by the time of use.
    """
    if circumstances.house:
        return None
    for position, entry in enumerate(path):
        certificate = entry.certificate
        if certificate.curve == "explicit":
            # Whoever chooses the curve can forge any signature of the key (CVE-2020-0601).
            return Failure(Reason.WEAK_ALGORITHM, "a curve with parameters of its own", position)
        if certificate.key_type == "rsa" and (certificate.key_bits or 0) < 1024:
            return Failure(Reason.WEAK_ALGORITHM, f"RSA key of {certificate.key_bits} bits", position)
        if position == len(path) - 1:
            break
        algorithm = (certificate.signature_algorithm or "").lower()
        if algorithm.startswith(_BROKEN_HASH):
            return Failure(Reason.WEAK_ALGORITHM, f"signed with {certificate.signature_algorithm}", position)
        if "sha1" in algorithm and not algorithm.startswith("dsa") and circumstances.at >= SHA1_ENDS:
            return Failure(Reason.WEAK_ALGORITHM, f"signed with {certificate.signature_algorithm}", position)
    return None


def check_constraints_placed(path: Path, _: Circumstances) -> Failure | None:
    """Name constraints only stand in CAs (RFC 5280, 4.2.1.10)."""
    leaf = path[0].certificate
    if leaf.is_ca is not True and _states(leaf, NAME_CONSTRAINTS):
        return Failure(Reason.NAME_CONSTRAINT, "the leaf, which is no CA, has name constraints")
    return None


PATH_CHECKS: tuple[Check, ...] = (
    check_times,
    check_encoding,
    check_issuers,
    check_path_length,
    check_purposes,
    check_constraints_placed,
    check_strength,
)


def _states(certificate: Certificate, oid: str) -> bool:
    return oid in certificate.extension_oids


def _what(position: int, path: Path) -> str:
    """How messages speak of a certificate of the path."""
    if position == 0:
        return "the certificate"
    name = path[position].certificate.subject_cn or path[position].certificate.subject or "without a name"
    return f"{'the root' if position == len(path) - 1 else 'the intermediate'} {name[:100]!r}"

"""What a certificate for a public TLS server keeps beyond RFC 5280's path validation (CA/B Forum BRs, 7.1.2).

Asked for only when a chain is judged for a *name*, which is to say as a client of the Web would judge it. A CA that
does not state a key usage does not claim this profile (`openssl req -x509` makes such roots), and an anchor that a
root programme vetted is beyond the question; neither is asked how its own extensions are written.
"""

from __future__ import annotations

from datetime import UTC, datetime

from certhound.x509.certificate import Certificate
from certhound.x509.der import GENERALIZED_TIME, UTC_TIME, DerError, children, whole
from certhound.x509.openssl_path import Failure
from certhound.x509.path_checks import Check, Circumstances, Path
from certhound.x509.verdict import Reason

AKI, SKI, SAN, BASIC, KEY_USAGE, EXT_KEY_USAGE, AIA = (
    "2.5.29.35",
    "2.5.29.14",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.15",
    "2.5.29.37",
    "1.3.6.1.5.5.7.1.1",
)
POLICY_CONSTRAINTS = "2.5.29.36"
RSA_2048_FROM = datetime(2014, 1, 1, tzinfo=UTC)
"""Baseline Requirements, appendix A: no RSA key under 2048 bits from the end of 2013."""

_FOREIGN_PURPOSES = frozenset(
    "anyExtendedKeyUsage codeSigning emailProtection timeStamping OCSPSigning 1.3.6.1.4.1.11129.2.4.4".split()
)
_MAX_SERIAL_BYTES = 20
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_NO_SERVER_KEYS = frozenset({"dsa", "dh", "x25519", "x448"})


def check_keys(path: Path, circumstances: Circumstances) -> Failure | None:
    """RSA of 2048 bits or more and a multiple of 8, the NIST curves, or a current signature scheme; no DSA."""
    for position, entry in enumerate(path):
        certificate = entry.certificate
        kind, bits = certificate.key_type, certificate.key_bits or 0
        if kind == "rsa" and ((bits < 2048 and circumstances.at >= RSA_2048_FROM) or bits % 8):
            return Failure(Reason.WEAK_ALGORITHM, f"RSA key of {bits} bits", position)
        if kind == "ec" and certificate.curve not in _CURVES:
            return Failure(Reason.WEAK_ALGORITHM, f"key on the curve {certificate.curve}", position)
        if kind in _NO_SERVER_KEYS:
            return Failure(Reason.WEAK_ALGORITHM, f"{kind} key", position)
        if (certificate.signature_algorithm or "").lower().startswith("dsa"):
            return Failure(Reason.WEAK_ALGORITHM, f"signed with {certificate.signature_algorithm}", position)
    return None


def check_leaf(path: Path, _: Circumstances) -> Failure | None:
    """Subject, SAN, usages and basic constraints of the leaf do not contradict each other."""
    leaf = path[0].certificate
    san = leaf.extension(SAN)
    has_subject = bool(leaf.subject_name and leaf.subject_name.rdns)
    if san is not None and san.critical == has_subject:
        state = "critical beside a subject" if has_subject else "not critical though there is no subject"
        return Failure(Reason.POLICY, f"the list of names (SAN) is {state}")
    if KEY_USAGE in leaf.extension_oids and leaf.is_ca is not None:
        if leaf.is_ca != ("keyCertSign" in leaf.key_usage):
            return Failure(Reason.KEY_USAGE, "basic constraints and key usage contradict each other")
    elif "keyCertSign" in leaf.key_usage:
        return Failure(Reason.KEY_USAGE, "may sign certificates, but is no CA")
    purposes = leaf.extension(EXT_KEY_USAGE)
    if purposes is not None and (purposes.critical or _FOREIGN_PURPOSES.intersection(leaf.ext_key_usage)):
        return Failure(Reason.EXT_KEY_USAGE, f"is for {', '.join(leaf.ext_key_usage[:5])}, not for TLS alone")
    return None


def check_serials(path: Path, _: Circumstances) -> Failure | None:
    """Serial numbers are positive and have at most 20 bytes (RFC 5280, 4.1.2.2)."""
    for position, entry in enumerate(path[:-1] or path):
        certificate = entry.certificate
        serial = certificate.serial or "0"
        if serial == "0" or serial.startswith("-") or certificate.serial_bytes > _MAX_SERIAL_BYTES + 1:
            return Failure(Reason.MALFORMED, f"serial number {serial[:44]}", position)
        if certificate.serial_bytes == _MAX_SERIAL_BYTES + 1 and len(serial) > 2 * _MAX_SERIAL_BYTES:
            return Failure(Reason.MALFORMED, f"serial number {serial[:44]}", position)
    return None


def check_key_identifiers(path: Path, circumstances: Circumstances) -> Failure | None:
    """Key identifiers are not critical, and whoever uses them uses both ends (RFC 5280, 4.2.1.1 and 4.2.1.2)."""
    for position, entry in enumerate(path):
        certificate = entry.certificate
        is_anchor = position == len(path) - 1
        if is_anchor and circumstances.vetted:
            break
        critical = [extension.oid for extension in certificate.extensions if extension.critical]
        if AKI in critical or SKI in critical:
            return Failure(Reason.POLICY, "a key identifier is critical", position)
        root = is_anchor and certificate.self_issued
        if certificate.aki is None and certificate.ski is not None and not root and certificate.version == 3:
            return Failure(Reason.POLICY, "no authority key identifier", position)
        wanted = position and path[position - 1].certificate.aki is not None
        if wanted and certificate.ski is None and KEY_USAGE in certificate.extension_oids:
            return Failure(Reason.POLICY, "a CA without subject key identifier", position)
        if root and position and (problem := _root_key_identifier(certificate)):
            return Failure(Reason.POLICY, problem, position)
    return None


def _root_key_identifier(root: Certificate) -> str:
    """What is wrong with the authority key identifier of a self-issued root, if it has one (BRs, 7.1.2.1.3)."""
    found = root.extension(AKI)
    if found is None or KEY_USAGE not in root.extension_oids:
        return ""
    if root.aki is None:
        return "authority key identifier of the root without a key identifier"
    if root.aki != root.ski:
        return "the root's key identifiers differ"
    content = found.content or b""
    try:
        outer = whole(content, 0, len(content), 0x30, "authority key identifier")
        extra = [child for child in children(content, outer.start, outer.stop, 10) if child.tag != 0x80]
    except DerError:
        return "authority key identifier cannot be read"
    return "authority key identifier of the root names a certificate" if extra else ""


def check_issuer_extensions(path: Path, circumstances: Circumstances) -> Failure | None:
    """Extensions are critical where the profile says so, roots have no extended key usage, AIA can be read."""
    for position, entry in enumerate(path):
        certificate = entry.certificate
        stated = certificate.extension_oids
        critical = [extension.oid for extension in certificate.extensions if extension.critical]
        is_anchor = position == len(path) - 1
        if position and not (is_anchor and circumstances.vetted) and KEY_USAGE in stated:
            if BASIC in stated and BASIC not in critical:
                return Failure(Reason.POLICY, "basic constraints of a CA that are not critical", position)
            if is_anchor and certificate.self_issued and EXT_KEY_USAGE in stated:
                return Failure(Reason.EXT_KEY_USAGE, "a root with an extended key usage", position)
        if POLICY_CONSTRAINTS in stated and POLICY_CONSTRAINTS not in critical:
            return Failure(Reason.POLICY, "policy constraints that are not critical", position)
        if AIA in critical:
            return Failure(Reason.CRITICAL_EXTENSION, "authority information access is critical", position)
        if "aia_ocsp" in certificate.field_errors or "aia_issuers" in certificate.field_errors:
            return Failure(Reason.MALFORMED, "authority information access cannot be read", position)
    return None


def check_times_written(path: Path, circumstances: Circumstances) -> Failure | None:
    """Years before 2050 are written as UTCTime (RFC 5280, 4.1.2.5)."""
    for position, entry in enumerate(path):
        if position and position == len(path) - 1 and circumstances.vetted:
            break
        certificate = entry.certificate
        validity = certificate.der[certificate.issuer_span[1] : certificate.subject_span[0]]
        if len(validity) == 32 and validity[2] == validity[17] == UTC_TIME:
            continue
        try:
            outer = whole(validity, 0, len(validity), 0x30, "validity")
            tags = [child.tag for child in children(validity, outer.start, outer.stop, 4)]
        except DerError:
            return Failure(Reason.MALFORMED, "no readable validity", position)
        for tag, moment in zip(tags, (certificate.not_before, certificate.not_after), strict=False):
            if tag == GENERALIZED_TIME and moment is not None and 1950 <= moment.year < 2050:
                return Failure(Reason.MALFORMED, f"{moment:%Y} written as GeneralizedTime", position)
    return None


SERVER_CHECKS: tuple[Check, ...] = (
    check_times_written,
    check_serials,
    check_leaf,
    check_key_identifiers,
    check_issuer_extensions,
    check_keys,
)

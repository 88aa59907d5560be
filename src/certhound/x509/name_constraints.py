"""Name constraints that OpenSSL lets pass: malformed ones, and names that slip between them (RFC 5280, 4.2.1.10).

OpenSSL itself compares names with constraints. Beyond that: an extension that constrains nothing, a base that is no
name of its kind, a malformed name below a constraint of its kind, and a wildcard that would answer for an excluded
name (CVE-2025-61727).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from certhound.x509.certificate import Certificate
from certhound.x509.der import DerError, children, whole
from certhound.x509.openssl_path import NAME_CONSTRAINTS, Failure
from certhound.x509.path_checks import Check, Circumstances, Path
from certhound.x509.verdict import Reason

PERMITTED, EXCLUDED = 0xA0, 0xA1
MINIMUM = 0x80
EMAIL, DNS, URI, IP = 0x81, 0x82, 0x86, 0x87
MAX_SUBTREES = 10_000

_BASE_NAME = re.compile(rb"\.?[A-Za-z0-9_](?:[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)?\.?\Z")
_PRESENTED = re.compile(r"(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?\Z")


class Subtrees(NamedTuple):
    """The bases of one NameConstraints as (tag, content), and what is wrong with the extension."""

    permitted: tuple[tuple[int, bytes], ...]
    excluded: tuple[tuple[int, bytes], ...]
    problem: str = ""


@lru_cache(1024)
def read_subtrees(content: bytes) -> Subtrees:
    """A NameConstraints value. Never raises: what cannot be read stands in ``problem``."""
    found: dict[int, list[tuple[int, bytes]]] = {PERMITTED: [], EXCLUDED: []}
    try:
        outer = whole(content, 0, len(content), 0x30, "name constraints")
        for part in children(content, outer.start, outer.stop, 10):
            if part.tag not in found:
                raise DerError(f"tag {part.tag:#04x} in name constraints")
            for subtree in children(content, part.start, part.stop, MAX_SUBTREES):
                base, *bounds = children(content, subtree.start, subtree.stop, 3)
                if any(bound.tag != MINIMUM or content[bound.start : bound.stop] != b"\0" for bound in bounds):
                    raise DerError("a minimum or maximum, which RFC 5280 rules out")
                found[part.tag].append((base.tag, content[base.start : base.stop]))
    except (DerError, IndexError, ValueError) as error:
        return Subtrees((), (), f"name constraints cannot be read: {error}")
    permitted, excluded = tuple(found[PERMITTED]), tuple(found[EXCLUDED])
    if not permitted and not excluded:
        return Subtrees((), (), "name constraints that constrain nothing")
    problem = next((text for base in permitted + excluded if (text := _problem(*base))), "")
    return Subtrees(permitted, excluded, problem)


def _problem(tag: int, base: bytes) -> str:
    if tag == DNS and base and not _BASE_NAME.match(base):
        return f"no DNS name: {base[:60].decode('latin-1')!r}"
    if tag == IP and (len(base) not in (8, 32) or not _is_mask(base[len(base) // 2 :])):
        return f"no network: {base.hex()[:64]}"
    if tag == EMAIL and base.count(b"@") > 1:
        return f"no mailbox: {base[:60].decode('latin-1')!r}"
    return ""


def _is_mask(mask: bytes) -> bool:
    bits = int.from_bytes(mask, "big")
    inverse = bits ^ ((1 << (8 * len(mask))) - 1)
    return inverse & (inverse + 1) == 0


def check_constraints(path: Path, _: Circumstances) -> Failure | None:
    """Constraints of the path's CAs are readable, and the names below them are names."""
    for position in range(1, len(path)):
        subtrees = _of(path[position].certificate)
        if subtrees is None:
            continue
        if subtrees.problem:
            return Failure(Reason.NAME_CONSTRAINT, subtrees.problem, position)
        for below in range(position):
            problem = _slips(path[below].certificate, subtrees)
            if problem:
                return Failure(Reason.NAME_CONSTRAINT, problem, below)
    return None


def check_leading_dots(path: Path, _: Circumstances) -> Failure | None:
    """A DNS base does not start with a dot, as much as OpenSSL and habit allow it (RFC 5280 has it for URIs only)."""
    for position in range(1, len(path)):
        subtrees = _of(path[position].certificate)
        for tag, base in subtrees.permitted + subtrees.excluded if subtrees else ():
            if tag == DNS and base[:1] == b".":
                text = base[:60].decode("latin-1")
                return Failure(Reason.NAME_CONSTRAINT, f"DNS constraint with a leading dot: {text!r}", position)
    return None


def _of(certificate: Certificate) -> Subtrees | None:
    if NAME_CONSTRAINTS not in certificate.extension_oids:
        return None
    found = certificate.extension(NAME_CONSTRAINTS)
    return read_subtrees(found.content or b"") if found else None


def _slips(certificate: Certificate, subtrees: Subtrees) -> str:
    kinds = {tag for tag, _ in subtrees.permitted + subtrees.excluded}
    errors = certificate.field_errors
    if IP in kinds and "san_ip" in errors:
        return f"malformed address below a constraint: {errors['san_ip']}"
    if EMAIL in kinds and (bad := next((m for m in certificate.san_email if m.count("@") != 1), None)):
        return f"malformed mailbox below a constraint: {bad[:60]!r}"
    if DNS not in kinds:
        return ""
    excluded = [base.decode("latin-1").lower().strip(".") for tag, base in subtrees.excluded if tag == DNS]
    for name in certificate.san_dns:
        if not _PRESENTED.match(name):
            return f"malformed DNS name below a constraint: {name[:60]!r}"
        if name.startswith("*.") and name[2:].lower().rstrip(".") in {e.partition(".")[2] for e in excluded}:
            return f"{name[:60]!r} would answer for an excluded name"
    return ""


CONSTRAINT_CHECKS: tuple[Check, ...] = (check_constraints,)
STRICT_CONSTRAINT_CHECKS: tuple[Check, ...] = (check_leading_dots,)

"""Certificate policies along a path (RFC 5280, 6.1, in the linear form of RFC 9618).

Any policy will do for us, so what has to be known is only whether one that the path demands is left at its end.
OpenSSL cannot be asked: without a list of acceptable policies, which pyOpenSSL has no way to give, it finds that none
is left. The state of a level is the set of policies expected on the next, not a tree, so no input can make it grow.
"""

from __future__ import annotations

from dataclasses import dataclass

from certhound.x509.certificate import Certificate
from certhound.x509.der import INTEGER, OID, SEQUENCE, DerError, children, integer, whole
from certhound.x509.oids import oid_text
from certhound.x509.openssl_path import Failure
from certhound.x509.path_checks import Check, Circumstances, Path
from certhound.x509.verdict import Reason

POLICIES, MAPPINGS, CONSTRAINTS, INHIBIT_ANY = "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"
ANY_POLICY = "2.5.29.32.0"
_MOST = 1000


@dataclass(slots=True)
class _Level:
    """What is expected on the next level; ``any_policy`` says that a policy of any name goes on."""

    expected: set[str]
    any_policy: bool
    explicit: int
    mapping: int
    inhibit_any: int

    @property
    def is_empty(self) -> bool:
        return not self.expected and not self.any_policy


def check_policies(path: Path, _: Circumstances) -> Failure | None:
    """Where a CA demands an explicit policy, one is left at the end of the path; the extensions can be read."""
    below = path[:-1]
    if not any(CONSTRAINTS in entry.certificate.extension_oids for entry in below):
        return None
    length = len(below)
    level = _Level(set(), True, length + 1, length + 1, length + 1)
    for position in range(length - 1, -1, -1):
        certificate = below[position].certificate
        self_issued = path[position].subject_key == path[position].issuer_key
        try:
            _enter(level, certificate, is_last=position == 0, self_issued=self_issued)
            if level.explicit == 0 and level.is_empty:
                return Failure(Reason.POLICY, "a certificate policy is demanded, and none is left", position)
            _leave(level, certificate, is_last=position == 0, self_issued=self_issued)
        except (DerError, IndexError, ValueError) as error:
            return Failure(Reason.POLICY, f"policies cannot be read: {error}", position)
    if level.explicit == 0 and level.is_empty:
        return Failure(Reason.POLICY, "a certificate policy is demanded, and none is left")
    return None


def _enter(level: _Level, certificate: Certificate, *, is_last: bool, self_issued: bool) -> None:
    """6.1.3 (d) and (e): which of the expected policies this certificate carries on."""
    found = certificate.extension(POLICIES)
    if found is None:
        level.expected, level.any_policy = set(), False
        return
    stated = set(_policies(found.content or b""))
    takes_any = ANY_POLICY in stated and (level.inhibit_any > 0 or (self_issued and not is_last))
    named = stated - {ANY_POLICY}
    kept = named if level.any_policy else named & level.expected
    level.expected = kept | level.expected if takes_any else kept
    level.any_policy = level.any_policy and takes_any


def _leave(level: _Level, certificate: Certificate, *, is_last: bool, self_issued: bool) -> None:
    """6.1.4 (a), (b), (h) to (j), or 6.1.5 (a) and (b) for the last one: what holds from here on."""
    if not is_last:
        _map(level, certificate)
    if not self_issued or is_last:
        level.explicit = max(0, level.explicit - 1)
        level.mapping = max(0, level.mapping - 1)
        level.inhibit_any = max(0, level.inhibit_any - 1)
    if found := certificate.extension(CONSTRAINTS):
        require, inhibit = _constraints(found.content or b"")
        if require is not None and (not is_last or require == 0):
            level.explicit = min(level.explicit, require)
        if inhibit is not None:
            level.mapping = min(level.mapping, inhibit)
    if found := certificate.extension(INHIBIT_ANY):
        content = found.content or b""
        number = whole(content, 0, len(content), INTEGER, "inhibit any policy")
        level.inhibit_any = min(level.inhibit_any, _count(content[number.start : number.stop]))


def _map(level: _Level, certificate: Certificate) -> None:
    found = certificate.extension(MAPPINGS)
    if found is None:
        return
    mapped: dict[str, set[str]] = {}
    for here, there in _mappings(found.content or b""):
        if ANY_POLICY in (here, there):
            raise DerError("a mapping of any policy")
        mapped.setdefault(here, set()).add(there)
    onwards: set[str] = level.expected - set(mapped)
    if level.mapping > 0:
        for here, there_all in mapped.items():
            if here in level.expected or level.any_policy:
                onwards |= there_all
    level.expected = onwards


def _policies(content: bytes) -> list[str]:
    outer = whole(content, 0, len(content), SEQUENCE, "policies")
    found: list[str] = []
    for child in children(content, outer.start, outer.stop, _MOST):
        kind = whole(content, child.start, child.stop, OID, "policy")
        found.append(oid_text(content[kind.start : kind.stop]))
    return found


def _mappings(content: bytes) -> list[tuple[str, str]]:
    outer = whole(content, 0, len(content), SEQUENCE, "policy mappings")
    pairs: list[tuple[str, str]] = []
    for child in children(content, outer.start, outer.stop, _MOST):
        here = whole(content, child.start, child.stop, OID, "policy")
        there = whole(content, here.after, child.stop, OID, "policy")
        pairs.append((oid_text(content[here.start : here.stop]), oid_text(content[there.start : there.stop])))
    return pairs


def _constraints(content: bytes) -> tuple[int | None, int | None]:
    outer = whole(content, 0, len(content), SEQUENCE, "policy constraints")
    values: dict[int, int] = {}
    for child in children(content, outer.start, outer.stop, 4):
        values[child.tag] = _count(content[child.start : child.stop])
    if not values or not values.keys() <= {0x80, 0x81}:
        raise DerError("policy constraints that constrain nothing")
    return values.get(0x80), values.get(0x81)


def _count(content: bytes) -> int:
    value = integer(content)
    if value < 0:
        raise DerError("a negative number of certificates")
    return value


POLICY_CHECKS: tuple[Check, ...] = (check_policies,)

"""OpenSSL's opinion of one path: signatures, CA flags, path lengths, constrained names, critical extensions.

Each issuer (and what lies above it) is judged once and remembered; after that a leaf costs one signature check. Where
a CA of the path constrains names, that would not be the same as judging the whole, so the whole is judged.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from OpenSSL import crypto

from certhound.x509.certificate import Certificate
from certhound.x509.entries import Entry
from certhound.x509.verdict import Reason

NAME_CONSTRAINTS = "2.5.29.30"
_MEMO = 8192


class Failure(NamedTuple):
    """Why a path fails: the reason, what exactly, and the position in the path (0 is the leaf)."""

    reason: Reason
    detail: str
    position: int = 0


_REASONS: dict[int, Reason] = {
    2: Reason.UNKNOWN_ISSUER,
    6: Reason.BROKEN_SIGNATURE,
    7: Reason.BROKEN_SIGNATURE,
    9: Reason.NOT_YET_VALID,
    10: Reason.EXPIRED,
    13: Reason.MALFORMED,
    14: Reason.MALFORMED,
    17: Reason.GAVE_UP,
    18: Reason.SELF_SIGNED,
    19: Reason.UNKNOWN_ISSUER,
    20: Reason.UNKNOWN_ISSUER,
    21: Reason.UNKNOWN_ISSUER,
    22: Reason.PATH_TOO_LONG,
    24: Reason.NOT_A_CA,
    25: Reason.PATH_TOO_LONG,
    26: Reason.EXT_KEY_USAGE,
    29: Reason.UNKNOWN_ISSUER,
    30: Reason.UNKNOWN_ISSUER,
    31: Reason.UNKNOWN_ISSUER,
    32: Reason.KEY_USAGE,
    34: Reason.CRITICAL_EXTENSION,
    37: Reason.NOT_A_CA,
    38: Reason.PATH_TOO_LONG,
    39: Reason.KEY_USAGE,
    40: Reason.CRITICAL_EXTENSION,
    41: Reason.MALFORMED,
    42: Reason.POLICY,
    43: Reason.POLICY,
    45: Reason.CRITICAL_EXTENSION,
    46: Reason.CRITICAL_EXTENSION,
    47: Reason.NAME_CONSTRAINT,
    48: Reason.NAME_CONSTRAINT,
    49: Reason.NAME_CONSTRAINT,
    51: Reason.NAME_CONSTRAINT,
    52: Reason.NAME_CONSTRAINT,
    53: Reason.NAME_CONSTRAINT,
    66: Reason.WEAK_ALGORITHM,
    67: Reason.WEAK_ALGORITHM,
    68: Reason.WEAK_ALGORITHM,
    79: Reason.NOT_A_CA,
}
"""OpenSSL's X509_V_ERR codes (x509_vfy.h) to our reasons; any other code means a malformed certificate."""

_above: OrderedDict[tuple[str, ...], Failure | None] = OrderedDict()


def openssl_failure(path: tuple[Entry, ...]) -> tuple[Failure | None, int]:
    """(failure or None, signature checks it took) of a path from leaf to anchor."""
    leaf = path[0].x509
    if leaf is None:
        return Failure(Reason.MALFORMED, "OpenSSL cannot read the certificate"), 0
    if len(path) == 1:
        # The leaf itself is an anchor; what is left to find out is whether OpenSSL would take it for one.
        return _verify(leaf, path, (), 0), 0
    if any(_binds_below(entry.certificate) for entry in path[1:]):
        return _verify(leaf, path, path[1:-1], 0), len(path) - 1
    failure, checks = _judged_above(path[1:])
    if failure is not None:
        return failure, checks
    return _verify(leaf, path[:2], (), 0), checks + 1


def _binds_below(issuer: Certificate) -> bool:
    """Whether what lies above an issuer matters to those below it: constraints, or DSA parameters to inherit."""
    return NAME_CONSTRAINTS in issuer.extension_oids or issuer.key_type == "dsa"


def _judged_above(path: tuple[Entry, ...]) -> tuple[Failure | None, int]:
    """The part of a path above its leaf, judged once."""
    if len(path) == 1:
        return None, 0
    key = tuple([entry.sha256 for entry in path])
    if key in _above:
        return _above[key], 0
    issuer = path[0].x509
    failure = (
        _verify(issuer, path, path[1:-1], 1)
        if issuer is not None
        else Failure(Reason.MALFORMED, "OpenSSL cannot read the issuer", 1)
    )
    if len(_above) >= _MEMO:
        _above.popitem(last=False)
    _above[key] = failure
    return failure, len(path) - 1


def _verify(first: crypto.X509, path: tuple[Entry, ...], between: tuple[Entry, ...], offset: int) -> Failure | None:
    store = path[-1].store
    chain = [entry.x509 for entry in between]
    if store is None or None in chain:
        return Failure(Reason.MALFORMED, "OpenSSL cannot read an issuer", offset + len(path) - 1)
    try:
        crypto.X509StoreContext(store, first, chain or None).verify_certificate()  # type: ignore[arg-type]
    except crypto.X509StoreContextError as error:
        return _failure(error.errors, offset)
    except crypto.Error as error:
        return Failure(Reason.MALFORMED, f"OpenSSL: {error}"[:200], offset)
    return None


def _failure(errors: object, offset: int) -> Failure:
    code, depth, text = errors if isinstance(errors, list | tuple) else (0, 0, str(errors))
    reason = _REASONS.get(code, Reason.MALFORMED)
    return Failure(reason, str(text), offset + max(0, int(depth)))

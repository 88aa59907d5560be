"""The chain judge: one certificate, the certificates that came with it, a trust store, a moment, maybe a name.

Paths are found by `path_building`, judged by our own `path_checks` first (they are cheap and their reasons are exact)
and then by OpenSSL; the first path that both accept makes the certificate trusted. Without a name the question is RFC
5280's path validation; with one it is whether a client of the Web would accept the server, and `server_profile` is
asked as well. Nothing here raises on any bytes, and no chain may cost more than its budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal

from certhound.x509.certificate import Certificate, read_certificate
from certhound.x509.entries import MAX_BYTES, Entry, edge_verifies
from certhound.x509.hostname import NameMatch, matches
from certhound.x509.known_issuers import is_known_public_ca
from certhound.x509.name_constraints import CONSTRAINT_CHECKS, STRICT_CONSTRAINT_CHECKS
from certhound.x509.openssl_path import NAME_CONSTRAINTS, Failure, openssl_failure
from certhound.x509.path_building import MAX_DEPTH, MAX_POOL, Budget, BudgetSpentError, Search, pool_of
from certhound.x509.path_checks import PATH_CHECKS, Circumstances, Path, check_purposes, first_failure
from certhound.x509.policy_tree import POLICY_CHECKS
from certhound.x509.server_profile import SERVER_CHECKS
from certhound.x509.trust import RootStore, root_history
from certhound.x509.verdict import Reason, Verdict, verdict_of

Purpose = Literal["serverAuth", "any"]

_PLAIN = (*PATH_CHECKS, *CONSTRAINT_CHECKS, *POLICY_CHECKS)
_NAMED = (*_PLAIN, *SERVER_CHECKS, *STRICT_CONSTRAINT_CHECKS)
_ANY_PURPOSE = tuple(check for check in _PLAIN if check is not check_purposes)
_WANTS_AN_ISSUER = frozenset({Reason.UNKNOWN_ISSUER, Reason.CHAIN_INCOMPLETE, Reason.BROKEN_SIGNATURE})
_PROCESSED = frozenset(
    "2.5.29.15 2.5.29.17 2.5.29.19 2.5.29.32 2.5.29.33 2.5.29.36 2.5.29.37 2.5.29.54 2.5.29.14 2.5.29.35".split()
)


def verify_chain(
    leaf: bytes | Certificate,
    chain: Sequence[bytes],
    roots: RootStore,
    at: datetime,
    name: str | None = None,
    purpose: Purpose = "serverAuth",
    budget: Budget | None = None,
) -> Verdict:
    """Judge a certificate for a TLS server. Never raises on any bytes.

    ``chain`` holds whatever certificates (DER) came along, in any order; ``at`` is the time of use (naive counts as
    UTC, fractions of a second are cut); ``name`` the DNS name or address that the client asked for.
    """
    certificate = leaf if isinstance(leaf, Certificate) else read_certificate(leaf)
    if len(certificate.der) > MAX_BYTES:
        return verdict_of(Reason.GAVE_UP, f"a certificate of {len(certificate.der)} bytes", (certificate.sha256,))
    moment = (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).replace(microsecond=0)
    entry = Entry(certificate)
    try:
        return _judge(entry, chain, roots, moment, name, purpose, budget or Budget())
    except BudgetSpentError as spent:
        return verdict_of(Reason.GAVE_UP, str(spent), (certificate.sha256,))


def _judge(
    leaf: Entry,
    chain: Sequence[bytes],
    roots: RootStore,
    at: datetime,
    name: str | None,
    purpose: Purpose,
    budget: Budget,
) -> Verdict:
    search = Search(roots, at, budget, pool_of(chain))
    nearest = _first_good_path(search, leaf, name, purpose)
    if nearest is None:
        nearest = _no_path(leaf, search)
    if nearest.is_trusted or nearest.reason is Reason.WRONG_NAME:
        return nearest
    if len(chain) > MAX_POOL and nearest.reason in _WANTS_AN_ISSUER:
        return verdict_of(Reason.GAVE_UP, f"{len(chain)} certificates came along", nearest.path)
    then = roots.of_retired(at)
    if then is not None:
        old = _first_good_path(Search(then, at, budget, search.pool), leaf, name, purpose)
        if old is not None and (old.is_trusted or old.reason is Reason.WRONG_NAME):
            return old if not old.is_trusted else verdict_of(Reason.TRUSTED_THEN, old.detail, old.path)
    return nearest


def _first_good_path(search: Search, leaf: Entry, name: str | None, purpose: Purpose) -> Verdict | None:
    """The verdict of the first path that holds, else of the first that failed; None where there was no path."""
    roots = search.roots
    checks = _ANY_PURPOSE if purpose == "any" else _PLAIN if name is None or roots.house else _NAMED
    nearest: Verdict | None = None
    for path in search.paths(leaf):
        # A root that Mozilla has, or ever had, was looked at by people, whatever store it stands in here.
        vetted = roots.vetted or path[-1].sha256 in root_history()
        circumstances = Circumstances(search.at, roots.house, vetted)
        failure = first_failure(path, circumstances, checks) or _ask_openssl(path, search.budget, roots.house)
        ids = tuple([entry.sha256 for entry in path])
        if failure is None:
            if name is not None and (wrong := _wrong_name(leaf.certificate, name, roots.house)):
                return verdict_of(Reason.WRONG_NAME, wrong, ids)
            return verdict_of(Reason.HOUSE_CA if roots.house else Reason.TRUSTED, "", ids)
        nearest = nearest or verdict_of(failure.reason, failure.detail, ids)
    return nearest


def _ask_openssl(path: Path, budget: Budget, house: bool) -> Failure | None:
    failure, checks = openssl_failure(path)
    budget.spend(signature_checks=checks)
    if failure is None or not house or failure.position != len(path) - 1 or len(path) == 1:
        return failure
    return _signed_all_the_way(path, failure, budget)


def _signed_all_the_way(path: Path, failure: Failure, budget: Budget) -> Failure | None:
    """For a house root that OpenSSL finds no proper CA: it still counts if it, and all below, signed what they say.

    The rest of what OpenSSL looks at is then ours to see to, so nothing that needs more than `path_checks` may occur.
    """
    for position, entry in enumerate(path[:-1]):
        if not _PROCESSED.issuperset(entry.certificate.critical_oids):
            return Failure(Reason.CRITICAL_EXTENSION, "a critical extension that is not processed", position)
    if any(NAME_CONSTRAINTS in entry.certificate.extension_oids for entry in path):
        return failure
    budget.spend(signature_checks=len(path) - 1)
    for position, (child, issuer) in enumerate(pairwise(path)):
        if edge_verifies(child, issuer) is not True:
            return Failure(Reason.BROKEN_SIGNATURE, "a signature below the house's root does not verify", position)
    return None


def _wrong_name(leaf: Certificate, name: str, house: bool) -> str:
    """What is wrong with the names of the leaf for this name, in words; empty where they fit."""
    found = matches(name, leaf.san_dns, leaf.san_ip, leaf.subject_cn)
    if found.is_match or (house and found is NameMatch.COMMON_NAME and not (leaf.san_dns or leaf.san_ip)):
        return ""
    presented = [*leaf.san_dns, *leaf.san_ip]
    if found is NameMatch.COMMON_NAME:
        return f"{name[:100]!r} stands only in the common name, which clients no longer read"
    shown = ", ".join(presented[:4]) + (f" and {len(presented) - 4} more" if len(presented) > 4 else "")
    return f"{name[:100]!r} is none of: {shown or 'no names at all'}"


def _no_path(leaf: Entry, search: Search) -> Verdict:
    """Why there is not even a path to judge."""
    certificate = leaf.certificate
    here = (certificate.sha256,)
    if certificate.self_issued and certificate.self_signed:
        return verdict_of(Reason.SELF_SIGNED, "", here)
    if leaf.x509 is None or "der" in certificate.field_errors:
        return verdict_of(Reason.MALFORMED, "; ".join(_errors(certificate)), here)
    if search.broken is not None:
        ids = tuple([entry.sha256 for entry in search.broken])
        return verdict_of(Reason.BROKEN_SIGNATURE, _issuer_text(search.broken[-2].certificate), ids)
    if search.too_deep is not None:
        return verdict_of(Reason.GAVE_UP, f"more than {MAX_DEPTH} certificates deep", here)
    end = max(search.dead_ends, key=len, default=(leaf,))
    ids = tuple([entry.sha256 for entry in end])
    top = end[-1].certificate
    if top.self_issued:
        if len(end) > 1:
            return verdict_of(Reason.UNKNOWN_ISSUER, f"the chain ends at {_issuer_text(top)}", ids)
        reason = Reason.SELF_ISSUED if certificate.self_signed is None else Reason.BROKEN_SIGNATURE
        return verdict_of(reason, "names itself as issuer, but did not sign itself", ids)
    if len(end) > 1 or is_known_public_ca(top.issuer_name, top.aki):
        return verdict_of(Reason.CHAIN_INCOMPLETE, f"missing: {_issuer_text(top)}", ids)
    return verdict_of(Reason.UNKNOWN_ISSUER, _issuer_text(top), ids)


def _issuer_text(certificate: Certificate) -> str:
    return (certificate.issuer or "no issuer at all")[:200]


def _errors(certificate: Certificate) -> list[str]:
    errors = [f"{column}: {problem}" for column, problem in list(certificate.field_errors.items())[:3]]
    return errors or ["OpenSSL cannot read the certificate"]

"""The weaker statement, where a log tells a certificate's names but not its bytes: never 'trusted'."""

from __future__ import annotations

from collections.abc import Iterable

from certhound.x509.known_issuers import is_known_public_name, text_key
from certhound.x509.verdict import Reason, Verdict, verdict_of


def judge_names(subject: str | None, issuer: str | None, chain_subjects: Iterable[str] = ()) -> Verdict | None:
    """What names (RFC 4514 text) alone tell; None where not even the issuer is known.

    self_issued: subject and issuer are equal, or the chain's last name issued itself below an unknown one.
    unknown_issuer: anything else. The detail says whether the issuer's *name* is that of a public CA, which anyone
    can write and nobody has checked.
    """
    if not issuer:
        return None
    if subject and _same(subject, issuer):
        return verdict_of(Reason.SELF_ISSUED, "names only; no signature was checked")
    named = any(_same(issuer, other) for other in chain_subjects)
    known = is_known_public_name(issuer)
    claim = "the issuer's name is that of a public CA" if known else "no public CA of that name is known"
    detail = f"names only: {claim}{', and a certificate of that name came along' if named else ''}"
    return verdict_of(Reason.UNKNOWN_ISSUER, detail)


def _same(left: str, right: str) -> bool:
    """Whether two names in text are one name, whatever their case and spacing."""
    if left == right:
        return True
    key = text_key(left)
    return bool(key) and key == text_key(right)

"""What the chain judge says: trusted or untrusted, one typed reason, and the path it speaks of.

A reason is a word that rules and outputs can rely on; `SENTENCES` has the plain-words form of each. A verdict is
about one certificate, one moment and, where a name was given, one name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Trust = Literal["trusted", "untrusted"]


class Reason(StrEnum):
    """Why a certificate is trusted or not. The words are fixed: data on disk and rules carry them."""

    TRUSTED = "trusted"
    TRUSTED_THEN = "trusted_then"
    HOUSE_CA = "house_ca"
    SELF_SIGNED = "self_signed"
    SELF_ISSUED = "self_issued"
    UNKNOWN_ISSUER = "unknown_issuer"
    CHAIN_INCOMPLETE = "chain_incomplete"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"
    BROKEN_SIGNATURE = "broken_signature"
    NOT_A_CA = "not_a_ca"
    PATH_TOO_LONG = "path_too_long"
    KEY_USAGE = "key_usage"
    EXT_KEY_USAGE = "ext_key_usage"
    NAME_CONSTRAINT = "name_constraint"
    CRITICAL_EXTENSION = "critical_extension"
    POLICY = "policy"
    WEAK_ALGORITHM = "weak_algorithm"
    MALFORMED = "malformed"
    GAVE_UP = "gave_up"

    @property
    def is_trust(self) -> bool:
        """Whether this reason goes with the verdict 'trusted'."""
        return self in _TRUSTING

    @property
    def sentence(self) -> str:
        """The reason in plain words, one sentence."""
        return SENTENCES[self]


_TRUSTING = frozenset({Reason.TRUSTED, Reason.TRUSTED_THEN, Reason.HOUSE_CA})

SENTENCES: dict[Reason, str] = {
    Reason.TRUSTED: "A valid chain leads to a root that is in the trust store.",
    Reason.TRUSTED_THEN: "A valid chain leads to a root that was in the trust store at the time of use, not today.",
    Reason.HOUSE_CA: "A valid chain leads to one of your organisation's own CAs.",
    Reason.SELF_SIGNED: "The certificate signed itself: nobody else vouches for it.",
    Reason.SELF_ISSUED: "Subject and issuer are the same name; the signature could not be checked.",
    Reason.UNKNOWN_ISSUER: "The chain ends at an issuer that no trust store knows.",
    Reason.CHAIN_INCOMPLETE: "The certificate of an issuer is missing, so no chain could be built to a root.",
    Reason.EXPIRED: "A certificate of the chain had expired at the time of use.",
    Reason.NOT_YET_VALID: "A certificate of the chain was not yet valid at the time of use.",
    Reason.WRONG_NAME: "The chain is valid, but the certificate is not for this name.",
    Reason.BROKEN_SIGNATURE: "A signature does not verify with the key of the issuer that the certificate names.",
    Reason.NOT_A_CA: "An issuer in the chain is not a CA.",
    Reason.PATH_TOO_LONG: "The chain has more CAs than a CA in it allows.",
    Reason.KEY_USAGE: "A key in the chain was used for what its key usage does not allow.",
    Reason.EXT_KEY_USAGE: "The extended key usage of a certificate in the chain does not allow TLS servers.",
    Reason.NAME_CONSTRAINT: "A name lies outside what a CA in the chain is allowed to certify.",
    Reason.CRITICAL_EXTENSION: "A certificate has a critical extension that cannot be processed.",
    Reason.POLICY: "The chain breaks a rule of certificate policies or of the profile for public TLS servers.",
    Reason.WEAK_ALGORITHM: "A key or signature algorithm in the chain is too weak to be relied upon.",
    Reason.MALFORMED: "A certificate is not encoded as the standard demands, and strict clients refuse it.",
    Reason.GAVE_UP: "Judging this chain would cost more than it may: it looks built to exhaust a verifier.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one chain.

    ``detail`` says in words what exactly was found, it may be empty. ``path`` holds the SHA-256 of the certificates
    judged, lower-case hex, leaf first; for a verdict 'untrusted' it is the path that came nearest, at least the leaf.
    """

    verdict: Trust
    reason: Reason
    detail: str = ""
    path: tuple[str, ...] = ()

    @property
    def is_trusted(self) -> bool:
        """Whether the verdict is 'trusted'."""
        return self.verdict == "trusted"

    def explain(self) -> str:
        """Sentence and detail for people."""
        return f"{self.reason.sentence} ({self.detail})" if self.detail else self.reason.sentence


def verdict_of(reason: Reason, detail: str = "", path: tuple[str, ...] = ()) -> Verdict:
    """The Verdict that goes with a reason."""
    return Verdict("trusted" if reason.is_trust else "untrusted", reason, detail, path)

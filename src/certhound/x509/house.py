"""Public and house trust side by side: what the world thinks of a certificate, and what the organisation may think.

House CAs are judged leniently, for a false alarm about one's own CA is the surest way to be switched off: their roots
need no key usage, no critical basic constraints, not even version 3; keys and hashes may be old; a leaf may have its
name in the common name alone. Signatures, validity and constraints count as anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certhound.x509.certificate import Certificate, read_certificate
from certhound.x509.chain import verify_chain
from certhound.x509.trust import RootStore
from certhound.x509.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """Two views of one certificate. ``house`` is None where the organisation has named no CAs."""

    public: Verdict
    house: Verdict | None

    @property
    def trust(self) -> str:
        """Column ``trust``: trusted or untrusted, by the public store."""
        return self.public.verdict

    @property
    def trust_reason(self) -> str:
        """Column ``trust_reason``."""
        return self.public.reason.value

    @property
    def house_trust(self) -> str | None:
        """Column ``house_trust``; None without house CAs."""
        return self.house.verdict if self.house else None

    @property
    def house_trust_reason(self) -> str | None:
        """Column ``house_trust_reason``; None without house CAs."""
        return self.house.reason.value if self.house else None

    @property
    def is_trusted(self) -> bool:
        """Whether either view trusts the certificate."""
        return self.public.is_trusted or (self.house is not None and self.house.is_trusted)


def judge(
    leaf: bytes | Certificate,
    chain: Sequence[bytes],
    public: RootStore,
    house: RootStore | None,
    at: datetime,
    name: str | None = None,
) -> Judgement:
    """Judge a certificate by the public store and by the organisation's own; never raises on any bytes.

    The house is only asked where the public store does not trust, so a public certificate costs one judgement.
    """
    certificate = leaf if isinstance(leaf, Certificate) else read_certificate(leaf)
    seen = verify_chain(certificate, chain, public, at, name)
    if house is None or not house.anchors:
        return Judgement(seen, None)
    if seen.is_trusted:
        return Judgement(seen, Verdict("untrusted", Reason.UNKNOWN_ISSUER, "a public CA, not one of the house"))
    return Judgement(seen, verify_chain(certificate, chain, house, at, name))

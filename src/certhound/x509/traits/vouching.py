"""Whether anybody at all vouches for a certificate: the ground on which the cheap signals stand.

A certificate that no chain leads from is ordinary in itself (devices, laboratories, private services), so this trait
accuses nobody; it keeps rules from weighing port, name and rhythm of a certificate that a public CA stands for.
"""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait
from certhound.x509.traits.issuer import claims_known_ca, key_is_foreign

_NO_PATH = frozenset({"self_signed", "self_issued", "broken_signature", "malformed", "gave_up", "not_a_ca"})
_MAYBE = frozenset({"unknown_issuer", "chain_incomplete"})


def _nobody_vouches(facts: Facts) -> bool | None:
    if facts.trust == "trusted":
        return False
    if facts.trust is None or not facts.has_der:
        # Names only: a certificate that names itself as its issuer has nobody else; of any other nothing is known.
        return True if facts.self_issued else None
    if facts.trust_reason in _NO_PATH or facts.self_issued:
        return True
    if facts.trust_reason not in _MAYBE:
        return False
    if claims_known_ca(facts):
        # A server that forgets to send its intermediate is an everyday mistake, unless the key is known to be wrong.
        return True if key_is_foreign(facts) else None
    return True


TRAITS = (
    Trait(
        "nobody_vouches",
        Kind.BOOL,
        "self-issued, or no chain leads from it to a public root; absent where that cannot be told",
        _nobody_vouches,
    ),
)

"""What a certificate allows itself to be used for, and whether serving TLS is among it.

The extensions that say so are known to be absent only where the bytes were seen.
"""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait

_SERVES = frozenset({"digitalSignature", "keyEncipherment", "keyAgreement"})
_PURPOSES = frozenset({"serverAuth", "anyExtendedKeyUsage", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0", "msSGC", "nsSGC"})
_AS_SERVER_TOO = frozenset({"1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1"})


def _forbids(facts: Facts) -> str | None:
    if not facts.has_der:
        return None
    purposes = facts.ext_key_usage
    if purposes and not _PURPOSES.union(_AS_SERVER_TOO).intersection(purposes):
        return "purposes: " + ", ".join(purposes[:4])
    usages = facts.key_usage
    if usages and not _SERVES.intersection(usages):
        return "usages: " + ", ".join(usages[:4])
    return None


def _is_leaf_ca(facts: Facts) -> bool | None:
    # Of names alone nobody says that no CA vouches, so the columns of a hundred thousand of them stay empty.
    if not facts.has_der or facts.is_ca is None:
        return None
    return facts.is_ca and facts.self_issued is False


TRAITS = (
    Trait(
        "usage_forbids_server",
        Kind.TEXT,
        "the usages or purposes that it is limited to, where serving TLS is not among them",
        _forbids,
    ),
    Trait("is_ca_of_another", Kind.BOOL, "a CA's certificate that another CA issued", _is_leaf_ca),
)

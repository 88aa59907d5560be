"""The certificate that Quasar, AsyncRAT and their kin make: .NET with BouncyCastle, valid until the end of time."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait

_LAST_YEAR = 9999
_EXTENSIONS = ("2.5.29.14", "2.5.29.19")
"""Key identifier, then basic constraints: in this order and nothing else."""


def _family(facts: Facts) -> bool | None:
    end = facts.not_after
    if end is None:
        return None
    if end.year != _LAST_YEAR or facts.self_issued is not True:
        return False
    if facts.signature_algorithm is None or not facts.subject.rdns:
        return None
    algorithm = facts.signature_algorithm.lower()
    return (
        (end.month, end.day, end.hour, end.minute, end.second) == (12, 31, 23, 59, 59)
        and "sha512" in algorithm
        and "rsa" in algorithm
        and facts.key_bits in (4096, None)
        and facts.subject.types() == ("CN",)
        and not facts.san_dns
        and facts.extension_oids in (_EXTENSIONS, None)
    )


TRAITS = (
    Trait(
        "is_quasar_family_structure",
        Kind.BOOL,
        "self-issued, one common name, RSA 4096 with SHA-512, valid until the last second of 9999: whatever its name",
        _family,
    ),
)

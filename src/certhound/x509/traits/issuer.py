"""Whether the issuer's name is that of a public CA, and whether the key behind it is that CA's.

Names cost nothing: whoever signs for himself can write any issuer. What he cannot have is the CA's key, and a leaf
points at the key that signed it by its authority key identifier. `certhound.x509.known_issuers` knows the keys.
"""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509.distinguished_name import Name
from certhound.x509.traits import Facts, Trait

NO_PATH = frozenset(
    {
        None, "self_signed", "self_issued", "unknown_issuer", "chain_incomplete", "broken_signature", "malformed",
        "gave_up", "weak_algorithm", "not_a_ca",
    }
)  # fmt: skip
"""Reasons that go with no verified path to a root; with any other the issuer's key was found and fits."""

_MEMO_ENTRIES = 16_384
_keys: dict[str, frozenset[str | None] | None] = {}


def _keys_of(issuer: Name) -> frozenset[str | None] | None:
    """Key identifiers of the public CA of this name (None among them: a key without one); None: no such CA."""
    text = issuer.text
    if text in _keys:
        return _keys[text]
    # Reading the stores takes a moment, so it waits for the first certificate.
    from certhound.x509.entries import name_key
    from certhound.x509.known_issuers import known_ca_keys

    found = known_ca_keys().get(name_key(issuer)) if issuer.rdns else None
    if len(_keys) >= _MEMO_ENTRIES:
        _keys.clear()
    _keys[text] = frozenset(key.ski for key in found) if found else None
    return _keys[text]


def claims_known_ca(facts: Facts) -> bool | None:
    """Whether the issuer is written as a known public CA writes itself; None where no issuer is known."""
    if not facts.issuer.rdns:
        return None
    return facts.foreign_issuer_key is not None or _keys_of(facts.issuer) is not None


def key_is_foreign(facts: Facts) -> bool | None:
    """Whether a known public CA is named but none of its known keys pointed to; None where that cannot be told."""
    if facts.foreign_issuer_key is not None:
        return facts.foreign_issuer_key
    keys = _keys_of(facts.issuer)
    if keys is None or facts.aki is None:
        return None
    if facts.trust_reason not in NO_PATH:
        return False
    if facts.aki in keys:
        # The identifier is copied as easily as the name; the chain judge has seen whether the key signed.
        return facts.trust_reason == "broken_signature"
    return None if None in keys else True


TRAITS = (
    Trait("issuer_claims_known_ca", Kind.BOOL, "the issuer's name is that of a known public CA", claims_known_ca),
    Trait(
        "issuer_key_is_foreign",
        Kind.BOOL,
        "the issuer's name is that of a known public CA, but the key it points to is none of that CA's known ones",
        key_is_foreign,
    ),
)

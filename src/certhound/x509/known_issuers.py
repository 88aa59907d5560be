"""Which keys a public CA of a given name has, so that a certificate that only claims that name stands out.

Known are the roots of the public store, those it once had, and the issuing CAs of `content/lists/ca_intermediates.csv`
(each verified to a root). CAs reuse names with several keys, so a name says nothing where no key of it is known in
full; then the answer is None, not an alarm.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from certhound.x509.certificate import Certificate
from certhound.x509.distinguished_name import Name
from certhound.x509.dn_text import parse_name
from certhound.x509.entries import Entry, NameKey, ca_entry, edge_verifies, name_key
from certhound.x509.trust import mozilla_store

_LIST = "ca_intermediates.csv"


class CaKey(NamedTuple):
    """A key of a CA: subject key identifier and SHA-256 of the SubjectPublicKeyInfo (hex), and the CA certificate.

    ``entry`` is None where only the identifiers are known; then a signature cannot be checked.
    """

    ski: str | None
    spki_sha256: str
    entry: Entry | None = None


KnownKeys = Mapping[NameKey, frozenset[CaKey]]


@lru_cache(1)
def known_ca_keys() -> KnownKeys:
    """Issuer name (as `entries.name_key` compares names) to the keys that CAs of that name are known to have."""
    store = mozilla_store()
    keys: dict[NameKey, set[CaKey]] = {}
    for entry in (*store.anchors, *store.retired):
        keys.setdefault(entry.subject_key, set()).add(_key_of(entry))
    for row in _rows():
        keys.setdefault(text_key(row["subject"]), set()).add(CaKey(row["ski"] or None, row["spki_sha256"]))
    return {name: frozenset(found) for name, found in keys.items() if name}


def keys_of(chain: Iterable[bytes]) -> KnownKeys:
    """The same for CA certificates (DER) met in the data. The caller has made sure that each verifies to a root."""
    keys: dict[NameKey, set[CaKey]] = {}
    for der in chain:
        entry = ca_entry(der)
        if entry.certificate.spki_sha256 and entry.subject_key:
            keys.setdefault(entry.subject_key, set()).add(_key_of(entry))
    return {name: frozenset(found) for name, found in keys.items()}


def issuer_key_is_foreign(certificate: Certificate, extra_known: KnownKeys | None = None) -> bool | None:
    """Whether the certificate names a known CA as its issuer although no known key of that CA made it.

    False: a known key of that name verifies the signature, or its identifier is the one the certificate points to
    and its certificate is not at hand to check. True: keys of that name are known and none fits; where the
    certificate points to no key (no AKI) only if the certificates of all of them are at hand and none verifies.
    None: cannot be told.
    """
    name = name_key(certificate.issuer_name)
    known = known_ca_keys().get(name, frozenset()) | (extra_known or {}).get(name, frozenset())
    if not name or not known:
        return None
    if certificate.self_issued and any(key.spki_sha256 == certificate.spki_sha256 for key in known):
        return False
    if certificate.aki is not None:
        return _foreign_by_identifier(certificate, known)
    answers = _signature_answers(certificate, known)
    if True in answers:
        return False
    return True if answers and all(answer is False for answer in answers) else None


def _foreign_by_identifier(certificate: Certificate, known: frozenset[CaKey]) -> bool | None:
    fitting = frozenset(key for key in known if key.ski == certificate.aki)
    if fitting:
        # The identifier is copied as easily as the name: where the key is at hand, the signature decides.
        answers = _signature_answers(certificate, fitting)
        return bool(answers) and all(answer is False for answer in answers)
    if any(key.ski is None for key in known):
        answers = _signature_answers(certificate, frozenset(key for key in known if key.ski is None))
        if True in answers:
            return False
        return None if None in answers else True
    return True


def _signature_answers(certificate: Certificate, keys: frozenset[CaKey]) -> list[bool | None]:
    child = Entry(certificate)
    return [edge_verifies(child, key.entry) if key.entry is not None else None for key in keys]


def is_known_public_ca(issuer: Name | None, aki: str | None) -> bool:
    """Whether a public CA of this name is known and the key identifier, where there is one, is one of its own."""
    known = known_ca_keys().get(name_key(issuer), frozenset())
    return any(aki is None or key.ski is None or key.ski == aki for key in known)


def is_known_public_name(name: str) -> bool:
    """Whether a name in RFC 4514 text is that of a known public CA."""
    return text_key(name) in known_ca_keys()


@lru_cache(16_384)
def text_key(text: str) -> NameKey:
    """A name in RFC 4514 text in the form in which names are compared; empty where it cannot be read."""
    return name_key(parse_name(text))


def _key_of(entry: Entry) -> CaKey:
    return CaKey(entry.certificate.ski, entry.certificate.spki_sha256 or "", entry)


def _rows() -> list[dict[str, str]]:
    try:
        text = resources.files("certhound").joinpath("content", "lists", _LIST).read_text("utf-8")
    except FileNotFoundError:
        return []
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines))

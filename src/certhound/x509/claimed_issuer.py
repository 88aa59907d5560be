"""Whether a certificate borrows the name of a public CA, by all that a run knows: the lists, the store, and its data.

`known_issuers` knows the keys of public CAs from the root store and a list. A run knows more: CA certificates that
servers sent and that verify to a root, and whatever roots the organisation put in the public ones' place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from certhound.x509.certificate import Certificate
from certhound.x509.chain import verify_chain
from certhound.x509.entries import ca_entry, name_key
from certhound.x509.known_issuers import issuer_key_is_foreign, keys_of
from certhound.x509.trust import RootStore


def borrows_issuer_name(
    certificate: Certificate, chain: Sequence[bytes], public: RootStore, at: datetime
) -> bool | None:
    """True: a public CA of the issuer's name is known and its key did not sign; False: its key did, or may have.

    None: no public CA of that name is known, or it cannot be told. ``chain`` holds CA certificates (DER) that came
    along or that the data hold; those of the issuer's name count where they verify to a root of ``public``. To be asked
    of certificates for which no path was found; never raises on any bytes.
    """
    name = name_key(certificate.issuer_name)
    if not name or certificate.self_issued:
        return None
    proven = [entry.certificate.der for entry in public.issuers(name)]
    for der in chain:
        entry = ca_entry(der)
        if entry.subject_key == name and entry.certificate.is_ca and _verifies(der, chain, public, at):
            proven.append(der)
    return issuer_key_is_foreign(certificate, keys_of(proven))


def _verifies(der: bytes, chain: Sequence[bytes], public: RootStore, at: datetime) -> bool:
    certificate = ca_entry(der).certificate
    # A CA's key is its own also after its certificate ran out, so it is judged while it was valid.
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    if certificate.not_after is not None:
        moment = min(moment, certificate.not_after)
    return verify_chain(certificate, chain, public, moment, purpose="any").is_trusted

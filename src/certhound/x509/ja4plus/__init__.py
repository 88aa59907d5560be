"""JA4X, the certificate fingerprint of FoxIO's JA4+ family, and beside it JA4S. Not under this project's own licence.

They are licensed under the FoxIO License 1.1, the methods are patent pending: see ``NOTICE`` in this folder before you
sell anything that contains them. The folder stands alone so that it can be left out: delete it, or set the
environment variable ``CERTHOUND_NO_JA4PLUS=1``, and the columns ``ja4x`` and ``ja4s`` stay empty. No rule of this
project depends on them alone.

JA4X: the value is three parts of twelve hex digits, joined by ``_``: truncated SHA-256 over the object identifiers of
the issuer's attributes, of the subject's, and of the extensions, each in the order of the certificate, as hex of their
DER content, joined by commas; an empty list gives twelve zeros (github.com/FoxIO-LLC/ja4, technical_details/JA4X.md).
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from certhound.x509.oids import oid_bytes

if TYPE_CHECKING:
    from certhound.x509.certificate import Certificate
    from certhound.x509.distinguished_name import Name

SWITCH = "CERTHOUND_NO_JA4PLUS"
"""Environment variable that switches the module off when it is ``1``."""

_EMPTY = "0" * 12
_MEMO_ENTRIES = 4096
_hashes: dict[tuple[str, ...], str] = {}


def ja4x(certificate: Certificate, enabled: bool | None = None) -> str | None:
    """The JA4X of a certificate; None where a part could not be read or the module is switched off.

    ``enabled`` overrides the environment.
    """
    if not (os.environ.get(SWITCH) != "1" if enabled is None else enabled):
        return None
    issuer, subject = certificate.issuer_name, certificate.subject_name
    if issuer is None or subject is None:
        return None
    parts = (_oids(issuer), _oids(subject), tuple([oid for oid in certificate.extension_oids if oid]))
    return "_".join([_hash(part) for part in parts])


def _oids(name: Name) -> tuple[str, ...]:
    return tuple([attribute[2] for rdn in name.rdns for attribute in rdn if attribute[2]])


def _hash(oids: tuple[str, ...]) -> str:
    if not oids:
        return _EMPTY
    known = _hashes.get(oids)
    if known is None:
        known = sha256(",".join([oid_bytes(oid).hex() for oid in oids]).encode()).hexdigest()[:12]
        if len(_hashes) >= _MEMO_ENTRIES:
            _hashes.clear()
        _hashes[oids] = known
    return known

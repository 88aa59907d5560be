"""JA4S, the server's TLS fingerprint of FoxIO's JA4+ family. Licence and switch are those of this folder.

The value is ``q``, ``d`` or ``t`` for the carrier, the version chosen, the count of extensions, first and last
character of the protocol chosen, then the cipher suite, then a truncated SHA-256 over the extensions in the order of
the message (github.com/FoxIO-LLC/ja4, technical_details/JA4S.md).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256

from certhound.x509.ja4plus import SWITCH

_NOTHING = "0" * 12
_MOST = 99


def ja4s(
    carrier: str, version: str, cipher: int, extensions: Sequence[int], protocol: str, enabled: bool | None = None
) -> str | None:
    """The JA4S of a ServerHello; None where the module is switched off.

    ``carrier``, ``version`` and ``protocol`` are the marks that JA4 uses too: ``t``, ``13``, ``h2``.
    """
    if not (os.environ.get(SWITCH) != "1" if enabled is None else enabled):
        return None
    stated = ",".join([f"{each:04x}" for each in extensions])
    hashed = sha256(stated.encode()).hexdigest()[:12] if stated else _NOTHING
    return f"{carrier}{version}{min(len(extensions), _MOST):02d}{protocol}_{cipher:04x}_{hashed}"

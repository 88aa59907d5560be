"""Certificates that a text quotes which no other source takes: columns of CSV, values of JSON or XML, mails.

Only the certificates are read of it, whatever else it tells.
"""

from __future__ import annotations

from certhound.sources.certificates import taken
from certhound.sources.contract import NotMine, Recognised
from certhound.sources.files import InputFile
from certhound.x509.containers import embeds


class EmbeddedCertificates:
    """Recognises PEM blocks and base64 of certificates anywhere in the beginning of a text; asked last."""

    name = "embedded"
    last = 2

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        if not embeds(file.head):
            return NotMine()
        return taken(file, "embedded", "certificates that a text quotes; nothing else of it is read")


SOURCE = EmbeddedCertificates()

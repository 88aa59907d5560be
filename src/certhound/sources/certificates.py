"""Certificates as files: PEM, DER, PKCS#7, bundles, stores of Java and Windows, PKCS#12, of whatever name."""

from __future__ import annotations

from collections.abc import Iterator

from certhound.query.plan import Compression, Rejected
from certhound.sources.contract import CertificateFound, NotMine, Recognised
from certhound.sources.files import InputFile
from certhound.sources.streams import Broken, content
from certhound.x509.containers import Reject, extract_certificates, looks_like

MAX_FILE_BYTES = 256 * 1024 * 1024
"""A larger file is not a bundle of certificates that anybody made on purpose."""


class CertificateFiles:
    """Recognises certificates by PEM labels, by the shape of their DER, or by how a store begins."""

    name = "certificate"

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        is_log = file.head.lstrip().startswith((b"#separator", b"{", b"["))  # a log may quote a certificate
        kind = None if is_log else looks_like(file.head)
        return NotMine("", 0) if kind is None else taken(file, kind)


def taken(file: InputFile, kind: str, note: str = "") -> Recognised | NotMine:
    """The certificates of a file that is read whole, as long as it is not too large for that."""
    if file.compression is Compression.NONE and file.size > MAX_FILE_BYTES:
        return NotMine(f"{kind} certificates in a file of more than {MAX_FILE_BYTES} bytes", 80)
    return Recognised(f"certificate.{kind}", certificates=_read(file), note=note or kind)


def _read(file: InputFile) -> Iterator[CertificateFound | Rejected]:
    data, broken = _content(file)
    for found in extract_certificates(data):
        if isinstance(found, Reject):
            yield Rejected(file.path, found.reason, found.line, found.record)
        else:
            yield CertificateFound(found.der, file.path, found.line, found.record)
    if broken is not None:
        yield Rejected(file.path, broken)


def _content(file: InputFile) -> tuple[bytes, str | None]:
    """The file's bytes up to the limit, and why they are not all of them."""
    parts: list[bytes] = []
    size = 0
    for piece in content(file.opened, file.compression):
        if isinstance(piece, Broken):
            return b"".join(parts), f"could not be read to its end: {piece.reason}"
        parts.append(piece)
        size += len(piece)
        if size > MAX_FILE_BYTES:
            return b"".join(parts)[:MAX_FILE_BYTES], f"only its first {MAX_FILE_BYTES} bytes were read"
    return b"".join(parts), None


SOURCE = CertificateFiles()

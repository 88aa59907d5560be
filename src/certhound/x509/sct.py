"""Signed certificate timestamps embedded in a certificate (RFC 6962, 3.2 and 3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from certhound.x509.der import DerError, span
from certhound.x509.extensions import SCT_LIST, Extension

MAX_SCTS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sct:
    """One SCT: version (0 is v1), the log's id in hex, its time (None if absurd), and hash and signature numbers."""

    version: int
    log_id: str
    timestamp: datetime | None
    extensions: bytes
    hash_algorithm: int | None
    signature_algorithm: int | None
    signature: bytes


def read_scts(extensions: Iterable[Extension]) -> tuple[Sct, ...]:
    """The SCTs of a certificate's extensions; what is cut is left out, at most MAX_SCTS. Never raises."""
    found: list[Sct] = []
    for extension in extensions:
        if extension.oid == SCT_LIST and extension.content:
            try:
                start, stop, _ = span(extension.content, 0, len(extension.content))
            except (DerError, IndexError):
                continue
            found.extend(_read_list(extension.content[start + 2 : stop]))
    return tuple(found[:MAX_SCTS])


def _read_list(data: bytes) -> list[Sct]:
    found: list[Sct] = []
    position = 0
    while position + 2 <= len(data) and len(found) < MAX_SCTS:
        stop = position + 2 + int.from_bytes(data[position : position + 2], "big")
        raw = data[position + 2 : stop]
        if len(raw) >= 43 and stop <= len(data):
            found.append(_read_one(raw))
        position = stop
    return found


def _read_one(raw: bytes) -> Sct:
    milliseconds = int.from_bytes(raw[33:41], "big")
    # 253402300799999 is the last millisecond of the year 9999.
    moment = _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds < 253_402_300_800_000 else None
    end = 43 + int.from_bytes(raw[41:43], "big")
    tail = raw[end:]
    return Sct(
        version=raw[0],
        log_id=raw[1:33].hex(),
        timestamp=moment,
        extensions=raw[43:end],
        hash_algorithm=tail[0] if len(tail) >= 4 else None,
        signature_algorithm=tail[1] if len(tail) >= 4 else None,
        signature=tail[4:],
    )

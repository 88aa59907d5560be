"""JA3, JA3S and JA4: fingerprints of what TLS clients and servers say in the clear.

JA3 and JA3S: github.com/salesforce/ja3 (BSD). JA4 (the client's TLS fingerprint alone): github.com/FoxIO-LLC/ja4,
technical_details/JA4.md (BSD); the rest of that family has another licence and lives in ``x509.ja4plus``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from hashlib import md5, sha256

from certhound.sources.tls_messages import ALPN, SERVER_NAME, ClientHello, ServerHello
from certhound.sources.tls_names import GREASE

_NOTHING = "0" * 12
_MOST = 99
_VERSIONS = {
    0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
    0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3",
}  # fmt: skip
_DTLS_ORDER = {0xFEFF: 0, 0xFEFD: 1, 0xFEFC: 2}
"""DTLS counts its versions downwards."""


class Carrier(StrEnum):
    """What carries the handshake, by JA4's letter."""

    TCP = "t"
    QUIC = "q"
    DTLS = "d"


def without_grease(values: Iterable[int]) -> list[int]:
    return [value for value in values if value not in GREASE]


def ja3_text(hello: ClientHello) -> str:
    """The text whose MD5 is the JA3."""
    lists = (hello.ciphers, hello.extensions, hello.groups, hello.point_formats)
    return ",".join([str(hello.version), *("-".join(map(str, without_grease(each))) for each in lists)])


def ja3(hello: ClientHello) -> str:
    """JA3: 32 hex digits."""
    return _md5(ja3_text(hello))


def ja3s_text(hello: ServerHello) -> str:
    """The text whose MD5 is the JA3S."""
    return f"{hello.legacy_version},{hello.cipher},{'-'.join(map(str, without_grease(hello.extensions)))}"


def ja3s(hello: ServerHello) -> str:
    """JA3S: 32 hex digits."""
    return _md5(ja3s_text(hello))


def ja4(hello: ClientHello, carrier: Carrier = Carrier.TCP) -> str:
    """JA4, such as ``t13d1516h2_8daaf6152771_e5627efa2ab1``."""
    head, ciphers, rest = _ja4_parts(hello, carrier)
    return f"{head}_{_sha256(ciphers)}_{_sha256(rest)}"


def ja4_text(hello: ClientHello, carrier: Carrier = Carrier.TCP) -> str:
    """JA4 before hashing (JA4_r)."""
    return "_".join(_ja4_parts(hello, carrier))


def _ja4_parts(hello: ClientHello, carrier: Carrier) -> tuple[str, str, str]:
    ciphers, extensions = without_grease(hello.ciphers), without_grease(hello.extensions)
    version = version_mark(_highest(without_grease(hello.versions) or [hello.version]))
    name = "d" if SERVER_NAME in extensions else "i"
    counts = f"{min(len(ciphers), _MOST):02d}{min(len(extensions), _MOST):02d}"
    head = f"{carrier.value}{version}{name}{counts}{alpn_mark(hello.alpn[0] if hello.alpn else b'')}"
    kinds = _hex(sorted(kind for kind in extensions if kind not in (SERVER_NAME, ALPN)))
    signatures = _hex(without_grease(hello.signatures))
    return head, _hex(sorted(ciphers)), f"{kinds}_{signatures}" if signatures else kinds


def _highest(versions: list[int]) -> int:
    datagram = [version for version in versions if version in _DTLS_ORDER]
    return max(datagram, key=lambda version: _DTLS_ORDER[version]) if datagram else max(versions)


def version_mark(version: int) -> str:
    """Two characters for a version; ``00`` for one that has none."""
    return _VERSIONS.get(version, "00")


def alpn_mark(protocol: bytes) -> str:
    """First and last character of a protocol's name; of its hex digits where one of the two is no letter or digit."""
    if not protocol:
        return "00"
    first, last = chr(protocol[0]), chr(protocol[-1])
    if _is_plain(first) and _is_plain(last):
        return first + last
    digits = protocol.hex()
    return digits[0] + digits[-1]


def _is_plain(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _hex(values: Iterable[int]) -> str:
    return ",".join([f"{value:04x}" for value in values])


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12] if text else _NOTHING


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()

"""One certificate as Zeek's x509.log shows it, read from its DER.

Zeek lets OpenSSL print names (RFC 2253: last attribute first, no blank after the comma) and reads on where strict
parsers stop: an odd version is printed as a number, a time that is none becomes 0.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certhound.lab.certificates import der
from certhound.lab.certificates.build import ATTRIBUTES
from certhound.lab.zeek import Value

_ATTRIBUTE_NAMES = {dotted: name for name, dotted in ATTRIBUTES.items()}
_SIGNATURES = {
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
}
_KEY_ALGORITHMS = {"1.2.840.113549.1.1.1": "rsaEncryption", "1.2.840.10045.2.1": "id-ecPublicKey"}
_CURVES = {"secp256r1": "prime256v1"}


def name_parts(content: bytes) -> list[tuple[str, str]]:
    """Attributes of a Name by their short names, in the certificate's order."""
    found = []
    for _, relative, _ in der.children(content):
        for _, pair, _ in der.children(relative):
            (_, kind, _), (_, value, _) = der.children(pair)
            dotted = der.read_oid(kind)
            found.append((_ATTRIBUTE_NAMES.get(dotted, dotted), value.decode("utf-8", "replace")))
    return found


def name_text(content: bytes) -> str:
    """The content of a Name as OpenSSL prints it with the RFC 2253 flag."""
    return ",".join(f"{kind}={_escape(value)}" for kind, value in reversed(name_parts(content)))


def _escape(value: str) -> str:
    text = "".join(f"\\{c}" if c in ',+"\\<>;' else c if c.isascii() else _hex(c) for c in value)
    if text[:1] in ("#", " "):
        text = "\\" + text
    return text[:-1] + "\\ " if text.endswith(" ") and len(text) > 1 else text


def _hex(character: str) -> str:
    return "".join(f"\\{octet:02X}" for octet in character.encode())


def _time(tag: int, content: bytes) -> float:
    """Epoch seconds, or 0 where the time is none (Zeek reports that as a weird)."""
    try:
        text = content.decode("ascii")
        if tag == 0x17:
            text = ("19" if text[:2] >= "50" else "20") + text
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _extensions(content: bytes) -> dict[str, bytes]:
    found = {}
    for _, extension, _ in der.children(der.read(content)[1]):
        parts = list(der.children(extension))
        found[der.read_oid(parts[0][1])] = parts[-1][1]
    return found


def _alternative_names(value: bytes) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {"san.dns": [], "san.uri": [], "san.email": [], "san.ip": []}
    kinds = {0x81: "san.email", 0x82: "san.dns", 0x86: "san.uri"}
    for tag, content, _ in der.children(der.read(value)[1]):
        if tag == 0x87:
            names["san.ip"].append(str(ipaddress.ip_address(content)))
        elif tag in kinds:
            names[kinds[tag]].append(content.decode("ascii", "replace"))
    return {kind: found for kind, found in names.items() if found}


def _basic_constraints(value: bytes) -> dict[str, Value]:
    try:
        parts = {tag: content for tag, content, _ in der.children(der.read(value)[1])}
    except ValueError:
        return {}
    found: dict[str, Value] = {"basic_constraints.ca": parts.get(0x01, b"\0") != b"\0"}
    if 0x02 in parts:
        found["basic_constraints.path_len"] = int.from_bytes(parts[0x02], "big")
    return found


def _key(spki: bytes) -> dict[str, Value]:
    algorithm = next(der.children(next(der.children(der.read(spki)[1]))[1]))[1]
    key = load_der_public_key(spki)
    shown: dict[str, Value] = {"certificate.key_alg": _KEY_ALGORITHMS.get(der.read_oid(algorithm), "unknown")}
    if isinstance(key, rsa.RSAPublicKey):
        shown["certificate.key_type"] = "rsa"
        shown["certificate.exponent"] = str(key.public_numbers().e)
        shown["certificate.key_length"] = key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        shown["certificate.key_type"] = "ecdsa"
        shown["certificate.curve"] = _CURVES.get(key.curve.name, key.curve.name)
        shown["certificate.key_length"] = key.key_size
    return shown


def certificate_row(certificate: bytes) -> dict[str, Value]:
    """The columns of x509.log for one DER certificate, without ``ts``, ``host_cert`` and ``client_cert``.

    Raises ValueError where the outer structure is not that of a certificate.
    """
    body, algorithm, _ = (element for element in der.children(der.read(certificate)[1]))
    parts = list(der.children(body[1]))
    version = parts.pop(0)[1][-1] + 1 if parts[0][0] == 0xA0 else 1
    serial, _, issuer, validity, subject, spki, *rest = parts
    not_before, not_after = der.children(validity[1])
    digits = serial[1].lstrip(b"\0").hex().upper() or "00"
    row: dict[str, Value] = {
        "fingerprint": hashlib.sha256(certificate).hexdigest(),
        "certificate.version": version,
        "certificate.serial": digits,
        "certificate.subject": name_text(subject[1]),
        "certificate.issuer": name_text(issuer[1]),
        "certificate.not_valid_before": _time(*not_before[:2]),
        "certificate.not_valid_after": _time(*not_after[:2]),
        "certificate.sig_alg": _SIGNATURES.get(der.read_oid(next(der.children(algorithm[1]))[1]), "unknown"),
        **_key(spki[2]),
    }
    extensions = {tag: content for tag, content, _ in rest}.get(0xA3)
    found = _extensions(extensions) if extensions else {}
    if "2.5.29.17" in found:
        row |= _alternative_names(found["2.5.29.17"])
    if "2.5.29.19" in found:
        row |= _basic_constraints(found["2.5.29.19"])
    return row

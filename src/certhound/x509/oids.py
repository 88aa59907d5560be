"""Object identifiers that the reader knows by name, as data, and how their bytes become dotted text.

Names are those that OpenSSL and Zeek print, so that a rule written against a sensor's log also fits a
certificate that was read from its bytes. What has no name here stays dotted.
"""

from __future__ import annotations

from certhound.x509.der import DerError

MAX_OID_BYTES = 128
"""Longer identifiers are refused: no registered one comes near, and big arcs cost quadratic time to print."""

NAME_TYPES: dict[str, str] = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.14": "searchGuide",
    "2.5.4.15": "businessCategory",
    "2.5.4.16": "postalAddress",
    "2.5.4.17": "postalCode",
    "2.5.4.18": "postOfficeBox",
    "2.5.4.19": "physicalDeliveryOfficeName",
    "2.5.4.20": "telephoneNumber",
    "2.5.4.41": "name",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.45": "x500UniqueIdentifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.51": "houseIdentifier",
    "2.5.4.65": "pseudonym",
    "2.5.4.72": "role",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.3": "mail",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.2.840.113549.1.9.8": "unstructuredAddress",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
    "1.2.643.3.131.1.1": "INN",
    "1.2.643.100.1": "OGRN",
    "1.2.643.100.3": "SNILS",
}
"""Attribute types of names: dotted to OpenSSL's short name."""

NAME_TYPE_ALIASES: dict[str, str] = {
    "e": "emailAddress",
    "email": "emailAddress",
    "emailaddress": "emailAddress",
    "s": "ST",
    "sp": "ST",
    "stateorprovincename": "ST",
    "commonname": "CN",
    "countryname": "C",
    "localityname": "L",
    "organizationname": "O",
    "organizationalunitname": "OU",
    "streetaddress": "street",
    "surname": "SN",
    "givenname": "GN",
    "g": "GN",
    "t": "title",
    "userid": "UID",
    "domaincomponent": "DC",
    "jurisdictionlocalityname": "jurisdictionL",
    "jurisdictionstateorprovincename": "jurisdictionST",
    "jurisdictioncountryname": "jurisdictionC",
} | {name.lower(): name for name in NAME_TYPES.values()}
"""How other tools spell attribute types (lower case) to our spelling."""

NAME_OIDS: dict[str, str] = {name: oid for oid, name in NAME_TYPES.items()}

SIGNATURE_ALGORITHMS: dict[str, str] = {
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.3": "md4WithRSAEncryption",
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.3.14.3.2.29": "sha1WithRSA",
    "1.3.14.3.2.15": "shaWithRSAEncryption",
    "1.3.14.3.2.3": "md5WithRSA",
    "1.3.36.3.3.1.2": "ripemd160WithRSA",
    "1.2.840.113549.1.1.10": "rsassaPss",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "1.2.840.10040.4.3": "dsaWithSHA1",
    "2.16.840.1.101.3.4.3.1": "dsa_with_SHA224",
    "2.16.840.1.101.3.4.3.2": "dsa_with_SHA256",
    "2.16.840.1.101.3.4.3.3": "dsa_with_SHA384",
    "2.16.840.1.101.3.4.3.4": "dsa_with_SHA512",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "2.16.840.1.101.3.4.3.9": "ecdsa_with_SHA3-224",
    "2.16.840.1.101.3.4.3.10": "ecdsa_with_SHA3-256",
    "2.16.840.1.101.3.4.3.11": "ecdsa_with_SHA3-384",
    "2.16.840.1.101.3.4.3.12": "ecdsa_with_SHA3-512",
    "2.16.840.1.101.3.4.3.13": "RSA-SHA3-224",
    "2.16.840.1.101.3.4.3.14": "RSA-SHA3-256",
    "2.16.840.1.101.3.4.3.15": "RSA-SHA3-384",
    "2.16.840.1.101.3.4.3.16": "RSA-SHA3-512",
    "1.2.156.10197.1.501": "SM2-with-SM3",
    "1.3.101.112": "ED25519",
    "1.3.101.113": "ED448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
"""Signature algorithms: dotted to the long name that OpenSSL prints."""

_SLH_DSA = [
    f"{family}-{size}" for family in ("sha2", "shake") for size in ("128s", "128f", "192s", "192f", "256s", "256f")
]
SIGNATURE_ALGORITHMS |= {f"2.16.840.1.101.3.4.3.{20 + i}": f"SLH-DSA-{s.upper()}" for i, s in enumerate(_SLH_DSA)}

KEY_TYPES: dict[str, tuple[str, int | None]] = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.7": ("rsa", None),
    "1.2.840.113549.1.1.10": ("rsa", None),
    "2.5.8.1.1": ("rsa", None),
    "1.2.840.10045.2.1": ("ec", None),
    "1.2.840.10040.4.1": ("dsa", None),
    "1.3.14.3.2.12": ("dsa", None),
    "1.2.840.113549.1.3.1": ("dh", None),
    "1.2.840.10046.2.1": ("dh", None),
    "1.3.101.110": ("x25519", 256),
    "1.3.101.111": ("x448", 448),
    "1.3.101.112": ("ed25519", 256),
    "1.3.101.113": ("ed448", 456),
    "2.16.840.1.101.3.4.3.17": ("ml-dsa-44", None),
    "2.16.840.1.101.3.4.3.18": ("ml-dsa-65", None),
    "2.16.840.1.101.3.4.3.19": ("ml-dsa-87", None),
    "2.16.840.1.101.3.4.4.1": ("ml-kem-512", None),
    "2.16.840.1.101.3.4.4.2": ("ml-kem-768", None),
    "2.16.840.1.101.3.4.4.3": ("ml-kem-1024", None),
}
"""Public key algorithms: dotted to (name, fixed size in bits where the algorithm has one)."""
KEY_TYPES |= {f"2.16.840.1.101.3.4.3.{20 + i}": (f"slh-dsa-{s}", None) for i, s in enumerate(_SLH_DSA)}

CURVES: dict[str, tuple[str, int]] = {
    "1.2.840.10045.3.1.1": ("secp192r1", 192),
    "1.2.840.10045.3.1.7": ("secp256r1", 256),
    "1.3.132.0.33": ("secp224r1", 224),
    "1.3.132.0.34": ("secp384r1", 384),
    "1.3.132.0.35": ("secp521r1", 521),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
    "1.2.156.10197.1.301": ("SM2", 256),
}
"""Named curves: dotted to (name of SEC 2 or RFC 5639, size of the field in bits)."""

EXT_KEY_USAGES: dict[str, str] = {
    "2.5.29.37.0": "anyExtendedKeyUsage",
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.5": "ipsecEndSystem",
    "1.3.6.1.5.5.7.3.6": "ipsecTunnel",
    "1.3.6.1.5.5.7.3.7": "ipsecUser",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "1.3.6.1.5.5.7.3.17": "ipsecIKE",
    "1.3.6.1.5.2.3.5": "pkInitKDC",
    "1.3.6.1.4.1.311.10.3.3": "msSGC",
    "1.3.6.1.4.1.311.20.2.2": "msSmartcardLogin",
    "1.3.6.1.4.1.311.10.3.4": "msEFS",
    "1.3.6.1.4.1.311.10.3.12": "msDocumentSigning",
    "1.3.6.1.4.1.311.54.1.2": "msRemoteDesktop",
    "2.16.840.1.113730.4.1": "nsSGC",
}
"""Purposes of extended key usage: dotted to name."""

KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""Key usage bits in the order of RFC 5280, 4.2.1.3."""

_DECODED: dict[bytes, str] = {}
_MEMO_ENTRIES = 4096


def oid_text(content: bytes) -> str:
    """Dotted text of the content bytes of an OBJECT IDENTIFIER.

    Raises DerError where the bytes are empty, cut inside an arc, or longer than MAX_OID_BYTES.
    """
    text = _DECODED.get(content)
    if text is None:
        text = _decode(content)
        if len(_DECODED) >= _MEMO_ENTRIES:
            _DECODED.clear()
        _DECODED[content] = text
    return text


def _decode(content: bytes) -> str:
    if not content or len(content) > MAX_OID_BYTES or content[-1] & 0x80:
        raise DerError(f"object identifier of {len(content)} bytes cannot be read")
    arcs: list[int] = []
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def oid_bytes(dotted: str) -> bytes:
    """Content bytes of an OBJECT IDENTIFIER from its dotted text. Raises ValueError on anything else."""
    arcs = [int(part) for part in dotted.split(".") if part.isascii() and part.isdigit() and len(part) <= 40]
    if len(arcs) < 2 or len(arcs) != dotted.count(".") + 1 or arcs[0] > 2:
        raise ValueError(f"not a dotted object identifier: {dotted[:80]!r}")
    out = bytearray()
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        out += bytes(reversed(septets))
    return bytes(out)

"""The certificate reader against a bare loop over `cryptography` that reads the same fields, in one process.

    python benchmarks/x509_reader.py [COUNT] [--seed N]

The corpus is COUNT distinct leaf certificates (20,000 unless told) from a fixed seed: six templates as public CAs,
an enterprise CA and appliances make them, each signed once and then patched with its own serial, names, key, key
identifier, SCTs and signature, so that every certificate differs where real ones do. Beside it the roots of certifi,
each read once. Both loops see the certificates in the same order; ours starts with empty memories.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from certhound.x509 import distinguished_name, extensions, keys, oids, reader
from certhound.x509.certificate import read_certificate
from certhound.x509.containers import Found, extract_certificates
from certhound.x509.der import OCTET_STRING, encode

HOST = "host-00000000"
SCT_OID = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
PLACE = b"\xa5" * 16
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def sct_list(count: int, rng: random.Random) -> bytes:
    """The extension's value: logs are few, times and signatures are patched later."""
    body = b""
    for log in range(count):
        log_id = hashlib.sha256(b"log %d" % (log % 4)).digest()
        signature = b"\x04\x03" + (71).to_bytes(2, "big") + rng.randbytes(71)
        one = b"\0" + log_id + (1_700_000_000_000 + log).to_bytes(8, "big") + b"\0\0" + signature
        body += len(one).to_bytes(2, "big") + one
    return encode(OCTET_STRING, len(body).to_bytes(2, "big") + body)


def name(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def template(kind: int, subject: x509.Name, sans: int, key: Key, rng: random.Random, public: bool) -> bytes:
    """One signed certificate with places to patch; ``public`` adds what public CAs add."""
    issuer_name = name(
        (NameOID.COUNTRY_NAME, "US"), (NameOID.ORGANIZATION_NAME, f"Trust {kind}"), (NameOID.COMMON_NAME, f"CA R{kind}")
    )
    start = datetime(2025, 1 + kind, 3, 4, 5, 6, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name if public or kind == 3 else subject)
        .serial_number(int.from_bytes(PLACE, "big") >> 1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=90))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if sans:
        names = [x509.DNSName(f"{prefix}{HOST}.example{kind}.test") for prefix in ("", "www.", "api.", "m.")]
        names += [x509.DNSName(f"{i}.{HOST}.test") for i in range(sans - 4)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names[:sans]), critical=False)
    if public or kind == 3:
        usage = x509.KeyUsage(True, False, kind % 2 == 0, False, False, False, False, False, False)
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            builder.add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier(bytes([kind]) * 20, None, None), critical=False)
        )
    if public:
        builder = add_public(builder, kind, rng)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def add_public(builder: x509.CertificateBuilder, kind: int, rng: random.Random) -> x509.CertificateBuilder:
    """Pointers, policy and SCTs, as the rules of the public CAs ask for them."""
    method = x509.AccessDescription
    uri = x509.UniformResourceIdentifier
    access = [
        method(AuthorityInformationAccessOID.OCSP, uri(f"http://ocsp.ca{kind}.test")),
        method(AuthorityInformationAccessOID.CA_ISSUERS, uri(f"http://ca{kind}.test/r{kind}.crt")),
    ]
    policy = x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)
    point = x509.DistributionPoint([uri(f"http://crl.ca{kind}.test/{kind}.crl")], None, None, None)
    return (
        builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .add_extension(x509.UnrecognizedExtension(SCT_OID, sct_list(2 + kind % 2, rng)), critical=False)
    )


def templates(rng: random.Random) -> list[tuple[bytes, Key]]:
    """The six shapes: three of public CAs, one organisation-validated, one enterprise, one appliance."""
    host = (NameOID.COMMON_NAME, f"{HOST}.example.test")
    full = [
        (NameOID.COUNTRY_NAME, "DE"),
        (NameOID.STATE_OR_PROVINCE_NAME, "Bavaria"),
        (NameOID.LOCALITY_NAME, "Munich"),
    ]
    rsa_key = rsa.generate_private_key(65537, 2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    shapes: list[tuple[x509.Name, int, Key, bool]] = [
        (name(host), 2, ec_key, True),
        (name(host), 4, rsa_key, True),
        (name(host), 30, ec_key, True),
        (name(*full, (NameOID.ORGANIZATION_NAME, "Works"), host), 3, rsa_key, False),
        (name(*full, (NameOID.ORGANIZATION_NAME, "Example GmbH"), host), 2, rsa_key, True),
        (
            name(*full, (NameOID.ORGANIZATION_NAME, "Appliance"), (NameOID.EMAIL_ADDRESS, "a@b.test"), host),
            0,
            rsa_key,
            False,
        ),
    ]
    return [(template(i, s, sans, key, rng, public), key) for i, (s, sans, key, public) in enumerate(shapes)]


def corpus(count: int, seed: int) -> list[bytes]:
    """Distinct certificates: the templates in turn, each patched at its places. Lengths never change."""
    rng = random.Random(seed)
    made: list[bytes] = []
    shapes = templates(rng)
    for number in range(count):
        der, key = shapes[number % len(shapes)]
        made.append(patch(der, key, number, rng))
    return made


def patch(der: bytes, key: Key, number: int, rng: random.Random) -> bytes:
    serial = (int.from_bytes(PLACE, "big") >> 1).to_bytes(16, "big")
    der = der.replace(serial, bytes((rng.randrange(1, 128),)) + rng.randbytes(15), 1)
    der = der.replace(HOST.encode(), b"host-%08d" % number)
    public = key.public_key()
    der = der.replace(x509.SubjectKeyIdentifier.from_public_key(public).digest, rng.randbytes(20), 1)
    if isinstance(public, rsa.RSAPublicKey):
        modulus = public.public_numbers().n.to_bytes(256, "big")
        der = der.replace(
            modulus, bytes((rng.randrange(128, 256),)) + rng.randbytes(254) + bytes((rng.randrange(1, 256, 2),))
        )
    else:
        old = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        new = ec.generate_private_key(ec.SECP256R1()).public_key()
        der = der.replace(old, new.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    place = der.find(b"\x04\x03\x00\x47")
    while place > 0:
        der = der[: place + 4] + rng.randbytes(71) + der[place + 75 :]
        place = der.find(b"\x04\x03\x00\x47", place + 75)
    return der[:-60] + rng.randbytes(60)


def bare(der: bytes) -> tuple[Any, ...]:
    """The fields that `read_certificate` reads, by `cryptography`, written as one would write it by hand."""
    certificate = x509.load_der_x509_certificate(der)
    key = certificate.public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    subject, issuer = certificate.subject, certificate.issuer
    found: dict[str, Any] = {}
    order = []
    for extension in certificate.extensions:
        order.append(extension.oid.dotted_string)
        value = extension.value
        if isinstance(value, x509.SubjectAlternativeName):
            found["dns"] = value.get_values_for_type(x509.DNSName)
            found["ip"] = value.get_values_for_type(x509.IPAddress)
            found["uri"] = value.get_values_for_type(x509.UniformResourceIdentifier)
            found["email"] = value.get_values_for_type(x509.RFC822Name)
        elif isinstance(value, x509.BasicConstraints):
            found["ca"] = value.ca, value.path_length
        elif isinstance(value, x509.KeyUsage):
            found["usage"] = [u for u in USAGES if getattr(value, u)]
        elif isinstance(value, x509.ExtendedKeyUsage):
            found["purposes"] = [purpose.dotted_string for purpose in value]
        elif isinstance(value, x509.SubjectKeyIdentifier):
            found["ski"] = value.digest.hex()
        elif isinstance(value, x509.AuthorityKeyIdentifier):
            found["aki"] = (value.key_identifier or b"").hex()
        elif isinstance(value, x509.CertificatePolicies):
            found["policies"] = [policy.policy_identifier.dotted_string for policy in value]
        elif isinstance(value, x509.AuthorityInformationAccess):
            found["aia"] = [(d.access_method.dotted_string, d.access_location.value) for d in value]
        elif isinstance(value, x509.CRLDistributionPoints):
            found["crl"] = [n.value for point in value for n in point.full_name or ()]
        elif isinstance(value, x509.PrecertificateSignedCertificateTimestamps):
            found["scts"] = len(value)
    return (
        certificate.version.value + 1,
        format(certificate.serial_number, "x"),
        subject.rfc4514_string(),
        [a.value for a in subject.get_attributes_for_oid(NameOID.COMMON_NAME)],
        issuer.rfc4514_string(),
        [a.value for a in issuer.get_attributes_for_oid(NameOID.COMMON_NAME)],
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.signature_algorithm_oid.dotted_string,
        getattr(key, "key_size", None),
        key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else None,
        subject == issuer,
        order,
        found,
        hashlib.sha256(der).hexdigest(),
        hashlib.sha1(der).hexdigest(),
        hashlib.md5(der).hexdigest(),
        hashlib.sha256(spki).hexdigest(),
    )


USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign"),
)


def forget() -> None:
    """Empty every memory of the reader, so that it starts as a fresh process does."""
    memories: tuple[dict[Any, Any], ...] = (
        *(distinguished_name._names, distinguished_name._rdns, extensions.known_extensions),
        *(keys._algorithms, reader._algorithms, oids._DECODED),
    )
    for memory in memories:
        memory.clear()


def rate(work: Callable[[bytes], object], ders: list[bytes], rounds: int) -> float:
    """Certificates a second of CPU time, the best of some rounds, each with empty memories."""
    best = 0.0
    for _ in range(rounds):
        forget()
        began = time.process_time()
        for der in ders:
            work(der)
        best = max(best, len(ders) / (time.process_time() - began))
    return best


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("count", nargs="?", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    leaves = corpus(given.count, given.seed)
    with open(certifi.where(), "rb") as file:  # noqa: PTH123
        roots = [found.der for found in extract_certificates(file.read()) if isinstance(found, Found)]
    assert len(set(leaves)) == given.count
    for title, ders, rounds in (("leaves", leaves, given.rounds), ("certifi", roots, 20)):
        plain = rate(bare, ders, rounds)
        ours = rate(read_certificate, ders, rounds)
        row = rate(lambda der: read_certificate(der).row(), ders, 1)
        size = sum(map(len, ders)) // len(ders)
        print(f"{title}: {len(ders)} distinct certificates, {size} bytes each on average")
        print(f"  bare loop over cryptography   {plain:>9,.0f} /s")
        print(f"  read_certificate              {ours:>9,.0f} /s   ratio {ours / plain:.2f}")
        print(f"  and row(): structure, JA4X, self-signature checked  {row:>9,.0f} /s   ratio {row / plain:.2f}")


if __name__ == "__main__":
    main()

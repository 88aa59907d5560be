"""Structural fingerprints: the same for what one generator makes, and JA4X as published."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certhound.x509.certificate import read_certificate
from certhound.x509.fingerprint import serial_shape, structural_fingerprint, validity_shape
from certhound.x509.ja4plus import ja4x

START = datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC)


def generate(cn: str, serial: int, days: int = 730, country: str = "US") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    types = [NameOID.COMMON_NAME, NameOID.COUNTRY_NAME, NameOID.STATE_OR_PROVINCE_NAME, NameOID.ORGANIZATION_NAME]
    values = [cn, country, "Somewhere", "Org"]
    name = x509.Name([x509.NameAttribute(t, v) for t, v in zip(types, values, strict=True)])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=days))
        .public_key(key.public_key())
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(cn)]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def test_a_reissue_keeps_the_fingerprint() -> None:
    first, again = (
        read_certificate(generate("a.example", 2**63 + 5)),
        read_certificate(generate("b.test", 2**62, 365, "DE")),
    )
    assert first.structure == again.structure
    assert structural_fingerprint(first).text == (
        "v3|CN,C,ST,O|CN,C,ST,O|2.5.29.15!,2.5.29.37,2.5.29.17|365d|64|ecsecp256r1,ecdsa-with-SHA256"
    )


@pytest.mark.parametrize("other", [generate("a.example", 5), generate("a.example", 2**63, 90)])
def test_another_shape_is_another_fingerprint(other: bytes) -> None:
    assert read_certificate(other).structure != read_certificate(generate("a.example", 2**63)).structure


@pytest.mark.parametrize(
    ("after", "shape"),
    [
        (START + timedelta(days=730), "365d"),
        (START.replace(month=2, day=29, year=2028), "years"),
        (START + timedelta(days=90), "days"),
        (START + timedelta(days=90, seconds=-1), "days-1s"),
        (START + timedelta(days=90, seconds=7), "odd"),
        (START - timedelta(days=1), "negative"),
        (None, "?"),
    ],
)
def test_validity_arithmetic(after: datetime | None, shape: str) -> None:
    assert validity_shape(START, after) == shape


@pytest.mark.parametrize(
    ("serial", "shape"),
    [
        ("0", "zero"),
        ("-1", "negative"),
        ("3e8", "16"),
        ("f" * 16, "64"),
        ("1" * 40, "160"),
        ("1" * 41, "long"),
        (None, "?"),
    ],
)
def test_serial_shapes(serial: str | None, shape: str) -> None:
    assert serial_shape(serial) == shape


def test_what_cannot_be_read_has_a_fingerprint_too() -> None:
    assert structural_fingerprint(read_certificate(b"junk")).text == "v?|?|?|-|?|?|?,?"


def test_ja4x_as_the_public_description_computes_it() -> None:
    # The description's own example: CN, C, ST, O on both sides; key usage, extended key usage, SAN.
    assert ja4x(read_certificate(generate("a.example", 1))) == "96a6439c8f5c_96a6439c8f5c_aae71e8db6d7"


def test_ja4x_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = read_certificate(generate("a.example", 1))
    assert ja4x(certificate, enabled=False) is None
    monkeypatch.setenv("CERTHOUND_NO_JA4PLUS", "1")
    assert certificate.row()["ja4x"] is None
    assert ja4x(certificate, enabled=True) is not None
    assert ja4x(read_certificate(b"junk"), enabled=True) is None


def test_the_reader_works_without_the_ja4plus_folder() -> None:
    code = (
        "import sys; sys.modules['certhound.x509.ja4plus'] = None\n"
        "from certhound.x509.certificate import read_certificate; print(read_certificate(b'x').row()['ja4x'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "None"

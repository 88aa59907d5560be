"""The reader against the libraries: the same facts of sound certificates, and of broken ones all that is not broken."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import warnings
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from certhound.x509.certificate import ROW_COLUMNS, Certificate, read_certificate, read_certificates
from certhound.x509.containers import Found, extract_certificates
from certhound.x509.der import encode
from certhound.x509.general_names import MAX_NAMES
from certhound.x509.oids import oid_bytes

START = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
FULL_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Bavaria"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "München"),
        x509.NameAttribute(NameOID.STREET_ADDRESS, "Main Street 1"),
        x509.NameAttribute(NameOID.POSTAL_CODE, "80331"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'A, "B" + C; <D>'),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, " # leading and trailing "),
        x509.NameAttribute(NameOID.COMMON_NAME, "first.example"),
        x509.NameAttribute(NameOID.COMMON_NAME, "last.example"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@b.example"),
    ]
)


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def builder(key: Any, subject: x509.Name = FULL_NAME, issuer: x509.Name = FULL_NAME) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(0x00F1E2D3C4B5A697)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=365))
        .public_key(key.public_key())
    )


@cache
def full_der() -> bytes:
    """A certificate with every extension that has a column."""
    uri = x509.UniformResourceIdentifier
    names: list[x509.GeneralName] = [
        x509.DNSName("a.example"),
        x509.DNSName("*.b.example"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
        uri("https://a.example/x"),
        x509.RFC822Name("me@a.example"),
        x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dir")])),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), encode(0x0C, b"user@ad.example")),
    ]
    access = [
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri("http://ocsp.example")),
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri("http://ca.example/ca.crt")),
    ]
    points = [x509.DistributionPoint([uri(f"http://crl{i}.example")], None, None, None) for i in (1, 2)]
    policies = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in ("2.23.140.1.2.2", "1.2.3")]
    key = rsa_key()
    return (
        builder(key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=2), critical=True)
        .add_extension(x509.KeyUsage(True, True, False, False, True, True, True, False, True), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, x509.ObjectIdentifier("1.2.3.9")]), False
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier(b"\x01" * 20), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier(b"\x02" * 20, None, None), critical=False)
        .add_extension(x509.AuthorityInformationAccess(access), critical=False)
        .add_extension(x509.CRLDistributionPoints(points), critical=False)
        .add_extension(x509.CertificatePolicies(policies), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def certifi_ders() -> list[bytes]:
    pem = Path(certifi.where()).read_bytes()
    return [found.der for found in extract_certificates(pem) if isinstance(found, Found)]


def test_every_column_of_a_full_certificate() -> None:
    found = read_certificate(full_der())
    assert found.field_errors == {}
    assert found.version == 3
    assert found.serial == "f1e2d3c4b5a697"
    assert (
        found.subject
        == found.issuer
        == (
            "emailAddress=a@b.example,CN=last.example,CN=first.example,OU=\\ # leading and trailing\\ ,"
            'O=A\\, \\"B\\" \\+ C\\; \\<D\\>,postalCode=80331,street=Main Street 1,L=München,ST=Bavaria,C=DE'
        )
    )
    assert found.subject_cn == "last.example"
    assert (found.not_before, found.not_after) == (START, START + timedelta(days=365))
    assert found.san_dns == ("a.example", "*.b.example")
    assert found.san_ip == ("192.0.2.1", "2001:db8::1")
    assert found.san_uri == ("https://a.example/x",)
    assert found.san_email == ("me@a.example",)
    assert found.san_other == (
        "dirName:CN=dir",
        "registeredID:1.2.3.4",
        "otherName:1.3.6.1.4.1.311.20.2.3:user@ad.example",
    )
    assert (found.key_type, found.key_bits, found.curve) == ("rsa", 2048, None)
    assert found.signature_algorithm == "sha256WithRSAEncryption"
    assert (found.is_ca, found.path_len) == (True, 2)
    assert found.key_usage == (
        *("digitalSignature", "nonRepudiation", "keyAgreement", "keyCertSign", "cRLSign", "decipherOnly"),
    )
    assert found.ext_key_usage == ("serverAuth", "1.2.3.9")
    assert (found.ski, found.aki) == ("01" * 20, "02" * 20)
    assert found.aia_ocsp == ("http://ocsp.example",)
    assert found.aia_issuers == ("http://ca.example/ca.crt",)
    assert found.crl_urls == ("http://crl1.example", "http://crl2.example")
    assert found.policies == ("2.23.140.1.2.2", "1.2.3")
    assert found.extension_oids[:3] == ("2.5.29.19", "2.5.29.15", "2.5.29.37")
    assert found.critical_oids == ("2.5.29.19", "2.5.29.15")
    assert (found.self_issued, found.self_signed) == (True, True)
    assert found.validity_s == 365 * 86400
    assert found.algorithms_agree


@pytest.mark.parametrize("der", [*certifi_ders()], ids=range(len(certifi_ders())))
def test_roots_of_certifi_read_as_cryptography_reads_them(der: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = x509.load_der_x509_certificate(der)
        serial = theirs.serial_number
    ours = read_certificate(der)
    assert ours.field_errors == {}
    assert ours.serial == format(serial, "x")
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    assert [a.value for a in ours.subject_name.attributes] == [a.value for a in theirs.subject]  # type: ignore[union-attr]
    assert ours.extension_oids == tuple(e.oid.dotted_string for e in theirs.extensions)
    assert ours.key_bits == theirs.public_key().key_size  # type: ignore[union-attr]
    assert ours.tbs_der == theirs.tbs_certificate_bytes
    assert ours.signature == theirs.signature
    assert ours.self_signed is True


@pytest.mark.parametrize(
    ("key", "kind", "bits", "curve", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "ec", 256, "secp256r1", "ecdsa-with-SHA256"),
        (ec.generate_private_key(ec.SECP521R1()), "ec", 521, "secp521r1", "ecdsa-with-SHA256"),
        (dsa.generate_private_key(1024), "dsa", 1024, None, "dsa_with_SHA256"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519", 256, None, "ED25519"),
        (ed448.Ed448PrivateKey.generate(), "ed448", 456, None, "ED448"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_kinds_of_keys(key: Any, kind: str, bits: int, curve: str | None, algorithm: str) -> None:
    digest = None if kind.startswith("ed") else hashes.SHA256()
    found = read_certificate(builder(key).sign(key, digest).public_bytes(Encoding.DER))
    assert (found.key_type, found.key_bits, found.curve) == (kind, bits, curve)
    assert found.signature_algorithm == algorithm
    assert found.self_signed is True
    assert read_certificate(found.der[:-1] + bytes((found.der[-1] ^ 1,))).self_signed is False


def test_pss_signatures_are_checked_with_their_parameters() -> None:
    key = rsa_key()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=24)
    found = read_certificate(builder(key).sign(key, hashes.SHA384(), rsa_padding=pss).public_bytes(Encoding.DER))
    assert (found.signature_algorithm, found.self_signed) == ("rsassaPss", True)


def test_names_print_as_openssl_prints_them(tmp_path: Path) -> None:
    (tmp_path / "c.der").write_bytes(full_der())
    command = ["openssl", "x509", "-inform", "DER", "-in", str(tmp_path / "c.der"), "-noout", "-subject"]
    printed = subprocess.run([*command, "-nameopt", "RFC2253,-esc_msb,utf8"], capture_output=True, check=True).stdout
    assert printed.decode().strip("\n") == f"subject={read_certificate(full_der()).subject}"


def tbs(**parts: bytes) -> bytes:
    """A certificate put together by hand; each part can be given. The signature is junk."""
    name = encode(0x31, encode(0x30, encode(6, oid_bytes("2.5.4.3")) + encode(0x0C, b"x")))
    algorithm = encode(0x30, encode(6, oid_bytes("1.2.840.10045.4.3.2")))
    point = encode(3, b"\0\x04" + b"\x05" * 64)
    curve = encode(6, oid_bytes("1.2.840.10045.2.1")) + encode(6, oid_bytes("1.2.840.10045.3.1.7"))
    given = {
        "version": encode(0xA0, encode(2, b"\2")),
        "serial": encode(2, b"\x12\x34"),
        "algorithm": algorithm,
        "issuer": encode(0x30, name),
        "validity": encode(0x30, encode(0x17, b"250101000000Z") + encode(0x17, b"260101000000Z")),
        "subject": encode(0x30, name),
        "key": encode(0x30, encode(0x30, curve) + point),
        "extensions": b"",
    } | parts
    body = encode(0x30, b"".join(given.values()))
    return encode(0x30, body + algorithm + encode(3, b"\0" + b"\x01" * 64))


def times(first: bytes, second: bytes) -> bytes:
    return encode(0x30, first + second)


UTC_OK = encode(0x17, b"250101000000Z")
MID = datetime(2025, 1, 1, tzinfo=UTC)
RSA_ONLY = encode(0x30, encode(0x30, encode(6, oid_bytes("1.2.840.113549.1.1.1"))))
BROKEN: list[tuple[str, dict[str, bytes], str, object]] = [
    ("version 7", {"version": encode(0xA0, encode(2, b"\7"))}, "version", 8),
    ("version of a string", {"version": encode(0xA0, encode(0x0C, b"3"))}, "version", None),
    ("version too large for a number", {"version": encode(0xA0, encode(2, b"\x7f" * 30))}, "version", None),
    ("empty serial", {"serial": encode(2, b"")}, "serial", None),
    ("serial is a string", {"serial": encode(0x0C, b"hi")}, "serial", None),
    ("serial missing", {"serial": b""}, "serial", None),
    ("serial of 10000 bytes", {"serial": encode(2, b"\1" * 10_000)}, "serial", "1" + "01" * 4095),
    ("algorithm missing", {"algorithm": b""}, "signature_algorithm", "ecdsa-with-SHA256"),
    ("time without seconds", {"validity": times(encode(0x17, b"2501010000Z"), UTC_OK)}, "not_before", MID),
    ("time with offset", {"validity": times(encode(0x17, b"250101010000+0100"), UTC_OK)}, "not_before", MID),
    ("time without zone", {"validity": times(encode(0x17, b"250101000000"), UTC_OK)}, "not_before", MID),
    ("garbage time", {"validity": times(encode(0x17, b"hello"), UTC_OK)}, "not_before", None),
    ("30 February", {"validity": times(encode(0x17, b"250230000000Z"), UTC_OK)}, "not_before", None),
    ("negative year", {"validity": times(encode(0x18, b"-0010101000000Z"), UTC_OK)}, "not_before", None),
    ("year 0", {"validity": times(encode(0x18, b"00000101000000Z"), UTC_OK)}, "not_before", None),
    ("past year 9999", {"validity": times(UTC_OK, encode(0x18, b"99991231235959-1200"))}, "not_after", None),
    ("one time only", {"validity": times(UTC_OK, b"")}, "not_after", None),
    ("time is a number", {"validity": times(encode(2, b"\1"), UTC_OK)}, "not_before", None),
    ("validity missing", {"validity": b""}, "not_before", None),
    ("issuer is a set", {"issuer": encode(0x31, b"")}, "issuer", None),
    ("issuer missing", {"issuer": b""}, "issuer", None),
    ("subject missing", {"subject": b""}, "subject", None),
    ("subject of random bytes", {"subject": encode(0x30, b"\xff" * 9)}, "subject", None),
    ("key is an integer", {"key": encode(2, b"\1" * 60)}, "key_type", None),
    ("key without bits", {"key": RSA_ONLY}, "key_bits", None),
    ("extensions of random bytes", {"extensions": encode(0xA3, encode(0x30, b"\xff" * 9))}, "extension_oids", ()),
]
# Columns that a broken part takes with it, for they are read from the same bytes.
TAKEN = {
    "not_before": {"not_after"},
    "subject": {"subject_cn", "self_issued"},
    "issuer": {"issuer_cn", "self_issued"},
    "key_type": {"key_bits", "curve"},
    "key_bits": {"key_type", "curve"},
}
COMPARED = ("version", "serial", "subject", "issuer", "not_before", "not_after", "key_type", "key_bits", "curve")


@pytest.mark.parametrize(("parts", "blamed", "value"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN])
def test_one_broken_field_costs_no_other(parts: dict[str, bytes], blamed: str, value: object) -> None:
    found = read_certificate(tbs(**parts))
    assert blamed in found.field_errors
    assert getattr(found, blamed) == value
    sound = read_certificate(tbs())
    assert sound.field_errors == {}
    others = [column for column in COMPARED if column != blamed and column not in TAKEN.get(blamed, ())]
    assert {column: getattr(found, column) for column in others} == {c: getattr(sound, c) for c in others}


SERIALS = [(b"\0", "0"), (b"\0\xff", "ff"), (b"\xff", "-1"), (b"\x80", "-80"), (b"\0\0\1", "1"), (b"\xed\x00", "-1300")]


@pytest.mark.parametrize(("content", "text"), SERIALS)
def test_serials_are_canonical(content: bytes, text: str) -> None:
    assert read_certificate(tbs(serial=encode(2, content))).serial == text


STRINGS = [
    (0x0C, "zürich".encode(), "zürich", False),
    (0x13, b"plain", "plain", False),
    (0x1E, "zürich".encode("utf-16-be"), "zürich", False),
    (0x1C, "zürich".encode("utf-32-be"), "zürich", False),
    (0x14, b"z\xfcrich", "zürich", False),
    (0x13, b"z\xfcrich", "zürich", True),
    (0x0C, b"z\xfcrich", "z\ufffdrich", True),
    (0x1E, b"\0a\0", "a\ufffd", True),
    (0x0C, b"a\0b", "a\0b", True),
    (0x13, b"a\0", "a\0", True),
    (0x02, b"\5", "#020105", True),
]


@pytest.mark.parametrize(("tag", "raw", "text", "blamed"), STRINGS)
def test_string_types(tag: int, raw: bytes, text: str, blamed: bool) -> None:
    name = encode(0x30, encode(0x31, encode(0x30, encode(6, oid_bytes("2.5.4.3")) + encode(tag, raw))))
    found = read_certificate(tbs(subject=name))
    assert found.subject_cn == text
    assert ("subject" in found.field_errors) is blamed


def extension(oid: str, value: bytes, critical: bytes = b"") -> bytes:
    return encode(0x30, encode(6, oid_bytes(oid)) + critical + encode(4, value))


def with_extensions(*extensions: bytes) -> Certificate:
    return read_certificate(tbs(extensions=encode(0xA3, encode(0x30, b"".join(extensions)))))


def test_a_million_names_are_capped_and_reported() -> None:
    names = b"".join(encode(0x82, b"%07d.example" % number) for number in range(1_000_000))
    found = with_extensions(extension("2.5.29.17", encode(0x30, names)))
    assert len(found.san_dns) == MAX_NAMES
    assert str(MAX_NAMES) in found.field_errors["san_dns"]
    assert found.serial == "1234"


def test_a_broken_extension_costs_its_own_columns_only() -> None:
    found = with_extensions(
        extension("2.5.29.17", b"\x04junk"),
        extension("2.5.29.14", encode(4, b"\7" * 20)),
        encode(0x30, b"\x05\x00"),
        extension("2.5.29.37", encode(0x30, encode(6, oid_bytes("1.3.6.1.5.5.7.3.1")))),
    )
    assert set(found.field_errors) == {"san_dns", "extension_oids"}
    assert (found.ski, found.ext_key_usage) == ("07" * 20, ("serverAuth",))
    assert found.extension_oids == ("2.5.29.17", "2.5.29.14", "", "2.5.29.37")


def test_names_of_a_second_san_are_kept() -> None:
    sans = [extension("2.5.29.17", encode(0x30, encode(0x82, name))) for name in (b"a.example", b"b.example")]
    found = with_extensions(*sans)
    assert found.san_dns == ("a.example", "b.example")
    assert "more than once" in found.field_errors["extension_oids"]


def test_hostile_names_in_a_san_are_kept_and_reported() -> None:
    names = (
        encode(0x82, b"good.example\0.evil.example")
        + encode(0x82, b"\xff")
        + encode(0x87, b"\1\2\3")
        + encode(0x82, b"ok")
    )
    found = with_extensions(extension("2.5.29.17", encode(0x30, names)))
    assert found.san_dns == ("good.example\0.evil.example", "\ufffd", "ok")
    assert "NUL" in found.field_errors["san_dns"]
    assert "010203" in found.field_errors["san_ip"]


def test_scts_are_counted_and_read() -> None:
    one = b"\0" + b"\xab" * 32 + (1_700_000_000_000).to_bytes(8, "big") + b"\0\0" + b"\4\3\0\2hi"
    many = b"".join(len(one).to_bytes(2, "big") + one for _ in range(2))
    found = with_extensions(extension("1.3.6.1.4.1.11129.2.4.2", encode(4, len(many).to_bytes(2, "big") + many)))
    assert found.sct_count == len(found.scts) == 2
    assert found.scts[0].log_id == "ab" * 32
    assert found.scts[0].timestamp == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert found.scts[0].signature == b"hi"
    assert read_certificate(tbs()).sct_count == 0


@pytest.mark.parametrize(
    "blob", [b"", b"\x30", b"\x30\x80", b"junk", b"\x30\x03\x02\x01\x05", b"\0" * 5000, b"\x30\x84\xff\xff\xff\xff"]
)
def test_what_is_no_certificate_still_gives_a_row(blob: bytes) -> None:
    found = read_certificate(blob)
    assert "der" in found.field_errors
    assert len(found.sha256) == 64
    assert found.subject is None
    assert found.row()["id"] == found.sha256


def test_trailing_bytes_are_reported_and_cost_nothing() -> None:
    found = read_certificate(full_der() + b"\0")
    assert found.trailing_bytes == 1
    assert set(found.field_errors) == {"der"}
    assert found.self_signed is True


@pytest.mark.parametrize("kept", [60, 200, 400, 700, 1000])
def test_a_cut_certificate_gives_what_is_there(kept: int) -> None:
    whole, cut = read_certificate(full_der()), read_certificate(full_der()[:kept])
    assert "der" in cut.field_errors
    assert cut.serial == whole.serial
    if kept >= 400:
        assert cut.issuer == whole.issuer


def test_broken_outer_headers_leave_the_body_readable() -> None:
    whole = full_der()
    for broken in (b"\x31" + whole[1:], b"\0" * 8 + whole[8:], whole[:4] + b"\x31" + whole[5:]):
        found = read_certificate(broken)
        assert (found.serial, found.san_dns) == ("f1e2d3c4b5a697", ("a.example", "*.b.example"))
        assert "der" in found.field_errors


def test_indefinite_lengths_are_read() -> None:
    inner = tbs()
    body = inner[4:] if inner[1] == 0x82 else inner[3:]
    found = read_certificate(b"\x30\x80" + body + b"\0\0")
    assert found.field_errors == {}
    assert found.serial == "1234"


def test_rows_have_the_columns_and_survive_json() -> None:
    for der in (full_der(), full_der()[:300], b"x", tbs(extensions=encode(0xA3, b"\x30\x00"))):
        row = read_certificate(der).row()
        assert tuple(row) == ROW_COLUMNS
        json.dumps({key: value for key, value in row.items() if key != "der"}, default=str)
    assert read_certificate(tbs()).row()["extension_oids"] == []
    assert read_certificate(b"").row()["extension_oids"] is None
    assert read_certificate(tbs()).row()["san_dns"] is None


def test_a_batch_keeps_order_and_equality_is_by_bytes() -> None:
    first, second, third = read_certificates([full_der(), b"", bytes(bytearray(full_der()))])
    assert first == third != second
    assert len({first, second, third}) == 2


def test_certificates_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        read_certificate(b"").serial = "1"  # type: ignore[misc]


def test_warnings_of_libraries_do_not_reach_the_user() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_certificate(tbs(serial=encode(2, b"\xff"))).row()["self_signed"] is None

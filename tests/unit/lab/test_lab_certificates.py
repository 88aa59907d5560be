"""The builders make what they claim, read back by cryptography and OpenSSL."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from certhound.lab.certificates import (
    Certificate,
    KeyRing,
    LogKeys,
    appliances,
    build_ca,
    der,
    issue,
    junk_subject,
    metasploit_subject,
    sliver_subject,
    tools,
)

NOW = datetime(2026, 9, 1, tzinfo=UTC)
KEYS = KeyRing(7)


def load(certificate: Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.der)


def attributes(name: x509.Name) -> dict[str, str]:
    return {attribute.oid.dotted_string: str(attribute.value) for attribute in name}


def test_the_same_seed_gives_the_same_key_and_another_seed_another() -> None:
    first, again, other = (KeyRing(seed).rsa("leaf", 1024) for seed in (1, 1, 2))
    assert first.spki == again.spki != other.spki
    assert KeyRing(1).ec("leaf").spki == KeyRing(1).ec("leaf").spki


@pytest.mark.parametrize("bits", [1024, 2048])
def test_rsa_keys_have_their_size_and_sign(bits: int) -> None:
    key = KEYS.rsa("size", bits).private
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == bits
    numbers = key.private_numbers()
    assert numbers.p * numbers.q == key.public_key().public_numbers().n
    # the library's own check, which the builder leaves out for speed
    assert numbers.private_key().key_size == bits


def test_a_public_hierarchy_verifies_link_by_link() -> None:
    rng = Random(1)
    root = build_ca((("CN", "Root"),), KEYS.ec("root", "P-384"), rng, NOW, timedelta(days=7000))
    name = (("C", "NL"), ("CN", "Issuing"))
    middle = build_ca(name, KEYS.rsa("ca"), rng, NOW, timedelta(days=900), root, "ca.example", path_len=0)
    logs = LogKeys((KEYS.ec("log/1"), KEYS.ec("log/2")))
    made = issue(
        middle, (), KEYS.ec("leaf"), rng, ("a.example", "*.b.example", "192.0.2.1"), NOW, timedelta(days=90), logs
    )
    leaf, issuer, top = load(made), *(x509.load_der_x509_certificate(one) for one in (middle.der, root.der))
    leaf.verify_directly_issued_by(issuer)
    issuer.verify_directly_issued_by(top)
    top.verify_directly_issued_by(top)
    assert made.chain == (middle.der,)
    names = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    assert names.critical, "an empty subject makes the names critical (RFC 5280, 4.2.1.6)"
    assert names.value.get_values_for_type(x509.DNSName) == ["a.example", "*.b.example"]  # type: ignore[attr-defined]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=90, seconds=-1)
    stamps = leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    assert [stamp.timestamp for stamp in stamps] == [NOW.replace(tzinfo=None)] * 2


@pytest.mark.parametrize("seed", range(40))
def test_metasploit_subjects_hold_the_invariants(seed: int) -> None:
    found = dict(metasploit_subject(Random(seed)))
    assert found["emailAddress"] == f"{found['OU']}@{found['CN']}"
    assert found["C"] == "US"
    assert len(found["ST"]) == 2
    assert "L" not in found
    host, _, _ = found["CN"].rpartition(".")
    joined = "".join(c if c.isalnum() else " " for c in found["O"].lower().replace("and", ""))
    assert host == ".".join(joined.split())


def test_metasploit_certificates_last_whole_years_and_carry_two_extensions() -> None:
    for seed in range(10):
        found = load(tools.metasploit(Random(seed), KEYS.rsa("msf"), NOW))
        years, rest = divmod(found.not_valid_after_utc - found.not_valid_before_utc, timedelta(days=365))
        assert rest == timedelta(0)
        assert 4 <= years <= 9
        assert [e.oid for e in found.extensions] == [
            ExtensionOID.BASIC_CONSTRAINTS,
            ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ]
        constraints = found.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.value.ca
        assert constraints.critical
        found.verify_directly_issued_by(found)


@pytest.mark.parametrize("seed", range(20))
def test_sliver_subjects_have_a_postal_code_of_four_digits_and_a_street(seed: int) -> None:
    found = dict(sliver_subject(Random(seed), "host.example"))
    assert 1000 <= int(found["postalCode"]) <= 8999
    assert found["C"] == "US"
    assert "street" in found


def test_sliver_has_an_issuer_without_a_name_and_havoc_is_self_issued() -> None:
    sliver = load(tools.sliver(Random(1), KEYS.ec("s"), KEYS.ec("s/ca"), NOW, "host.example"))
    assert list(sliver.issuer) == []
    havoc = load(tools.havoc(Random(1), KEYS.rsa("h"), NOW, "203.0.113.9"))
    assert havoc.issuer == havoc.subject


def test_the_quasar_family_ends_with_the_last_second_of_9999() -> None:
    found = load(tools.async_rat(Random(1), KEYS.rsa("r"), NOW, "AsyncRAT Server"))
    assert found.not_valid_after_utc == tools.FOREVER
    assert [e.oid for e in found.extensions] == [ExtensionOID.SUBJECT_KEY_IDENTIFIER, ExtensionOID.BASIC_CONSTRAINTS]
    assert found.signature_hash_algorithm is not None
    assert found.signature_hash_algorithm.name == "sha512"
    assert (found.serial_number.bit_length() + 7) // 8 == 15


def test_dcrat_comes_from_an_issuer_of_its_own() -> None:
    found = load(tools.dcrat(Random(1), KEYS.rsa("d", 1024), KEYS.rsa("d/ca", 1024), NOW))
    assert attributes(found.issuer)[NameOID.ORGANIZATION_NAME.dotted_string] == "DcRat By qwqdanchun"
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=3935)
    assert found.issuer != found.subject


def test_defaults_of_other_tools() -> None:
    rng, key = Random(1), KEYS.rsa("r")
    assert load(tools.cobalt_strike(rng, key, NOW)).serial_number == 146473198
    posh = load(tools.posh_c2(rng, key, NOW))
    assert (posh.version, posh.serial_number, len(posh.extensions)) == (x509.Version.v1, 1000, 0)
    covenant = load(tools.covenant(rng, key, NOW))
    assert covenant.not_valid_after_utc - covenant.not_valid_before_utc == timedelta(seconds=315446400)
    assert attributes(load(tools.mythic(rng, key, NOW)).subject) == {NameOID.ORGANIZATION_NAME.dotted_string: "Mythic"}


def test_a_claimed_issuer_is_signed_by_a_foreign_key() -> None:
    issuer = (("C", "US"), ("O", "Let's Encrypt"), ("CN", "E8"))
    signer = KEYS.rsa("foreign")
    found = load(tools.claimed_issuer(Random(1), KEYS.ec("c"), signer, NOW, issuer, "a.example"))
    assert attributes(found.issuer)[NameOID.COMMON_NAME.dotted_string] == "E8"
    identifier = found.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert identifier == signer.identifier


def _read_strictly(made: Certificate) -> None:
    found = load(made)
    list(found.extensions)
    found.not_valid_after_utc.isoformat()


@pytest.mark.parametrize("kind", tools.MALFORMATIONS)
def test_malformed_certificates_are_refused_by_a_strict_parser_and_read_by_openssl(kind: str) -> None:
    made = tools.malformed(Random(1), KEYS.rsa("r"), NOW, kind, junk_subject(Random(2)))
    with pytest.raises((ValueError, x509.InvalidVersion)):
        _read_strictly(made)
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    done = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-serial"], input=made.der, capture_output=True, check=False
    )
    assert done.stdout.startswith(b"serial=")


def test_an_unknown_malformation_is_refused() -> None:
    with pytest.raises(ValueError, match="no such malformation"):
        tools.malformed(Random(1), KEYS.ec("x"), NOW, "colour", ())


def test_appliances_are_self_signed_and_named_as_their_makers_name_them() -> None:
    rng, key = Random(1), KEYS.rsa("r")
    made = {
        "pfSense-": appliances.pfsense(rng, key, NOW),
        "idrac-": appliances.idrac(rng, key, NOW),
        "TRAEFIK": appliances.traefik(rng, key, NOW),
        "unifi.local": appliances.unifi(rng, key, NOW),
        "build7": appliances.snake_oil(rng, key, NOW, "build7"),
        "test": appliances.bare_name(rng, key, NOW, "test"),
    }
    for start, certificate in made.items():
        found = load(certificate)
        found.verify_directly_issued_by(found)
        assert attributes(found.subject)[NameOID.COMMON_NAME.dotted_string].startswith(start)


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (der.integer(0), "020100"),
        (der.integer(127), "02017f"),
        (der.integer(128), "02020080"),
        (der.integer(-128), "020180"),
        (der.integer(-129), "0202ff7f"),
        (der.oid("1.2.840.113549.1.1.11"), "06092a864886f70d01010b"),
        (der.oid("2.5.29.15"), "0603551d0f"),
        (der.named_bits((0,)), "03020780"),
        (der.named_bits((0, 2)), "030205a0"),
        (der.named_bits((5, 6)), "03020106"),
        (der.octet_string(b"x" * 128), "048180" + "78" * 128),
        (der.time(datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)), "170d3439313233313233353935395a"),
        (der.time(datetime(2050, 1, 1, tzinfo=UTC)), "180f32303530303130313030303030305a"),
    ],
)
def test_der_pieces(encoded: bytes, expected: str) -> None:
    assert encoded.hex() == expected


def test_ecdsa_keys_are_on_their_curve() -> None:
    key = KEYS.ec("curve", "P-384").private
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp384r1"

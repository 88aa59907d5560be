"""What the sensor writes reads back; what it says of a certificate is what Zeek and OpenSSL say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from certhound.lab.certificates import KeyRing, Spec, build_ca, issue, junk_subject, self_signed, tools
from certhound.lab.sensor import Validator, matches
from certhound.lab.zeek import COLUMNS, Row, read_log, write_log
from certhound.lab.zeek_x509 import certificate_row

NOW = datetime(2026, 9, 1, tzinfo=UTC)
KEYS = KeyRing(9)


def test_a_log_reads_back_with_header_types_and_footer(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"ts": 1788138000.5, "uid": "C1", "id.orig_p": 1, "established": True, "cert_chain_fps": ["a", "b"]},
        {"ts": 1788138001.0, "uid": "C2", "server_name": "-", "resumed": False, "client_cert_chain_fps": []},
        {"ts": 1788138002.0, "uid": "C3", "server_name": "a\tb\\c\x07", "cert_chain_fps": ["x,y"]},
    ]
    write_log(tmp_path / "ssl.log", "ssl", rows, 1788138000, 1788224400)
    lines = (tmp_path / "ssl.log").read_text().splitlines()
    assert lines[:5] == [
        "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tssl",
    ]  # fmt: skip
    assert lines[5] == "#open\t2026-08-31-01-00-00"
    assert lines[-1].startswith("#close\t2026-09-01-")
    assert len(lines[6].split("\t")) == len(lines[7].split("\t")) == len(COLUMNS["ssl"]) + 1
    first, second, third = read_log(tmp_path / "ssl.log")
    assert (first["ts"], first["established"], first["cert_chain_fps"]) == ("1788138000.500000", "T", "a,b")
    assert (second["server_name"], second["client_cert_chain_fps"], second["version"]) == ("\\x2d", "(empty)", "-")
    assert (third["server_name"], third["cert_chain_fps"]) == ("a\\x09b\\\\c\\x07", "x\\x2cy")


def test_a_row_with_an_unknown_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match=r"no column of x509\.log"):
        write_log(tmp_path / "x509.log", "x509", [{"colour": "red"}], 0, 0)


def test_a_public_leaf_as_zeek_shows_it() -> None:
    rng = Random(1)
    ca = build_ca((("C", "NL"), ("CN", "Issuing")), KEYS.rsa("ca"), rng, NOW, timedelta(days=900))
    subject = (("C", "DE"), ("O", 'Firma "Ä", GmbH'), ("CN", "a.example"))
    made = issue(ca, subject, KEYS.ec("leaf"), rng, ("a.example", "192.0.2.1"), NOW, timedelta(days=90))
    row = certificate_row(made.der)
    assert row["fingerprint"] == made.sha256
    assert row["certificate.subject"] == 'CN=a.example,O=Firma \\"\\C3\\84\\"\\, GmbH,C=DE'
    assert row["certificate.issuer"] == "CN=Issuing,C=NL"
    assert (row["certificate.version"], row["certificate.sig_alg"]) == (3, "sha256WithRSAEncryption")
    assert (row["certificate.key_alg"], row["certificate.key_type"]) == ("id-ecPublicKey", "ecdsa")
    assert (row["certificate.curve"], row["certificate.key_length"]) == ("prime256v1", 256)
    assert (row["san.dns"], row["san.ip"]) == (["a.example"], ["192.0.2.1"])
    assert row["basic_constraints.ca"] is False
    assert row["certificate.not_valid_before"] == NOW.timestamp()


def test_odd_certificates_are_shown_as_far_as_they_can_be_read() -> None:
    subject = junk_subject(Random(3))
    made = {
        kind: certificate_row(tools.malformed(Random(1), KEYS.rsa("m"), NOW, kind, subject).der)
        for kind in tools.MALFORMATIONS
    }
    assert made["version"]["certificate.version"] == 9
    assert made["time"]["certificate.not_valid_after"] == 0.0
    assert made["trailing"]["basic_constraints.ca"] is True
    old = certificate_row(tools.posh_c2(Random(1), KEYS.rsa("m"), NOW).der)
    assert (old["certificate.version"], old["certificate.serial"]) == (1, "03E8")
    assert "basic_constraints.ca" not in old


def test_the_validator_speaks_as_openssl_does() -> None:
    rng, day = Random(1), timedelta(days=1)
    root = build_ca((("CN", "Root"),), KEYS.ec("root"), rng, NOW, 7000 * day)
    middle = build_ca((("CN", "Middle"),), KEYS.ec("middle"), rng, NOW, 900 * day, root)
    leaf = issue(middle, (("CN", "a.example"),), KEYS.ec("leaf"), rng, ("a.example",), NOW, 90 * day)
    own = self_signed((("CN", "x"),), KEYS.ec("own"), rng, NOW, 90 * day)
    validate = Validator([root.der])
    soon, late = (NOW + day).timestamp(), (NOW + 200 * day).timestamp()
    assert validate((leaf.der, *leaf.chain), soon) == "ok"
    assert validate((leaf.der, *leaf.chain), late) == "certificate has expired"
    assert validate((leaf.der,), soon) == "unable to get local issuer certificate"
    assert "self" in validate((own.der,), soon)


@pytest.mark.parametrize(
    ("name", "patterns", "expected"),
    [
        ("a.example", ["a.example"], True),
        ("A.Example.", ["a.example"], True),
        ("www.a.example", ["*.a.example"], True),
        ("a.example", ["*.a.example"], False),
        ("x.www.a.example", ["*.a.example"], False),
        ("a.example", [], False),
    ],
)
def test_names_match_as_the_sensor_says(name: str, patterns: list[str], expected: bool) -> None:
    assert matches(name, patterns) is expected


def test_version_one_carries_no_version_field() -> None:
    spec = Spec((("CN", "x"),), (("CN", "x"),), 5, NOW, NOW + timedelta(days=1), KEYS.ec("v"), version=1)
    assert certificate_row(spec.sign(KEYS.ec("v")))["certificate.version"] == 1

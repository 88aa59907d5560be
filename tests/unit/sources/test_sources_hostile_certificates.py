"""Certificate files from hostile hands: what can be read is read, what cannot is put aside, and nothing takes long."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certhound.findings.run import scan
from certhound.lake.rows import Account, certificates
from certhound.model.profile import Profile

KEY = ec.generate_private_key(ec.SECP256R1())


def _certificate(name: str, names: int = 1) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(5)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2034, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(f"h{n}.example") for n in range(names)]), critical=False
        )
    )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def _nested(depth: int) -> bytes:
    der = b""
    for _ in range(depth):
        size = len(der).to_bytes(4, "big")
        der = b"\x30\x84" + size + der
    return der


FILES: dict[str, tuple[bytes, int, int]] = {
    "plain": (_certificate("plain.example"), 1, 0),
    "a byte behind it": (_certificate("behind.example") + b"\x00", 1, 0),
    "half": (_certificate("half.example")[:200], 1, 0),
    "PEM with junk around and a block that is none": (
        b"\x00\xffjunk\x1b[31m\n"
        + _pem(_certificate("first.example"))
        + b"-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\nmore junk\n"
        + _pem(_certificate("second.example")),
        2, 1,
    ),
    "PEM of nested sequences": (_pem(_nested(3000)), 1, 0),
    "formulas and HTML": (_certificate("=cmd|' /C calc'!A0<script>alert(1)</script>"), 1, 0),
}  # fmt: skip
"""For each file its bytes, certificates in it, and rejects."""


def _rows(path: Path, account: Account) -> list[dict[str, Any]]:
    return [row for batch in certificates([path], Profile(), account=account) for row in batch.to_pylist()]


def test_each_certificate_is_a_row_and_each_broken_block_a_reject(tmp_path: Path) -> None:
    for name, (data, _, _) in FILES.items():
        (tmp_path / name).write_bytes(data)
    account = Account()
    rows = _rows(tmp_path, account)
    assert {name: sum(Path(row["origin_file"]).name == name for row in rows) for name in FILES} == {
        name: count for name, (_, count, _) in FILES.items()
    }
    assert {name: sum(Path(each.file).name == name for each in account.rejected) for name in FILES} == {
        name: count for name, (_, _, count) in FILES.items()
    }
    scan([tmp_path], profile=Profile())


@pytest.mark.parametrize("depth", [100, 20_000])
def test_bombs_of_nested_sequences_are_no_certificates(depth: int, tmp_path: Path) -> None:
    (tmp_path / "bomb.der").write_bytes(_nested(depth))
    (tmp_path / "endless.der").write_bytes(b"\x30\x80" * 50_000)
    (tmp_path / "huge.der").write_bytes(b"\x30\x84\xff\xff\xff\xff" + b"\x30\x84\x7f\xff\xff\xff" * 1000)
    (tmp_path / "good.der").write_bytes(_certificate("good.example"))
    account = Account()
    rows = _rows(tmp_path, account)
    assert "CN=good.example" in [row["subject"] for row in rows]
    assert account.inputs is not None
    assert len(rows) + len(account.inputs.unrecognised) + len(account.rejected) == 4


def test_a_million_names_are_capped_and_the_certificate_is_kept(tmp_path: Path) -> None:
    (tmp_path / "million.der").write_bytes(_certificate("million.example", 1_000_000))
    account = Account()
    [row] = _rows(tmp_path, account)
    assert row["subject"] == "CN=million.example"
    assert 0 < len(row["san_dns"]) <= 10_000
    assert "san_dns" in dict(row["field_errors"])
    assert account.rejected == []

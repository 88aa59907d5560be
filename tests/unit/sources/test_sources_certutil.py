"""What certutil prints of Windows' certificate stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import certificate_documents as made
import pytest

from certhound.lake.rows import Account, certificates, events
from certhound.model.profile import Profile
from certhound.x509.certificate import read_certificate

LEAF = read_certificate(made.leaf())
STORE = f"""my "Personal"
================ Certificate 0 ================
Serial Number: {LEAF.serial}
Issuer: CN=Fjord CA, O="Fjord, Trust", C=NO
 NotBefore: 3/1/2026 12:00 AM
 NotAfter: 5/30/2026 12:00 AM
Subject: CN={made.NAMES[0]}
Non-root Certificate
Template: WebServer
Cert Hash(sha1): {" ".join(LEAF.sha1[at : at + 2] for at in range(0, 40, 2))}
  Key Container = le-12345678
  Provider = Microsoft RSA SChannel Cryptographic Provider
Encryption test passed

================ Certificate 1 ================
Serial Number: 01
Issuer: CN=x
 NotBefore: 2026-03-01 00:00
 NotAfter: 30.05.2027 23:59:58
Subject: CN=x
Signature matches Public Key
Root Certificate: Subject matches Issuer
Cert Hash(sha1): 0011223344556677889900112233445566778899
CertUtil: -store command completed successfully.
"""
DUMP = f"""================ Certificate 0 ================
X509 Certificate:
Version: 3
Serial Number: {LEAF.serial}
    1.2.840.10045.4.3.2 sha256ECDSA
Signature Algorithm:
    Algorithm ObjectId: 1.2.840.10045.4.3.2 sha256ECDSA
Issuer:
    CN=Fjord CA
    O="Fjord, Trust"
    C=NO
  Name Hash(sha1): aabb

 NotBefore: 13/3/2026 00:00
 NotAfter: 30/5/2026 00:00

Subject:
    CN={made.NAMES[0]}

Public Key Algorithm:
    Algorithm ObjectId: 1.2.840.10045.2.1 ECC
Certificate Extensions: 1
Cert Hash(md5): {LEAF.md5}
Cert Hash(sha1): {LEAF.sha1}
Cert Hash(sha256): {LEAF.sha256}
CertUtil: -dump command completed successfully.
"""


def read(tmp_path: Path, data: bytes) -> tuple[list[dict[str, Any]], Account]:
    (tmp_path / "input.txt").write_bytes(data)
    account = Account()
    return [row for batch in events([tmp_path], Profile(), account) for row in batch.to_pylist()], account


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_store(tmp_path: Path, codec: str) -> None:
    rows, account = read(tmp_path, STORE.replace("\n", "\r\n").encode(codec))
    assert account.rejected == []
    first, second = rows
    assert (first["cert_sha1"], first["cert_serial"]) == (LEAF.sha1, LEAF.serial)
    assert first["cert_issuer"] == LEAF.issuer
    assert first["cert_subject"] == LEAF.subject
    assert first["origin_line"] == 2
    assert first["cert_not_before"] is None  # the first of March, or the third of January
    assert str(first["cert_not_after"]) == "2026-05-30 00:00:00"
    assert (str(second["cert_not_before"]), str(second["cert_not_after"])) == (
        "2026-03-01 00:00:00",
        "2027-05-30 23:59:58",
    )
    assert dict(first["fields"])["Template"] == "WebServer"


def test_a_dump(tmp_path: Path) -> None:
    rows, account = read(tmp_path, DUMP.encode())
    assert account.rejected == []
    (row,) = rows
    assert (row["certificate_id"], row["cert_issuer"], row["cert_subject"]) == (LEAF.sha256, LEAF.issuer, LEAF.subject)
    assert str(row["cert_not_before"]) == "2026-03-13 00:00:00"


def test_words_and_bytes_are_one_certificate(tmp_path: Path) -> None:
    (tmp_path / "leaf.der").write_bytes(made.leaf())
    read(tmp_path, STORE.encode())
    rows = {row["id"] for batch in certificates([tmp_path], Profile()) for row in batch.to_pylist()}
    assert rows == {LEAF.sha256, "sha1:0011223344556677889900112233445566778899"}


def test_a_block_without_a_number_is_said(tmp_path: Path) -> None:
    broken = STORE.replace("Serial Number: 01\n", "")
    rows, account = read(tmp_path, broken.encode())
    assert len(rows) == 1
    (reject,) = account.rejected
    assert (reject.line, reject.record) == (15, 2)

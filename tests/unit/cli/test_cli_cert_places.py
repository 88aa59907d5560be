"""``certhound cert FILE`` and ``certificates FOLDER`` over every place that certificates are kept in."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import certificate_documents as documents
import pytest
import store_makers as make
from command_line import run

from certhound.x509.certificate import read_certificate

DERS = [documents.leaf(), documents.ca()]
LEAF, CA = (read_certificate(der).sha256 for der in DERS)

PLACES: dict[str, bytes] = {
    "store.jks": make.java_store(DERS),
    "store.sst": make.serialised_store(DERS),
    "store.reg": make.registry_export(DERS).encode("utf-16"),
    "open.p12": make.open_pkcs12(DERS),
    "packed.jks.gz": gzip.compress(make.java_store(DERS)),
    "shodan.json": json.dumps(documents.shodan_banner()).encode(),
    "shodan.json.gz": gzip.compress(json.dumps(documents.shodan_banner()).encode()),
    "stream.jsonl": json.dumps(documents.certstream_message()).encode() + b'\n{"message_type": "heartbeat"}\n',
    "entries.json": json.dumps({"entries": [documents.log_entry(documents.leaf())]}, indent=1).encode(),
    "inventory.csv": f"host,cert\na,{documents.b64(DERS[0])}\nb,{documents.b64(DERS[1])}\n".encode(),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_file_of_any_kind_is_explained(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(PLACES[name])
    (tmp_path / "roots.pem").write_text(documents.pem(documents.ca()))
    told = run(
        capsys, "cert", tmp_path / name, "--format", "json", "--at", "2026-04-01", "--roots", tmp_path / "roots.pem"
    )
    answer = json.loads(told.out)
    assert (told.code, answer["sha256"]) == (0, LEAF)


def test_a_folder_of_all_of_them_has_two_certificates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in PLACES.items():
        (tmp_path / name).write_bytes(data)
    told = run(capsys, "certificates", tmp_path, "--format", "json", "--columns", "id,sources", "--quiet")
    rows = {row["id"]: row["sources"] for row in map(json.loads, told.out.splitlines())}
    assert set(rows) == {LEAF, CA}
    assert set(rows[LEAF]) == {"certificate", "certstream", "ct.entries", "shodan"}


WITHOUT: dict[str, tuple[bytes, str]] = {
    "words.json": (json.dumps([documents.crtsh_row()]).encode(), "by words alone"),
    "empty.jks": (make.java_store([]), "without certificates"),
    "log.json": (b'{"a": 1}\n', "no certificate"),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_why_a_file_has_none(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, words = WITHOUT[name]
    (tmp_path / name).write_bytes(data)
    told = run(capsys, "cert", tmp_path / name)
    assert (told.code, told.out) == (3, "")
    assert words in told.err


def test_a_store_under_a_password_is_said_with_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = Path(__file__).parents[2] / "fuzz" / "corpus" / "certificates" / "store-p12-secret"
    (tmp_path / "store.pfx").write_bytes(corpus.read_bytes()[1:])
    for command in ("cert", "certificates"):
        told = run(capsys, command, tmp_path / "store.pfx")
        assert told.code == 3
        assert "openssl pkcs12 -in FILE -nokeys" in told.err


def test_a_precertificate_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = documents.log_entry(documents.leaf(precertificate=True), precertificate=True)
    (tmp_path / "entries.json").write_text(json.dumps({"entries": [entry]}))
    assert "precertificate" in run(capsys, "cert", tmp_path / "entries.json").out

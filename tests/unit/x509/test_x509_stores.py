"""Certificates out of the stores of programs: PKCS#12, Java, Windows, and texts that quote them."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import certifi
import pytest
import store_makers as make

from certhound.x509.containers import Found, Reject, embeds, extract_certificates, looks_like

DERS = [each.der for each in extract_certificates(Path(certifi.where()).read_bytes()) if isinstance(each, Found)][:4]
LEAF = DERS[0]
PEMS = [f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n" for der in DERS]
B64 = [base64.b64encode(der).decode() for der in DERS]


def found_in(data: bytes) -> list[bytes]:
    return [item.der for item in extract_certificates(data) if isinstance(item, Found)]


def rejects_of(data: bytes) -> list[Reject]:
    return [item for item in extract_certificates(data) if isinstance(item, Reject)]


def _utf16(text: str) -> bytes:
    return text.encode("utf-16")


# --- written by ourselves from the formats' documentation -------------------------------------------------------------

WRITTEN: dict[str, tuple[bytes, str]] = {
    "jks": (make.java_store(DERS), "java"),
    "jks, keys with chains": (make.java_store(DERS[:1], (DERS[1:3], DERS[3:])), "java"),
    "jks, version 1": (make.java_store(DERS, version=1), "java"),
    "jceks": (make.java_store(DERS, magic=b"\xce" * 4), "java"),
    "jceks with a secret key among them": (make.java_store(DERS, magic=b"\xce" * 4, secret_at=2), "java"),
    "bks": (make.bouncy_castle_store(DERS[:2], DERS[2:]), "java"),
    "sst": (make.serialised_store(DERS), "windows_store"),
    "reg": (_utf16(make.registry_export(DERS)), "registry"),
    "reg of Windows 98": (
        make.registry_export(DERS).replace("Windows Registry Editor Version 5.00", "REGEDIT4").encode(), "registry",
    ),
    "reg query": (make.registry_query(DERS).encode(), "registry"),
    "pkcs12 in the open, BER": (make.open_pkcs12(DERS), "pkcs12"),
    "pkcs12 with bags in bags": (make.open_pkcs12(DERS, nested=True), "pkcs12"),
    "pkcs12 in base64": (base64.encodebytes(make.open_pkcs12(DERS)), "base64"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_every_certificate_of_a_store_is_found(name: str) -> None:
    data, kind = WRITTEN[name]
    assert found_in(data) == DERS
    assert rejects_of(data) == []
    assert looks_like(data) == kind


ONE: dict[str, bytes] = {
    "a value of the registry": make.property_list(LEAF),
    "a value in hexadecimal": make.property_list(LEAF).hex().upper().encode(),
    "bare hexadecimal": LEAF.hex().encode(),
    "hexadecimal with blanks": LEAF.hex(" ").encode(),
    "hexadecimal with colons, in lines": "\n".join(
        LEAF[at : at + 16].hex(":") + ":" for at in range(0, len(LEAF), 16)
    ).encode(),
    "an array of C": b", ".join(b"0x%02x" % byte for byte in LEAF),
    "certutil -encodehex": make.certutil_dump(LEAF).encode(),
    "certutil -encodehex in UTF-16": _utf16(make.certutil_dump(LEAF)),
}


@pytest.mark.parametrize("name", ONE)
def test_one_certificate_in_other_clothes(name: str) -> None:
    assert found_in(ONE[name]) == [LEAF]
    assert rejects_of(ONE[name]) == []
    assert looks_like(ONE[name]) is not None


TEXTS: dict[str, tuple[str, int]] = {
    "json": (json.dumps({"name": "x", "chain": B64}), 4),
    "json, pretty": (json.dumps([{"cert": each} for each in B64], indent=2), 4),
    "json with pem in strings": (json.dumps({"a": PEMS[0], "b": [PEMS[1], PEMS[2]]}), 3),
    "json with escaped slashes": (json.dumps({"a": B64[0]}).replace("/", "\\/").replace("+", "\\u002b"), 1),
    "json with line ends in base64": (json.dumps({"a": base64.encodebytes(LEAF).decode()}), 1),
    "csv": ("ip,port,cert\n" + "".join(f"192.0.2.{n},443,{each}\n" for n, each in enumerate(B64)), 4),
    "csv with pem": ('ip,cert\n192.0.2.1,"' + PEMS[0] + '"\n192.0.2.2,"' + PEMS[1] + '"\n', 2),
    "tsv": ("".join(f"host{n}\t{each}\t443\n" for n, each in enumerate(B64)), 4),
    "xml": ("<md><X509Certificate>\n" + base64.encodebytes(LEAF).decode() + "</X509Certificate></md>", 1),
    "url-safe": ("cert=" + base64.urlsafe_b64encode(LEAF).decode().rstrip("=") + "&x=1", 1),
    "a header of a proxy": (
        "X-SSL-Cert: " + PEMS[0].replace("\n", "%0A").replace("+", "%2B").replace("/", "%2F").replace(" ", "%20"), 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_certificates_in_columns_and_strings(name: str) -> None:
    text, count = TEXTS[name]
    assert found_in(text.encode()) == DERS[:count]
    assert embeds(text.encode()) == (count > 0)


def test_lines_of_embedded_certificates() -> None:
    text = "ip,cert\n" + "".join(f"192.0.2.{n},{each}\n" for n, each in enumerate(B64))
    assert [item.line for item in extract_certificates(text.encode())] == [2, 3, 4, 5]


def test_base64_of_other_things_is_passed_over() -> None:
    key = b"\x30\x82\x01\x0a\x02\x82\x01\x01" + bytes(300)
    text = f"key,{base64.b64encode(key).decode()}\ncert,{B64[0]}\n"
    assert found_in(text.encode()) == [LEAF]
    assert rejects_of(text.encode()) == []


def test_embedded_and_cut() -> None:
    text = f"a,{B64[0][:400]}\nb,{B64[1]}\n".encode()
    assert found_in(text) == [DERS[1]]
    (reject,) = rejects_of(text)
    assert "bytes are missing" in reject.reason
    assert reject.line == 1


# --- written by the tools of the field --------------------------------------------------------------------------------


def _openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key, a certificate with a CA, and every PKCS#12 that the openssl command can make of them."""
    folder = tmp_path_factory.mktemp("made")
    subject = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    _openssl(folder, f"req {subject} -keyout ca.key -out ca.pem -subj /CN=ca")
    _openssl(folder, f"req {subject} -keyout leaf.key -out leaf.pem -subj /CN=leaf -CA ca.pem -CAkey ca.key")
    export = "pkcs12 -export -inkey leaf.key -in leaf.pem -certfile ca.pem"
    for name, options in PKCS12.items():
        _openssl(folder, f"{export} {options} -out {name}.p12")
    return folder


PKCS12 = {
    "empty, AES-256": "-passout pass:",
    "empty, AES-128": "-passout pass: -certpbe AES-128-CBC -macalg sha1",
    "empty, 3DES": "-passout pass: -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES",
    "empty, RC2-40": "-passout pass: -certpbe PBE-SHA1-RC2-40 -legacy",
    "empty, RC2-128": "-passout pass: -certpbe PBE-SHA1-RC2-128 -legacy",
    "empty, many iterations": "-passout pass: -iter 100000",
    "in the open, empty": "-passout pass: -certpbe NONE -nomac",
    "in the open, keys protected": "-passout pass:secret -certpbe NONE",
    "protected": "-passout pass:secret",
    "protected, RC2-40": "-passout pass:secret -certpbe PBE-SHA1-RC2-40 -legacy",
    "protected, 3DES": "-passout pass:secret -certpbe PBE-SHA1-3DES",
    "costs too much": "-passout pass: -iter 3000000",
}
PKCS12 = {key.replace(" ", "_"): value for key, value in PKCS12.items()}


@pytest.mark.parametrize("name", [name for name in PKCS12 if not name.startswith(("protected", "costs"))])
def test_pkcs12_without_a_password(made: Path, name: str) -> None:
    expected = [found_in((made / f"{each}.pem").read_bytes())[0] for each in ("leaf", "ca")]
    data = (made / f"{name}.p12").read_bytes()
    assert found_in(data) == expected
    assert rejects_of(data) == []
    assert looks_like(data) == "pkcs12"


@pytest.mark.parametrize("name", [name for name in PKCS12 if name.startswith("protected")])
def test_pkcs12_with_a_password_is_rejected_with_advice(made: Path, name: str) -> None:
    data = (made / f"{name}.p12").read_bytes()
    assert found_in(data) == []
    (reject,) = rejects_of(data)
    assert "encrypted by a password" in reject.reason
    assert "openssl pkcs12 -in FILE -nokeys" in reject.reason


def test_iterations_without_end_are_not_done(made: Path) -> None:
    data = (made / "costs_too_much.p12").read_bytes()
    assert len(found_in(data)) == 2  # the first of the two empty passwords is within the budget
    huge = data.replace(b"\x02\x03\x2d\xc6\xc0", b"\x02\x03\x7f\xff\xff")
    (reject,) = rejects_of(huge)
    assert "too long" in reject.reason


needs_keytool = pytest.mark.skipif(shutil.which("keytool") is None, reason="needs keytool (default-jre-headless)")


@pytest.fixture(scope="module")
def java(made: Path) -> Callable[[str, str], bytes]:
    def store(kind: str, more: str = "") -> bytes:
        file = made / f"store.{kind}{len(more)}"
        common = f"-keystore {file} -storetype {kind} -storepass changeit -noprompt {more}"
        for alias in ("ca", "leaf"):
            words = f"keytool {more} -importcert -alias {alias} -file {made / alias}.pem {common.replace(more, '')}"
            subprocess.run(words.split(), check=True, capture_output=True, timeout=60)
        words = f"keytool {more} -genkeypair -alias own -keyalg EC -dname CN=own -keypass changeit"
        subprocess.run([*words.split(), *common.replace(more, "").split()], check=True, capture_output=True, timeout=60)
        return file.read_bytes()

    return store


@needs_keytool
@pytest.mark.parametrize("kind", ["JKS", "JCEKS"])
def test_what_keytool_writes(java: Callable[[str, str], bytes], made: Path, kind: str) -> None:
    data = java(kind, "")
    known = {found_in((made / f"{each}.pem").read_bytes())[0] for each in ("leaf", "ca")}
    found = found_in(data)
    assert len(found) == 3
    assert known < set(found)
    assert rejects_of(data) == []


@needs_keytool
def test_pkcs12_of_java_without_a_password(java: Callable[[str, str], bytes], made: Path) -> None:
    more = "-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE -J-Dkeystore.pkcs12.macAlgorithm=NONE"
    assert len(found_in(java("PKCS12", more))) == 3
    (reject,) = rejects_of(java("PKCS12", ""))
    assert "encrypted by a password" in reject.reason


# --- damage -----------------------------------------------------------------------------------------------------------

CUTTABLE = ["jks", "jks, keys with chains", "jceks", "bks", "sst", "pkcs12 in the open, BER"]


@pytest.mark.parametrize("name", CUTTABLE)
def test_a_store_that_breaks_off_is_said_and_keeps_what_stands_before(name: str) -> None:
    data = WRITTEN[name][0]
    cut = data[: len(data) * 3 // 4]
    assert rejects_of(cut)
    if not name.startswith("pkcs12"):
        assert found_in(cut)[:2] == DERS[:2]


def test_certificates_behind_damage_are_found() -> None:
    data = make.java_store(DERS)
    damaged = data.replace(b"\x00\x03ca1", b"\x7f\x03ca1")
    assert found_in(damaged) == [DERS[0], *DERS[1:]]
    assert "cannot be read on" in rejects_of(damaged)[0].reason


@pytest.mark.parametrize("name", [*WRITTEN, *ONE])
def test_no_beginning_of_a_store_raises(name: str) -> None:
    data = WRITTEN[name][0] if name in WRITTEN else ONE[name]
    for size in (*range(0, 200, 7), *range(200, len(data), max(1, len(data) // 50))):
        assert list(extract_certificates(data[:size]))


def test_a_store_of_nothing_says_so() -> None:
    assert "without certificates" in rejects_of(make.java_store([]))[0].reason
    assert "without certificates" in rejects_of(make.serialised_store([]))[0].reason
    assert "without certificates" in rejects_of(make.open_pkcs12([]))[0].reason
    assert "without a certificate" in rejects_of(b"REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SystemCertificates]\n")[0].reason


def test_claims_of_size_cost_nothing() -> None:
    for claim in (
        b"\xfe\xed\xfe\xed\0\0\0\2\x7f\xff\xff\xff",
        b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\1\0\0" + bytes(8) + b"\x7f\xff\xff\xff",
    ):
        assert rejects_of(claim)
    many = b"MIIDMIIC " * 40_000
    assert found_in(b"x," + many) == []

"""Certificates out of every kind of file, and a reason for everything that is none."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import certifi
import pytest

from certhound.x509.certificate import read_certificate
from certhound.x509.containers import Found, Reject, extract_certificates, looks_like

PEM = Path(certifi.where()).read_bytes()
DERS = [found.der for found in extract_certificates(PEM) if isinstance(found, Found)][:5]
ONE = DERS[0]


def pem(der: bytes, label: str = "CERTIFICATE", end: str = "\n") -> bytes:
    text = base64.encodebytes(der).decode().strip().replace("\n", end)
    return f"-----BEGIN {label}-----{end}{text}{end}-----END {label}-----{end}".encode()


BUNDLE = b"".join(pem(der) for der in DERS)


def found_in(data: bytes) -> list[bytes]:
    return [item.der for item in extract_certificates(data) if isinstance(item, Found)]


def rejects_of(data: bytes) -> list[Reject]:
    return [item for item in extract_certificates(data) if isinstance(item, Reject)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files as the openssl command makes them."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "bundle.pem").write_bytes(BUNDLE)
    commands = {
        "p7.pem": "crl2pkcs7 -nocrl -certfile bundle.pem",
        "p7.der": "crl2pkcs7 -nocrl -certfile bundle.pem -outform DER",
        "trusted.pem": "x509 -in bundle.pem -trustout -addtrust serverAuth",
        "key.pem": "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "key.der": "pkey -in key.pem -outform DER",
        "request.der": "req -new -key key.pem -subj /CN=x -outform DER",
        "self.pem": "req -x509 -new -key key.pem -subj /CN=x",
        "store.p12": "pkcs12 -export -inkey key.pem -in self.pem -passout pass:x",
        "public.der": "pkey -in key.pem -pubout -outform DER",
    }
    for name, command in commands.items():
        subprocess.run(["openssl", *command.split(), "-out", name], cwd=folder, check=True, capture_output=True)
    return {name: (folder / name).read_bytes() for name in commands}


WHOLE: dict[str, tuple[bytes, str | None]] = {
    "pem": (BUNDLE, "pem"),
    "pem with CRLF": (b"".join(pem(der, end="\r\n") for der in DERS), "pem"),
    "pem with text around": (b"Subject: x\n" + b"\njunk: y\n".join(pem(der) for der in DERS) + b"tail", "pem"),
    "pem with a byte order mark": (b"\xef\xbb\xbf" + BUNDLE, "pem"),
    "pem as UTF-16": (BUNDLE.decode().encode("utf-16"), "pem"),
    "old labels": (b"".join(pem(der, "X509 CERTIFICATE") for der in DERS), "pem"),
    "keys beside": (b"".join(pem(der) + pem(b"0\x03\x02\x01\x05", "PRIVATE KEY") for der in DERS), "pem"),
    "der after der": (b"".join(DERS), "der"),
    "base64 lines": (b"\n".join(base64.b64encode(der) for der in DERS), "base64"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_every_certificate_of_a_whole_file_is_found_in_order(name: str) -> None:
    data, kind = WHOLE[name]
    assert found_in(data) == DERS
    assert rejects_of(data) == []
    assert looks_like(data) == kind


@pytest.mark.parametrize("name", ["p7.pem", "p7.der"])
def test_pkcs7(made: dict[str, bytes], name: str) -> None:
    assert found_in(made[name]) == DERS
    assert looks_like(made[name]) == ("pkcs7" if name == "p7.der" else "pem")


SINGLE = {
    "der": ONE,
    "base64": base64.b64encode(ONE),
    "base64 without padding": base64.b64encode(ONE).rstrip(b"="),
    "base64 for URLs": base64.urlsafe_b64encode(ONE),
    "base64 in lines": base64.encodebytes(ONE),
    "pem with headers": pem(ONE).replace(b"-----\n", b"-----\nComment: x\nOther: y\n\n", 1),
    "pem without an end": pem(ONE).split(b"-----END")[0],
    "pem without an end, then text": pem(ONE).split(b"-----END")[0] + b"\n# a comment: x\n",
}


@pytest.mark.parametrize("name", SINGLE)
def test_one_certificate(name: str) -> None:
    assert found_in(SINGLE[name]) == [ONE]
    assert rejects_of(SINGLE[name]) == []


def test_trust_settings_of_openssl_are_no_part_of_the_certificate(made: dict[str, bytes]) -> None:
    assert found_in(made["trusted.pem"]) == [ONE]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("key.der", "key"),
        ("request.der", "request"),
        ("public.der", "key"),
        ("key.pem", "no"),
    ],
)
def test_other_objects_are_told_apart(made: dict[str, bytes], name: str, reason: str) -> None:
    assert found_in(made[name]) == []
    (reject,) = rejects_of(made[name])
    assert reason in reject.reason
    assert name.endswith(".pem") or looks_like(made[name]) is None


@pytest.mark.parametrize("data", [b"", b"hello\n" * 100, b"\0" * 1000, b"{}", b"a,b\n1,2\n"])
def test_what_holds_nothing_says_so(data: bytes) -> None:
    assert found_in(data) == []
    assert len(rejects_of(data)) == 1
    assert looks_like(data) is None


def test_places_of_records() -> None:
    data = b"first line\n" + pem(ONE) + b"-----BEGIN CERTIFICATE-----\nMII!\n-----END CERTIFICATE-----\n" + pem(DERS[1])
    first, second, third = extract_certificates(data)
    lines_of_one = pem(ONE).count(b"\n")
    assert isinstance(first, Found)
    assert isinstance(second, Reject)
    assert isinstance(third, Found)
    assert (first.line, first.offset, first.record) == (2, 11, 1)
    assert (second.line, second.record) == (2 + lines_of_one, 2)
    assert "base64" in second.reason
    assert (third.line, third.record) == (5 + lines_of_one, 3)


def test_junk_between_certificates_is_skipped_and_reported() -> None:
    data = b"JUNK\0" + ONE + b"\xff" * 9 + DERS[1] + b"tail"
    assert found_in(data) == [ONE, DERS[1]]
    assert [reject.offset for reject in rejects_of(data)] == [0, 5 + len(ONE), 14 + len(ONE) + len(DERS[1])]


def test_a_broken_certificate_is_found_all_the_same() -> None:
    for broken in (
        ONE[:-20],
        ONE + b"\0",
        b"\x31" + ONE[1:],
        ONE[:4] + b"\x31" + ONE[5:],
        ONE[:13] + b"\x05" + ONE[14:],
    ):
        assert found_in(broken) == [broken]
        assert read_certificate(broken).field_errors


def test_a_cut_certificate_does_not_swallow_the_next() -> None:
    assert found_in(ONE[:-20] + DERS[1]) == [ONE[:-20], DERS[1]]
    assert found_in(DERS[1][:300] + ONE) == [DERS[1][:300], ONE]


HOSTILE = {
    "open indefinite lengths": b"\x30\x80" * 200_000,
    "indefinite without an end": b"\x30\x80" + b"\x02\x01\x00" * 200_000,
    "lengths beyond the end": b"\x30\x84\xff\xff\xff\xff\x30\x82" * 50_000,
    "empty certificates": b"\x30\x82\x00\x04\x30\x82\x00\x00\x02" * 5_000,
    "only begins": b"-----BEGIN CERTIFICATE-----\n" * 20_000,
    "one open block": b"-----BEGIN CERTIFICATE-----\n" + b"A" * 1_000_000,
    "headers without an end": b"-----BEGIN CERTIFICATE-----\n" + b"a:\n" * 200_000,
    "dashes": b"-" * 1_000_000,
    "short base64 lines": b"MIII\n" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_soon_and_quietly(name: str) -> None:
    items = list(extract_certificates(HOSTILE[name]))
    assert items
    assert [item.record for item in items] == list(range(1, len(items) + 1))
    looks_like(HOSTILE[name])

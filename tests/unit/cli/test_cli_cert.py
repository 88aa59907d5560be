"""``certhound cert``: a verdict and its typed reason for a certificate, whatever state its file is in."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import SAMPLE, run

from certhound.cli.moments import read_moment
from certhound.model.errors import UsageError
from certhound.x509.certificate import read_certificate

ROOTS = SAMPLE / "roots" / "public-root.pem"
HOUSE = SAMPLE / "roots" / "house-ca.pem"
FILES = sorted((SAMPLE / "certificates").iterdir())
AT = "2026-09-01T12:00:00"


def pem(*ders: bytes) -> str:
    return "".join(
        f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n" for der in ders
    )


@pytest.fixture(scope="module")
def leaf() -> Path:
    """A certificate of an ordinary public site of the sample, with an intermediate between it and the root."""
    for file in FILES:
        certificate = read_certificate(file.read_bytes())
        if "lumenline.example" in certificate.san_dns:
            return file
    raise AssertionError("the sample has another site now")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every CA certificate of the sample, in no order."""
    file = tmp_path_factory.mktemp("chain") / "chain.pem"
    file.write_text(pem(*(path.read_bytes() for path in FILES if read_certificate(path.read_bytes()).is_ca)))
    return file


def ask(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    outcome = run(capsys, "cert", *words, "--format", "json")
    assert outcome.code == 0, outcome.err
    answer: dict[str, Any] = json.loads(outcome.out)
    return answer


def test_trusted_with_its_chain_and_not_without(leaf: Path, chain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = ask(capsys, leaf, "--chain", chain, "--roots", ROOTS, "--at", AT, "--name", "lumenline.example")
    assert (whole["verdict"], whole["reason"]) == ("trusted", "trusted")
    assert len(whole["path"]) == 3
    nothing = ask(capsys, leaf, "--chain", "/dev/null", "--roots", ROOTS, "--at", AT)
    assert (nothing["verdict"], nothing["reason"]) in (
        ("untrusted", "chain_incomplete"),
        ("untrusted", "unknown_issuer"),
    )
    assert nothing["subject_cn"] == "lumenline.example"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--name", "other.example"], "wrong_name"),
        (["--at", "2027-09-01"], "expired"),
        (["--at", "1400000000"], "not_yet_valid"),
        (["--name", "192.0.2.1"], "wrong_name"),
    ],
)
def test_typed_reasons(
    words: list[str], reason: str, leaf: Path, chain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = words if "--at" in words else [*words, "--at", AT]
    answer = ask(capsys, leaf, "--chain", chain, "--roots", ROOTS, *asked)
    assert (answer["verdict"], answer["reason"]) == ("untrusted", reason)


def test_given_roots_replace_all_others(leaf: Path, chain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = SAMPLE / "certhound.toml"
    assert ask(capsys, leaf, "--chain", chain, "--config", profile, "--at", AT)["verdict"] == "trusted"
    assert (
        ask(capsys, leaf, "--chain", chain, "--config", profile, "--roots", HOUSE, "--at", AT)["verdict"] == "untrusted"
    )


def test_the_house_ca_is_trusted_by_the_profile(capsys: pytest.CaptureFixture[str]) -> None:
    profile = SAMPLE / "certhound.toml"
    inside = [file for file in FILES if read_certificate(file.read_bytes()).issuer_cn == "Aldermoor Internal CA"]
    answer = ask(capsys, inside[0], "--config", profile, "--at", AT)
    assert (answer["verdict"], answer["reason"]) == ("trusted", "house_ca")
    assert answer["public_verdict"] == "untrusted"


def test_a_bundle_brings_its_own_chain(
    leaf: Path, chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "fullchain.pem"
    bundle.write_text("some words\n" + pem(leaf.read_bytes()) + chain.read_text())
    answer = ask(capsys, bundle, "--roots", ROOTS, "--at", AT)
    assert answer["verdict"] == "trusted"
    assert answer["sha256"] == leaf.stem


def test_the_object_has_the_columns_of_the_table(leaf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, leaf)
    assert {"id", "serial", "issuer", "not_after", "san_dns", "key_type", "extension_oids", "trust"} <= set(answer)
    assert "der" not in answer


BROKEN: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "cut": (lambda der: der[:300], 0),
    "one byte more": (lambda der: der + b"\0", 0),
    "nothing to read": (lambda der: b"0\x03abc", 3),
    "no DER": (lambda der: b"xyz", 3),
    "empty": (lambda der: b"", 3),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_parsed_is_untrusted_and_malformed(
    case: str, leaf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, code = BROKEN[case]
    (tmp_path / "leaf.der").write_bytes(damage(leaf.read_bytes()))
    outcome = run(capsys, "cert", tmp_path / "leaf.der", "--roots", ROOTS, "--at", AT, "--format", "json")
    answer = json.loads(outcome.out)
    assert (answer["verdict"], answer["reason"]) == ("untrusted", "malformed")
    assert outcome.code == code


def test_as_a_person_reads_it(leaf: Path, chain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "cert", leaf, "--chain", chain, "--roots", ROOTS, "--at", AT).out
    assert out.startswith("lumenline.example\n")
    assert "the given roots, 2026-09-01 12:00: trusted" in out
    assert "Halyard Secure Server CA 3" in out


def test_the_rules_that_match_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    file = next(file for file in FILES if read_certificate(file.read_bytes()).subject_cn == "Covenant")
    out = run(capsys, "cert", file).out
    assert "Rules that match" in out
    assert "known_c2_certificate" in out


def test_an_unreadable_chain_is_told_and_an_empty_one_of_roots_refused(
    leaf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert run(capsys, "cert", leaf, "--chain", tmp_path / "absent").code == 3
    refused = run(capsys, "cert", leaf, "--roots", tmp_path / "empty")
    assert (refused.code, refused.out) == (2, "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24T08:00:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00:00Z", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00:00+02:00", datetime(2026, 11, 24, 6, tzinfo=UTC)),
        ("2026-11-24 08:00:00.5", datetime(2026, 11, 24, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("20261124T080000Z", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1795507200", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("1795507200.25", datetime(2026, 11, 24, 8, 0, 0, 250_000, tzinfo=UTC)),
        ("-1", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "99999999999999", "2026-11-24T25:00"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        read_moment(text)

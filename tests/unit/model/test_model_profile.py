"""The profile: defaults, what a file states, where it is looked for, and every error with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from certhound.model.errors import CerthoundError, ErrorList, ExitCode, UsageError
from certhound.model.profile import Profile, default_profile, find_profile, load_profile

GOOD = """\
[organisation]
name = "Example"
networks = ["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7"]
domains = ["Example.ORG.", "*.example.net"]
brands = ["Contoso"]
expected_issuers = ["Let's Encrypt"]

[trust]
public_roots = ["roots/public.pem"]
internal_cas = ["roots/house.pem"]
inspection_issuers = ["CN=Zscaler Intermediate Root CA*"]

[[exception]]
match = { issuer = "CN=Acme *", destination = "198.51.100.0/24", rule = "self-signed.yml" }
reason = "the laboratory"
owner = "network team"
expires = 2027-01-31

[[exception]]
match.sha256 = "AA:BBBB"
reason = "known"
owner = "me"
""".replace("BBBB", ":".join(["bb"] * 31))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and an empty configuration folder beside it."""
    (tmp_path / "here" / "roots").mkdir(parents=True)
    for name in ("public.pem", "house.pem"):
        (tmp_path / "here" / "roots" / name).write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    (tmp_path / "here" / "roots" / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "here"


def load(folder: Path, text: str | bytes) -> Profile:
    file = folder / "certhound.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_profile()


def test_without_a_file_private_space_is_inside(folder: Path) -> None:
    profile = load_profile()
    assert profile == default_profile() == Profile()
    assert profile.path is None


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("10.1.2.3", True), ("172.16.0.1", True), ("172.32.0.1", False), ("192.168.9.9", True), ("127.0.0.1", True),
        ("169.254.1.1", True), ("100.64.0.1", True), ("100.128.0.1", False), ("fd00::1", True), ("fe80::1%eth0", True),
        ("::1", True), ("[::1]", True), ("::ffff:10.0.0.1", True), ("::ffff:8.8.8.8", False), ("8.8.8.8", False),
        ("192.0.2.1", False), ("198.51.100.1", False), ("203.0.113.1", False), ("2001:db8::1", False),
        ("224.0.0.1", False), ("", False), ("not an address", False), (None, False), ("10.0.0", False),
    ],
)  # fmt: skip
def test_own_addresses_by_default(address: str | None, own: bool) -> None:
    assert Profile().is_own_address(address) is own


def test_what_a_file_states(folder: Path) -> None:
    profile = load(folder, GOOD)
    assert profile.name == "Example"
    assert [str(network) for network in profile.networks] == ["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7/32"]
    assert profile.domains == profile.own_domains == ("example.org", "example.net")
    assert profile.brands == ("contoso",)
    assert profile.public_roots == (folder / "roots/public.pem",)
    assert profile.path == folder / "certhound.toml"
    first, second = profile.exceptions
    assert (first.issuer, first.rule, first.expires) == ("CN=Acme *", "self-signed", date(2027, 1, 31))
    assert first.place is not None
    assert first.place.line == 13
    assert second.sha256 == "aa" + "bb" * 31
    assert second.expires is None


def test_stated_networks_replace_private_space_but_not_this_machine(folder: Path) -> None:
    profile = load(folder, '[organisation]\nnetworks = ["203.0.113.0/24"]\n')
    assert profile.networks_stated
    inside = ("203.0.113.9", "127.0.0.1", "fe80::1")
    assert all(profile.is_own_address(each) for each in inside)
    assert not profile.is_own_address("10.0.0.1")


def test_own_names_and_inspection_issuers(folder: Path) -> None:
    profile = load(folder, GOOD)
    assert profile.is_own_name("example.org")
    assert profile.is_own_name("a.b.Example.org.")
    assert not profile.is_own_name("badexample.org")
    assert not profile.is_own_name(None)
    assert profile.is_inspection_issuer("cn=zscaler intermediate root ca (zscaler.net)")
    assert not profile.is_inspection_issuer("CN=Other")
    assert not profile.is_inspection_issuer(None)


def test_placeholders_are_absent_where_nobody_knows(folder: Path) -> None:
    profile = load(folder, GOOD)
    known = profile.placeholders()
    assert known["own_domains"] == ("example.org", "example.net")
    assert "10.0.0.0/8" in known["own_networks"]
    assert "internal_cas" not in known
    assert profile.placeholders(["CN=House"])["internal_cas"] == ("CN=House",)
    assert Profile().placeholders()["internal_cas"] == ()


def test_where_the_file_is_looked_for(folder: Path) -> None:
    assert find_profile() is None
    users = folder.parent / "config" / "certhound" / "certhound.toml"
    users.parent.mkdir(parents=True)
    users.write_text('[organisation]\nname = "user"\n')
    assert load_profile().name == "user"
    load(folder, '[organisation]\nname = "here"\n')
    assert load_profile().name == "here"
    named = folder / "other.toml"
    named.write_text('[organisation]\nname = "named"\n')
    assert load_profile(named).name == "named"


def test_a_named_file_must_exist(folder: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_profile(folder / "absent.toml")


def test_paths_count_from_the_folder_of_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    load(folder, GOOD)
    monkeypatch.chdir(tmp_path)
    assert load_profile(Path("here/certhound.toml")).internal_cas == (folder / "roots/house.pem",)


ERRORS: dict[str, tuple[str | bytes, list[tuple[str, str, str]]]] = {
    "unknown table": ("[organization]\n", [("1:1", "unknown-table", "did you mean organisation?")]),
    "unknown key": ('[organisation]\n  netwoks = ["10.0.0.0/8"]\n', [("2:3", "unknown-key", "did you mean networks?")]),
    "wrong types": (
        '[organisation]\nname = 3\ndomains = "a"\nbrands = ["a", 1, ["b"]]\n',
        [("2:1", "wrong-type", ""), ("3:1", "wrong-type", ""), ("4:16", "wrong-type", ""), ("4:19", "wrong-type", "")],
    ),
    "a table that is none": ("organisation = 1\n", [("1:1", "wrong-type", "")]),
    "host bits": ('[organisation]\nnetworks = ["10.0.0.1/8"]\n', [("2:13", "bad-network", "did you mean 10.0.0.0/8?")]),
    "a list over lines": (
        '[organisation]\nnetworks = [ # "x"\n  "10.0.0.0/8",\n  "10.0.0.0/33", 5,\n  "x" ]\n',
        [("4:3", "bad-network", ""), ("4:18", "wrong-type", ""), ("5:3", "bad-network", "")],
    ),
    "domains": (
        '[organisation]\ndomains = ["https://a.example/", ""]\n',
        [("2:12", "bad-domain", ""), ("2:34", "bad-domain", "")],
    ),
    "files": ('[trust]\ninternal_cas = ["no.pem"]\n', [("2:17", "no-such-file", "folder of the profile")]),
    "a file of something else": (
        '[trust]\ninternal_cas = ["roots/house.pem", "roots/key.pem"]\n',
        [("2:36", "no-certificate", "PEM or DER")],
    ),
    "an exception without an owner": (
        '[[exception]]\nmatch = { name = "a" }\nreason = "r"\n',
        [("1:1", "missing-key", "")],
    ),
    "an exception that hides all": (
        '[[exception]]\nmatch = {}\nreason = "r"\nowner = "o"\n'
        '[[exception]]\nmatch.name = "*"\nreason = "r"\nowner = " "\n',
        [("2:1", "empty", ""), ("6:7", "matches-all", ""), ("8:1", "empty", "")],
    ),
    "a wrong key deep inside": (
        '[[exception]]\nmatch = { name = "a", sha265 = "b" }\nreason = "r"\nowner = "o"\n',
        [("2:23", "unknown-key", "did you mean sha256?")],
    ),
    "a hash that is none": (
        '[[exception]]\nmatch.sha256 = "abc"\nreason = "r"\nowner = "o"\n',
        [("2:7", "bad-hash", "")],
    ),
    "expires": (
        '[[exception]]\nmatch.name = "a"\nreason = "r"\nowner = "o"\nexpires = "tomorrow"\n'
        '[[exception]]\nmatch.name = "a"\nreason = "r"\nowner = "o"\nexpires = 2027-01-31T00:00:00Z\n',
        [("5:1", "wrong-type", ""), ("10:1", "wrong-type", "")],
    ),
    "a table below an unknown one": ("[a.b]\n", [("1:1", "unknown-table", "")]),
    "one exception in place of a list": ('[exception]\nreason = "r"\n', [("1:1", "wrong-type", "[[exception]]")]),
    "syntax": ("[organisation]\nname = \n", [("2:8", "syntax", "")]),
    "cut off": ('[organisation]\nbrands = ["a",\n', [("3", "syntax", "")]),
    "not UTF-8": (b'[organisation]\nname = "\xff"\n', [("2:9", "encoding", "")]),
    "nested too deep": ("a = " + "[" * 100_000, [("", "syntax", "")]),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_every_error_has_its_place(folder: Path, case: str) -> None:
    text, expected = ERRORS[case]
    with pytest.raises(CerthoundError) as caught:
        load(folder, text)
    errors = caught.value.errors if isinstance(caught.value, ErrorList) else [caught.value]
    found = [(str(error.place).removeprefix("certhound.toml").lstrip(":"), error.check) for error in errors]
    assert found == [(place, check) for place, check, _ in expected]
    for error, (_, _, advice) in zip(errors, expected, strict=True):
        assert advice in str(error)
    assert caught.value.exit_code is ExitCode.CONTENT


def test_a_mark_at_the_start_and_windows_line_ends_are_fine(folder: Path) -> None:
    assert load(folder, b'\xef\xbb\xbf[organisation]\r\nname = "x"\r\n').name == "x"


def test_an_unreadable_file_is_an_error_of_the_profile(folder: Path) -> None:
    file = folder / "certhound.toml"
    file.write_bytes(b"#" * (17 << 20))
    with pytest.raises(CerthoundError, match="16 MiB"):
        load_profile()


def test_time_zones(tmp_path: Path) -> None:
    path = tmp_path / "certhound.toml"
    path.write_text('[time_zones]\ndefault = "+02:00"\nsources = { fortigate = "America/New_York", x = "UTC" }\n')
    zones = load_profile(path).zones
    assert str(zones.of("fortigate.ssl")) == "America/New_York"
    assert str(zones.of("squid")) == "UTC+02:00"
    path.write_text('[time_zones]\nsources = { fortigate = "Mars/Base" }\n')
    with pytest.raises(ErrorList) as raised:
        load_profile(path)
    assert "'Mars/Base' is not a time zone" in str(raised.value.errors[0])

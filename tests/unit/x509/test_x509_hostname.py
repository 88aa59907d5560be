"""Names by RFC 9525 on plain lists."""

from __future__ import annotations

import pytest

from certhound.x509.hostname import NameMatch, matches, reference_of

CASES: tuple[tuple[str, list[str] | None, list[str] | None, str | None, str], ...] = (
    # reference, SAN DNS, SAN IP, common name, expected
    ("example.com", ["example.com"], [], None, "exact"),
    ("EXAMPLE.com.", ["example.com"], [], None, "exact"),
    ("example.com", ["Example.COM."], [], None, "exact"),
    ("example.com:443", ["example.com"], [], None, "exact"),
    (" example.com ", ["example.com"], [], None, "exact"),
    ("a.example.com", ["*.example.com"], [], None, "wildcard"),
    ("a.example.com", ["*.example.com", "a.example.com"], [], None, "exact"),
    ("a.example.com", ["*.EXAMPLE.com"], [], None, "wildcard"),
    ("example.com", ["*.example.com"], [], None, "mismatch"),
    ("a.b.example.com", ["*.example.com"], [], None, "mismatch"),
    ("a.example.com", ["*a.example.com"], [], None, "mismatch"),
    ("a.b.example.com", ["a.*.example.com"], [], None, "mismatch"),
    ("a.b.example.com", ["*.*.example.com"], [], None, "mismatch"),
    ("example.com", ["*.com"], [], None, "mismatch"),
    ("example.co.uk", ["*.co.uk"], [], None, "mismatch"),
    ("me.github.io", ["*.github.io"], [], None, "wildcard"),
    ("com", ["*"], [], None, "mismatch"),
    ("*.example.com", ["*.example.com"], [], None, "undecided"),
    ("bücher.example", ["xn--bcher-kva.example"], [], None, "exact"),
    ("xn--bcher-kva.example", ["bücher.example"], [], None, "exact"),
    ("www.bücher.example", ["*.xn--bcher-kva.example"], [], None, "wildcard"),
    ("a_b.example.com", ["a_b.example.com"], [], None, "exact"),
    ("192.0.2.1", ["192.0.2.1"], [], None, "mismatch"),
    ("192.0.2.1", [], ["192.0.2.1"], None, "address"),
    ("192.0.2.1:8443", [], ["192.0.2.1"], None, "address"),
    ("[2001:db8::1]:443", [], ["2001:DB8:0:0::1"], None, "address"),
    ("2001:db8::1", [], ["2001:db8::1"], None, "address"),
    ("fe80::1%eth0", [], ["fe80::1"], None, "address"),
    ("::ffff:192.0.2.1", [], ["192.0.2.1"], None, "address"),
    ("192.0.2.1", ["*.0.2.1"], [], None, "mismatch"),
    ("example.com", [], [], "example.com", "common_name"),
    ("example.com", ["other.example"], [], "example.com", "common_name"),
    ("192.0.2.1", [], [], "192.0.2.1", "common_name"),
    ("example.com", [], [], "Example Server", "mismatch"),
    ("example.com", None, None, None, "undecided"),
    ("", ["example.com"], [], None, "undecided"),
    ("bad name!", ["bad name!"], [], None, "undecided"),
    ("a..b", ["a..b"], [], None, "undecided"),
    ("example.com\0.evil.test", ["example.com"], [], None, "undecided"),
    ("x" * 400, ["example.com"], [], None, "undecided"),
    ("example.com", ["example.com\0.evil.test"], [], None, "mismatch"),
)


@pytest.mark.parametrize(("reference", "dns", "ip", "cn", "expected"), CASES)
def test_match(reference: str, dns: list[str] | None, ip: list[str] | None, cn: str | None, expected: str) -> None:
    assert matches(reference, dns, ip, cn) == expected


def test_only_san_matches_are_matches() -> None:
    assert {m for m in NameMatch if m.is_match} == {NameMatch.EXACT, NameMatch.WILDCARD, NameMatch.ADDRESS}


def test_reference_keeps_addresses_apart_from_names() -> None:
    address, name = reference_of("10.0.0.1"), reference_of("10.0.0.example")
    assert address is not None
    assert name is not None
    assert (address.dns, len(address.address)) == ("", 4)
    assert (name.dns, name.address) == ("10.0.0.example", b"")

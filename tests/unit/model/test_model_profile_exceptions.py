"""Exceptions hide what they state, all of it, and nothing that only resembles it."""

from __future__ import annotations

from datetime import date

import pytest

from certhound.model.exceptions import FindingException, Subject, at_destination, hiding

MET = Subject(
    issuer="CN=Acme Root\\, Ltd,C=DE",
    subject="CN=printer.example.org",
    sha256="AB" * 32,
    names=("printer.example.org", "copy.example.org."),
    destinations=("198.51.100.7:443", "198.51.100.8:8443"),
    rules=("self-signed", "expired"),
)

CASES: list[tuple[dict[str, str], bool]] = [
    ({"issuer": "cn=acme root\\, ltd*"}, True),
    ({"issuer": "Acme"}, False),
    ({"subject": "CN=*.example.org"}, True),
    ({"subject": "CN=print?r.example.org", "issuer": "CN=Other*"}, False),
    ({"sha256": "ab" * 32}, True),
    ({"sha256": "ac" * 32}, False),
    ({"name": "*.example.org"}, True),
    ({"name": "printer.example.org"}, False),  # it was met under a second name
    ({"destination": "198.51.100.0/24"}, True),
    ({"destination": "198.51.100.7"}, False),  # it was met at a second address
    ({"destination": "198.51.100.0/24", "rule": "*"}, True),
    ({"rule": "self-signed"}, False),  # another rule speaks against it too
    ({"rule": "*e*", "name": "*.example.org", "sha256": "ab" * 32}, True),
]


@pytest.mark.parametrize(("match", "hidden"), CASES)
def test_all_that_is_stated_must_hold(match: dict[str, str], hidden: bool) -> None:
    assert FindingException("why", "who", **match).matches(MET) is hidden  # type: ignore[arg-type]


@pytest.mark.parametrize("match", [{"issuer": "*a*"}, {"name": "?*"}, {"destination": "0.0.0.0/0"}, {"rule": "a*"}])
def test_nothing_is_hidden_by_what_it_does_not_state(match: dict[str, str]) -> None:
    assert not FindingException("why", "who", **match).matches(Subject())  # type: ignore[arg-type]


def test_the_last_day_still_counts() -> None:
    exception = FindingException("why", "who", date(2027, 1, 31), name="*.example.org")
    assert hiding([exception], MET, date(2027, 1, 31)) is exception
    assert hiding([exception], MET, date(2027, 2, 1)) is None
    later = FindingException("again", "who", date(2028, 1, 31), name="*.example.org")
    assert hiding([exception, later], MET, date(2027, 2, 1)) is later


@pytest.mark.parametrize(
    ("pattern", "destination", "fits"),
    [
        ("198.51.100.0/24", "198.51.100.9", True),
        ("198.51.100.9/24", "198.51.100.200:443", True),
        ("198.51.100.9:443", "198.51.100.9:443", True),
        ("198.51.100.9:443", "198.51.100.9:8443", False),
        ("198.51.100.9:443", "198.51.100.9", False),
        ("198.51.100.*", "198.51.100.9:443", True),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::/32", "[2001:db8::1]:443", True),
        ("[2001:db8::1]:443", "[2001:0db8:0::1]:443", True),
        ("2001:db8::1", "2001:db8::2", False),
        ("10.0.0.0/8", "::ffff:10.0.0.1", True),
        ("10.0.0.0/8", "host.example", False),
        ("*.example", "host.example:443", True),
    ],
)
def test_destinations(pattern: str, destination: str, fits: bool) -> None:
    assert at_destination(pattern, destination) is fits


def test_an_exception_reads_as_it_was_written() -> None:
    assert str(FindingException("why", "who", name="a", rule="b")) == "name = a, rule = b"


def test_wildcards_cost_no_more_than_their_length() -> None:
    exception = FindingException("why", "who", subject="*a" * 60 + "b")
    assert not exception.matches(Subject(subject="a" * 20_000))

"""Reasons and the events inside rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from certhound.rules import load_sources, parse_template, render
from certhound.rules.located import Source
from certhound.rules.reason import TemplateError
from certhound.rules.schema import contact_columns, schema_for, trait_columns

ROW: dict[str, Any] = {
    "subject": "CN={x}",
    "clients": 12345,
    "first_seen": datetime(2026, 1, 2, 3, 4, 5),
    "san_dns": ["a", "b", "c", "d", "e"],
    "interval_median_s": 5400.0,
    "bytes_out_median": 12.5,
    "trusted_then": False,
    "tls_states": {"seen": "3"},
    "nothing": None,
    "empty": [],
}
TEMPLATES = [
    ("{subject}", "CN={x}"),
    ("{clients} and {clients|count}", "12345 and 12,345"),
    ("{first_seen}, {first_seen|date}", "2026-01-02 03:04:05, 2026-01-02"),
    ("{san_dns}", "a, b, c and 2 more"),
    ("{san_dns|list}", "a, b, c and 2 more"),
    ("{san_dns|first}", "a"),
    ("{san_dns|count}", "5"),
    ("{empty|first} {empty}", "unknown none"),
    ("{interval_median_s|duration}", "1.5 hours"),
    ("{bytes_out_median}", "12.5"),
    ("{trusted_then}", "no"),
    ("{tls_states.seen} {tls_states.x} {tls_states}", "3 unknown seen: 3"),
    ("{nothing} {missing|count}", "unknown unknown"),
    ("{{literal}} }}{{", "{literal} }{"),
    ("plain", "plain"),
]


@pytest.mark.parametrize(("text", "expected"), TEMPLATES)
def test_reason(text: str, expected: str) -> None:
    template = parse_template(text)
    assert render(template, ROW) == expected
    assert parse_template(str(template)) == template or "{{" in text


DURATIONS = [
    (1, "1 second"),
    (90, "1.5 minutes"),
    (3600, "1 hour"),
    (86400 * 30, "30 days"),
    (86400 * 730.5, "2 years"),
]


@pytest.mark.parametrize(("seconds", "expected"), DURATIONS)
def test_duration(seconds: float, expected: str) -> None:
    assert render(parse_template("{s|duration}"), {"s": seconds}) == expected


@pytest.mark.parametrize("text", ["{", "}", "{a", "{}", "{A b}", "{a|hex}", "{a.__class__|x}", "{0}", "{a!r}"])
def test_wrong_templates_are_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        parse_template(text)


def rule(events: str, category: str = "contact") -> Any:
    text = f"""title: A rule
id: 0b8a1d52-6c1c-4b2e-8d3f-3f0d8f2f7a01
level: low
logsource: {{product: certhound, category: {category}}}
detection: {{s: {{{"dst_is_outside: true" if category == "contact" else "sni: x"}}}, condition: s}}
certhound:
  score: 20
  family: test
  reason: seen
  events:
    positive:
      - {events}
"""
    return load_sources([Source("rule.yml", text)]).rules


def test_events_are_full_rows_typed_by_the_columns() -> None:
    events = (
        "{dst_ip: 192.0.2.1, clients: 3, first_seen: 2026-01-02T03:04:05+01:00, trusted_then: no, san_dns: [1.5, no],"
        " tls_states: {seen: 3}, interval_median_s: 2, certificate_clients: 7, not_after: 2026-01-02, issuer: null}"
    )
    row = rule(events).check().rules[0].positive[0].row
    assert row["dst_ip"] == "192.0.2.1"
    assert row["first_seen"] == datetime(2026, 1, 2, 2, 4, 5)
    assert row["trusted_then"] is False
    assert row["san_dns"] == ["1.5", "no"]
    assert row["tls_states"] == {"seen": "3"}
    assert row["interval_median_s"] == 2.0
    assert (row["clients"], row["certificate_clients"]) == (3, 7)
    assert row["issuer"] is None
    assert set(row) == {column.name for column in contact_columns()}


def test_events_of_an_events_category_are_of_it() -> None:
    assert rule("{sni: x}", "tls").check().rules[0].positive[0].row["category"] == "tls"


WRONG = [
    ("{clientz: 1}", "unknown-column"),
    ("{clients: many}", "rule-events"),
    ("{clients: 1e3}", "rule-events"),
    ("{first_seen: yesterday}", "rule-events"),
    ("{san_dns: a}", "rule-events"),
    ("{tls_states: [a]}", "rule-events"),
    ("{trusted_then: perhaps}", "rule-events"),
    ("text", "rule-events"),
]


@pytest.mark.parametrize(("events", "check"), WRONG)
def test_wrong_events_are_told_at_their_place(events: str, check: str) -> None:
    found = rule(events).errors
    assert [error.check for error in found] == [check]
    assert found[0].place is not None
    assert found[0].place.line == 12


def test_a_contact_sees_its_certificate_and_its_traits() -> None:
    columns = schema_for("contact").columns
    for name in ("clients", "certificate_clients", "certificate_first_seen", "subject", "certificate_id"):
        assert name in columns
    assert "certificate_certificate_id" not in columns
    assert {trait.name for trait in trait_columns()} <= set(columns)
    assert {trait.name for trait in trait_columns()} <= set(schema_for("certificate").columns)

"""Every modifier that the installed pySigma knows, each with values that it matches and values that it does not."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import pytest

from certhound.rules.lowering.modifiers import known_modifiers

Row = dict[str, Any]


def text(*values: str | None) -> list[Row]:
    return [{"url": value} for value in values]


def b64(raw: bytes, before: bytes = b"", after: bytes = b"") -> str:
    return base64.b64encode(before + raw + after).decode()


NOON = datetime(2026, 3, 9, 12, 34, 56)
NIGHT = datetime(2025, 12, 29, 0, 5)

CASES: list[tuple[str, str, list[Row], list[int]]] = [
    ("contains", "url|contains: Evil", text("an evil one", "EVIL", "ev il", None), [0, 1]),
    ("contains", "url|contains: 443", text("a:443", "44 3"), [0]),
    ("startswith", "url|startswith: 'http:'", text("HTTP://x", "xhttp:", None), [0]),
    ("endswith", "url|endswith: ['.exe', .dll]", text("a.EXE", "a.dll", "a.exe.txt", None), [0, 1]),
    ("exists", "url|exists: true", text("x", "", None), [0, 1]),
    ("exists", "url|exists: false", text("x", "", None), [2]),
    ("exists", "cert_san|exists: false", [{"cert_san": ["a"]}, {"cert_san": []}, {"cert_san": None}], [1, 2]),
    ("base64", "url|base64|contains: secret", text("x" + b64(b"secret") + "y", "secret", None), [0]),
    ("base64", r"url|base64: a\*b", text(b64(b"a*b"), b64(rb"a\*b")), [0]),
    (
        "base64offset",
        "url|base64offset|contains: hello wörld",
        text(*(b64("hello wörld".encode(), b"xyz"[:n], b"abcd"[n:]) for n in range(3)), b64(b"hello world")),
        [0, 1, 2],
    ),
    (
        "wide",
        "url|wide|base64offset|contains: müller",
        text(*(b64("müller".encode("utf-16le"), b"xyz"[:n], b"pq") for n in range(3)), b64("müller".encode())),
        [0, 1, 2],
    ),
    ("wide", "url|wide|contains: ab", text("a\0b\0", "ab", "\0a\0b"), [0]),
    ("utf16", "url|utf16|base64: ab", text(b64("ab".encode("utf-16")), b64("ab".encode("utf-16le"))), [0]),
    ("utf16be", "url|utf16be|base64: ab", text(b64("ab".encode("utf-16be")), b64("ab".encode("utf-16le"))), [0]),
    (
        "windash",
        "url|contains|windash: ' -enc '",
        text("x -enc y", "x /enc y", "x –enc y", "x —enc y", "x ―ENC y", "x enc y", "x --enc"),
        [0, 1, 2, 3, 4],
    ),
    ("windash", "url|windash|contains: -a-b", text("/a-b", "-a/b"), [0]),
    ("re", "url|re: ^ab+c$", text("abbc", "ABC", "xabc", None), [0]),
    ("re", "url|re: 'b.c'", text("abxcd", "bc"), [0]),
    ("i", "url|re|i: ^ÄB+$", text("äbb", "ÄB", "ab"), [0, 1]),
    ("ignorecase", "url|re|ignorecase: ^ab$", text("AB", "abc"), [0]),
    ("m", "url|re|m: ^two$", text("one\ntwo", "one two"), [0]),
    ("multiline", "url|re|multiline: ^two$", text("one\ntwo\nthree", "one two"), [0]),
    ("s", "url|re|s: a.b", text("a\nb", "a b", "ab"), [0, 1]),
    ("dotall", "url|re|dotall: a.b", text("a\nb", "ab"), [0]),
    (
        "cidr",
        "dst_ip|cidr: [10.0.0.0/8, '2001:db8::/32']",
        [{"dst_ip": each} for each in ("10.1.2.3", "11.0.0.1", "2001:db8:0:0::1", "2001:db9::1", None)],
        [0, 2],
    ),
    ("cidr", "url|cidr: 10.0.0.0/8", text("10.9.9.9", "10.9.9.9.example", "9.9.9.9"), [0]),
    ("all", "url|contains|all: [a, B]", text("xAyb", "a", "b", None), [0]),
    ("all", "cert_san|endswith|all: [.com, .org]", [{"cert_san": ["a.com", "b.org"]}, {"cert_san": ["a.com"]}], [0]),
    ("lt", "dst_port|lt: 443", [{"dst_port": n} for n in (442, 443, None)], [0]),
    ("lte", "dst_port|lte: 443", [{"dst_port": n} for n in (442, 443, 444)], [0, 1]),
    ("gt", "duration_s|gt: 1.5", [{"duration_s": n} for n in (1.5, 1.6, None)], [1]),
    ("gte", "fields.size|gte: 10", [{"fields": {"size": n}} for n in ("9", "10", "x", "1e3")], [1, 3]),
    ("gt", "dst_port|gt: 9007199254740992", [{"dst_port": n} for n in (2**53, 2**53 + 1)], [1]),
    ("neq", "url|neq: a", text("a", "A", "b", None), [2, 3]),
    ("neq", "url|contains|neq: [a, b]", text("xax", "xbx", "x", None), [2, 3]),
    (
        "fieldref",
        "sni|fieldref: dst_host",
        [{"sni": "a.B", "dst_host": "A.b"}, {"sni": "a", "dst_host": "b"}, {"sni": None, "dst_host": None}],
        [0],
    ),
    (
        "fieldref",
        "url|fieldref|startswith: sni",
        [{"url": "Host/x", "sni": "hOST"}, {"url": "x/host", "sni": "host"}, {"url": "x", "sni": None}],
        [0],
    ),
    (
        "fieldref",
        "url|fieldref|endswith: sni",
        [{"url": "x.HOST", "sni": "host"}, {"url": "hostx", "sni": "host"}],
        [0],
    ),
    ("fieldref", "url|fieldref|contains: sni", [{"url": "xHOSTx", "sni": "host"}, {"url": "hos", "sni": "host"}], [0]),
    (
        "fieldref",
        "cert_san|fieldref: sni",
        [{"cert_san": ["a", "B"], "sni": "b"}, {"cert_san": ["c"], "sni": "b"}],
        [0],
    ),
    ("fieldref", "src_port|fieldref: dst_port", [{"src_port": 1, "dst_port": 1}, {"src_port": 1, "dst_port": 2}], [0]),
    (
        "expand",
        "sni|endswith|expand: '.%own_domains%'",
        [{"sni": s} for s in ("a.Corp.example", "corp.example", "x")],
        [0],
    ),
    ("expand", "dst_ip|expand: '%nets%'", [{"dst_ip": each} for each in ("10.1.1.1", "9.1.1.1")], [0]),
    ("expand", "dst_ip|cidr|expand: '%nets%'", [{"dst_ip": each} for each in ("10.1.1.1", "9.1.1.1")], [0]),
    ("expand", "url|re|expand: '^%own_domains%$'", text("corp.example", "corpXexample"), [0]),
    ("minute", "time|minute: 34", [{"time": NOON}, {"time": NIGHT}, {"time": None}], [0]),
    ("hour", "time|hour|lt: 6", [{"time": NOON}, {"time": NIGHT}], [1]),
    ("day", "time|day: 9", [{"time": NOON}, {"time": NIGHT}], [0]),
    ("week", "time|week: 1", [{"time": NOON}, {"time": NIGHT}], [1]),
    ("month", "time|month: 12", [{"time": NOON}, {"time": NIGHT}], [1]),
    ("year", "fields.when|year: 2026", [{"fields": {"when": "2026-01-02T03:04:05Z"}}, {"fields": {"when": "?"}}], [0]),
    ("cased", "url|cased: Ab", text("Ab", "ab"), [0]),
    ("cased", "url|contains|cased: [Ab, Cd]", text("xAbx", "xabx", "xCd"), [0, 2]),
]

PLACEHOLDERS = {"own_domains": ("corp.example", "corp.test"), "nets": ("10.0.0.0/8",)}


@pytest.mark.parametrize(("modifier", "item", "rows", "expected"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_modifier_matches(modifier: str, item: str, rows: list[Row], expected: list[int], matches: Any) -> None:
    found = matches(f"s:\n  {item}\ncondition: s", rows, placeholders=PLACEHOLDERS)
    assert found == expected


@pytest.mark.parametrize(("modifier", "item", "rows", "expected"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_not_is_the_rest(modifier: str, item: str, rows: list[Row], expected: list[int], matches: Any) -> None:
    """Sigma knows two values: what does not match, also for want of the field, is what ``not`` matches."""
    found = matches(f"s:\n  {item}\ncondition: not s", rows, placeholders=PLACEHOLDERS)
    assert found == [index for index in range(len(rows)) if index not in expected]


def test_duckdb_agrees_with_the_reference_on_all_cases(agreement: Any) -> None:
    agreement.needs(len(CASES))
    agreement.check()


def test_every_modifier_of_the_installed_pysigma_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(known_modifiers())


WRONG = [
    ("url|contians: x", "sigma-modifier", "did you mean contains"),
    ("dst_port|lt: abc", "sigma-value", ""),
    ("url|re: '('", "sigma-modifier", "("),
    ("url|re|contains: ''", "sigma-modifier", ""),
    ("url|exists: perhaps", "sigma-value", ""),
    ("url|base64: a*b", "sigma-modifier", ""),
    ("url|base64offset|contains: a", "sigma-modifier", "too short"),
    ("url|wide|contains: ü", "sigma-value", "base64"),
    ("dst_ip|cidr: 10.0.0.0/99", "sigma-modifier", ""),
    ("url|contains|windash: -a -b -c -d -e", "sigma-modifier", "dashes"),
    ("url|re: '(?=a)b'", "regex-not-portable", ""),
    ("dst_port|cidr: 10.0.0.0/8", "sigma-unsayable", ""),
    ("der|contains: x", "sigma-value", ""),
    ("fields: x", "sigma-value", "fields.key"),
    ("url|fieldref: snii", "unknown-column", "sni"),
    ("sni|expand: '%own_domain%'", "sigma-placeholder", "own_domains"),
]


@pytest.mark.parametrize(("item", "check", "hint"), WRONG, ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_told_at_its_place(item: str, check: str, hint: str, text_of: Any) -> None:
    from certhound.rules import load_sources
    from certhound.rules.located import Source

    category = "certificate" if item.startswith("der") else "tls"
    text = text_of(f"s:\n  {item}\ncondition: s", category)
    loaded = load_sources([Source("rule.yml", text)], placeholders=PLACEHOLDERS)
    assert [error.check for error in loaded.rules.errors] == [check]
    error = loaded.rules.errors[0]
    assert error.place is not None
    assert error.place.line == 8
    assert hint in str(error)

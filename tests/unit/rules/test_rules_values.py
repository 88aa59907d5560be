"""Values against columns of each kind: null and empty, numbers and texts, lists and maps, case and escapes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

Row = dict[str, Any]


def url(*values: str | None) -> list[Row]:
    return [{"url": value} for value in values]


CASES: list[tuple[str, list[Row], list[int]]] = [
    # null is absent, the empty text is present and empty
    ("url: null", url("", "x", None), [2]),
    ("url: ~", url("", "x", None), [2]),
    ("url:", url("", "x", None), [2]),
    ("url: []", url("", "x", None), [2]),
    ("url: ''", url("", "x", None), [0]),
    ("url: 'null'", url("null", None), [0]),
    ("url: [null, '', x]", url("", "X", None, "y"), [0, 1, 2]),
    ("url: '*'", url("", "x", None), [0, 1]),
    ("url: '?*'", url("", "x", None), [1]),
    ("cert_san: null", [{"cert_san": None}, {"cert_san": []}, {"cert_san": ["x"]}], [0, 1]),
    ("cert_san: ''", [{"cert_san": [""]}, {"cert_san": []}], [0]),
    ("fields: null", [{"fields": None}, {"fields": {}}], [0]),
    ("tls_established: null", [{"tls_established": None}, {"tls_established": False}], [0]),
    # case, also beyond ASCII; by code point, so that no other letter comes in
    ("url: ÄÖÜ", url("äöü", "ÄÖÜ", "aou"), [0, 1]),
    ("url|contains: ПРИВЕТ", url("xприветx", "пока"), [0]),
    ("url: straße", url("STRAßE", "STRASSE"), [0]),
    ("url: ſ", url("ſ", "s", "S"), [0]),
    ("url: k", url("k", "K", "\u212a"), [0, 1, 2]),
    ("url: i", url("i", "I", "ı"), [0, 1]),
    # wildcards and their escapes
    (r"url: a*c", url("ac", "abbc", "abd", "a\nc"), [0, 1, 3]),
    (r"url: a?c", url("abc", "ac", "a\nc"), [0, 2]),
    (r"url: a\*c", url("a*c", "abc"), [0]),
    (r"url: \*", url("*", "x", ""), [0]),
    (r"url: '*\*'", url("x*", "*", "x"), [0, 1]),
    (r"url: '\**'", url("*x", "x*"), [0]),
    (r"url: '?'", url("x", "?", "", "xx"), [0, 1]),
    (r"url: '*?*'", url("x", "", "xx"), [0, 2]),
    (r"url: a\?c", url("a?c", "abc"), [0]),
    (r"url: a\\*c", url("a\\xc", "a*c"), [0]),
    (r"url: a\\\*c", url("a\\*c", "a*c", "a\\xc"), [0]),
    (r"url: a\b", url("a\\b", "ab"), [0]),
    (r"url|contains: \\srv\share", url(r"x\srv\share", "srv"), [0]),
    (r"url: 100%_x", url("100%_x", "100zzyx"), [0]),
    # YAML's own types do not count: a scalar is what is written, read by the column
    ("event_id: 4688", [{"event_id": each} for each in ("4688", "4689", None)], [0]),
    ("dst_port: '443'", [{"dst_port": each} for each in (443, 444, None)], [0]),
    ("dst_port: 0x1bb", [{"dst_port": 443}], [0]),
    ("dst_port: 0443", [{"dst_port": 443}, {"dst_port": 291}], [0]),
    ("dst_port: 443.0", [{"dst_port": 443}], [0]),
    ("dst_port: 443.5", [{"dst_port": 443}], []),
    ("dst_port: https", [{"dst_port": 443}], []),
    ("dst_port: 99999999999999999999999", [{"dst_port": 443}], []),
    ("dst_port|startswith: '44'", [{"dst_port": each} for each in (443, 4, 4444)], [0, 2]),
    ("dst_port: [443, 8443, '99*']", [{"dst_port": each} for each in (443, 8443, 993, 80)], [0, 1, 2]),
    ("duration_s: 1", [{"duration_s": 1.0}, {"duration_s": 1.5}], [0]),
    ("url: no", url("no", "NO", "false"), [0, 1]),
    ("url: 012", url("012", "10", "12"), [0]),
    ("url: 12:30:45", url("12:30:45", "45045"), [0]),
    ("url: 2024-01-01", url("2024-01-01"), [0]),
    ("url: 1e3", url("1e3", "1000"), [0]),
    ("url: true", url("True", "yes"), [0]),
    ("tls_established: true", [{"tls_established": each} for each in (True, False, None)], [0]),
    ("tls_established: 'False'", [{"tls_established": each} for each in (True, False, None)], [1]),
    ("tls_established: [yes, no]", [{"tls_established": each} for each in (True, False, None)], [0, 1]),
    # addresses, times
    ("dst_ip: 2001:DB8::1", [{"dst_ip": each} for each in ("2001:db8:0:0:0:0:0:1", "2001:db8::2")], [0]),
    ("dst_ip|startswith: '10.'", [{"dst_ip": each} for each in ("10.1.1.1", "110.1.1.1", None)], [0]),
    ("dst_ip: ['', '-']", [{"dst_ip": "10.1.1.1"}], []),
    ("time: 2026-03-09T12:34:56+02:00", [{"time": datetime(2026, 3, 9, 10, 34, 56)}, {"time": None}], [0]),
    ("time|startswith: '2026-03'", [{"time": datetime(2026, 3, 9)}, {"time": datetime(2025, 3, 9)}], [0]),
    # lists: some element; maps: one entry
    ("cert_san: A.example", [{"cert_san": ["x", "a.EXAMPLE"]}, {"cert_san": ["aa.example"]}, {"cert_san": None}], [0]),
    ("cert_san: [a, 'b*']", [{"cert_san": ["x", "bb"]}, {"cert_san": ["A"]}, {"cert_san": []}], [0, 1]),
    ("cert_san|re: ^a.$", [{"cert_san": ["x", "ab"]}, {"cert_san": ["abc"]}], [0]),
    ("fields.mime: Text/*", [{"fields": {"mime": "text/html"}}, {"fields": {"x": "text/"}}, {"fields": None}], [0]),
    ("fields.a.b: x", [{"fields": {"a.b": "X"}}], [0]),
    ("fields.size: 10", [{"fields": {"size": "10"}}, {"fields": {"size": "010"}}], [0]),
]


@pytest.mark.parametrize(("item", "rows", "expected"), CASES, ids=[case[0] for case in CASES])
def test_value_matches(item: str, rows: list[Row], expected: list[int], matches: Any) -> None:
    assert matches(f"s:\n  {item}\ncondition: s", rows) == expected


KEYWORDS: list[tuple[str, list[Row], list[int]]] = [
    ("s: Evil\ncondition: s", [{"payload": each} for each in ("an evil one", "good", None)], [0]),
    ("s: [Evil, 'b?d']\ncondition: s", [{"payload": each} for each in ("EVIL", "xbadx", "bd")], [0, 1]),
    ("s:\n  '|all': [a, b]\ncondition: s", [{"payload": each} for each in ("b a", "a", "B")], [0]),
    ("s:\n  '|re': 'a.c'\ncondition: s", [{"payload": each} for each in ("xabcx", "ABC")], [0]),
    ("s: 443\ncondition: not s", [{"payload": each} for each in ("port 443", "x", None)], [1, 2]),
    ("s:\n  - evil\n  - url: x\ncondition: s", [{"payload": "evil"}, {"url": "X"}, {"url": "evil"}], [0, 1]),
    ("s:\n  '|contains|cased': Ab\ncondition: s", [{"payload": "xAbx"}, {"payload": "xabx"}], [0]),
]


@pytest.mark.parametrize(("detection", "rows", "expected"), KEYWORDS, ids=[case[0] for case in KEYWORDS])
def test_keywords_search_the_raw_record(detection: str, rows: list[Row], expected: list[int], matches: Any) -> None:
    assert matches(detection, rows) == expected


def test_absent_fields_are_no_match_and_not_no_attack(matches: Any) -> None:
    """The measured trap: a session without SNI must be found by ``not server_name contains '.'``."""
    rows = [{"tls_established": True, "sni": each} for each in ("a.example", "localhost", None)]
    assert matches("s: {tls_established: true}\nn: {sni|contains: .}\ncondition: s and not n", rows) == [1, 2]


def test_duckdb_agrees_with_the_reference_on_all_cases(agreement: Any) -> None:
    agreement.needs(len(CASES) + len(KEYWORDS))
    agreement.check()

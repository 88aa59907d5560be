"""Hostile text made harmless, one case a kind of attack."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_factory import HOSTILE_TEXTS

from certhound.outputs.defuse import cell, json_text, link, valid, visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text", "plain text"),
        ("", ""),
        ("Müller Straße 証明書", "Müller Straße 証明書"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("a\x00b\x7f", "a\\x00b\\x7f"),
        ("x\u202etxt.exe", "x\\u202etxt.exe"),
        ("a\u200bb\ufeffc", "a\\u200bb\\ufeffc"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("caf\udce9", "caf\\udce9"),
        ("z" + "\u0300" * 40, "z" + "\u0300" * 4),
    ],
)
def test_visible_spells_out_what_acts_or_hides(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_visible_says_how_much_it_cut() -> None:
    assert visible("A" * 1500, 10) == "AAAAAAAAAA… (1,490 more characters)"


@given(st.text() | st.sampled_from(sorted(HOSTILE_TEXTS.values())))
def test_nothing_that_controls_or_reorders_is_left(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not [c for c in shown if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"}]
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\uff1dcmd", "'\uff1dcmd"),
        ("\t=1", "\\t=1"),
        ("CN=a", "CN=a"),
        ("", ""),
    ],
)
def test_cells_are_no_formulas(text: str, expected: str) -> None:
    assert cell(text) == expected


@pytest.mark.parametrize("url", ["https://rules.example/x?a=1#b", "http://a.example/"])
def test_web_addresses_may_be_links(url: str) -> None:
    assert link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a b",
        "https://a\x1b]8;;",
        "",
        "//a.example",
        "https://\u202e",
    ],
)
def test_all_else_is_only_text(url: str) -> None:
    assert link(url) is None


@given(st.text())
def test_json_keeps_its_value(text: str) -> None:
    import json

    encoded = json_text(json.dumps(valid(text), ensure_ascii=False))
    assert json.loads(encoded) == valid(text)
    assert not [c for c in encoded if ord(c) in range(0x7F, 0xA0) or c in "\u202e\u2066\u200b\u2028"]

"""Every form of condition that Sigma has, over three selections that each name one column."""

from __future__ import annotations

from typing import Any

import pytest

SELECTIONS = """
sel_a: {url: a}
sel_b: {sni: b}
other: {alpn: c}
_hidden: {ja3: d}
"""
ROWS = [
    {"url": a, "sni": b, "alpn": c, "ja3": d}
    for a in ("a", None)
    for b in ("b", "x")
    for c in ("c", None)
    for d in ("d", None)
]


def holds(test: Any) -> list[int]:
    return [
        index
        for index, row in enumerate(ROWS)
        if test(row["url"] == "a", row["sni"] == "b", row["alpn"] == "c", row["ja3"] == "d")
    ]


CASES = [
    ("sel_a", lambda a, b, c, d: a),
    ("not sel_a", lambda a, b, c, d: not a),
    ("not not sel_a", lambda a, b, c, d: a),
    ("sel_a and sel_b", lambda a, b, c, d: a and b),
    ("sel_a or sel_b and other", lambda a, b, c, d: a or (b and c)),
    ("(sel_a or sel_b) and other", lambda a, b, c, d: (a or b) and c),
    ("not (sel_a or (sel_b and not (other)))", lambda a, b, c, d: not (a or (b and not c))),
    ("not sel_a and not sel_b", lambda a, b, c, d: not a and not b),
    ("1 of sel_*", lambda a, b, c, d: a or b),
    ("any of sel_*", lambda a, b, c, d: a or b),
    ("all of sel_*", lambda a, b, c, d: a and b),
    ("1 of them", lambda a, b, c, d: a or b or c),
    ("any of them", lambda a, b, c, d: a or b or c),
    ("all of them", lambda a, b, c, d: a and b and c),
    ("1 of *", lambda a, b, c, d: a or b or c),
    ("1 of *_a", lambda a, b, c, d: a),
    ("all of s*_b", lambda a, b, c, d: b),
    ("1 of sel_a", lambda a, b, c, d: a),
    ("1 of _*", lambda a, b, c, d: d),
    ("_hidden", lambda a, b, c, d: d),
    ("other and not 1 of sel_*", lambda a, b, c, d: c and not (a or b)),
    ("other and not all of sel_*", lambda a, b, c, d: c and not (a and b)),
    ("[sel_a, sel_b]", lambda a, b, c, d: a or b),
]


@pytest.mark.parametrize(("condition", "test"), CASES, ids=[case[0] for case in CASES])
def test_condition(condition: str, test: Any, matches: Any) -> None:
    assert matches(f"{SELECTIONS}condition: {condition}", ROWS) == holds(test)


def test_duckdb_agrees_with_the_reference_on_all_conditions(agreement: Any) -> None:
    agreement.needs(len(CASES))
    agreement.check()


def test_a_mapping_is_all_of_its_fields_a_list_one_of_its_members(matches: Any) -> None:
    rows = [{"url": "a", "sni": "b"}, {"url": "a"}, {"alpn": "c"}]
    assert matches("s:\n  - {url: a, sni: b}\n  - alpn: c\ncondition: s", rows) == [0, 2]


WRONG = [
    ("condition: sel_a and", "8:", "found end of text"),
    ("condition: sel_a sel_b", "8:20 ", "end of text"),
    ("condition: sel_c", "8:14 ", "sel_c"),
    ("condition: sel_a and not 1 of filter_*", "8:33 ", "filter_*"),
    ("condition: 2 of sel_*", "8:", ""),
    ("condition: {a: b}", "8:", "a condition is a text"),
    ("condition: []", "8:", "a condition is a text"),
    ("condition:", "8:", "a condition is a text"),
    ("timeframe: 5m", "7:", "no condition"),
    ("condition: " + "not " * 2000 + "sel_a", "", "deep"),
    ("condition: " + "sel_a or " * 2000 + "sel_a", "8:", "longer"),
]


@pytest.mark.parametrize(("line", "place", "text"), WRONG, ids=[case[0][:40] for case in WRONG])
def test_wrong_conditions_are_told_at_their_place(line: str, place: str, text: str, errors: Any, text_of: Any) -> None:
    found = errors(text_of(f"sel_a: {{url: a}}\n{line}"))
    assert len(found) == 1, found
    assert text in found[0]
    assert found[0].startswith(f"rule.yml:{place}")

"""Loading: every error of every file at once, each at its place; what cannot be run is a value and no error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certhound.model.errors import ErrorList
from certhound.rules import load, load_rules, load_sources
from certhound.rules.located import Source
from certhound.rules.yaml_tree import MAX_BYTES

GOOD = """title: Good
id: 11111111-1111-4111-8111-111111111111
level: low
logsource: {product: certhound, category: tls}
certhound: {score: 20, family: test, reason: seen}
detection:
  s: {sni: x}
  condition: s
"""
FOREIGN = """title: Theirs
author: Someone Else
level: high
logsource: {product: zeek, service: ssl}
detection:
  s: {server_name: x}
  condition: s
"""


def ids(text: str) -> list[str]:
    return [rule.id for rule in load_sources([Source("r.yml", text)]).rules]


def test_all_errors_of_a_file_come_at_once_with_places_and_near_names(errors: Any) -> None:
    text = """titel: Typo
id: not-a-uuid
date: 31.12.2025
status: stabel
level: hgh
tags: attack.t1608.003
logsource: {product: certhound, category: tsl, service: x}
certhound: {score: 100, family: Bad Family, reason: 'see {sn}', hints: x}
detection:
  s:
    snii: x
    sni|contians: y
  t:
    dst_port|gt: many
  condition: s and tt
"""
    found = errors(text)
    checks = [(line.split()[0], line.split("[")[1].split("]")[0]) for line in found]
    assert ("rule.yml:1:1", "unknown-key") in checks
    assert ("rule.yml:1:1", "missing-key") in checks
    assert ("rule.yml:2:5", "sigma-id") in checks
    assert ("rule.yml:3:7", "sigma-date") in checks
    assert ("rule.yml:4:9", "sigma-status") in checks
    assert ("rule.yml:5:8", "sigma-level") in checks
    assert ("rule.yml:6:7", "sigma-type") in checks
    assert ("rule.yml:7:43", "unknown-category") in checks
    assert ("rule.yml:7:48", "unknown-key") in checks


def test_errors_of_the_detection_and_of_the_extras_come_together(errors: Any) -> None:
    text = GOOD.replace("sni: x", "snii: x, dst_port|gt: many").replace("reason: seen", "reason: '{sn} {'")
    text = text.replace("score: 20", "score: 0").replace("condition: s", "condition: s and t")
    found = "\n".join(errors(text))
    assert found.count("error[") == 5
    for check in ("unknown-column", "sigma-value", "sigma-condition", "rule-score", "rule-reason"):
        assert f"[{check}]" in found


def test_an_error_shows_the_marked_text_and_advice() -> None:
    loaded = load_sources([Source("dir/rule.yml", GOOD.replace("sni: x", "snii: x"))])
    with pytest.raises(ErrorList) as raised:
        loaded.rules.check()
    lines = str(raised.value).splitlines()
    assert lines[0] == "dir/rule.yml:7:7 error[unknown-column] table events has no column 'snii'"
    assert lines[1].strip() == "s: {snii: x}"
    assert lines[2].index("^") == lines[1].index("snii")
    assert lines[3].strip().startswith("advice: did you mean sni")


def test_hostile_text_in_an_error_is_defused(errors: Any) -> None:
    text = GOOD.replace("sni: x", '"s\\e]0;evil\\a\\u202e": x')
    found = "\n".join(errors(text))
    assert found
    assert not any(char in found for char in "\x1b\x07\u202e")


NOT_YAML = [
    "a: [b",
    "a: b\n\tc: d",
    "a: *nowhere",
    "a: !!python/object:os.system x",
    "- - - a",
    "just text",
    "a: b\na: c",
    "? [a]\n: b",
    "[" * 3000,
    "a: " + "[" * 100 + "]" * 100,
    "a: \x00",
    "\ud800",
    "a: &a [x, x]\n"
    + "\n".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 10)}]" for i in range(9)),
    "a: &a\n  b: *a",
    "a: &a {b: c}\nd: {<<: x}",
]


@pytest.mark.parametrize("text", NOT_YAML, ids=range(len(NOT_YAML)))
def test_what_is_no_rule_file_is_one_located_error(text: str) -> None:
    rules = load_sources([Source("r.yml", text)]).rules
    assert not rules.rules
    assert rules.errors
    assert str(rules.errors[0]).startswith("r.yml:")


def test_files_that_cannot_be_read_do_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "good.yml").write_text(GOOD)
    (tmp_path / "latin.yml").write_bytes(b"title: caf\xe9\n")
    (tmp_path / "big.yml").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "other.txt").write_text("no rule")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    rules = load_rules([tmp_path, tmp_path / "missing.yml"], packaged=False)
    assert [rule.name for rule in rules] == ["good"]
    assert sorted(error.check for error in rules.errors) == ["encoding", "too-large", "unreadable"]


def test_ids_are_taken_once_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(GOOD)
    rules = load_rules([tmp_path], packaged=False)
    assert len(rules) == 1
    assert [error.check for error in rules.errors] == ["duplicate-id"]
    assert "a.yml:2" in rules.errors[0].text


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert len(load_rules([tmp_path], packaged=False).check()) == 1


def test_a_rule_without_id_gets_one_that_stays() -> None:
    assert ids(FOREIGN) == ids(FOREIGN)
    assert ids(FOREIGN) != ids(FOREIGN.replace("x}", "y}"))


def test_collections_share_what_the_global_document_says() -> None:
    text = """action: global
title: Shared
level: low
logsource: {product: zeek, service: ssl}
detection: {condition: s}
---
detection: {s: {server_name: a}}
---
detection: {s: {server_name: b}}
---
action: reset
---
title: Alone
logsource: {product: zeek, service: ssl}
detection: {s: {server_name: c}, condition: s}
---
action: repeat
detection: {s: {server_name: d}}
"""
    rules = load_sources([Source("r.yml", text)]).rules.check()
    assert [rule.title for rule in rules] == ["Shared", "Shared", "Alone", "Alone"]
    assert len({str(rule.predicate) for rule in rules}) == 4


def test_correlations_and_counting_conditions_are_not_run() -> None:
    text = f"""{FOREIGN}---
title: Many
author: Somebody
correlation: {{type: event_count, rules: [x], group-by: [a], timespan: 5m, condition: {{gte: 10}}}}
---
{FOREIGN.replace("condition: s", "condition: s | count() by id.orig_h > 10")}"""
    rules = load_sources([Source("r.yml", text)]).rules.check()
    assert len(rules) == 1
    assert [each.needs for each in rules.not_run] == [("correlation",), ("aggregation",)]
    assert rules.not_run[0].author == "Somebody"


FILTER = """title: Known good
logsource: {{product: certhound, category: tls}}
filter:
  rules: {rules}
  known: {{dst_ip|cidr: 10.0.0.0/8}}
  condition: not known
"""


@pytest.mark.parametrize("rules", ["any", "[11111111-1111-4111-8111-111111111111]", "good"])
def test_filters_are_added_to_the_rules_that_they_name(rules: str) -> None:
    from certhound.query.reference import evaluate
    from certhound.rules.build import schema_of

    text = f"{GOOD}name: good\n---\n{FILTER.format(rules=rules)}"
    rule = load_sources([Source("r.yml", text)]).rules.check().rules[0]
    rows = [{"sni": "x", "dst_ip": "10.1.1.1"}, {"sni": "x", "dst_ip": "9.9.9.9"}, {"sni": "x"}]
    assert [evaluate(rule.predicate, schema_of("events"), row) for row in rows] == [False, True, True]


def test_filters_for_others_do_nothing_and_wrong_ones_are_told() -> None:
    plain = load_sources([Source("r.yml", GOOD)]).rules.rules[0]
    other = f"{GOOD}---\n{FILTER.format(rules='[22222222-2222-4222-8222-222222222222]')}"
    assert load_sources([Source("r.yml", other)]).rules.rules[0].predicate == plain.predicate
    wrong = f"{GOOD}---\n{FILTER.format(rules='{a: b}')}"
    assert [error.check for error in load_sources([Source("r.yml", wrong)]).rules.errors] == ["sigma-filter"]


def test_placeholders_that_nobody_fills_are_no_error() -> None:
    text = GOOD.replace("sni: x", "'sni|expand': '%brands%'")
    assert load_sources([Source("r.yml", text)]).rules.not_run[0].needs == ("placeholder %brands%",)
    empty = load_sources([Source("r.yml", text)], placeholders={"brands": ()}).rules.check()
    assert len(empty) == 1


def test_documents_come_with_the_rules_for_those_who_look_at_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    loaded = load([tmp_path], packaged=False)
    rule = loaded.rules.rules[0]
    assert loaded.documents[rule.id].source.text == GOOD


DASHES = ", ".join(f"'{index} -a -b -c -d'" for index in range(120))
LARGE = [
    f"s: {{sni|contains|windash: [{DASHES}]}}\n  condition: s",
    f"s: [{', '.join(f'{{sni: a{index}}}' for index in range(900))}]\n  condition: {' or '.join(['1 of them'] * 700)}",
    f"s: {{sni: '{'a*' * 1000}'}}\n  condition: s",
]


@pytest.mark.parametrize("detection", LARGE, ids=["values", "condition", "wildcards"])
def test_a_small_file_cannot_ask_for_a_huge_query(detection: str) -> None:
    text = GOOD.split("detection:")[0] + "detection:\n  " + detection
    errors = load_sources([Source("r.yml", text)]).rules.errors
    assert len(errors) == 1
    assert "more than" in errors[0].text or "at most" in errors[0].text

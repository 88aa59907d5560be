"""The kit's expressions fit their lines, and the combined detection beats words in payloads where truth is known."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from certhound.cli import main
from certhound.qradar.aql import Severity, lint
from certhound.qradar.catalogue.console import shipped_site, stock
from certhound.techniques.compare import Outcome, compare, tier
from certhound.techniques.generated import generate
from certhound.techniques.load import package
from certhound.techniques.package import Property

PACKAGE = package("T1608.003")
assert PACKAGE.kit is not None
KIT = PACKAGE.kit
AQL = {name: text for name, text in PACKAGE.aql.items() if "RiskScore" in text}


@pytest.mark.parametrize("each", KIT.property, ids=lambda each: f"{each.log_source_type}-{each.name}")
def test_an_expression_takes_its_value_out_of_its_line(each: Property) -> None:
    found = re.search(each.expression, each.line)
    assert found is not None
    assert found[1] == each.value
    assert found.re.groups == 1
    assert re.search(each.expression, "") is None
    assert not re.search(r"\(\?[=!<]|\\[1-9]", each.expression), "look-around and back references are left out"


OF_FINDINGS = ("Finding ID", "Finding Score", "Rule Names")
"""Properties of certhound's own findings as events, which no log that certhound reads has."""


@pytest.mark.parametrize("each", KIT.property, ids=lambda each: f"{each.log_source_type}-{each.name}")
def test_properties_are_those_that_the_site_has(each: Property) -> None:
    assert each.name.lower() in shipped_site().properties or (each.log_source_type == 4102 and each.name in OF_FINDINGS)
    assert each.log_source_type in stock().names["log_source_types"] or each.log_source_type in (4101, 4102)


@pytest.mark.parametrize("name", AQL)
def test_the_linter_finds_no_error(name: str) -> None:
    site = None if name == "combined_stock" else shipped_site()
    assert [each for each in lint(AQL[name], site=site) if each.severity == Severity.ERROR] == []


def test_the_six_columns_come_first() -> None:
    wanted = ["SourceIP", "DestinationIP", "URL", "Username", "EventTime", "RiskScore"]
    for name in ("combined", "combined_stock"):
        aliases = re.findall(r'AS "(\w+)"', AQL[name])
        assert aliases[:6] == wanted
        assert len(aliases) > 6


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return {each.name: each for each in compare(generate(KIT, 6_000, seed=7), AQL)}


def at(outcome: Outcome, score: int) -> tuple[float, float]:
    found = next(each for each in outcome.tiers if each.score == score)
    return found.precision or 0.0, found.recall


def test_the_combined_detection_beats_words_in_payloads(outcomes: dict[str, Outcome]) -> None:
    ours, words = outcomes["combined"], outcomes["payload_words"]
    for score in (50, 70, 80):
        assert at(ours, score)[0] > 0.9 > 0.1 > at(words, score)[0]
        assert score == 50 or at(ours, score)[1] > at(words, score)[1]
    assert at(ours, 50)[1] > 0.75
    assert ours.rows < 100 < words.rows
    assert ours.payload_cost == 0 < words.payload_cost


def test_the_stock_form_sees_less_and_what_it_sees_is_right(outcomes: dict[str, Outcome]) -> None:
    assert at(outcomes["combined_stock"], 70)[0] > 0.9
    assert at(outcomes["combined_stock"], 40)[1] < at(outcomes["combined"], 40)[1]


def test_a_valid_certificate_is_out_of_reach_and_that_is_said(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["combined"].missed["a valid public certificate"][0] == 0
    assert any("valid certificate" in gap for gap in PACKAGE.facts.gaps)


def test_a_tier_counts_entities() -> None:
    truth = {("a", "b", ""): "x", ("c", "d", ""): "x"}
    found = tier(50, {("a", "b", ""): 60.0, ("e", "f", ""): 50.0, ("c", "d", ""): 49.0}, truth)
    assert (found.entities, found.right, found.precision, found.recall) == (2, 1, 0.5, 0.5)
    assert tier(99, {}, truth).precision is None


def test_the_same_seed_gives_the_same_events() -> None:
    assert generate(KIT, 500, 3).rows == generate(KIT, 500, 3).rows
    assert generate(KIT, 500, 3).rows != generate(KIT, 500, 4).rows


def test_the_command_prints_the_comparison_and_writes_events(tmp_path: Path) -> None:
    query, events = tmp_path / "mine.aql", tmp_path / "events.jsonl"
    query.write_text(
        'SELECT sourceip AS "SourceIP", destinationip AS "DestinationIP", username AS "Username", 99 AS "RiskScore" '
        "FROM events LIMIT 3 LAST 24 HOURS"
    )
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(["content", "compare", "--events", "500", "--baseline", str(query), "--write", str(events)])
    assert code == 0
    assert "a forged issuer: combined 4 of 4" in out.getvalue()
    assert re.search(r"^mine +>=90", out.getvalue(), re.MULTILINE)
    assert events.read_text().count("\n") >= 500

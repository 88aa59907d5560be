"""The packages that ship load, speak of what there is, and broken ones are refused with file and key."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from certhound.model.columns import CATEGORIES, TABLES
from certhound.model.errors import ContentError, UsageError
from certhound.qradar.catalogue.databases import DATABASES
from certhound.rules import load_rules
from certhound.rules.schema import table_columns
from certhound.techniques.load import folder, package, packages, read_package
from certhound.techniques.package import Package
from certhound.techniques.related import detections_near, neighbours, rules_of
from certhound.techniques.verified import recorded, verified_of

RULES = load_rules()
OURS = {table.name for table in TABLES}


@pytest.mark.parametrize("each", packages(), ids=lambda each: each.id)
def test_columns_and_categories_exist(each: Package) -> None:
    for source in each.facts.source:
        assert source.category in CATEGORIES
        assert {*source.fields, *source.optional} <= set(table_columns("events"))
    for table in each.facts.table:
        if table.platform == "certhound":
            assert table.name in OURS
            assert set(table.columns) <= set(table_columns(table.name))
        else:
            assert set(table.columns) <= {column.name for column in DATABASES[table.name]}


@pytest.mark.parametrize("each", packages(), ids=lambda each: each.id)
def test_rules_of_drills_and_scenarios_exist(each: Package) -> None:
    known = {rule.name for rule in RULES}
    assert {rule for drill in each.facts.drill for rule in drill.rules} <= known


@pytest.mark.parametrize("each", packages(), ids=lambda each: each.id)
def test_neighbours_are_computed_from_the_rules(each: Package) -> None:
    own = rules_of(each.id, RULES)
    assert own == sorted(own, key=lambda rule: (-rule.score, rule.name))
    near = neighbours(each.id, RULES)
    assert each.id not in {found.technique for found in near}
    assert all(0 < found.shared <= min(found.rules, len(own)) for found in near)
    assert not {rule.name for rule, _ in detections_near(each.id, RULES)} & {rule.name for rule in own}


def test_what_a_package_calls_inferred_shares_rules_with_it() -> None:
    shared = {found.technique for found in neighbours("T1608.003", RULES)}
    facts = package("T1608.003").facts
    assert {each.id for each in (*facts.downstream, *facts.inferred)} - {"T1608.003"} <= shared | {"T1553.004"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('severity = "medium"', 'severity = "grave"', "$.severity"),
        ("version = 1", 'version = "one"', "$.version"),
        ("gaps =", "gapes =", "gapes"),
        ('id = "T1587.003"\nname = "Dev', 'id = "T1587.004"\nname = "Dev', "folder"),
        ("[tactic]", "[tactic", "line"),
    ],
)
def test_a_broken_package_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    target = tmp_path / "T1587.003"
    shutil.copytree(folder() / "T1587.003", target)
    text = (target / "technique.toml").read_text("utf-8")
    assert old in text
    (target / "technique.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ContentError) as caught:
        read_package(target)
    assert said in str(caught.value)
    assert "T1587.003" in str(caught.value)


def test_an_unknown_technique_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"T1608\.03"):
        package("T1608.03")
    assert package("t1608.003").id == "T1608.003"


def test_the_last_verified_run_of_each_drill_is_there(tmp_path: Path) -> None:
    one = package("T1608.003")
    runs = verified_of(one)
    assert [*runs] == [drill.plan for drill in one.facts.drill]
    for run in runs.values():
        assert run.outcome == "passed"
        assert run.good == len(run.signals) > 4
        assert re.fullmatch(r"2\d{3}-\d\d-\d\d", run.day)
        assert not run.own
    verdict = {
        "drill": "powershell-iis",
        "title": "x",
        "outcome": "failed",
        "started": 0.0,
        "signals": [],
        "steps": [1],
    }
    (tmp_path / "powershell-iis").mkdir()
    (tmp_path / "powershell-iis" / "verdict.json").write_text(json.dumps(verdict))
    mine = verified_of(one, tmp_path)
    assert (mine["powershell-iis"].outcome, mine["powershell-iis"].own) == ("failed", True)
    assert mine["acme-certbot"] == runs["acme-certbot"]
    (tmp_path / "powershell-iis" / "verdict.json").write_text("[]")
    with pytest.raises(ContentError, match="no verdict"):
        verified_of(one, tmp_path)


def test_what_is_kept_of_a_verdict_tells_nothing_of_the_machine() -> None:
    document = {
        "drill": "a", "title": "b", "outcome": "passed", "started": 1.5, "up_s": 2.0, "problems": ["/tmp/x"],
        "signals": [{"name": "n", "state": "finding", "good": True, "evidence": "/tmp/y", "reasons": ["/tmp/z"]}],
    }  # fmt: skip
    kept = recorded(document, "9.9")
    assert b"/tmp" not in kept
    assert json.loads(kept)["certhound"] == "9.9"

"""Coverage: techniques by their rules, and the rules that cannot run over what was read, with what to switch on."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from certhound.cli import main
from certhound.cli.sample import sample_folder
from certhound.rules import load_rules
from certhound.techniques.attack import attack, tactics_of, techniques_of
from certhound.techniques.coverage import coverage, feed_for, feeds

RULES = load_rules()
PROXY = (
    "LEEF:1.0|Zscaler|NSS|4.1|Allowed|cat=Allowed\tdevTime=Nov 24 2026 10:00:00 GMT"
    "\tdevTimeFormat=MMM dd yyyy HH:mm:ss z\tsrc=10.1.2.3\tdst=198.51.100.7\tusrName=joe@example.test"
    "\turl=www.example.test/a\taction=Allowed"
)


def run(*words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert main(["content", "coverage", *words]) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def sample() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*map(str, sorted(sample_folder().glob("*.log"))), "--format", "json", "-q"))
    return found


def test_every_rule_is_under_each_of_its_techniques() -> None:
    found = coverage(RULES)
    by_id = {each.id: each for each in found.techniques}
    for rule in RULES:
        for tag in rule.tags:
            if tag.startswith("attack.t"):
                assert rule.name in by_id[tag.removeprefix("attack.").upper()].runs
    assert (found.rules, found.runs, found.lacks) == (len(RULES), len(RULES), ())


def test_every_technique_has_a_name_and_stands_under_tactics_of_its_rules() -> None:
    assert all(each.name for each in coverage(RULES).techniques)
    for id_, technique in attack().technique.items():
        assert set(technique.tactics) <= set(attack().tactic)
        assert ("." in id_) is bool(technique.parent)
    for rule in RULES:
        stated = set(tactics_of(rule.tags))
        for id_ in techniques_of(rule.tags):
            assert stated & set(attack().technique[id_].tactics), (rule.name, id_)


def test_every_category_of_rules_has_a_feed() -> None:
    for rule in RULES:
        needs = ("records of another kind",) if rule.table == "events" else ("certificates",)
        assert feed_for(rule, needs).id != "other", rule.name
    assert all(each.switch_on for each in feeds().feed)


def test_what_the_sample_lacks_is_said(sample: dict[str, Any]) -> None:
    lacks = {each["feed"]: each for each in sample["lacks"]}
    assert {"processes", "proxy-verdicts", "scripts", "mail", "certificate-bytes"} <= set(lacks)
    assert "openssl_self_signed" in lacks["processes"]["rules"]
    assert any("4688" in line for line in lacks["processes"]["switch_on"])
    missing = [name for each in sample["lacks"] for name in each["rules"]]
    assert len(missing) == len(set(missing)) == sample["rules"] - sample["runs"]
    assert sample["sources"]["zeek.ssl"] > 500


def test_a_column_that_is_always_empty_counts_as_missing(tmp_path: Path) -> None:
    """Zscaler's feed has no field about certificates unless one adds it."""
    (tmp_path / "one.log").write_text(PROXY + "\n")
    text = run(str(tmp_path), "-q")
    assert "you lack web requests with a proxy's or firewall's verdict on the certificate (column events." in text
    assert "Zscaler: append srvcertchainvalpass" in text
    assert "you lack TLS sessions with their certificates" in text
    (tmp_path / "one.log").write_text(PROXY + "\tis_sslselfsigned=Yes\tsrvcertchainvalpass=Fail\n")
    assert "verdict on the certificate" not in run(str(tmp_path), "-q")


def test_a_lake_is_compared_too(tmp_path: Path) -> None:
    (tmp_path / "one.log").write_text(PROXY + "\n")
    lake = tmp_path / "lake"
    with contextlib.redirect_stderr(io.StringIO()):
        assert main(["ingest", str(tmp_path / "one.log"), "--lake", str(lake), "-q"]) == 0
    found = json.loads(run("--lake", str(lake), "--format", "json"))
    assert found["sources"] == {"zscaler.nss_web": 1}
    assert found["runs"] < 10


def test_the_layer_has_the_share_of_rules_that_run(sample: dict[str, Any]) -> None:
    layer = json.loads(run("--format", "navigator"))
    scores = {each["techniqueID"]: each["score"] for each in layer["techniques"]}
    assert scores["T1608.003"] == 100
    assert scores["T1587.002"] == 0
    by_id = {each["id"]: each for each in sample["techniques"]}
    assert 0 < by_id["T1608.003"]["percent"] < 100
    assert by_id["T1649"]["percent"] == 0


def test_nothing_read_is_told_in_words_and_by_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "nothing.bin").write_bytes(bytes(range(256)) * 20)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        assert main(["content", "coverage", str(tmp_path), "-q"]) == 3
        assert "error[nothing-read]" in said.getvalue()
        assert main(["content", "coverage", str(tmp_path / "absent")]) == 3
        assert "absent: No such file or directory" in said.getvalue()
        assert main(["content", "coverage", str(tmp_path), "--lake", str(tmp_path)]) == 2

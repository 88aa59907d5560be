"""Files for others have the form that their owners ask for, and say the same as the rules that they were made from.

Schemas beside this file are of our own, written from the vendors' documentation; where a project has a validator in a
package, ``scripts/validate_exports.py`` runs it.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from sigma.collection import SigmaCollection

from certhound.query.reference import evaluate
from certhound.rules import Rule, load_rules, load_sources
from certhound.rules.build import schema_of
from certhound.rules.located import Source
from certhound.techniques.attack import techniques_of
from certhound.techniques.export import rendered
from certhound.techniques.exports import exporters
from certhound.techniques.exports.sigmahq import LOG_SOURCES, derived_id, missing
from certhound.techniques.load import packages
from certhound.techniques.translated import installed

RULES = list(load_rules())
BY_NAME = {rule.name: rule for rule in RULES}
FILES = dict(rendered(packages(), RULES))
SCHEMAS = Path(__file__).parent / "schemas"


def below(folder: str, suffix: str = "") -> list[str]:
    return [name for name in FILES if name.startswith(f"{folder}/") and name.endswith(suffix)]


def complaints(schema: str, document: Any) -> list[str]:
    validator = Draft202012Validator(json.loads((SCHEMAS / schema).read_text("utf-8")))
    return [f"{'/'.join(map(str, each.path))}: {each.message[:200]}" for each in validator.iter_errors(document)]


def test_every_folder_is_named_and_has_files() -> None:
    for each in exporters():
        assert f"| `{each.FOLDER}/` | {each.WHAT} | {each.CHECKED} |" in FILES["README.md"]
    for folder in ("sigma", "sigmahq", "qradar", "navigator", "suricata"):
        assert below(folder)


SIGMAHQ = below("sigmahq", ".yml")


def test_what_sigma_cannot_say_is_listed() -> None:
    said = FILES["sigmahq/README.md"]
    prefixes = "|".join(each.prefix for each in LOG_SOURCES.values())
    named = {re.sub(f"^({prefixes})", "", Path(each).stem) for each in SIGMAHQ}
    assert named == {rule.name for rule in RULES if not missing(rule)}
    assert all(f"| {rule.name} | " in said for rule in RULES if missing(rule))
    assert len(named) > 30


@pytest.mark.parametrize("name", SIGMAHQ)
def test_a_rule_in_sigmas_taxonomy_means_the_same(name: str) -> None:
    """certhound reads it again, as a rule of somebody else's, and it matches what the rule's own events say."""
    loaded = load_sources([Source(Path(name).name, FILES[name])]).rules.check()
    (again,) = loaded.rules
    rule = _from(again)
    assert again.table == rule.table
    schema = schema_of(rule.table)
    for each in (*rule.positive, *rule.negative):
        assert (evaluate(again.predicate, schema, each.row) is True) is each.expected


def _from(again: Rule) -> Rule:
    return next(rule for rule in RULES if derived_id(rule.id) == again.id)


def test_ids_of_derived_rules_are_new_and_each_names_its_origin() -> None:
    ids = {rule.id for rule in RULES}
    for name in SIGMAHQ:
        assert len(SigmaCollection.from_yaml(FILES[name]).rules) == 1
        found = yaml.safe_load(FILES[name])
        assert found["id"] not in ids
        assert [each["id"] in ids for each in found["related"]] == [True]
        assert "certhound" not in found


@pytest.mark.skipif(not installed("kql"), reason="needs certhound[export]")
@pytest.mark.parametrize("name", below("sentinel"))
def test_analytics_rules_have_sentinels_form(name: str) -> None:
    document = yaml.safe_load(FILES[name])
    assert complaints("sentinel-rule.schema.json", document) == []
    assert document["query"].startswith("// Unverified")
    table = document["requiredDataConnectors"][0]["dataTypes"][0]
    assert re.search(rf"^{table}$", document["query"], re.MULTILINE)
    assert document["name"] == BY_NAME[Path(name).stem].title


@pytest.mark.skipif(not installed("esql"), reason="needs certhound[export]")
@pytest.mark.parametrize("name", below("elastic"))
def test_detection_rules_have_elastics_form(name: str) -> None:
    document = tomllib.loads(FILES[name])
    assert complaints("elastic-rule.schema.json", document) == []
    rule = next(each for each in RULES if each.id == document["rule"]["rule_id"])
    stated = {each["id"] for threat in document["rule"]["threat"] for each in threat["technique"]}
    assert stated == {each.partition(".")[0] for each in techniques_of(rule.tags)}


@pytest.mark.skipif(not installed("splunk"), reason="needs certhound[export]")
@pytest.mark.parametrize("name", below("contentctl/detections"))
def test_detections_have_the_form_of_splunks_content(name: str) -> None:
    document = yaml.safe_load(FILES[name])
    assert complaints("splunk-detection.schema.json", document) == []
    assert document["search"].endswith(f"`{Path(name).stem}_filter`")
    sources = {yaml.safe_load(FILES[each])["name"] for each in below("contentctl/data_sources")}
    assert set(document["data_source"]) <= sources
    story = yaml.safe_load(FILES["contentctl/stories/adversary_tls_certificates.yml"])
    assert document["tags"]["analytic_story"] == [story["name"]]
    fields = {each["field"] for each in (*document["rba"]["risk_objects"], *document["rba"]["threat_objects"])}
    assert all(re.search(rf"\b{each}\b", document["search"]) for each in fields)


@pytest.mark.parametrize(
    ("schema", "folder", "change"),
    [
        ("sentinel-rule.schema.json", "sentinel", {"severity": "Grave"}),
        ("sentinel-rule.schema.json", "sentinel", {"tactics": ["Resource Development"]}),
        ("splunk-detection.schema.json", "contentctl/detections", {"search": "index=*"}),
        ("splunk-detection.schema.json", "contentctl/detections", {"type": "Rule"}),
    ],
)
def test_the_schemas_refuse_what_is_wrong(schema: str, folder: str, change: dict[str, Any]) -> None:
    names = below(folder)
    if not names:
        pytest.skip("needs certhound[export]")
    assert complaints(schema, {**yaml.safe_load(FILES[names[0]]), **change})


def test_names_of_detections_are_unique() -> None:
    for folder in ("sentinel", "elastic", "contentctl/detections", "sigmahq"):
        stems = [Path(each).stem for each in below(folder)]
        assert len(stems) == len({*stems})

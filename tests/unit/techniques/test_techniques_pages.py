"""Pages and exports: self-contained, links lead somewhere, queries pass the linter, hostile text stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from sigma.collection import SigmaCollection
from sigma.rule import SigmaRule
from sigma.validation import SigmaValidator
from sigma.validators import core

from certhound.cli import main
from certhound.qradar.aql import Severity, lint
from certhound.qradar.catalogue.console import shipped_site
from certhound.rules import load_rules
from certhound.techniques.export import rendered
from certhound.techniques.load import package, packages
from certhound.techniques.measured import measured
from certhound.techniques.pages import render
from certhound.techniques.platforms import where_part
from certhound.techniques.translated import installed, platforms, translate

pytestmark = pytest.mark.slow

RULES = list(load_rules())
BUILT = dict(render(packages(), RULES, "figures", ("n = 16",)))
PAGES = {name: text for name, text in BUILT.items() if name.endswith(".html")}
FILES = dict(rendered(packages(), RULES))


class Seen(HTMLParser):
    """Ids, links, and what a page would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if tag == "a" and "href" in found else []
        self.loads += [tag for name in ("src", "srcset", "data") if name in found]
        self.loads += ["link"] if tag in ("link", "iframe", "object", "img") else []


SEEN = {name: Seen(text) for name, text in PAGES.items()}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere_and_nothing_is_loaded(name: str) -> None:
    page = SEEN[name]
    assert page.loads == []
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        assert file in BUILT, link
        assert not anchor or anchor in SEEN[file].ids, link


def test_the_search_index_leads_to_anchors() -> None:
    found = re.search(r"const INDEX=(\[.*?\]);\n", PAGES["index.html"])
    assert found is not None
    entries = json.loads(found[1])
    assert len(entries) > 150
    for each in entries:
        file, _, anchor = each["page"].partition("#")
        assert not anchor or anchor in SEEN[file].ids, each["page"]


def test_hostile_text_stays_text() -> None:
    one = package("T1587.003")
    evil = "</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    facts = msgspec.structs.replace(one.facts, name=evil, description=evil)
    for name, text in render((msgspec.structs.replace(one, facts=facts),), RULES):
        if not name.endswith(".html"):
            continue
        assert "<img" not in text
        assert text.count("</script>") == 1
        assert "49" not in text.split("<h1>")[1][:200]


def test_the_pages_have_the_elements_of_a_detection_page() -> None:
    text = PAGES["T1608.003.html"]
    for part in "sources tables false-positives tuning guide hunts playbook drills gaps related references".split():
        assert f'id="{part}"' in text
    assert "figures" in PAGES["T1608.003-qradar.html"]


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".aql")])
def test_exported_aql_has_no_error(name: str) -> None:
    site = None if "stock" in name else shipped_site()
    assert [each for each in lint(FILES[name], site=site) if each.severity is Severity.ERROR] == []


def test_the_where_part_is_a_condition() -> None:
    part = FILES["qradar/T1608.003/rule_test_where.txt"]
    assert part.startswith("devicetype IN")
    assert (
        where_part("SELECT sourceip FROM events WHERE a = 1 AND (b = 2 OR c = 3) LIMIT 1")
        == "a = 1 AND (b = 2 OR c = 3)"
    )
    assert where_part("SELECT sourceip FROM events LIMIT 1") == ""


def test_exported_sigma_passes_the_validators_of_pysigma() -> None:
    offline = {
        validator
        for name, validator in core.validators.items()
        if not {"attack", "d3"} & set(re.split(r"_|(?<=attack)|(?<=d3)", name))
    }
    validator = SigmaValidator(offline)
    texts = [text for name, text in FILES.items() if name.startswith("sigma/rules/")]  # correlations name other rules
    found = [
        issue
        for rule in SigmaCollection.from_yaml("\n---\n".join(texts)).rules
        if isinstance(rule, SigmaRule)
        for issue in validator.validate_rule(rule)
    ]
    found += validator.finalize()
    assert [str(each) for each in found if "CustomAttributes" not in type(each).__name__] == []


def test_one_file_has_all_rules_of_a_technique() -> None:
    found = SigmaCollection.from_yaml(BUILT["T1608.003.yml"])
    wanted = {rule.id for rule in RULES if "attack.t1608.003" in rule.tags}
    assert {str(rule.id) for rule in found.rules} == wanted
    assert FILES["sigma/T1608.003.yml"].count("\n---\n") == len(wanted) - 1


def test_the_sample_is_measured_with_n() -> None:
    critical, *_, low = measured()
    assert critical.right == critical.findings > 10
    assert low.right == low.adversaries
    assert "n is too small for a rate" in low.text
    assert "n = 16" in PAGES["T1608.003.html"]


def test_every_rule_is_translated_or_left_out_with_a_reason() -> None:
    for platform in platforms():
        if not installed(platform):
            continue
        made = translate(platform, RULES)
        assert set(made.queries) | set(made.left_out) == {rule.name for rule in RULES}
        assert not set(made.queries) & set(made.left_out)
        assert all(made.left_out.values())
        assert len(made.queries) > 20


def test_suricata_rules_are_well_formed() -> None:
    lines = [line for line in FILES["suricata/certhound.rules"].splitlines() if not line.startswith("#")]
    ids = [re.search(r"sid:(\d+);", line) for line in lines]
    assert len({found[1] for found in ids if found}) == len(lines) > 10
    for line in lines:
        assert re.fullmatch(r"alert tls \S+ any -> \S+ any \((\w+:?(\"[^\"]*\"|[^;\"])*;\s?|tls\.\w+; )+\)", line), line


def test_layers_are_json_with_the_technique() -> None:
    layer = json.loads(FILES["navigator/T1608.003.json"])
    assert "T1608.003" in {each["techniqueID"] for each in layer["techniques"]}


def test_the_commands_write_pages_and_files(tmp_path: Path) -> None:
    assert main(["content", "export", "--out", str(tmp_path / "export")]) == 0
    manifest = json.loads((tmp_path / "export" / "manifest.json").read_text())
    assert set(manifest["sha256"]) == set(FILES)
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["content", "export", "--out", str(blocked / "below")]) == 2


def test_queries_of_the_page_are_shown_as_they_are() -> None:
    shown = {unescape(each) for each in _blocks(PAGES["T1608.003-qradar.html"])}
    assert package("T1608.003").aql["combined"].strip() in shown


def _blocks(text: str) -> Iterator[str]:
    for found in re.finditer(r"<pre>(.*?)</pre>", text, re.DOTALL):
        yield found[1]


def test_mappings_name_columns_that_exist() -> None:
    from certhound.rules.schema import table_columns

    for mapping in platforms().values():
        for part in mapping.values():
            if isinstance(part, dict):
                assert set(part["fields"]) <= set(table_columns("events"))

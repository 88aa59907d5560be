"""Pages that are made from rules, traits and the report's schema are what these say now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from docs_pages import DOCS, ROOT

from certhound.rules import load_rules


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_detections_and_traits_are_current() -> None:
    made: dict[Path, str] = _script("build_detections_page").pages()
    for path, text in made.items():
        assert path.read_text("utf-8") == text, "run python scripts/build_detections_page.py"


def test_fields_of_the_report_are_current() -> None:
    text = (DOCS / "report.md").read_text("utf-8")
    assert _script("build_report_page").with_fields(text) == text, "run python scripts/build_report_page.py"


def test_the_page_that_compares_sensors_is_current() -> None:
    text = (DOCS / "sensors-compared.md").read_text("utf-8")
    assert _script("build_sensors_page").with_tables(text) == text, "run python scripts/build_sensors_page.py"


def test_pages_of_vendor_sources_are_current() -> None:
    made: dict[Path, str] = _script("build_sources_pages").pages()
    for path, text in made.items():
        assert path.exists(), "run python scripts/build_sources_pages.py"
        assert path.read_text("utf-8") == text, "run python scripts/build_sources_pages.py"
    assert {path for path in (DOCS / "sources").glob("*.md") if path not in made} == set()


def test_every_rule_has_its_place_on_the_page() -> None:
    text = (DOCS / "detections.md").read_text("utf-8")
    for rule in load_rules():
        assert text.count(f"\n### {rule.name}\n") == 1


def test_every_reason_of_a_verdict_is_explained() -> None:
    from certhound.x509.verdict import Reason

    text = (DOCS / "certificates.md").read_text("utf-8")
    assert [reason.value for reason in Reason if f"| `{reason.value}` |" not in text] == []


def test_every_decision_is_in_the_index() -> None:
    text = (DOCS / "decisions" / "README.md").read_text("utf-8")
    pages = {path.name for path in (DOCS / "decisions").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in text} == set()

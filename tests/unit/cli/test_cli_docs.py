"""Pages that are made from the code are what the code says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "tables.md", "exit-codes.md", "profile.md"])
def test_the_page_is_current(name: str, builder: ModuleType) -> None:
    page = ROOT / "docs" / name
    assert page.read_text("utf-8") == builder.pages()[page], "run scripts/build_docs.py"

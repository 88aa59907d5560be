"""The page of the checks is made from the checks; the hooks for pre-commit name commands that exist."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_of_the_checks_is_current() -> None:
    spec = importlib.util.spec_from_file_location("build_aql_checks", ROOT / "scripts" / "build_aql_checks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "aql-checks.md").read_text("utf-8")
    assert page == module.page(), "run python scripts/build_aql_checks.py"


def test_hooks_for_pre_commit_run_commands_that_exist() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["entry"].split()[:3] for hook in hooks] == [["certhound", "aql", "lint"], ["certhound", "aql", "fmt"]]
    assert all(hook["language"] == "python" and hook["files"] for hook in hooks)

"""The rules that ship with the project: they load, prove themselves in both engines, and any Sigma tool reads them."""

from __future__ import annotations

from importlib.resources import files

import pytest
from sigma.rule import SigmaRule

from certhound.rules import load, test_rules
from certhound.rules.files import packaged_files

PLACEHOLDERS: dict[str, tuple[str, ...]] = {}


def test_they_load_without_an_error() -> None:
    loaded = load(placeholders=PLACEHOLDERS)
    loaded.rules.check()
    assert loaded.rules.files == len(packaged_files()) == len(loaded.rules) + len(loaded.rules.not_run)


def test_their_events_hold_in_both_engines() -> None:
    report = test_rules(load(placeholders=PLACEHOLDERS).rules)
    assert not report.untested
    assert [str(failure.as_error()) for failure in report.failures] == []


@pytest.mark.parametrize("name", [each.name for each in packaged_files()])
def test_sigmas_own_parser_takes_it(name: str) -> None:
    text = files("certhound").joinpath("content", *name.split("/")).read_text("utf-8")
    assert SigmaRule.from_yaml(text, collect_errors=True).errors == []

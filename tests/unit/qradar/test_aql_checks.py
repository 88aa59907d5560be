"""Every check speaks of its own bad examples and is silent on its good ones."""

from __future__ import annotations

import pytest

from certhound.qradar.aql import lint
from certhound.qradar.aql.check import REFUSALS, Check, Refusal, checks

ALL: list[Check | Refusal] = [*checks(), *REFUSALS]
FIRES = [(each.id, query) for each in ALL for query in each.fires]
SILENT = [(each.id, query) for each in ALL for query in each.silent]


@pytest.mark.parametrize(("check", "query"), FIRES, ids=[f"{check}-{index}" for index, (check, _) in enumerate(FIRES)])
def test_a_check_fires_on_its_bad_examples(check: str, query: str) -> None:
    found = [finding for finding in lint(query) if finding.check == check]
    assert found
    for finding in found:
        assert finding.message
        assert 0 <= finding.span.start < finding.span.end <= len(query)


@pytest.mark.parametrize(
    ("check", "query"), SILENT, ids=[f"{check}-{index}" for index, (check, _) in enumerate(SILENT)]
)
def test_a_check_is_silent_on_its_good_examples(check: str, query: str) -> None:
    assert [finding.message for finding in lint(query) if finding.check == check] == []


def test_there_are_many_checks_and_each_has_examples_and_a_page() -> None:
    assert len(checks()) >= 25
    for check in checks():
        assert check.fires
        assert check.silent
        assert check.why
        assert check.id == check.id.lower()

"""What a finding shows beside its score, over the sample that ships: the chain, the order, what is next."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from certhound.findings.report import Report
from certhound.findings.run import scan
from certhound.model.profile import Profile, load_profile

SAMPLE = Path(str(files("certhound").joinpath("content", "sample")))


@pytest.fixture(scope="module")
def report() -> Report:
    return scan([SAMPLE], profile=load_profile(SAMPLE / "certhound.toml"))


def test_the_chain_of_a_finding_begins_with_the_issuer(report: Report) -> None:
    with_chain = [finding for finding in report.findings if finding.chain]
    assert with_chain
    for finding in with_chain:
        assert finding.certificate["id"] not in [row["id"] for row in finding.chain]
        assert finding.chain[0]["subject"] == finding.certificate["issuer"]


def test_findings_are_ranked_and_the_next_command_is_about_the_first(report: Report) -> None:
    order = [(-finding.score, -finding.sessions, finding.id) for finding in report.findings]
    assert order == sorted(order)
    assert report.findings[0].id in report.next_commands[0]


def test_where_nothing_was_recognised_there_is_nothing_to_do_next(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of interest\n")
    assert scan([tmp_path], profile=Profile()).next_commands == ()

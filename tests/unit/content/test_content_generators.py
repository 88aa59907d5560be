"""A whole scan of a few sessions with each certificate: adversaries' are high by their structure, ordinary ones never.

The certificates are made as the generators of the tools and products make them (see the two modules of cases), once
with their bytes beside the log and once as a sensor logs them that keeps no bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from generators import Case, adversaries
from met import scanned, told
from ordinary import devices, others, software, systems

from certhound.findings.report import Finding

HIGH, MEDIUM = 70, 40
ADVERSARIES = dict(adversaries())
INSIDE: dict[str, Case] = dict([*devices(), *systems(), *software()])
OUTSIDE = INSIDE | dict(others())

Found = dict[str, Finding | None]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, bool], Found]:
    @cache
    def of(group: str, with_bytes: bool) -> Found:
        cases, network = {
            "adversaries": (ADVERSARIES, "203.0"),
            "inside": (INSIDE, "10.20"),
            "outside": (OUTSIDE, "203.0"),
        }[group]
        return scanned(tmp_path_factory.mktemp(group), cases, network, with_bytes=with_bytes)

    return of


@pytest.mark.parametrize("label", ADVERSARIES)
def test_an_adversarys_certificate_is_high_by_its_structure(found: Callable[[str, bool], Found], label: str) -> None:
    finding = found("adversaries", True)[label]
    assert finding is not None, label
    assert finding.score >= HIGH, told(finding)


@pytest.mark.parametrize("label", [label for label, case in ADVERSARIES.items() if case.by_names])
def test_names_alone_say_less_of_an_adversary_but_not_nothing(found: Callable[[str, bool], Found], label: str) -> None:
    finding = found("adversaries", False)[label]
    assert finding is not None, label
    assert finding.score >= ADVERSARIES[label].by_names, told(finding)


@pytest.mark.parametrize("with_bytes", [True, False])
@pytest.mark.parametrize("label", INSIDE)
def test_an_ordinary_certificate_inside_stays_below_medium(
    found: Callable[[str, bool], Found], label: str, with_bytes: bool
) -> None:
    finding = found("inside", with_bytes)[label]
    assert finding is None or finding.score < MEDIUM, told(finding)


@pytest.mark.parametrize("with_bytes", [True, False])
@pytest.mark.parametrize("label", OUTSIDE)
def test_an_ordinary_certificate_outside_stays_below_high(
    found: Callable[[str, bool], Found], label: str, with_bytes: bool
) -> None:
    finding = found("outside", with_bytes)[label]
    assert finding is None or finding.score < HIGH, told(finding)


def test_few_ordinary_certificates_outside_are_medium(found: Callable[[str, bool], Found]) -> None:
    medium = [label for label, each in found("outside", True).items() if each is not None and each.score >= MEDIUM]
    assert len(medium) <= 2, medium
    assert len(OUTSIDE) >= 60


def test_calls_and_relays_are_told_apart(found: Callable[[str, bool], Found]) -> None:
    outside = found("outside", True)
    assert outside["WebRTC"] is None
    assert outside["WebRTC, random"] is None
    for label in ("Tor relay", "Tor relay on 443"):
        finding = outside[label]
        assert finding is not None
        assert "private_tool_outside" in {signal.rule for signal in finding.signals}, told(finding)

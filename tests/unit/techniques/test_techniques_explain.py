"""``explain`` prints the guide with the finding's own values, and the playbook that fits its signals."""

from __future__ import annotations

import contextlib
import io

import pytest

from certhound.cli import main
from certhound.outputs.explain_guide import address_of
from certhound.rules import load_rules
from certhound.techniques.load import package


def explained(*words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["explain", *words, "--quiet"]) == 0
    return out.getvalue()


def test_the_guide_has_the_values_of_the_finding() -> None:
    text = explained("F-BE11MFV0TGSK")
    assert "destinationip = '198.51.100.219'" in text
    assert "\"Certificate Issuer\" = 'CN=E8,O=Let''s Encrypt,C=US'" in text
    assert "jq -c --arg name deltabridge.example " in text
    assert "Playbook: Command and control" in text
    assert ":address" not in text


def test_a_finding_without_a_name_is_asked_less() -> None:
    text = explained("F-03QYES8J9A3W")
    assert "Not asked, for the finding lacks" in text
    assert "What was sent to the name" in text
    assert "Investigation guide" not in explained("F-03QYES8J9A3W", "--brief")


@pytest.mark.parametrize(
    ("rules", "scenario"),
    [
        (("known_c2_certificate", "self_signed_outside"), "c2"),
        (("link_to_encoded_name",), "phishing"),
        (("root_certificate_in_registry", "interception_tool_outside"), "aitm"),
        (("own_key_other_issuer_outside",), "own-name"),
    ],
)
def test_signals_choose_the_playbook(rules: tuple[str, ...], scenario: str) -> None:
    found = package("T1608.003").scenario(rules)
    assert found is not None
    assert found.id == scenario


def test_every_pattern_of_a_playbook_names_rules() -> None:
    from fnmatch import filter as matching

    names = [rule.name for rule in load_rules()]
    playbook = package("T1608.003").playbook
    assert playbook is not None
    assert [each for scenario in playbook.scenario for each in scenario.rules if not matching(names, each)] == []
    for scenario in playbook.scenario:
        assert {step.role for step in scenario.step} <= set(playbook.roles)
        phases = [step.phase for step in scenario.step]
        assert phases == ["triage", "scoping", "containment", "eradication", "recovery", "lessons"]


@pytest.mark.parametrize(
    ("destination", "address"),
    [("192.0.2.1:443", "192.0.2.1"), ("[2001:db8::1]:443", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"), ("", "")],
)
def test_addresses_are_taken_from_destinations(destination: str, address: str) -> None:
    assert address_of(destination) == address

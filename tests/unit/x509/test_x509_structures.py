"""Structures: what generators decide once, and how much of it a sensor's few words still show."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from trait_facts import facts_of_der, trait

sys.path.append(str(Path(__file__).parents[1] / "content"))

from generators import adversaries

from certhound.model.errors import ContentError
from certhound.x509.structures import is_prime, read_structures, serial_number, structures
from certhound.x509.traits import Facts

CASES = dict(adversaries())


def _as_eve(facts: Facts) -> Facts:
    """What Suricata's records have of a certificate: names, serial, validity, hash."""
    return replace(
        facts,
        has_der=False,
        key_type=None,
        key_bits=None,
        signature_algorithm=None,
        version=None,
        extension_oids=None,
        ski=None,
        aki=None,
        is_ca=None,
        key_usage=None,
        ext_key_usage=None,
        san_dns=(),
        trust_reason=None,
        spki_sha256=None,
        trust="untrusted" if facts.self_issued else None,
    )


@pytest.mark.parametrize(
    ("case", "tool"),
    [
        ("quasar, renamed", "the Quasar and AsyncRAT family"),
        ("asyncrat, renamed", "the Quasar and AsyncRAT family"),
        ("boratrat, a copy of dcrat", "DcRat and its kin"),
        ("pegasus, a copy of dcrat", "DcRat and its kin"),
        ("poshc2, renamed", "PoshC2"),
        ("empire", "Empire"),
        ("qakbot", "Qakbot"),
        ("cobalt strike, a profile half filled", "Cobalt Strike"),
    ],
)
def test_names_serial_and_validity_are_enough_for_some(case: str, tool: str) -> None:
    facts = _as_eve(facts_of_der(CASES[case].certificate.der, "unknown_issuer"))
    found = structures().match(facts)
    assert found is not None
    assert found.tool == tool


def test_a_trusted_certificate_is_not_looked_at() -> None:
    facts = facts_of_der(CASES["quasar, renamed"].certificate.der, "unknown_issuer")
    assert structures().match(facts) is not None
    assert structures().match(replace(facts, trust="trusted")) is None


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"serial": f"{2**120 - 1:x}"}, False),
        ({"extension_oids": ("2.5.29.14", "2.5.29.35", "2.5.29.19")}, False),
        ({"key_type": "ec"}, False),
    ],
)
def test_every_stated_thing_must_hold(change: dict[str, object], fits: bool) -> None:
    facts = facts_of_der(CASES["pulsar before"].certificate.der, "self_signed")
    changed = replace(facts, signature_algorithm="sha256WithRSAEncryption", **change)  # type: ignore[arg-type]
    assert (trait("structure_tool_strength", changed) == "strong") is fits


@pytest.mark.parametrize(
    ("number", "prime"),
    [
        (0, False),
        (1, False),
        (2, True),
        (41, True),
        (2**127 - 1, True),
        (2**128 + 1, False),
        (561, False),
        (2**600 + 1, False),
    ],
)
def test_primes(number: int, prime: bool) -> None:
    assert is_prime(number) is prime


@pytest.mark.parametrize(("text", "number"), [("3e8", 1000), ("-1", -1), (None, None), ("", None), ("zz", None)])
def test_serials_as_numbers(text: str | None, number: int | None) -> None:
    assert serial_number(text) == number


_WHOLE = 'tool = "x"\nwhat = "y"\nstrength = "weak"\nchecked = "source"\nreferences = ["z"]\n'


@pytest.mark.parametrize(
    "entry",
    [
        'tool = "x"',
        _WHOLE,
        _WHOLE.replace("weak", "sure") + 'subject = "CN"',
        _WHOLE + 'subject = "CN"\nseriel = "1"',
        _WHOLE + 'subject = "CN"\nserial_bits = [9, 1]',
    ],
)
def test_a_wrong_entry_is_refused(entry: str) -> None:
    with pytest.raises(ContentError, match="entry 1"):
        list(read_structures(f"[[entry]]\n{entry}"))

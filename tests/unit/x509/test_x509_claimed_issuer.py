"""Borrowed issuer names, judged by the roots and the CA certificates of a run rather than by lists alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from certhound.lab.certificates import build_ca, issue, tools
from certhound.lab.certificates.keys import KeyRing
from certhound.x509.claimed_issuer import borrows_issuer_name
from certhound.x509.reader import read_certificate
from certhound.x509.trust import RootStore

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEYS = KeyRing(9)
YEAR = timedelta(days=365)
ROOT = build_ca((("O", "North Trust"), ("CN", "North Root")), KEYS.ec("root"), Random(1), NOW - 5 * YEAR, 20 * YEAR)
CA_NAME = (("O", "North Trust"), ("CN", "North TLS 1"))
CA = build_ca(CA_NAME, KEYS.ec("ca"), Random(2), NOW - YEAR, 6 * YEAR, ROOT)
STRAY = build_ca(CA_NAME, KEYS.ec("stray"), Random(3), NOW - YEAR, 6 * YEAR)
STORE = RootStore.of([ROOT.der])

HONEST = issue(CA, (("CN", "a.example"),), KEYS.ec("a"), Random(4), ("a.example",), NOW - timedelta(days=9), YEAR).der
FORGED = tools.claimed_issuer(Random(5), KEYS.ec("b"), KEYS.ec("own"), NOW, CA_NAME, "b.example").der
AT_ROOT = tools.claimed_issuer(Random(6), KEYS.ec("c"), KEYS.ec("own"), NOW, ROOT.name, "c.example").der


@pytest.mark.parametrize(
    ("leaf", "chain", "expected"),
    [
        (FORGED, [CA.der], True),  # the real CA is in the data
        (FORGED, [], None),  # nobody knows a CA of that name
        (FORGED, [STRAY.der], None),  # a CA of that name, but no root stands for it
        (AT_ROOT, [], True),  # the store knows the root itself
        (HONEST, [CA.der], False),
        (ROOT.der, [CA.der], None),  # vouches for itself, borrows nothing
        (b"", [CA.der], None),
    ],
)
def test_borrowed_names(leaf: bytes, chain: list[bytes], expected: bool | None) -> None:
    assert borrows_issuer_name(read_certificate(leaf), chain, STORE, NOW) is expected


def test_a_ca_whose_certificate_ran_out_still_has_its_key() -> None:
    assert borrows_issuer_name(read_certificate(FORGED), [CA.der], STORE, NOW + 8 * YEAR) is True

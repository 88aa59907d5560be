"""The chain judge on every path case, and what must hold for each of them."""

from __future__ import annotations

import pytest
from path_cases import CASES, PathCase

from certhound.x509.chain import verify_chain
from certhound.x509.path_building import Budget
from certhound.x509.trust import RootStore
from certhound.x509.verdict import SENTENCES, Reason, Verdict


def judge(case: PathCase, budget: Budget | None = None) -> Verdict:
    chain = case.build()
    roots = RootStore.of(made.der for made in chain.roots)
    return verify_chain(chain.leaf.der, [made.der for made in chain.chain], roots, chain.at, chain.name, budget=budget)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_reason(case: PathCase) -> None:
    verdict = judge(case)
    if case.reason == "*":
        assert verdict.verdict == "untrusted", verdict
    else:
        assert verdict.reason == case.reason, verdict
    assert verdict.is_trusted == verdict.reason.is_trust
    assert verdict.path


def test_ids_are_unique_and_many() -> None:
    ids = [case.id for case in CASES]
    assert len(set(ids)) == len(ids) >= 150


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(text.endswith(".") for text in SENTENCES.values())


def test_a_chain_never_costs_more_than_its_budget() -> None:
    case = next(case for case in CASES if case.id == "hostile::hundred-intermediates-of-one-name")
    budget = Budget(signature_checks=10)
    assert judge(case, budget).reason in (Reason.GAVE_UP, Reason.BROKEN_SIGNATURE)
    assert budget.signature_checks >= -1

"""Rows for the scoring tests: a certificate of the lab, how the chain judge sees it, and how it was met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from math import prod
from typing import Any

from trait_facts import facts_of_der, facts_of_names

from certhound.lab.certificates.build import Certificate
from certhound.rules.load import load_rules
from certhound.rules.run import RunPlan, plan_run, run_reference
from certhound.rules.schema import table_columns
from certhound.x509.traits import Facts, traits

MET = {
    "dst_ip": "203.0.113.7",
    "dst_port": 443,
    "name": "www.example.com",
    "name_match": None,
    "sessions": 3,
    "established": 3,
    "clients": 2,
    "certificate_clients": 2,
    "certificate_sessions": 3,
    "days": 1,
    "destinations": 1,
    "expired_then": False,
    "not_yet_valid_then": False,
    "dst_is_outside": True,
    "name_is_own": False,
    "port_is_usual": True,
    "transport": "tcp",
    "role": "leaf",
}
"""An ordinary contact: outside, usual port, a name, three sessions of two clients."""

BEACON: dict[str, Any] = {
    "sessions": 60,
    "clients": 1,
    "certificate_clients": 1,
    "interval_median_s": 60.0,
    "interval_mad_s": 5.0,
}
"""One client, every minute, with a little jitter."""


@cache
def _plan() -> RunPlan:
    return plan_run([rule for rule in load_rules().check() if rule.own])


def row_of(facts: Facts, **met: Any) -> dict[str, Any]:
    """The whole contact row: facts, traits, and how it was met. ``house_trust`` and the like go into ``met``."""
    row: dict[str, Any] = dict.fromkeys((*table_columns("contacts"), *table_columns("certificates")))
    for field in fields(Facts):
        if field.name not in ("has_der", "subject", "issuer"):
            value = getattr(facts, field.name)
            row[field.name] = list(value) if isinstance(value, tuple) else value
    row["subject"], row["issuer"] = facts.subject.text or None, facts.issuer.text or None
    row |= {each.name: each.compute(facts) for each in traits()}
    return row | MET | met


def signals(row: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Rule to (score, family) of every shipped rule that matches, by the reference evaluator."""
    plan = _plan()
    found: dict[str, tuple[int, str]] = {}
    for table in ("contacts", "certificates"):
        own = {name: row.get(name) for name in table_columns(table)}
        for id_, positions in run_reference(plan, {table: [own]}).items():
            if positions:
                rule = plan.rules[id_]
                found[rule.name] = (rule.score, rule.family)
    return found


def risk(row: Mapping[str, Any]) -> float:
    """100·(1 − ∏(1 − s/100)) over the strongest signal of each family."""
    strongest: dict[str, int] = {}
    for score, family in signals(row).values():
        strongest[family] = max(score, strongest.get(family, 0))
    return 100 * (1 - prod(1 - score / 100 for score in strongest.values()))


def seen(certificate: Certificate, reason: str, **met: Any) -> dict[str, Any]:
    """A certificate whose bytes were seen, untrusted for this reason."""
    return row_of(facts_of_der(certificate.der, reason), **met)


def logged(subject: str, issuer: str | None = None, **more: Any) -> dict[str, Any]:
    """A certificate known by names only. Facts go by their names, the rest is how it was met."""
    of_facts = {field.name for field in fields(Facts)} | {"days_valid"}
    facts = {key: more.pop(key) for key in list(more) if key in of_facts}
    if "days_valid" in facts:
        facts["days"] = facts.pop("days_valid")
    return row_of(facts_of_names(subject, issuer, **facts), **more)

"""Facts for the tests of traits: from certificates of the lab, or from names as a sensor logs them."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from certhound.x509.distinguished_name import EMPTY_NAME
from certhound.x509.dn_text import parse_name
from certhound.x509.reader import read_certificate
from certhound.x509.traits import Facts, TraitValue, traits

_NOT_COPIED = {"has_der", "subject", "issuer", "trust", "trust_reason", "extension_oids"}


def facts_of_der(der: bytes, trust_reason: str | None = None) -> Facts:
    """What the bytes tell; untrusted for that reason, or not judged."""
    certificate = read_certificate(der)
    values = {
        field.name: getattr(certificate, field.name)
        for field in fields(Facts)
        if field.name not in _NOT_COPIED and hasattr(certificate, field.name)
    }
    return Facts(
        has_der=True,
        subject=certificate.subject_name or EMPTY_NAME,
        issuer=certificate.issuer_name or EMPTY_NAME,
        extension_oids=certificate.extension_oids,
        trust=None if trust_reason is None else "untrusted",
        trust_reason=trust_reason,
        **values,
    )


def facts_of_names(subject: str, issuer: str | None = None, **more: Any) -> Facts:
    """What a sensor's text tells; without an issuer the subject issued itself. ``days`` gives a lifetime."""
    days = more.pop("days", None)
    if days is not None:
        more["not_before"] = more.get("not_before", datetime(2026, 6, 1, tzinfo=UTC))
        more["not_after"] = more["not_before"] + timedelta(days=days)
    name = parse_name(subject)
    more.setdefault("self_issued", issuer is None or issuer == subject)
    return Facts(subject=name, issuer=name if issuer is None else parse_name(issuer), **more)


def trait(name: str, facts: Facts) -> TraitValue:
    """One trait's value."""
    return next(each for each in traits() if each.name == name).compute(facts)

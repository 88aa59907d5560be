"""What the names of a certificate amount to: how many, only addresses, none at all."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509.traits import Clue, Facts, Trait


def _count(facts: Facts) -> int | None:
    count = len(facts.san_dns) + len(facts.san_ip)
    return count if count or facts.has_der else None


def _only_addresses(facts: Facts) -> bool | None:
    if not facts.san_ip and not facts.san_dns and not facts.has_der:
        return None
    return bool(facts.san_ip) and not facts.san_dns


def _subject_is_empty(facts: Facts) -> bool | None:
    # A sensor that says nothing of a subject and a subject that is empty read alike, so only the bytes tell.
    return not facts.subject.rdns and "subject" not in facts.field_errors if facts.has_der else None


def _issuer_is_empty(facts: Facts) -> bool | None:
    return not facts.issuer.rdns and "issuer" not in facts.field_errors if facts.has_der else None


def _has_empty_value(facts: Facts) -> bool | None:
    if not facts.subject.rdns:
        return None
    return "=," in facts.subject.text or facts.subject.text.endswith("=")


TRAITS = (
    Trait("names_count", Kind.INT, "DNS names and addresses it is for", _count),
    Trait("has_ip_name_only", Kind.BOOL, "it is for addresses and for no DNS name", _only_addresses),
    Trait("subject_is_empty", Kind.BOOL, "the subject has no attributes", _subject_is_empty),
    Trait("issuer_is_empty", Kind.BOOL, "the issuer has no attributes, which RFC 5280 forbids", _issuer_is_empty),
    Trait(
        "subject_has_empty_value",
        Kind.BOOL,
        "an attribute of the subject is there without a value",
        _has_empty_value,
        lambda: Clue("=(?:,|$)"),
    ),
)

"""Whether a certificate is broken in a way that only its maker can have caused, or merely untidy.

Hostile: what no issuing software does by accident (a version that does not exist, a time that cannot be, bytes that
belong to nothing, a NUL inside a name, thousands of names). Such certificates crash strict parsers or vanish from
their logs, while lenient servers and clients go on using them. Untidy: old habits that real CAs had, such as Latin-1
in a printable string or a time without seconds.
"""

from __future__ import annotations

import re

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait

_NAMES = "san_dns|san_email|san_uri|subject|issuer"
_BODY = "extension_oids|serial|spki_sha256|subject|issuer|der"
_HOSTILE: tuple[tuple[str, str, str], ...] = (
    ("version", "version", ""),
    ("time", "not_before|not_after", "no such time|not a time|is no time|outside the years|where a sequence"),
    ("trailing bytes", "der", "bytes after the certificate|beside its stated length"),
    ("trailing bytes", ".*", "bytes to spare|bytes beside"),
    ("NUL in a name", _NAMES, r"\bNUL\b"),
    ("size", ".*", r"more than \d+ (?:names|attributes|extensions|elements)|, cut at \d+"),
    ("repeated extension", "extension_oids", "more than once"),
    ("two signature algorithms", "signature_algorithm", " inside, .* outside"),
    ("broken structure", _BODY, "breaks off|where an? |deeper than|without an end"),
)
"""Kind, columns of ``field_errors``, and what the reader says there."""

_COMPILED = tuple((kind, re.compile(columns), re.compile(text)) for kind, columns, text in _HOSTILE)

# A log or file that was cut short says nothing about who made the certificate.
_TRUNCATED = re.compile(r"^(?:cut: |signature is cut|no certificate)|bytes are missing|not reached")


def _kind(facts: Facts) -> str | None:
    errors = facts.field_errors
    if not errors or not facts.has_der:
        return None
    if any(_TRUNCATED.search(text) for text in errors.values()):
        return None
    for kind, columns, pattern in _COMPILED:
        for column, text in errors.items():
            if columns.fullmatch(column) and pattern.search(text):
                return kind
    return None


def _is_malformed(facts: Facts) -> bool | None:
    return _kind(facts) is not None if facts.has_der else None


def _is_untidy(facts: Facts) -> bool | None:
    if not facts.has_der:
        return None
    return bool(facts.field_errors) and _kind(facts) is None


def _what(facts: Facts) -> str | None:
    if not facts.has_der or not facts.field_errors:
        return None
    return "; ".join(f"{column}: {text}" for column, text in list(facts.field_errors.items())[:2])[:200]


def _signed_itself_under_another_name(facts: Facts) -> bool | None:
    return facts.own_key if facts.has_der else None


TRAITS = (
    Trait(
        "signed_by_own_key_under_other_name",
        Kind.BOOL,
        "its own key made the signature, though it names somebody else as its issuer",
        _signed_itself_under_another_name,
    ),
    Trait("structure_is_malformed", Kind.BOOL, "broken in a way that issuing software does not cause", _is_malformed),
    Trait("structure_malformed_kind", Kind.TEXT, "in which way, in two or three words", _kind),
    Trait("structure_is_untidy", Kind.BOOL, "breaks the standard in a way that honest software also does", _is_untidy),
    Trait("structure_what", Kind.TEXT, "the reader's words for the first two faults", _what),
)

"""What the lists of known certificates say: tool, class, how telling the match is, where it can be read."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509 import known
from certhound.x509.traits import Clue, Facts, Trait

_last: tuple[Facts | None, known.Known | None] = (None, None)


def _match(facts: Facts) -> known.Known | None:
    # Several columns come of one match, and they are computed one after the other for the same certificate.
    # The pair is replaced as a whole, so that threads cannot see half of it.
    global _last
    held, found = _last
    if held is not facts:
        found = known.known_certificates().match(facts)
        _last = (facts, found)
    return found


def _clue() -> Clue:
    lists = known.known_certificates()
    return Clue(lists.subject_clue(), lists.telltales(), lists.knows_issuer)


def _tool(facts: Facts) -> str | None:
    found = _match(facts)
    return found.tool if found else None


def _what(facts: Facts) -> str | None:
    found = _match(facts)
    return found.what if found else None


def _class(facts: Facts) -> str | None:
    found = _match(facts)
    return found.class_ if found else None


def _strength(facts: Facts) -> str | None:
    found = _match(facts)
    return found.strength if found else None


def _reference(facts: Facts) -> str | None:
    found = _match(facts)
    return found.reference if found else None


def _is_class(class_: str) -> Trait:
    name, meaning = _CLASS_TRAITS[class_]

    def compute(facts: Facts) -> bool:
        found = _match(facts)
        return found is not None and found.class_ == class_

    return Trait(name, Kind.BOOL, meaning, compute, _clue)


def _serial_is_known_bad(facts: Facts) -> bool | None:
    if facts.serial is None:
        return None
    found = _match(facts)
    return found is not None and found.by_serial and found.class_ == "malicious"


_CLASS_TRAITS = {
    "benign_default": ("is_appliance_default", "made by an appliance or ordinary software for itself"),
    "weak": ("is_sample_default", "holds the sample values of a general tool"),
    "interception": ("is_inspection_product", "re-signed by software that inspects TLS"),
}

TRAITS = (
    Trait("known_tool", Kind.TEXT, "tool or product whose default this certificate shows", _tool, _clue),
    Trait("known_tool_what", Kind.TEXT, "which of that tool's marks it shows", _what, _clue),
    Trait(
        "known_tool_class",
        Kind.TEXT,
        "malicious, dual_use, interception, weak or benign_default, by the lists",
        _class,
        _clue,
    ),
    Trait("known_tool_strength", Kind.TEXT, "strong, medium or weak: how much that mark says", _strength, _clue),
    Trait("known_tool_reference", Kind.TEXT, "where that default is described", _reference, _clue),
    Trait(
        "serial_is_known_bad",
        Kind.BOOL,
        "the serial is that of a certificate malware shares",
        _serial_is_known_bad,
        _clue,
    ),
    *(_is_class(class_) for class_ in _CLASS_TRAITS),
)

"""Whether a certificate is built as a known generator builds it, whatever it is called (``structures.toml``)."""

from __future__ import annotations

from certhound.model.columns import Kind
from certhound.x509.structures import Structure, structures
from certhound.x509.traits import Facts, Trait

_last: tuple[Facts | None, Structure | None] = (None, None)


def _match(facts: Facts) -> Structure | None:
    # Four columns come of one match, and they are computed one after the other for the same certificate.
    global _last
    held, found = _last
    if held is not facts:
        found = structures().match(facts)
        _last = (facts, found)
    return found


def _tool(facts: Facts) -> str | None:
    found = _match(facts)
    return found.tool if found else None


def _strength(facts: Facts) -> str | None:
    found = _match(facts)
    return found.strength if found else None


def _what(facts: Facts) -> str | None:
    found = _match(facts)
    return found.what if found else None


def _reference(facts: Facts) -> str | None:
    found = _match(facts)
    return found.reference if found else None


TRAITS = (
    Trait(
        "structure_tool", Kind.TEXT, "tool whose generator builds certificates like this one, by their structure", _tool
    ),
    Trait("structure_tool_strength", Kind.TEXT, "strong, medium or weak: how much that structure says", _strength),
    Trait("structure_tool_what", Kind.TEXT, "what of the structure is that generator's", _what),
    Trait("structure_tool_reference", Kind.TEXT, "where the generator can be read", _reference),
)

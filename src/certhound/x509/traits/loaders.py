"""Subjects of made-up companies with made-up hosts, as Dridex and its loaders generate them.

Words drawn syllable by syllable read like language, so rare letters do not give them away; that nothing in the host
has to do with the company, and how the host is written, does.
"""

from __future__ import annotations

import re

from certhound.model.columns import Kind
from certhound.x509.traits import Facts, Trait

_TYPES = frozenset({"C", "ST", "L", "O", "OU", "CN"})
_FORMS = frozenset(
    "gmbh ltd llc inc corp sa sas sarl srl spa ag se nv nl bv plc pty oy ab as aps kft doo spzoo spolsro sprl".split()
)
_LABEL = re.compile(r"[A-Za-z0-9]{5,24}\Z")
_INSIDE = frozenset(
    "local lan intern internal corp home localdomain test example invalid domain priv private intra".split()
)


def _made_up(facts: Facts) -> bool | None:
    if not facts.self_issued:
        return None if facts.self_issued is None else False
    subject = facts.subject
    types = subject.types()
    if not {"C", "L", "O", "CN"} <= set(types) <= _TYPES or len(set(types)) != len(types) or facts.san_dns:
        return False
    words = (subject.first("O") or "").split()
    host = (subject.first("CN") or "").split(".")
    return (
        len(subject.first("C") or "") == 2
        and 2 <= len(words) <= 5
        and re.sub(r"[^a-z]", "", words[-1].lower()) in _FORMS
        and all(word.isalpha() for word in words[:-1])
        and 2 <= len(host) <= 3
        and _is_strange(host)
        and not _related(words[:-1], host[:-1])
    )


def _is_strange(host: list[str]) -> bool:
    """A host that no administrator writes: capitals or digits inside its words, or a rare top-level domain."""
    *labels, top = host
    if not top.isalpha() or not top.islower() or top in _INSIDE or not all(map(_LABEL.match, labels)):
        return False
    return len(top) >= 4 or any(map(_is_odd, labels))


def _is_odd(label: str) -> bool:
    """Capitals among small letters, or digits that are not at the end."""
    mixed = any(character.isupper() for character in label) and not label.isupper()
    return mixed or any(character.isdigit() for character in label.rstrip("0123456789"))


def _related(words: list[str], labels: list[str]) -> bool:
    host = "".join(labels).lower()
    return any(len(word) >= 3 and (word.lower()[:5] in host) for word in words)


TRAITS = (
    Trait(
        "subject_is_made_up_company",
        Kind.BOOL,
        "self-issued for a company with a legal form and a strange host that has nothing to do with it",
        _made_up,
    ),
)

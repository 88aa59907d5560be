"""What a finding is about, and its id: the same entity has the same id in every run, for ever."""

from __future__ import annotations

import hashlib

from certhound.findings.report import Entity

_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"  # no I, L, O, U: ids are read aloud


def finding_id(kind: str, key: str) -> str:
    """``F-`` and twelve characters of a hash over kind and key."""
    digest = hashlib.sha256(f"certhound finding 1\x00{kind}\x00{key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> 4
    return "F-" + "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(12))


def certificate_entity(row: dict[str, object], names: tuple[str, ...]) -> Entity:
    """The entity of a certificate, from its row."""

    def text(name: str) -> str | None:
        value = row.get(name)
        return value if isinstance(value, str) else None

    return Entity(
        "certificate",
        str(row["id"]),
        text("sha256"),
        text("sha1"),
        text("serial"),
        text("subject"),
        text("issuer"),
        names,
    )

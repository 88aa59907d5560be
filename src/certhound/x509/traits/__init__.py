"""Traits: computed columns that say of a certificate what a row of a rule language cannot.

One small file a trait (or a close family of them), each exposing ``TRAITS``, a tuple of :class:`Trait`. A file put
here is found; nothing else has to be registered. A trait is computed once for each distinct certificate, from the
bytes where they are known and from the sensor's own words where they are not, so it must live with absent fields:
absent in, absent out, never a guess.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TypeAlias

from certhound.model.columns import Column, Kind
from certhound.x509.distinguished_name import EMPTY_NAME, Name

TraitValue: TypeAlias = bool | int | float | str | list[str] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one certificate, whoever told it. ``None`` and empty mean no statement.

    ``has_der`` tells whether the bytes were seen: only then are absent extensions known to be absent
    (``extension_oids`` is ``None`` otherwise). Names keep the order of their attributes; for certificates known by the
    sensor's text only, ``Attribute.tag`` is 0.
    """

    has_der: bool = False
    sha256: str | None = None
    sha1: str | None = None
    md5: str | None = None
    spki_sha256: str | None = None
    version: int | None = None
    serial: str | None = None
    subject: Name = EMPTY_NAME
    issuer: Name = EMPTY_NAME
    not_before: datetime | None = None
    not_after: datetime | None = None
    san_dns: tuple[str, ...] = ()
    san_ip: tuple[str, ...] = ()
    san_uri: tuple[str, ...] = ()
    san_email: tuple[str, ...] = ()
    key_type: str | None = None
    key_bits: int | None = None
    signature_algorithm: str | None = None
    is_ca: bool | None = None
    extension_oids: tuple[str, ...] | None = None
    aki: str | None = None
    ski: str | None = None
    ext_key_usage: tuple[str, ...] | None = None
    key_usage: tuple[str, ...] | None = None
    self_issued: bool | None = None
    self_signed: bool | None = None
    trust: str | None = None
    trust_reason: str | None = None
    sct_count: int | None = None
    foreign_issuer_key: bool | None = None
    own_key: bool | None = None
    field_errors: dict[str, str] = field(default_factory=dict)

    @property
    def validity_s(self) -> int | None:
        """Length of the validity in whole seconds."""
        if self.not_before is None or self.not_after is None:
            return None
        return int((self.not_after - self.not_before).total_seconds())


@dataclass(frozen=True, slots=True)
class Clue:
    """When a trait takes notice of the subject, serial or hashes of a certificate known by names that others vouch for.

    ``pattern``: an RE2 expression, tried on the subject's text ignoring case; empty where the subject never matters.
    ``values``: serials and hashes that matter. ``issuer``: whether the certificates of an issuer have to be looked at
    one by one. Where nothing of it applies the trait has the same value for all that differ in these only.
    """

    pattern: str = ""
    values: frozenset[str] = frozenset()
    issuer: Callable[[Name], bool] | None = None


@dataclass(frozen=True, slots=True)
class Trait:
    """One computed column: its name and type, what it states, and how it is computed from the facts.

    ``clue`` is there for speed alone: of a hundred thousand ordinary certificates only those get a closer look on which
    it points. A trait without one is computed for each.
    """

    name: str
    kind: Kind
    meaning: str
    compute: Callable[[Facts], TraitValue]
    clue: Callable[[], Clue] | None = None


@cache
def traits() -> tuple[Trait, ...]:
    """Every trait of this package, by name."""
    found: list[Trait] = []
    for module in pkgutil.iter_modules(__path__):
        found.extend(importlib.import_module(f"{__name__}.{module.name}").TRAITS)
    return tuple(sorted(found, key=lambda trait: trait.name))


def columns() -> tuple[Column, ...]:
    """The columns that the traits add to ``certificates``."""
    return tuple(Column(trait.name, trait.kind, trait.meaning) for trait in traits())

"""Names and tactics of ATT&CK for the techniques that rules are tagged with, from a list of our own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache

import msgspec

from certhound.model.errors import ContentError, Place
from certhound.techniques.load import folder

FILE = "attack.toml"


class Tactic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tactic: its number and its name."""

    id: str
    name: str


class Technique(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A technique: its own name, its parent's where it is a sub-technique, and its tactics by their short names."""

    name: str
    parent: str = ""
    tactics: tuple[str, ...]

    @property
    def full(self) -> str:
        """Parent and name, as ATT&CK titles a page."""
        return f"{self.parent}: {self.name}" if self.parent else self.name


class Attack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``attack.toml``."""

    tactic: dict[str, Tactic]
    technique: dict[str, Technique]


@cache
def attack() -> Attack:
    """The list. Raises ContentError."""
    file = folder() / FILE
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Attack)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError(str(error), check="bad-attack", place=Place(str(file))) from error


def techniques_of(tags: Iterable[str]) -> tuple[str, ...]:
    """Ids of the techniques among tags of Sigma, in their order."""
    return tuple(dict.fromkeys(tag.removeprefix("attack.").upper() for tag in tags if tag.startswith("attack.t")))


def tactics_of(tags: Iterable[str]) -> tuple[str, ...]:
    """Short names of the tactics among tags of Sigma, in their order."""
    return tuple(dict.fromkeys(name for tag in tags if (name := tag.removeprefix("attack.")) in attack().tactic))

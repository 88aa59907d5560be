"""Reading packages: TOML by msgspec in strict mode, every file's first error with its file and key."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec

from certhound.model.errors import ContentError, Place, UsageError, did_you_mean
from certhound.techniques.package import Facts, Guide, Hunts, Kit, Package, Playbook, Tuning

_T = TypeVar("_T")


def folder() -> Path:
    """The folder of the packages that ship."""
    return Path(str(files("certhound").joinpath("content", "techniques")))


@cache
def packages() -> tuple[Package, ...]:
    """All packages that ship, by id. Raises ContentError."""
    return tuple(read_package(each) for each in sorted(folder().iterdir()) if (each / "technique.toml").is_file())


def package(technique: str) -> Package:
    """The package of a technique id; else a usage error with the nearest."""
    known = {each.id: each for each in packages()}
    if technique.upper() in known:
        return known[technique.upper()]
    raise UsageError(
        f"there is no package {technique!r}",
        check="unknown-technique",
        advice=did_you_mean(technique, tuple(known)) or f"there are {', '.join(known)}",
    )


def read_package(path: Path) -> Package:
    """The package of a folder. Raises ContentError with the file, and what of its keys is wrong."""
    facts = _read(path / "technique.toml", Facts)
    if facts.id != path.name:
        raise ContentError(f"id {facts.id!r} is not the folder's name", check="package-id", place=Place(str(path)))
    found = {
        each.stem: each.read_text("utf-8")
        for part in ("aql", "compare")
        for each in sorted((path / part).glob("*.aql"))
    }
    return Package(
        facts=facts,
        playbook=_optional(path / "playbook.toml", Playbook),
        guide=_optional(path / "guide.toml", Guide),
        hunts=_optional(path / "hunts.toml", Hunts),
        tuning=_optional(path / "tuning.toml", Tuning),
        kit=_optional(path / "kit.toml", Kit),
        aql=found,
    )


def _optional(path: Path, kind: type[_T]) -> _T | None:
    return _read(path, kind) if path.is_file() else None


def _read(path: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(tomllib.loads(path.read_bytes().decode("utf-8")), kind)
    except OSError as error:
        raise ContentError(
            f"cannot be read: {error.strerror}", check="unreadable-package", place=Place(str(path))
        ) from error
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError(str(error), check="bad-package", place=Place(str(path))) from error

"""The last verified run of each drill, as ``certhound drill verify`` wrote it: when, and how far each signal came.

The package ships the record of a run of its own (``verified/`` below its folder, made by ``scripts/record_drills.py``);
a folder of runs of one's own takes its place where it has the drill.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from certhound.model.errors import ContentError, Place
from certhound.techniques.load import folder
from certhound.techniques.package import Package

SHIPPED = "verified"
VERDICT = "verdict.json"
"""What a run's folder has its verdict in."""


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One expected signal: the state that it came to, whether that is as it should be, and the rules that found it."""

    name: str
    state: str
    good: bool | None = None
    rules: tuple[str, ...] = ()
    why: str = ""
    after_s: float | None = None

    @property
    def verdict(self) -> str:
        """In words: as expected, not as expected, or not to be told."""
        return {True: "ok", False: "FAILED", None: "not recorded"}[self.good]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A run: the drill, when it began, what it came to. Keys of a verdict that are not needed here are passed over.

    ``constructed``: its telemetry was built from documented schemas, for this machine could not run it.
    """

    drill: str
    title: str
    outcome: str
    started: float
    signals: tuple[Signal, ...]
    constructed: bool = False
    recorded_by: dict[str, str] = {}
    not_recorded: dict[str, str] = {}
    skipped: str = ""
    certhound: str = ""
    own: bool = False

    @property
    def moment(self) -> str:
        """When it began, UTC, to the minute; ``started`` is seconds since 1970."""
        return f"{datetime.fromtimestamp(self.started, UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def day(self) -> str:
        return self.moment[:10]

    @property
    def good(self) -> int:
        """Signals that came as far as they should."""
        return sum(each.good is True for each in self.signals)


def verified_of(package: Package, runs: Path | None = None) -> dict[str, Verified]:
    """The last verified run of a package's drills, by the name of the plan. Raises ContentError for what is none."""
    found = {each.drill: each for each in _read(folder() / package.id / SHIPPED, "*.json")}
    if runs is not None:
        found |= {each.drill: msgspec.structs.replace(each, own=True) for each in _read(runs, f"*/{VERDICT}")}
    return {drill.plan: found[drill.plan] for drill in package.facts.drill if drill.plan in found}


def recorded(document: dict[str, Any], version: str) -> bytes:
    """What of a verdict is kept in a package: no path, host or process of the machine that it ran on."""
    kept = msgspec.structs.replace(msgspec.convert(document, Verified, strict=False), certhound=version)
    return msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n"


def _read(home: Path, pattern: str) -> Iterator[Verified]:
    for file in sorted(home.glob(pattern)) if home.is_dir() else ():
        try:
            yield msgspec.json.decode(file.read_bytes(), type=Verified, strict=False)
        except (msgspec.DecodeError, OSError) as error:
            raise ContentError(
                f"is no verdict of a drill: {error}", check="bad-verdict", place=Place(str(file))
            ) from error

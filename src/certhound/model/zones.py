"""Time zones: names and offsets as devices write them, and those that the user sets for sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ZONES: dict[str, int] = {
    "UTC": 0, "GMT": 0, "Z": 0, "UCT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MET": 60,
    "MEST": 120, "EET": 120, "EEST": 180, "MSK": 180, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420,
    "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "JST": 540, "KST": 540, "SGT": 480,
    "HKT": 480, "AEST": 600, "AEDT": 660, "ACST": 570, "AWST": 480, "NZST": 720, "NZDT": 780, "SAST": 120, "BRT": -180,
    "PKT": 300, "GST": 240, "SAT": 180,
}  # fmt: skip
"""Minutes east of Greenwich for abbreviations that mean one zone nearly everywhere; IST, AST and others are unknown."""
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+-])(\d\d):?(\d\d)?")


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Zones set by the user: by a source's name (``fortigate``), or under ``""`` for all that have none."""

    by_source: Mapping[str, tzinfo] = field(default_factory=dict)

    def of(self, source: str) -> tzinfo | None:
        """The zone of ``paloalto.decryption``: its own, else that of ``paloalto``, else the one for all."""
        zones = self.by_source
        return zones.get(source) or zones.get(source.partition(".")[0]) or zones.get("")


NO_ZONES = Zones()


@lru_cache(1024)
def zone_of(name: str) -> tzinfo | None:
    """A zone by its IANA name, offset (``+02:00``) or unambiguous abbreviation; None for what is none."""
    text = name.strip().strip("()")
    if text in _ZONES:
        return timezone(timedelta(minutes=_ZONES[text]))
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes)) if minutes < 24 * 60 else None
    if "/" not in text or not text.isascii():
        return None
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None

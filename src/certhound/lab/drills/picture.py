"""The picture of a drill: steps in their order on the hosts that did them, and below each what was seen of it by whom.

Numbers are units of the drawing; the page draws them as SVG.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LEFT, _STEP, _BOX, _LANE, _BAND, _DOT = 92, 138, 122, 50, 26, 17
_HOSTS = ("adversary", "mail", "victim", "windows")
_TELEMETRY = ("audit", "syslog", "sensor", "proxy", "mail", "constructed")
_LETTERS = 19


@dataclass(frozen=True, slots=True)
class Lane:
    """A host or a kind of telemetry, with the middle of its row."""

    name: str
    y: int


@dataclass(frozen=True, slots=True)
class Box:
    """A step: its left edge and middle; ``code`` as it ended; ``seconds`` it took."""

    name: str
    test: str
    x: int
    y: int
    code: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A signal. ``kind``: found, parsed, absent, unknown, or bad."""

    name: str
    x: int
    y: int
    kind: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, ``width`` by ``height``; ``floor`` is where the rows of telemetry begin."""

    width: int
    height: int
    floor: int
    box: int
    hosts: tuple[Lane, ...]
    telemetry: tuple[Lane, ...]
    boxes: tuple[Box, ...]
    dots: tuple[Dot, ...]

    @property
    def arrows(self) -> tuple[tuple[int, int, int, int], ...]:
        """From the right edge of each step to the left edge of the next."""
        pairs = zip(self.boxes, self.boxes[1:], strict=False)
        return tuple((one.x + self.box, one.y, two.x - 2, two.y) for one, two in pairs)


def picture(drill: Mapping[str, Any]) -> Picture:
    """The picture of one drill's document."""
    steps, signals = drill["steps"], drill["signals"]
    hosts = _lanes(_HOSTS, {step["on"] for step in steps}, 8, _LANE)
    floor = 8 + _LANE * len(hosts) + 10
    telemetry = _lanes(_TELEMETRY, {each["telemetry"] for each in signals}, floor, _BAND)
    rows, bands = {each.name: each.y for each in hosts}, {each.name: each.y for each in telemetry}
    columns = {step["name"]: _LEFT + number * _STEP for number, step in enumerate(steps)}
    boxes = tuple(
        Box(_short(step["name"]), step["test"], columns[step["name"]], rows[step["on"]], step["code"],
            round(max(0.0, step["ended"] - step["started"]), 1))
        for step in steps
    )  # fmt: skip
    dots, used = [], dict[tuple[str, str], int]()
    for each in signals:
        place = (each["step"], each["telemetry"])
        number = used[place] = used.get(place, -1) + 1
        x = columns.get(each["step"], _LEFT) + 9 + number * _DOT
        dots.append(Dot(each["name"], x, bands[each["telemetry"]], _kind(each)))
    width = _LEFT + max(len(steps), 1) * _STEP
    return Picture(width, floor + _BAND * len(telemetry) + 4, floor, _BOX, hosts, telemetry, boxes, tuple(dots))


def _lanes(order: tuple[str, ...], present: set[str], top: int, height: int) -> tuple[Lane, ...]:
    names = [*(name for name in order if name in present), *sorted(present - set(order))]
    return tuple(Lane(name, top + number * height + height // 2) for number, name in enumerate(names))


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"


def _kind(signal: Mapping[str, Any]) -> str:
    if signal["good"] is None:
        return "unknown"
    if not signal["good"]:
        return "bad"
    return {"finding": "found", "parsed": "parsed", "absent": "absent"}[signal["state"]]

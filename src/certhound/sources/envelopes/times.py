"""Times as devices write them, with or without a zone, with or without a year.

A time is microseconds since 1970 (UTC) and whether the text said its zone. Epochs are told apart by magnitude; a time
without a zone takes the one that is set for its source, else UTC; one without a year takes the year in which it is the
last one not more than a day after the reference (when the file was written).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from certhound.model.zones import zone_of
from certhound.query.functions.records import record_time

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_CLOCK = r"(?P<h>\d{1,2}):(?P<mi>\d\d)(?::(?P<s>\d\d))?(?:[.,:](?P<f>\d{1,9}))?(?:\s?(?P<ap>[AaPp]\.?[Mm])\.?)?"
_ZONE = r"\s*(?P<z>Z|(?:GMT|UTC)?\s?[+-]\d\d:?(?:\d\d)?|\(?[A-Z][A-Za-z]{1,4}\)?|[A-Z][a-z]+/[A-Za-z_/]+)?"
_WEEKDAY = r"(?:[A-Z][a-z]{2,8},?\s+)?"
_STYLES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?:[T\s]+{_CLOCK}{_ZONE})?",
        rf"{_WEEKDAY}(?P<b>[A-Z][a-z]{{2}})[a-z]*\.?\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}}),?\s+{_CLOCK}{_ZONE}",
        rf"{_WEEKDAY}(?P<b>[A-Z][a-z]{{2}})[a-z]*\.?\s+(?P<d>\d{{1,2}}),?\s+{_CLOCK}(?:\s*(?P<z>[A-Z]{{2,5}}|[+-]\d{{4}}))?\s+(?P<y>\d{{4}})(?:\s+(?P<z2>[A-Z]{{2,5}}|[+-]\d{{4}}))?",
        rf"{_WEEKDAY}(?P<b>[A-Z][a-z]{{2}})[a-z]*\.?\s+(?P<d>\d{{1,2}}),?\s+{_CLOCK}{_ZONE}",
        rf"(?P<y>\d{{4}})\s+(?P<b>[A-Z][a-z]{{2}})[a-z]*\s+(?P<d>\d{{1,2}})\s+{_CLOCK}{_ZONE}",
        rf"\[?{_WEEKDAY}(?P<d>\d{{1,2}})[-/\s](?P<b>[A-Z][a-z]{{2}})[a-z]*[-/\s](?P<y>\d{{4}}|\d\d)[:\s]+{_CLOCK}{_ZONE}\]?",
        rf"(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}}|\d\d),?(?:\s+{_CLOCK}{_ZONE})?",
        rf"(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.(?P<y>\d{{4}}),?(?:\s+{_CLOCK}{_ZONE})?",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)T?(?P<h>\d\d)(?P<mi>\d\d)(?P<s>\d\d)(?:\.(?P<f>\d{1,9}))?(?P<z>Z|[+-]\d{4})?",
    )
)
_NUMBER = re.compile(r"\d{9,20}(?:\.\d{0,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clock:
    """How times of a source are read that do not say all: its zone, and when its file was written (UTC, naive)."""

    zone: tzinfo | None = None
    reference: datetime | None = None


UTC_CLOCK = Clock()


_UNITS = {10: 1_000_000, 13: 1_000, 16: 1}


def read_time(text: str, clock: Clock = UTC_CLOCK) -> tuple[int, bool] | None:
    """Microseconds since 1970 and whether the text said its zone (epochs do); None for what is no time."""
    if text.isdecimal() and text.isascii():  # each is another: there is nothing to remember
        unit = _UNITS.get(len(text))
        if unit is not None:
            return int(text) * unit, True
        if len(text) == 19:
            return int(text) // 1_000, True  # cut, as fractions are
    return _read_text(text, clock)


@lru_cache(65_536)
def _read_text(text: str, clock: Clock) -> tuple[int, bool] | None:
    text = text.strip().strip('"')
    if _NUMBER.fullmatch(text):
        return _of_number(text)
    for style in _STYLES:
        found = style.fullmatch(text)
        if found is not None and (read := _of_parts(found.groupdict(), clock)) is not None:
            return read
    return None


def _of_number(text: str) -> tuple[int, bool] | None:
    if len(text) == 14 and text.startswith(("19", "20")):
        return read_time(f"{text[:8]}T{text[8:]}")
    whole, _, fraction = text.partition(".")
    if len(whole) <= 10:  # seconds: all digits of the fraction count
        return int(whole) * 1_000_000 + int((fraction + "000000")[:6]), True
    moment = record_time(whole)
    return None if moment is None else ((moment - _EPOCH) // _MICROSECOND, True)


def _of_parts(parts: Mapping[str, str | None], clock: Clock) -> tuple[int, bool] | None:
    get = parts.get
    month = _MONTHS.get((get("b") or "").lower()) if "b" in parts else int(get("m") or 0)
    zone_text = get("z") or get("z2")
    zone = zone_of(zone_text) if zone_text else None
    hour = int(get("h") or 0)
    if (half := (get("ap") or "").lower()) and hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        moment = datetime(
            _year(get("y"), clock), month or 0, int(get("d") or 0),
            hour, int(get("mi") or 0), min(59, int(get("s") or 0)),
            int(((get("f") or "") + "000000")[:6]), tzinfo=zone or clock.zone or UTC,
        )  # fmt: skip
        if get("y") is None and clock.reference is not None:
            moment = _not_in_the_future(moment, clock.reference)
        utc = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return (utc - _EPOCH) // _MICROSECOND, zone is not None


def _year(text: str | None, clock: Clock) -> int:
    if text is None:
        return (clock.reference or datetime.now(UTC)).year
    return int(text) + 2000 if len(text) == 2 else int(text)


def _not_in_the_future(moment: datetime, reference: datetime) -> datetime:
    late = moment.astimezone(UTC).replace(tzinfo=None) - reference > timedelta(days=1)
    return moment.replace(year=moment.year - 1) if late else moment

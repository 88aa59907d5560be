"""A time axis: where a moment lies between two ends, in percent, and where its ticks stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from certhound.outputs.words import utc

_STEPS_S = (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600)
_EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday, so that ticks of weeks stand on Mondays
_LEAST = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis in percent and its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``first`` to ``last`` (UTC, ``last`` later)."""

    first: datetime
    last: datetime

    def at(self, moment: datetime) -> float:
        """Percent from the left, from 0 to 100; moments outside lie at the ends."""
        share = (utc(moment) - self.first) / (self.last - self.first)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def ticks(self, most: int = 6) -> list[Tick]:
        """At most ``most`` and a few ticks at round moments."""
        length = (self.last - self.first).total_seconds()
        step = next((each for each in _STEPS_S if length / each <= most), None)
        if step is None:
            return self._years(most) if length > 86_400 * 365 * 2 else self._months(most)
        count = int((self.first - _EPOCH).total_seconds() // step) + 1
        marks = []
        while (place := _EPOCH + timedelta(seconds=count * step)) < self.last:
            marks.append(Tick(self.at(place), _label(place, step)))
            count += 1
        return marks

    def _months(self, most: int) -> list[Tick]:
        first = self.first.year * 12 + self.first.month
        last = self.last.year * 12 + self.last.month - 1
        every = max(1, -(-(last - first + 1) // most))
        places = (datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in range(first, last + 1) if n % every == 0)
        return [Tick(self.at(place), place.strftime("%b %Y")) for place in places]

    def _years(self, most: int) -> list[Tick]:
        every = max(1, -(-(self.last.year - self.first.year) // most))
        years = [year for year in range(self.first.year + 1, self.last.year + 1) if year % every == 0]
        return [Tick(self.at(datetime(year, 1, 1, tzinfo=UTC)), f"{year:04d}") for year in years]


def _label(place: datetime, step: int) -> str:
    if step >= 86_400 or (place.hour, place.minute, place.second) == (0, 0, 0):
        return f"{place:%b} {place.day}"
    return f"{place:%H:%M:%S}" if step < 60 else f"{place:%H:%M}"


def axis_over(moments: Iterable[datetime | None], margin: float = 0.0) -> Axis | None:
    """The axis that covers all moments, with a margin as a share of its length; None where there is none."""
    known = [utc(each) for each in moments if each is not None]
    if not known:
        return None
    first, last = min(known), max(known)
    spare = max((last - first) * margin, (_LEAST - (last - first)) / 2, timedelta())
    return Axis(_shifted(first, -spare), _shifted(last, spare))


def _shifted(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # a certificate may be valid from year 1 or until 9999
        return moment

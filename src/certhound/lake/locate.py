"""Finding the line of a record whose time or id is known, without reading the whole file again.

Sensors write their logs nearly in order of time, so the place is found by bisection over the bytes of the file and a
look around it; where that fails the file is searched from its beginning. Compressed files are not searched: the file is
named, the line is not.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from certhound.query.functions.records import record_time
from certhound.query.functions.time import EPOCH
from certhound.query.plan import Compression, Layout, ReadPlan

AROUND_BYTES = 8 * 1024 * 1024
SLACK = timedelta(minutes=10)
MAX_FULL_SEARCHES = 50
"""Searches from the beginning that one file gets; beyond them the line is not named."""

_NEAR_BYTES = 96 * 1024
BLOCK_BYTES = 256 * 1024
"""Newlines are counted by blocks of this size."""

_FORGET_AFTER = 64
_JSON_TIME = re.compile(rb'"(?:ts|timestamp)"\s*:\s*"?([^",}]+)')
_ZONE = re.compile(rb'"timestamp"\s*:\s*"[^"+]{10,40}([+-])(\d\d):?(\d\d)"')


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A record's physical line, and its number among the records; both from 1."""

    line: int
    record: int


def locate(plan: ReadPlan, uids: Mapping[str, datetime | None]) -> dict[str, PlaceFound]:
    """The places of these session ids in a plan's file; those that cannot be found are missing."""
    with _mapped(plan) as finder:
        return {} if finder is None else finder.find(uids)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record known by its time and by texts that stand in its line."""

    time: datetime
    texts: tuple[str, ...] = ()


def locate_times(
    plan: ReadPlan, records: Iterable[Seen], newlines: Sequence[int] | None = None
) -> dict[Seen, PlaceFound]:
    """The places of these records in a plan's file; those that cannot be found are missing.

    ``newlines``: how many there are up to the end of each block of BLOCK_BYTES, where somebody has counted already.
    """
    with _mapped(plan) as finder:
        if finder is None:
            return {}
        finder.blocks = list(newlines or ())
        return finder.find_times(records)


@contextmanager
def _mapped(plan: ReadPlan) -> Iterator[_Finder | None]:
    """A finder over a plan's file; None for a file that cannot be searched."""
    segment = plan.segment
    path = Path(plan.file)
    with ExitStack() as stack:
        finder = None
        with suppress(OSError, ValueError):
            if (segment is None or segment.compression is Compression.NONE) and path.stat().st_size:
                stream = stack.enter_context(path.open("rb"))
                if stream.read(2) != b"\x1f\x8b":
                    data = stack.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
                    finder = _Finder(data, plan)
        yield finder


class _Finder:
    """Search in one mapped file; newlines are counted once, block by block."""

    def __init__(self, data: mmap.mmap, plan: ReadPlan) -> None:
        self.data = data
        self.is_json = plan.segment is not None and plan.segment.layout is Layout.JSON_LINES
        self.first_line = plan.segment.first_line if plan.segment else 1
        self.searches = 0
        self.blocks: list[int] = []

    def find(self, uids: Mapping[str, datetime | None]) -> dict[str, PlaceFound]:
        found: dict[str, PlaceFound] = {}
        for uid, time in uids.items():
            offset = self._offset(uid.encode(), time)
            if offset >= 0:
                line = self._line_of(offset)
                found[uid] = PlaceFound(line, max(1, line - self.first_line + 1))
        return found

    def find_times(self, records: Iterable[Seen]) -> dict[Seen, PlaceFound]:
        found: dict[Seen, PlaceFound] = {}
        for number, record in enumerate(records):
            if number % _FORGET_AFTER == 0:
                self._forget()
            offset = self._offset_of(record)
            if offset >= 0:
                line = self._line_of(offset)
                found[record] = PlaceFound(line, max(1, line - self.first_line + 1))
        return found

    def _forget(self) -> None:
        """Let go of the pages that were looked at: otherwise all of a large file counts as the process's own memory."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self.data.madvise(mmap.MADV_DONTNEED)

    def _offset_of(self, record: Seen) -> int:
        """The first line near its time that has the time's digits and the texts; first close by, then farther off."""
        near = self._bisect(record.time.replace(tzinfo=None))
        for around in (_NEAR_BYTES, 16 * _NEAR_BYTES, AROUND_BYTES):
            start, end = max(0, near - around), near + around
            for digits in _spellings(record.time, self._zone(near)):
                at = self.data.find(digits, start, end)
                while at >= 0:
                    line_start = self.data.rfind(b"\n", 0, at) + 1
                    line_end = self.data.find(b"\n", at)
                    line = self.data[line_start : line_end if line_end >= 0 else len(self.data)]
                    if all(text.encode() in line for text in record.texts):
                        return line_start
                    at = self.data.find(digits, at + 1, end)
        return -1

    def _zone(self, near: int) -> timedelta:
        """By how much the clock of the sensor that wrote these lines is ahead of UTC."""
        found = _ZONE.search(self.data, near, near + _NEAR_BYTES) if self.is_json else None
        if found is None:
            return timedelta()
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return ahead if found[1] == b"+" else -ahead

    def _offset(self, uid: bytes, time: datetime | None) -> int:
        if time is not None:
            moment = time.replace(tzinfo=None)
            start = self._bisect(moment - SLACK)
            offset = self.data.find(uid, start, start + AROUND_BYTES)
            if offset < 0:
                near = self._bisect(moment)
                offset = self.data.find(uid, max(0, near - AROUND_BYTES), near + AROUND_BYTES)
            if offset >= 0:
                return offset
        self.searches += 1
        return self.data.find(uid) if self.searches <= MAX_FULL_SEARCHES else -1

    def _bisect(self, moment: datetime) -> int:
        """The first byte from which on lines are probably not before a moment."""
        low, high = 0, len(self.data)
        while high - low > 65_536:
            middle = (low + high) // 2
            start = self.data.find(b"\n", middle, high) + 1
            time = self._time_at(start) if start else None
            if time is None or time >= moment:
                high = middle
            else:
                low = middle
        return low

    def _time_at(self, start: int) -> datetime | None:
        line = self.data[start : start + 4096].split(b"\n", 1)[0]
        if self.is_json:
            match = _JSON_TIME.search(line)
            value = match.group(1) if match else b""
        else:
            value = line.split(b"\t", 1)[0]
        return record_time(value.decode("ascii", "replace"))

    def _line_of(self, offset: int) -> int:
        """Physical line of an offset: whole blocks from the running count, the rest counted."""
        while len(self.blocks) <= offset // BLOCK_BYTES:
            index = len(self.blocks)
            before = self.blocks[-1] if self.blocks else 0
            if index % _FORGET_AFTER == 0:
                self._forget()
            self.blocks.append(before + self.data[index * BLOCK_BYTES : (index + 1) * BLOCK_BYTES].count(b"\n"))
        block = offset // BLOCK_BYTES
        before = self.blocks[block - 1] if block else 0
        return before + self.data[block * BLOCK_BYTES : offset].count(b"\n") + 1


def _spellings(time: datetime, zone: timedelta) -> tuple[bytes, ...]:
    """How sensors write a moment: seconds since 1970 with six digits or without closing zeros, or ISO 8601."""
    micros = (time.replace(tzinfo=None) - EPOCH) // timedelta(microseconds=1)
    seconds = f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
    short = seconds.rstrip("0").rstrip(".")
    iso = [f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in (time + zone, time)]
    return tuple(text.encode() for text in dict.fromkeys((seconds, short, *iso)))

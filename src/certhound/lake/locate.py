"""Finding the line of a record whose session id is known, without reading the whole file again.

Sensors write their logs nearly in order of time, so the place is found by bisection over the bytes of the file and a look
around it; where that fails the file is searched from its beginning. Compressed files are not searched: the file is named,
the line is not.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from certhound.query.functions.records import record_time
from certhound.query.plan import Compression, Layout, ReadPlan

AROUND_BYTES = 8 * 1024 * 1024
SLACK = timedelta(minutes=10)
MAX_FULL_SEARCHES = 50
"""Searches from the beginning that one file gets; beyond them the line is not named."""

_JSON_TIME = re.compile(rb'"ts"\s*:\s*"?([^",}]+)')


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A record's physical line, and its number among the records; both from 1."""

    line: int
    record: int


def locate(plan: ReadPlan, uids: Mapping[str, datetime | None]) -> dict[str, PlaceFound]:
    """The places of these session ids in a plan's file; those that cannot be found are missing."""
    segment = plan.segment
    path = Path(plan.file)
    try:
        if (segment is not None and segment.compression is not Compression.NONE) or path.stat().st_size == 0:
            return {}
        with path.open("rb") as stream:
            if stream.read(2) == b"\x1f\x8b":
                return {}
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Finder(data, plan).find(uids)
    except (OSError, ValueError):
        return {}


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
        size = 1 << 20
        while len(self.blocks) <= offset // size:
            index = len(self.blocks)
            before = self.blocks[-1] if self.blocks else 0
            self.blocks.append(before + self.data[index * size : (index + 1) * size].count(b"\n"))
        block = offset // size
        before = self.blocks[block - 1] if block else 0
        return before + self.data[block * size : offset].count(b"\n") + 1

"""Reading MaxMind DB files (``.mmdb``), of which many geographic databases are: an address to its record.

Source: MaxMind DB File Format Specification 2.0. A file from anywhere may be read: sizes and depth are bounded, and
what does not hold together is a located error.
"""

from __future__ import annotations

import ipaddress
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any

from certhound.model.errors import ContentError, Place, UnreadableError

_MARKER = b"\xab\xcd\xefMaxMind.com"
_MAX_BYTES = 1 << 30
_MAX_DEPTH = 32
_MAX_ITEMS = 65_536
_MAX_VALUES = 100_000
"""Most values of one record, those that pointers repeat counted again."""


class MaxMindFile:
    """One database, held in memory. Raises located errors for files that cannot be read or are damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise self.damaged("larger than 1 GiB")
            self.data = path.read_bytes()
        except OSError as error:
            raise UnreadableError(error.strerror or str(error), check="unreadable", place=Place(str(path))) from None
        start = self.data.rfind(_MARKER)
        if start < 0:
            raise self.damaged("no MaxMind database: its metadata is missing")
        self.base = start + len(_MARKER)
        self.spent = 0
        metadata, _ = self.value(self.base, 0)
        if not isinstance(metadata, dict):
            raise self.damaged("its metadata is no map")
        self.nodes = self.number(metadata, "node_count", 1 << 31)
        self.size = self.number(metadata, "record_size", 32)
        self.version = self.number(metadata, "ip_version", 6)
        if self.size not in (24, 28, 32) or self.version not in (4, 6):
            raise self.damaged("a layout that is not known")
        self.base = self.nodes * self.size // 4 + 16
        if self.base > start:
            raise self.damaged("its tree is longer than the file")

    def damaged(self, text: str) -> ContentError:
        return ContentError(text, check="geo-file", place=Place(str(self.path)))

    def number(self, metadata: dict[str, Any], key: str, most: int) -> int:
        value = metadata.get(key)
        if not isinstance(value, int) or not 0 < value <= most:
            raise self.damaged(f"its metadata has no {key}")
        return value

    def record(self, text: str) -> dict[str, Any] | None:
        """The record of an address, None where there is none."""
        address = ipaddress.ip_address(text.partition("%")[0])
        bits = 128 if self.version == 6 else 32
        if address.version == 6 and self.version == 4:
            return None
        node, number = 0, int(address)
        for bit in range(bits - 1, -1, -1):
            node = self.child(node, number >> bit & 1)
            if node >= self.nodes:
                break
        if node <= self.nodes:
            return None
        self.spent = 0
        found, _ = self.value(self.base + node - self.nodes - 16, 0)
        return found if isinstance(found, dict) else None

    def child(self, node: int, side: int) -> int:
        width = self.size // 4
        raw = self.data[node * width : node * width + width]
        if self.size == 28:
            high = raw[3] >> 4 if side == 0 else raw[3] & 15
            return high << 24 | int.from_bytes(raw[:3] if side == 0 else raw[4:], "big")
        half = width // 2
        return int.from_bytes(raw[:half] if side == 0 else raw[half:], "big")

    # values

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        """The value at an offset, and where the next one begins."""
        self.spent += 1
        if self.spent > _MAX_VALUES:
            raise self.damaged("a record of it is too large")
        if depth > _MAX_DEPTH or not 0 <= at < len(self.data):
            raise self.damaged("its data points outside of it")
        control = self.data[at]
        at += 1
        kind = control >> 5
        if kind == 1:
            return self.pointer(control, at, depth)
        if kind == 0:
            kind, at = 7 + self.byte(at), at + 1
        size, at = self.length(control & 31, at)
        return self.of_kind(kind, size, at, depth)

    def byte(self, at: int) -> int:
        if at >= len(self.data):
            raise self.damaged("its data ends too early")
        return self.data[at]

    def length(self, size: int, at: int) -> tuple[int, int]:
        if size < 29:
            return size, at
        extra = size - 28
        base = {1: 29, 2: 285, 3: 65_821}[extra]
        return base + int.from_bytes(self.data[at : at + extra], "big"), at + extra

    def pointer(self, control: int, at: int, depth: int) -> tuple[Any, int]:
        size = (control >> 3 & 3) + 1
        raw = int.from_bytes(self.data[at : at + size], "big")
        if size < 4:
            raw |= (control & 7) << 8 * size
        target = raw + {1: 0, 2: 2048, 3: 526_336, 4: 0}[size]
        found, _ = self.value(self.base + target, depth + 1)
        return found, at + size

    def of_kind(self, kind: int, size: int, at: int, depth: int) -> tuple[Any, int]:
        if kind in (7, 11):
            if size > _MAX_ITEMS:
                raise self.damaged("a list of it is too long")
            return self.items(kind == 7, size, at, depth)
        if kind == 14:
            return bool(size), at
        raw = self.data[at : at + size]
        if len(raw) < size:
            raise self.damaged("its data ends too early")
        match kind:
            case 2:
                return raw.decode("utf-8", "replace"), at + size
            case 3 if size == 8:
                return struct.unpack(">d", raw)[0], at + size
            case 15 if size == 4:
                return struct.unpack(">f", raw)[0], at + size
            case 4:
                return raw.hex(), at + size
            case 5 | 6 | 8 | 9 | 10:
                return int.from_bytes(raw, "big", signed=kind == 8 and size == 4), at + size
        raise self.damaged(f"a value of the unknown kind {kind}")

    def items(self, is_map: bool, size: int, at: int, depth: int) -> tuple[Any, int]:
        if not is_map:
            values = []
            for _ in range(size):
                value, at = self.value(at, depth + 1)
                values.append(value)
            return values, at
        pairs = {}
        for _ in range(size):
            key, at = self.value(at, depth + 1)
            pairs[str(key)], at = self.value(at, depth + 1)
        return pairs, at


@lru_cache(maxsize=4)
def open_maxmind(path: Path) -> MaxMindFile:
    """A database, read once."""
    return MaxMindFile(path)


_NAMES = ("city", "continent", "country", "registered_country", "represented_country")


def fact(record: dict[str, Any], key: str) -> str | None:
    """One fact of a record as GEO::LOOKUP_TEXT names it: ``country_name``, ``country_iso_code``, ``latitude``, …"""
    for name in _NAMES:
        part = record.get(name)
        if key.startswith(f"{name}_") and isinstance(part, dict):
            wanted = key.removeprefix(f"{name}_")
            value = part.get("names", {}).get("en") if wanted == "name" else part.get(wanted)
            return None if value is None else str(value)
    part = record.get("location")
    value = part.get(key) if isinstance(part, dict) else None
    value = record.get(key) if value is None else value
    return None if value is None or isinstance(value, dict | list) else str(value)

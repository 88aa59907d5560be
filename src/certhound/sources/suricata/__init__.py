"""Suricata: EVE JSON, one file for all kinds of records, nested or flattened, as written or as shippers pass it on."""

from __future__ import annotations

import re

from certhound.model.columns import Kind
from certhound.query.plan import Layout, RawColumn, ReadPlan, Segment
from certhound.sources.contract import NotMine, Recognised
from certhound.sources.files import InputFile, Line, decode
from certhound.sources.suricata.mapping import mixed_shape
from certhound.sources.suricata.names import INTERIOR, KNOWN, LISTS, Path, canonical, element_path, flatten
from certhound.sources.suricata.reader import read_carefully, read_record
from certhound.sources.suricata.records import Found, Splitter, is_spread, unwrapped
from certhound.sources.zeek.json_text import Record

_CUT = re.compile(r'\s*(?:<[^{]*)?\{"timestamp"\s*:\s*"[^"]+",.{0,400}"event_type"\s*:\s*"', re.DOTALL)
_WORD = re.compile(r"\w+")
"""What kinds of records are called; Elastic's ``event.type`` is a list."""


class Suricata:
    """Recognises EVE by ``event_type`` beside a time, an address or a flow, wherever a shipper put them."""

    name = "suricata"

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        head = decode(file.head)[0].removeprefix("\ufeff")
        spread = is_spread(head)
        found = sample(file.head, truncated=file.truncated_head, spread=spread)
        if not any(_is_eve(unwrapped(each.record)) for each in found) and not _CUT.match(head):
            return NotMine()
        segment = None if spread or not file.has_plain_name else _segment(file, found)
        plan = ReadPlan(
            file.path,
            mixed_shape(),
            lambda: read_carefully(file, spread=spread),
            segment,
            size=file.size,
            mixed=True,
        )
        return Recognised("suricata", (plan,))


def sample(head: bytes, *, truncated: bool, spread: bool) -> list[Found]:
    """The whole objects of a head."""
    splitter = Splitter(spread)
    rows = head.split(b"\n")
    whole = rows[:-1] if truncated and len(rows) > 1 else rows
    items = [item for number, row in enumerate(whole, 1) for item in splitter.feed(Line(number, row.rstrip(b"\r")))]
    return [item for item in items if isinstance(item, Found)]


def _is_eve(record: Record) -> bool:
    values, _ = read_record(record)
    if "timestamp" not in values or _WORD.fullmatch(str(values.get("event_type", ""))) is None:
        return False
    if "ecs" in record and "flow_id" not in values:
        return False  # another product's document, whose event.type looks like a name of Suricata's
    return any(name in values for name in ("flow_id", "src_ip")) or values["event_type"] in ("stats", "engine")


def _segment(file: InputFile, found: list[Found]) -> Segment | None:
    """Every known field in the spelling that the head uses; what a bulk reader cannot see is for the careful one.

    That is a field in two spellings, a record inside a text, a header before a record, an object that is a value.
    """
    spelling: dict[str, Path] = {}
    for each in found:
        if each.host is not None or unwrapped(each.record) is not each.record or "event_type" not in each.record:
            return None
        for path, value in flatten(each.record):
            name, _ = canonical(path)
            if value is None or name not in KNOWN or value == {}:
                continue
            if spelling.setdefault(name, path) != path:
                return None
    if len(spelling) < 2 or spelling.keys() & INTERIOR - {"host"}:
        return None
    return Segment(file.path, Layout.JSON_LINES, _columns(spelling), file.compression, hex_escapes=False)


def _columns(spelling: dict[str, Path]) -> tuple[RawColumn, ...]:
    """A column for each known field; where one would be an object and a value, what the head shows counts."""
    style = _style(spelling)
    paths = {name: spelling.get(name) or _spelt(name, style) for name in KNOWN - {"log_host", "dns_queries_types"}}
    paths["dns_queries_types"] = paths["dns_queries"]
    objects = {path[:length] for path in paths.values() for length in range(1, len(path))}
    there = {name: (*path, *element_path(name)) for name, path in paths.items() if path not in objects}
    return tuple(
        RawColumn(name, there.get(name, (f"no {name}",)), Kind.LIST if name in LISTS else Kind.TEXT)
        for name in sorted(KNOWN)
    )


def _style(spelling: dict[str, Path]) -> str:
    """What stands between the parts of a name: nothing (objects in objects), a dot, or an underscore."""
    flat = [path[0] for name, path in spelling.items() if len(_PARTS[name]) > 1 and len(path) == 1]
    if not flat:
        return ""
    return "." if any("." in key for key in flat) else "_"


def _spelt(name: str, style: str) -> Path:
    """How a field that the head does not show would be spelt."""
    return (style.join(_PARTS[name]),) if style else _PARTS[name]


_TOP = ("tls_server_handshake", "tls_client", "tls_ja3s", "tls_ja3", "quic_ja3s", "quic_ja3", "dns_grouped")
_OBJECTS = ("tls", "quic", "http", "dns", "flow", "alert", "fileinfo")


def _path_of(name: str) -> Path:
    for prefix in (*_TOP, *_OBJECTS):
        if name.startswith(prefix + "_") and name not in ("flow_id", "tls_client_alpns"):
            above = prefix.split("_", 1)
            return (*above, name[len(prefix) + 1 :])
    if name == "tls_client_alpns":
        return ("tls", "client_alpns")
    return (name,)


_PARTS = {name: _path_of(name) for name in KNOWN}

SOURCE = Suricata()

"""Records that are read in bulk come out as those that are read one by one, whatever vendor they are of."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
import test_sources_defender
import test_sources_ecs
import test_sources_netskope
import test_sources_squid
import test_sources_zscaler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_vendors_hostile import NASTY
from vendor_rows import rows_of_batch

from certhound.query.plan import Rejected
from certhound.sources.envelopes import bulk
from certhound.sources.envelopes.bulk import json_lines, pairs
from certhound.sources.envelopes.reader import read_file
from certhound.sources.envelopes.reads import Read
from certhound.sources.envelopes.record import Form
from certhound.sources.envelopes.tables import header_of
from certhound.sources.envelopes.vendor import Vendor
from certhound.sources.files import Unreadable, open_input
from certhound.sources.vendors import vendors

JSON_VENDORS = [vendor for vendor in vendors() if Form.JSON in vendor.forms]
TABLE_VENDORS = [vendor for vendor in vendors() if Form.TABLE in vendor.forms]
MODULES = (test_sources_ecs, test_sources_netskope, test_sources_squid, test_sources_zscaler)
LIKELY = (
    "10.1.2.3", "::ffff:192.0.2.1", "443", "1795514400000", "2026-11-24T10:00:00.123Z", "2026-11-24 10:00:00",
    "Nov 24 2026 10:00:00 GMT", "www.example.test", "https://www.example.test/a?b=c", "Allowed", "Blocked", "SSL",
    "TLS1_2", "Pass", "Fail", "No", "Yes", "None", "N/A", "a" * 40, "B" * 64, "C:\\Windows\\x.exe", 'say "no"',
    "/C=DE/CN=x", "CN=a,O=b", "4688", "Security", "1", "TCP_MISS/200", "bump", "AdvancedHunting-DeviceEvents", "é",
    "zscalernss-web", "Zscaler", "{}", "alice",
)  # fmt: skip
SOME = (
    "EventID", "Channel", "winlog.event_id", "winlog.channel", "sourcetype", "vendor", "category", "Type", "Timestamp",
    "ActionType", "AdditionalFields", "message", "_raw", "payload", "name", "unixTime", "calendarTime", "qid", "action",
    "columns.path", "event.vendor", "result", "values", "url", "starttime", "sourceip", "destinationip", "a.b", "a",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _everything_in_bulk() -> Iterator[None]:
    with patch.object(json_lines, "LEAST", 2), patch.object(pairs, "LEAST", 2):
        yield


def agree(content: str, folder: Path) -> None:
    """The same rows and rejects come out of both ways."""
    path = folder / "input.log"
    path.write_text(content, "utf-8", newline="")
    with patch.object(bulk, "FROM_BYTES", 1 << 60):
        carefully = _read(path)
    with patch.object(bulk, "FROM_BYTES", 0):
        in_bulk = _read(path)
    for one, other in zip(carefully[0], in_bulk[0], strict=True):
        assert one == other
    assert carefully == in_bulk


def _read(path: Path) -> tuple[list[dict[str, Any]], list[Rejected]]:
    file = open_input(path)
    assert not isinstance(file, Unreadable)
    lines = path.read_text("utf-8").split("\n", 2)
    told = "|" in lines[0] or lines[0][:1] == "{" or len(lines) < 2
    columns = None if told else header_of(lines[0], lines[1])
    begins = frozenset(b"<LCN" if "|" in lines[0] else b"{")
    found = list(read_file(file, vendors(), columns, begins))
    rows = [row for each in found if not isinstance(each, Rejected) for row in rows_of_batch(each)]
    rejected = [each for each in found if isinstance(each, Rejected)]
    for row in rows:
        row["fields"] = dict(row["fields"])
    return sorted(rows, key=lambda row: int(row["record"])), sorted(rejected, key=lambda each: each.record or 0)


def _keys(vendor: Vendor) -> list[str]:
    keys = {key for log in vendor.logs for read in log.columns.values() if isinstance(read, Read) for key in read.keys}
    keys |= {key for log in vendor.logs for spelling in log.time.spellings for key in spelling}
    return sorted(keys | set(SOME))


def _value(rng: random.Random, *, text: bool) -> Any:
    kind = rng.random()
    if text or kind < 0.7:
        return rng.choice(LIKELY if rng.random() < 0.85 else NASTY)
    return rng.choice(
        (None, True, False, 0, 7, -1, 443, 1.5, 1e3, -0.0, 10**20, [], ["a", "b"], {}, {"x": "y", "z": 1})
    )


def _records(rng: random.Random, vendor: Vendor, count: int, *, text: bool) -> list[dict[str, Any]]:
    keys = _keys(vendor)
    layouts = [rng.sample(keys, min(len(keys), rng.randint(2, 12))) for _ in range(3)]
    pool = {key: [_value(rng, text=text) for _ in range(3)] for key in keys}
    return [{key: rng.choice(pool[key]) for key in rng.choice(layouts)} for _ in range(count)]


def _nested(record: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Some keys with dots as objects."""
    made: dict[str, Any] = {}
    for key, value in record.items():
        outer, dot, inner = key.partition(".")
        if dot and isinstance(made.setdefault(outer, {}), dict) and rng.random() < 0.9:
            made[outer][inner] = value
        else:
            made[key] = value
    return made


def _damaged(line: str, rng: random.Random) -> str:
    kind = rng.randrange(14)
    at = rng.randrange(len(line) + 1)
    return {
        0: line[:at], 1: line[:at] + "\\u0041" + line[at:], 2: f" {line}", 3: f"{line} ", 4: f"{line},", 5: line + line,
        6: line[:at] + rng.choice('"\\{}[]:,\t\x01') + line[at:], 7: line.replace(": ", ":  "), 8: "", 9: "plain text",
    }.get(kind, line)  # fmt: skip


def _json(records: list[dict[str, Any]], rng: random.Random) -> str:
    compact = rng.random() < 0.5
    separators = (",", ":") if compact else None
    nested = rng.random() < 0.7
    lines = [
        json.dumps(_nested(each, rng) if nested else each, ensure_ascii=False, separators=separators)
        for each in records
    ]
    return "\n".join(_damaged(line, rng) if rng.random() < 0.05 else line for line in lines)


def _table(records: list[dict[str, Any]], rng: random.Random) -> str:
    names = list(dict.fromkeys(key for each in records[:1] for key in each))
    stream = io.StringIO()
    quoting: Any = rng.choice((csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC))
    writer = csv.writer(stream, delimiter=rng.choice(",\t"), quoting=quoting, lineterminator=rng.choice(("\n", "\r\n")))
    writer.writerow(names)
    for each in records:
        writer.writerow([each.get(name, "") for name in names])
        if rng.random() < 0.03:
            stream.write(rng.choice(('"a,b\n', "a\n", ",,\n", 'x"y,"z"\n', "\n", '{"a": 1}\n', f"{','.join(names)}\n")))
    return stream.getvalue()


PLAIN = {
    "json": '{{"starttime": 1795514400{0:03}, "qid": 1, "sourceip": "10.0.0.{0}", "a": {{"b": "C:\\\\x"}}, "n": null}}',
    "zscaler": '{{"sourcetype": "zscalernss-web", "datetime": "Tue Nov 24 10:00:0{0} 2026", "u": "h{0}.test/"}}',
    "csv": '"1795514400{0:03}","1","10.0.0.{0}","a,b"',
    "leef": "<13>Nov 24 10:00:00 gw1 LEEF:1.0|Zscaler|NSS|4.1|Allowed|devTime=Nov 24 2026 10:00:00 GMT\tsrc=10.0.0.{0}",
    "cef": "<13>Nov 24 10:00:00 gw1 CEF:0|Fortinet|Fortigate|v7|13|x|3|src=10.0.0.{0} act=accept msg=a b/?c=d",
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_records_are_read_in_bulk(name: str, tmp_path: Path) -> None:
    text = "".join(PLAIN[name].format(number) + "\n" for number in range(9))
    agree(("starttime,qid,sourceip,x\n" if name == "csv" else "") + text, tmp_path)
    file = open_input(tmp_path / "input.log")
    assert not isinstance(file, Unreadable)
    columns = header_of("starttime,qid,sourceip,x", "") if name == "csv" else None
    with patch.object(bulk, "FROM_BYTES", 0):
        found = list(read_file(file, vendors(), columns, frozenset(text.encode()[:1])))
    assert all(not isinstance(each, Rejected) and isinstance(each.payloads, pa.Array) for each in found)


@pytest.mark.parametrize("vendor", JSON_VENDORS, ids=lambda vendor: str(vendor.name))
@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_of_a_vendor(vendor: Vendor, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    agree(_json(_records(rng, vendor, 50, text=False), rng), tmp_path)


@pytest.mark.parametrize("vendor", TABLE_VENDORS, ids=lambda vendor: str(vendor.name))
@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_of_a_vendor(vendor: Vendor, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    found = _records(rng, vendor, 1, text=True)[0] | {"qid": "1", "starttime": "2", "sourceip": "10.0.0.1"}
    records = [found] + [{key: rng.choice((found[key], _value(rng, text=True))) for key in found} for _ in range(40)]
    agree(_table(records, rng), tmp_path)


HEADS = {
    Form.LEEF: ("LEEF:1.0|Zscaler|NSS|4.1|Allowed|", "LEEF:1.0|Vendor|Product|1|E 1|", "LEEF:2.0|Vendor|P|1|E|\t|",
                "LEEF:1.0|Palo Alto Networks|PAN-OS Syslog Integration|8.1|trojan|", "LEEF:1.0|x|y|"),
    Form.CEF: ("CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|", "CEF:0|Fortinet|Fortigate|v7.4|00013|traffic|3|",
               "CEF:0|Palo Alto Networks|PAN-OS|10|end|TRAFFIC|1|", "CEF:0|Vendor|Product|1|E|N \\| x|5|",
               "CEF: 1|Check Point|VPN-1 & FireWall-1|Check Point|Log|https|Unknown|", "CEF:0|a|b|"),
}  # fmt: skip
AHEAD = ("<134>Nov 24 10:00:00 gw1 ", "<134>1 2026-11-24T10:00:00Z gw1 app 7 - - ", "", "Nov 24 10:00:01 gw|2 ", "{x} ")


def _pairs(records: list[dict[str, Any]], rng: random.Random, form: Form) -> str:
    separator = "\t" if form is Form.LEEF else " "
    heads = rng.sample(HEADS[form], 2)
    ahead = rng.sample(AHEAD, 2)
    lines = []
    for each in records:
        values = [
            f"{key.replace(' ', '')}={str(value).replace(chr(10), ' ').replace(chr(9), ' ')}"
            for key, value in each.items()
        ]
        line = rng.choice(ahead) + rng.choice(heads) + separator.join(values)
        lines.append(_damaged(line, rng) if rng.random() < 0.05 else line)
    return "\n".join(lines)


@pytest.mark.parametrize("form", [Form.LEEF, Form.CEF])
@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pairs(form: Form, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    vendor = rng.choice([vendor for vendor in vendors() if form in vendor.forms])
    agree(_pairs(_records(rng, vendor, 50, text=True), rng, form), tmp_path)


CASES = [case for module in MODULES for case in module.CASES if case.text.lstrip()[:1] == "{"]
ROWS = [
    *(test_sources_defender.streamed(table, row) for table, (row, _) in test_sources_defender.CASES.items()),
    *(json.dumps({**row, "Type": table}) for table, (row, _) in test_sources_defender.CASES.items()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases_of_vendors(case: Any, tmp_path: Path) -> None:
    agree(f"{case.text.strip()}\n" * 5, tmp_path)


def test_defender(tmp_path: Path) -> None:
    agree("".join(f"{line}\n" * 4 for line in ROWS), tmp_path)

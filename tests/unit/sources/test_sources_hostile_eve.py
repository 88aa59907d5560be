"""Damaged and hostile EVE: every good record kept, every bad one put aside with its line and reason, by both paths."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import eve_logs as e
import pytest
import source_damage as d
from hostile_cases import Case, case

from certhound.lake.rows import Account, events
from certhound.model.profile import Profile
from certhound.query.plan import Rejected

pytestmark = pytest.mark.slow

_ROWS = e.jsonl(e.SESSIONS).split("\n")
J = "\n".join(_ROWS)
"""Records on lines 1 to 6."""


def _line(number: int, text: str) -> str:
    return "\n".join([*_ROWS[: number - 1], text, *_ROWS[number:]])


def _member(text: str, number: int = 2) -> str:
    return _line(number, _ROWS[number - 1][:-1] + "," + text + "}")


def _value(old: str, new: str, number: int = 2) -> str:
    assert old in _ROWS[number - 1]
    return _line(number, _ROWS[number - 1].replace(old, new))


_STATS = json.dumps({**e.OTHERS[-1], "stats": {f"x{n}": n for n in range(60_000)}})

CASES: dict[str, Case] = {
    "byte order mark": case("\ufeff" + J),
    "half a line": case(_line(2, _ROWS[1][:100]), 5, (2, "JSON")),
    "half a line at the end": case(J[:-40], 5, (6, "JSON")),
    "half a line to which the next one was appended": case(
        "\n".join([_ROWS[0], _ROWS[1][:100] + _ROWS[2], *_ROWS[3:]]), 4, (2, "JSON")
    ),
    "two objects on one line": case("\n".join([_ROWS[0], _ROWS[1] + _ROWS[2], *_ROWS[3:]])),
    "words behind an object": case(_line(2, _ROWS[1] + " and more"), 6, (2, "behind")),
    "a number for a record": case(_line(2, "5"), 5, (2, "JSON")),
    "an object of nothing": case(_line(2, "{}"), 5, (2, "event_type")),
    "an object of another kind": case(_line(2, '{"hello":"world"}'), 5, (2, "event_type")),
    "a kind that nobody knows": case(_value('"event_type":"tls"', '"event_type":"<b>"')),
    "a kind that is a number": case(_value('"event_type":"tls"', '"event_type":5')),
    "a kind that is an object": case(_value('"event_type":"tls"', '"event_type":{"a":1}')),
    "an empty kind, with its object": case(_value('"event_type":"tls"', '"event_type":""'), 5, (2, "event_type")),
    "a kind that was lost, with its object": case(_value('"event_type":"tls",', "")),
    "a text for an object": case(_line(2, e.line(e.common(1, "tls", tls="x")))),
    "a list for an object": case(_line(2, e.line(e.common(1, "tls", tls=[1, {"sni": "x"}])))),
    "null for an object": case(_line(2, e.line(e.common(1, "tls", tls=None)))),
    "an object for a text": case(_value('"host1.example.net","version"', '{"a":1.50},"version"')),
    "a text for a list": case(_value('["h2"]', '"h2"')),
    "objects in a list of texts": case(_value('["h2"]', '[{"a":1},null,1.50]')),
    "a hash for an object": case(_value(f'{{"hash":"{1:032x}","string":"771,4865,0"}}', f'"{1:032x}"')),
    "an object of nothing for a hash": case(_value(f'{{"hash":"{1:032x}","string":"771,4865,0"}}', "{}")),
    "two spellings of a field": case(_member('"tls.sni":"second.example"')),
    "duplicate keys": case(_member('"src_ip":"203.0.113.9"')),
    "duplicate keys inside": case(_value('"sni":', '"sni":"second.example","sni":')),
    "another spelling later": case(_line(4, e.line(e.underscored(e.SESSIONS[3])))),
    "a shipper's spelling later": case(_line(4, e.line(e.wazuh(e.SESSIONS[3])))),
    "a record in a text later": case(_line(4, e.line(e.splunk(e.SESSIONS[3])))),
    "a syslog header later": case(_line(4, "<134>Nov 14 22:13:20 sensor suricata: " + _ROWS[3])),
    "no time": case(_value('"timestamp":"2023-11-14T22:13:21.123456+0000",', "")),
    "a time that is none": case(_value("2023-11-14T22:13:21.123456+0000", "yesterday")),
    "a time beyond 9999": case(_value("2023-11-14T22:13:21.123456+0000", "99999-11-14T22:13:21")),
    "a certificate that is no base64": case(_value('"server_alpns"', '"certificate":"@@@","server_alpns"')),
    "a chain of junk": case(_value('"server_alpns"', '"chain":["<b>",null,"MAAA",""],"server_alpns"')),
    "a fingerprint that is none": case(_value(e.colons(e.SHA1[1]), "zz:<script>")),
    "a serial of junk": case(_value('"00:AB:C1"', '"-00:xyz"')),
    "a name of separators": case(_value("C=US, O=Example, Inc., CN=host1.example.net", ", , =,=, CN=, ,")),
    "a very long name": case(_value("CN=host1.example.net", "CN=" + "a, O=" * 50_000)),
    "validity that never ends": case(_value("2024-07-03T09:46:40", "9999-12-31T23:59:59")),
    "validity that is absurd": case(_value("2024-07-03T09:46:40", "0000-00-00T99:99:99")),
    "nesting of 100,000 lists": case(_member('"x":' + "[" * 100_000 + "]" * 100_000)),
    "nesting of 100,000 objects": case(_member('"x":' + '{"a":' * 100_000 + "1" + "}" * 100_000)),
    "half of a surrogate pair": case(_value("host1.example.net", "h\\ud800st")),
    "NUL as an escape": case(_value("host1.example.net", "h\\u0000st")),
    "a block of NUL": case(J + "\x00" * 5000, 6, (7, "JSON")),
    "Latin-1": case(_value("host1.example.net", "h@st").encode().replace(b"@", b"\xf6\xff")),
    "control characters": case(_value("host1.example.net", "\\u001b]0;x\\u0007\x1b[2J<script>")),
    "blank lines": case("\n\n" + J.replace("\n", "\n \t\n")),
    "a port beyond 65535": case(_value('"dest_port":443', '"dest_port":99999999999')),
    "an address that is none": case(_value("198.51.100.7", "not-an-address")),
    "an array that does not end": case("[\n" + J.rstrip("\n").replace("\n", ",\n")),
    "Zeek's records behind": case(J + '{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4"}\n', 6, (7, "event_type")),
    "a stats record of a megabyte": case(J + _STATS, 7),
}  # fmt: skip


class Read:
    """All cases read at once; each list by the name of its case."""

    def __init__(self, folder: Path) -> None:
        for name, each in CASES.items():
            (folder / name).write_bytes(each.data)
        account = Account()
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.rejects: dict[str, list[Rejected]] = defaultdict(list)
        for batch in events([folder], Profile(), account):
            for row in batch.to_pylist():
                self.rows[Path(row["origin_file"]).name].append(row)
        for reject in account.rejected:
            self.rejects[Path(reject.file).name].append(reject)
        assert account.inputs is not None
        self.unrecognised = account.inputs.unrecognised
        self.fast, self.careful = (d.outcome([folder], fast=fast) for fast in (True, False))


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    return Read(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("name", CASES)
def test_good_records_are_kept_and_bad_ones_put_aside(name: str, read: Read) -> None:
    expected = CASES[name]
    assert [each.line for each in read.rejects[name]] == [line for line, _ in expected.rejects]
    for reject, (_, word) in zip(read.rejects[name], expected.rejects, strict=True):
        assert word in reject.reason
        assert len(reject.sample) <= 200
    assert len(read.rows[name]) == expected.rows


@pytest.mark.parametrize("name", CASES)
def test_both_paths_count_the_same(name: str, read: Read) -> None:
    expected = (CASES[name].rows, len(CASES[name].rejects))
    assert (read.careful.records[name], read.careful.rejects[name]) == expected
    assert (read.fast.records[name], read.fast.rejects[name]) == expected


@pytest.mark.parametrize("table", d.TABLES)
def test_both_paths_come_to_the_same_tables(table: str, read: Read) -> None:
    assert read.fast.tables[table] == read.careful.tables[table]


def test_every_hostile_log_was_recognised(read: Read) -> None:
    assert read.unrecognised == []


def test_records_untouched_by_damage_keep_their_meaning(read: Read) -> None:
    """No case changes the first record in any way but how it is written."""
    for name, rows in read.rows.items():
        first = min(rows, key=lambda row: (row["origin_line"], row["origin_record"]))
        assert (first["src_ip"], first["src_port"], first["dst_port"]) == ("10.1.0.1", 50000, 443), name
        assert str(first["time"]) == "2023-11-14 22:13:20.123456", name
        assert first["certificate_id"] == f"sha1:{e.SHA1[0]}", name

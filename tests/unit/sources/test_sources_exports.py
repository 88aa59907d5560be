"""Exports of QRadar, Splunk, Elastic and Sentinel: the record inside is read by its own format."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest
from vendor_rows import rows_of

from certhound.lake.inputs import collect
from certhound.lake.rows import events
from certhound.model.profile import Profile

LEEF = (
    "<13>Oct 11 22:14:15 fw LEEF:1.0|Vendor|Product|1|Deny|devTime=Nov 24 2026 10:00:00 GMT\tsrc=10.0.0.1"
    "\tdst=192.0.2.1\tusrName=alice"
)
ZEEK = json.dumps(
    {
        "_path": "ssl", "ts": 1795504633.5, "uid": "C1", "id.orig_h": "10.0.0.1", "id.orig_p": 50000,
        "id.resp_h": "192.0.2.1", "id.resp_p": 443, "version": "TLSv12", "server_name": "a.example",
        "established": True,
    }
)  # fmt: skip
NAMES = (
    "payload utf8(payload) UTF8(payload) Payload payloadAsUTF utf8payload payload_utf8 raw_payload base64(payload)"
).split()


def _quoted(cells: list[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def _wrapped(kind: str, name: str, payloads: list[str]) -> str:
    rows = [
        {"starttime": 1795504633000 + n, "sourceip": "10.9.9.9", "qid": 1, "magnitude": 3, name: payload}
        for n, payload in enumerate(payloads)
    ]
    match kind:
        case "json":
            return json.dumps({"events": rows})
        case "pretty":
            return json.dumps({"events": rows}, indent=2)
        case "array":
            return json.dumps(rows, indent=1)
        case "lines":
            return "\n".join(json.dumps(row) for row in rows)
        case "csv":
            return "\n".join(
                [",".join(f'"{key}"' for key in rows[0]), *(_quoted([str(v) for v in r.values()]) for r in rows)]
            )
        case _:
            from xml.sax.saxutils import escape

            cells = "".join(
                "<event>"
                + "".join(f"<c name={json.dumps(k)}>{escape(str(v))}</c>" for k, v in row.items())
                + "</event>\n"
                for row in rows
            )
            return f"<?xml version='1.0'?><results><events>{cells}</events></results>"


KINDS = ["json", "pretty", "array", "lines", "csv", "xml"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_payload_is_read_by_its_own_format(kind: str, name: str, tmp_path: Path) -> None:
    rows, rejected = rows_of(_wrapped(kind, name, [LEEF, ZEEK]), tmp_path)
    assert not rejected
    assert [row["source"] for row in rows] == ["unrecognised.leef", "zeek.ssl"]
    assert [row["payload"] for row in rows] == [LEEF, ZEEK]
    assert rows[0]["user"] == "alice"


@pytest.mark.parametrize("kind", KINDS)
def test_payload_in_base64(kind: str, tmp_path: Path) -> None:
    encoded = [base64.b64encode(text.encode()).decode() for text in (LEEF, ZEEK)]
    rows, rejected = rows_of(_wrapped(kind, "payload", encoded), tmp_path)
    assert not rejected
    assert [row["payload"] for row in rows] == [LEEF, ZEEK]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_a_payload_keep_their_columns(kind: str, tmp_path: Path) -> None:
    rows, rejected = rows_of(_wrapped(kind, "URL", ["https://a.example/x", "https://b.example/y"]), tmp_path)
    assert not rejected
    assert [row["source"] for row in rows] == ["qradar.event"] * 2
    assert [row["url"] for row in rows] == ["https://a.example/x", "https://b.example/y"]
    assert {row["src_ip"] for row in rows} == {"10.9.9.9"}
    assert rows[0]["time"] == "2026-11-24T07:17:13Z"


def test_csv_of_the_console(tmp_path: Path) -> None:
    text = (
        '"Event Name","Log Source","Event Count","Time","Low Level Category","Source IP","Source Port",'
        '"Destination IP","Destination Port","Username","Magnitude"\n'
        '"Firewall Deny","FW-1 @ 10.0.0.9","1","Nov 24, 2026, 10:00:00 AM","Firewall Deny","10.0.0.1","50000",'
        '"192.0.2.1","443","alice","5"\n'
    )
    [row], rejected = rows_of(text, tmp_path)
    assert not rejected
    assert row["source"] == "qradar.event"
    assert (row["time"], row["time_zone_known"]) == ("2026-11-24T10:00:00Z", False)
    assert (row["src_ip"], row["src_port"], row["dst_ip"], row["dst_port"]) == ("10.0.0.1", 50000, "192.0.2.1", 443)
    assert (row["user"], row["event_type"], row["log_source"]) == ("alice", "Firewall Deny", "FW-1 @ 10.0.0.9")


OTHERS = [
    json.dumps({"preview": False, "result": {"_raw": LEEF, "_time": "2026-11-24 10:00:00", "host": "h"}}),
    json.dumps({"_raw": LEEF, "host": "h"}),
    json.dumps({"_index": "x", "_source": {"event": {"original": LEEF}, "message": "other"}}),
    json.dumps({"took": 1, "hits": {"total": 1, "hits": [{"_index": "x", "_source": {"message": LEEF}}]}}),
    json.dumps({"TimeGenerated": "2026-11-24T10:00:00Z", "Computer": "c", "SyslogMessage": LEEF}),
    '"_time","host","_raw"\n' + _quoted(["2026-11-24 10:00:00", "h", LEEF]),
    json.dumps({"@timestamp": "2026-11-24T10:00:00Z", "message": LEEF, "host": {"name": "h"}}, indent=4),
]


@pytest.mark.parametrize("text", OTHERS)
def test_exports_of_others(text: str, tmp_path: Path) -> None:
    [row], rejected = rows_of(text, tmp_path)
    assert not rejected
    assert (row["source"], row["payload"], row["src_ip"]) == ("unrecognised.leef", LEEF, "10.0.0.1")


def test_members_of_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/fw.log", LEEF + "\n")
        archive.writestr("b.json", ZEEK + "\n")
        archive.writestr("notes.txt", "nothing to see\n")
    inputs = collect([tmp_path])
    assert [(Path(file.path).name, taken.source) for file, taken in inputs.recognised] == [
        ("fw.log", "envelopes"),
        ("b.json", "zeek.ssl"),
    ]
    assert [Path(name).name for name, _ in inputs.unrecognised] == ["notes.txt"]
    rows = [row for batch in events([tmp_path], Profile()) for row in batch.to_pylist()]
    assert [(row["source"], row["src_ip"]) for row in rows] == [
        ("unrecognised.leef", "10.0.0.1"),
        ("zeek.ssl", "10.0.0.1"),
    ]

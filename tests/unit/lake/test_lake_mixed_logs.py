"""A file of many vendors: each log in it is a part of the lake, and every record is counted once."""

from __future__ import annotations

import json
from pathlib import Path

from certhound.findings.run import scan
from certhound.lake.rows import Account, events
from certhound.model.profile import Profile
from certhound.model.zones import Zones, zone_of

TLS = {
    "_path": "ssl", "ts": 1795504633.5, "uid": "C1", "id.orig_h": "10.0.0.1", "id.orig_p": 50000,
    "id.resp_h": "192.0.2.1", "id.resp_p": 443, "version": "TLSv12", "server_name": "a.example", "established": True,
    "cert_chain_fps": ["ab" * 32],
}  # fmt: skip
LINES = [
    "<13>Nov 24 10:00:00 fw LEEF:1.0|Vendor|Product|1|Deny|src=10.0.0.1\tdst=192.0.2.1\tusrName=alice",
    f"<13>Nov 24 10:00:01 sensor zeek: {json.dumps(TLS)}",
    "<13>Nov 24 10:00:02 host app[7]: a message",
    f"<13>Nov 24 10:00:03 sensor zeek: {json.dumps(TLS | {'uid': 'C2', 'version': 'TLSv13', 'cert_chain_fps': []})}",
    "<13>Nov 24 10:00:04 fw LEEF:1.0|Vendor|Product|1|Deny|src=10.0.0.2\tdst=192.0.2.1\tusrName=bob",
]


def test_a_scan_counts_each_log(tmp_path: Path) -> None:
    path = tmp_path / "collector.log"
    path.write_text("\n".join(LINES) + "\n")
    report = scan([path], profile=Profile())
    read = {each.source: (each.records, each.files) for each in report.sources}
    assert {source: records for source, (records, _) in read.items()} == {
        "unrecognised.leef": 2,
        "unrecognised.syslog": 1,
        "zeek.ssl": 2,
    }
    assert sum(files for _, files in read.values()) == 1
    assert {state: count for state, count in report.ledger.items() if count} == {"seen": 1, "hidden_tls13": 1}
    said = "3 times state no zone and were read as UTC (unrecognised.leef 2, unrecognised.syslog 1)"
    assert any(note.startswith(said) for note in report.notes)
    assert any("of no vendor that is known" in note and f"{path}:1:" in note for note in report.notes)


def test_rows_come_with_all_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "collector.log"
    path.write_text("\n".join(LINES) + "\n")
    account = Account()
    zone = zone_of("+02:00")
    assert zone is not None
    profile = Profile(zones=Zones({"unrecognised": zone}))
    rows = [row for batch in events([path], profile, account) for row in batch.to_pylist()]
    assert account.rows == len(LINES)
    assert sorted(row["origin_line"] for row in rows) == [1, 2, 3, 4, 5]
    assert {row["payload"] for row in rows if row["category"] == "other"} == {LINES[0], LINES[2], LINES[4]}
    first = next(row for row in rows if row["origin_line"] == 1)
    assert (first["time"].hour, first["time_zone_known"], first["user"]) == (8, False, "alice")

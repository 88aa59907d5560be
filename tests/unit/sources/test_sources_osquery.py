"""osquery's result log, built from its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vendor_rows import rows_of


def result(name: str, columns: dict[str, Any]) -> str:
    return json.dumps({
        "name": name, "hostIdentifier": "web01", "calendarTime": "Mon Sep 21 14:13:20 2026 UTC", "unixTime": 1790000000,
        "action": "added", "columns": columns,
    }) + "\n"  # fmt: skip


def test_rows_by_their_columns(tmp_path: Path) -> None:
    content = result("curl", {
        "hostname": "evil.example", "common_name": "evil.example", "organization": "Evil, Ltd", "organization_unit": "",
        "issuer_common_name": "Fake CA", "serial_number": "00AB", "valid_from": "Sep 21 14:13:20 2026 GMT",
        "valid_to": "Sep 21 14:13:20 2027 GMT", "sha256_fingerprint": "AB" * 32,
    })  # fmt: skip
    content += result(
        "store", {"subject": "/CN=web01", "issuer": "/CN=CA", "sha1": "cd" * 20, "not_valid_after": "1790000000"}
    )
    content += result("run", {"path": "/usr/bin/openssl", "cmdline": "openssl req", "pid": "7", "parent": "1"})
    content += result("sockets", {"remote_address": "203.0.113.7", "remote_port": "443", "pid": "7", "path": "/x"})
    rows, rejected = rows_of(content, tmp_path)
    assert not rejected
    server, store, run, socket = rows
    assert (server["cert_subject"], server["cert_issuer"]) == (r"CN=evil.example,O=Evil\, Ltd", "CN=Fake CA")
    assert (server["cert_sha256"], server["cert_serial"], server["dst_host"]) == ("ab" * 32, "ab", "evil.example")
    assert server["cert_not_after"] == "2027-09-21T14:13:20Z"
    assert (store["category"], store["cert_sha1"], store["cert_subject"]) == (
        "certificate_service",
        "cd" * 20,
        "CN=web01",
    )
    assert (run["category"], run["command_line"], run["time"]) == ("process", "openssl req", "2026-09-21T14:13:20Z")
    assert (socket["dst_ip"], socket["dst_port"], socket["computer"]) == ("203.0.113.7", 443, "web01")


def test_each_row_of_a_snapshot_and_of_a_batch_is_one(tmp_path: Path) -> None:
    beside = {
        "name": "q",
        "hostIdentifier": "web01",
        "calendarTime": "Mon Sep 21 14:13:20 2026 UTC",
        "unixTime": "1790000000",
    }
    sockets = [{"remote_address": f"203.0.113.{n}", "remote_port": "443", "pid": str(n)} for n in (1, 2, 3)]
    documents = [
        {**beside, "action": "snapshot", "snapshot": sockets},
        {
            **beside,
            "diffResults": {"added": [{"path": "/usr/bin/openssl", "cmdline": "openssl x"}], "removed": [{"pid": "9"}]},
        },
        {**beside, "action": "snapshot", "snapshot": []},
    ]
    rows, rejected = rows_of("\n".join(map(json.dumps, documents)) + "\n", tmp_path)
    assert not rejected
    shown = [(row["action"], row.get("dst_ip"), row.get("command_line"), row.get("pid"), row["line"]) for row in rows]
    assert shown == [
        ("snapshot", "203.0.113.1", None, 1, 1), ("snapshot", "203.0.113.2", None, 2, 1),
        ("snapshot", "203.0.113.3", None, 3, 1), ("added", None, "openssl x", None, 2), ("removed", None, None, 9, 2),
        ("snapshot", None, None, None, 3),
    ]  # fmt: skip
    assert sum(row["parts"] for row in rows) == 3

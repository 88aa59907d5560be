"""Documents in Elastic's common schema. Built from the field reference; values are our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from vendor_cases import Case, check

PRINT = "0123456789abcdef0123456789abcdef01234567"
AT = {"@timestamp": "2026-09-21T14:13:21.1234567Z", "ecs": {"version": "8.11.0"}}
RAN = {
    "process": {
        "executable": r"C:\tools\x.exe", "pid": 77, "args": [r"C:\tools\x.exe", "a b"], "hash": {"sha256": "aa"},
        "command_line": r'C:\tools\x.exe "a b"',
        "parent": {"executable": r"C:\Windows\cmd.exe", "pid": 4, "command_line": "cmd"},
    },
    "user": {"name": "bob", "domain": "CORP"}, "host": {"hostname": "PC1", "name": "pc1"},
}  # fmt: skip
STARTED = {
    "category": "process", "process": r"C:\tools\x.exe", "pid": 77, "command_line": r'C:\tools\x.exe "a b"',
    "parent_process": r"C:\Windows\cmd.exe", "parent_pid": 4, "parent_command_line": "cmd", "user": r"CORP\bob",
    "process_hash": "aa", "time": "2026-09-21T14:13:21.123456Z",
}  # fmt: skip


def document(event: dict[str, Any], **more: Any) -> str:
    return json.dumps({**AT, "event": event, **more}) + "\n"


ENDPOINT = document(
    {"kind": "event", "category": ["process"], "type": ["start"], "module": "endpoint", "action": "start"}, **RAN
)
TLS = document(
    {"category": ["network"], "dataset": "tls", "type": ["connection", "protocol"], "duration": 10_000_000},
    source={"ip": "192.0.2.1", "port": 50000}, destination={"ip": "203.0.113.7", "port": 443},
    tls={
        "version": "1.2", "version_protocol": "tls", "cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "established": True, "client": {"server_name": "a.example", "ja3": "e"},
        "server": {
            "subject": "CN=a.example", "issuer": "CN=CA,O=x", "not_after": "2027-01-01T00:00:00.000Z",
            "hash": {"sha1": PRINT.upper()}, "x509": {"serial_number": "0A01", "alternative_names": ["a.example"]},
        },
    },
)  # fmt: skip
SESSION = {
    "source": "ecs.tls", "category": "tls", "src_ip": "192.0.2.1", "dst_ip": "203.0.113.7", "dst_port": 443,
    "sni": "a.example", "dst_host": "a.example", "tls_version": "1.2", "tls_established": True, "tls_state": "seen",
    "cert_sha1": PRINT, "cert_subject": "CN=a.example", "cert_issuer": "CN=CA,O=x", "cert_serial": "a01",
    "cert_not_after": "2027-01-01T00:00:00Z", "cert_san": ["a.example"], "duration_s": 0.01,
    "certificate_id": f"sha1:{PRINT}",
}  # fmt: skip
SYSMON, POWERSHELL = "Microsoft-Windows-Sysmon", "Microsoft-Windows-PowerShell"


def winlog(number: int, provider: str, channel: str, data: dict[str, str]) -> dict[str, Any]:
    return {
        "winlog": {
            "channel": channel, "event_id": str(number), "provider_name": provider, "computer_name": "PC1",
            "time_created": "2026-09-21T14:19:00.000Z", "event_data": data, "process": {"pid": 42},
        }
    }  # fmt: skip


CONTEXT = "        Severity = Informational\n        Host Application = C:\\p.exe -x\n        User = CORP\\bob\n"
CASES = (
    Case("endpoint", ENDPOINT, (STARTED | {"source": "ecs.process", "computer": "PC1", "action": "start"},)),
    Case("packetbeat", TLS, (SESSION,)),
    Case(
        "search response",
        json.dumps({"took": 1, "hits": {"hits": [{"_id": "1", "_source": json.loads(TLS)}]}}) + "\n",
        (SESSION,),
    ),
    Case(
        "a firewall's decision",
        document(
            {"category": ["network"], "type": ["connection", "denied"], "action": "dropped"},
            source={"ip": "192.0.2.1"}, destination={"ip": "203.0.113.7", "port": 443},
        ),
        ({"category": "connection", "outcome": "block", "action": "dropped", "dst_port": 443},),
    ),
    Case(
        "Sysmon whose data a pipeline has moved",
        document({"code": "1"}, **winlog(1, SYSMON, f"{SYSMON}/Operational", {"Company": "x"}), **RAN),
        (STARTED | {"source": "windows.sysmon.process", "computer": "PC1", "event_id": "1"},),
    ),
    Case(
        "PowerShell's context",
        document({"code": "4103"}, **winlog(4103, POWERSHELL, f"{POWERSHELL}/Operational", {
            "ContextInfo": CONTEXT, "Payload": "CommandInvocation(x)",
        })),
        ({"source": "windows.powershell.command", "user": r"CORP\bob", "command_line": r"C:\p.exe -x", "pid": 42,
          "script": "CommandInvocation(x)"},),
    ),
    Case(
        "PowerShell's classic pipeline",
        document({"code": "800"}, **winlog(800, "PowerShell", "Windows PowerShell", {
            "param1": "Get-X", "param2": "\tUserId=CORP\\bob\n\tHostApplication=p.exe\n",
            "param3": "CommandInvocation(y)",
        })),
        ({"user": r"CORP\bob", "command_line": "p.exe", "script": "CommandInvocation(y)"},),
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_documents(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)

"""Endpoint products and the journal, each in its own names. Built from their documentation; values are our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from vendor_cases import Case, check


def lines(*documents: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, documents)) + "\n"


FALCON = {
    "aid": "a1", "cid": "c1", "ComputerName": "PC1", "event_platform": "Win", "UserName": "bob",
    "ContextTimeStamp": "1790000000.500", "timestamp": "1790000009123",
}  # fmt: skip
PRINT = "0123456789abcdef0123456789abcdef01234567"
CARBON = {
    "device_name": "CORP\\PC1", "device_timestamp": "2026-09-21 14:13:20.5000001 +0000 UTC", "process_pid": 4,
    "process_path": "c:\\windows\\cmd.exe", "process_cmdline": "cmd /c x", "process_username": "CORP\\bob",
    "parent_path": "c:\\windows\\explorer.exe", "parent_pid": 3, "process_hash": ["aa", "bbbb"],
    "backend_timestamp": "2026-09-21 14:15:00 +0000 UTC", "action": "ACTION_X",
}  # fmt: skip
SENTINEL = {
    "event.time": 1790000000500, "endpoint.name": "PC1", "src.process.name": "cmd.exe", "src.process.pid": 4,
    "src.process.image.path": "C:\\Windows\\cmd.exe", "src.process.cmdline": "cmd /c x",
    "src.process.user": "CORP\\bob",
}  # fmt: skip
JOURNAL = {
    "__REALTIME_TIMESTAMP": "1790000000500000", "__CURSOR": "s=1", "_HOSTNAME": "web01", "_TRANSPORT": "syslog",
    "_PID": "77", "PRIORITY": "5",
}  # fmt: skip
AT = "2026-09-21T14:13:20.500000Z"
CASES = (
    Case(
        "crowdstrike",
        lines(
            {**FALCON, "event_simpleName": "ProcessRollup2", "ImageFileName": "\\Device\\x.exe", "RawProcessId": "77",
             "CommandLine": "x -a", "ParentBaseFileName": "cmd.exe", "SHA256HashData": "aa"},
            {**FALCON, "event_simpleName": "NetworkConnectIP4", "LocalAddressIP4": "192.0.2.1", "LocalPort": "50000",
             "RemoteAddressIP4": "203.0.113.7", "RemotePort": "443", "Protocol": "6", "ConnectionDirection": "0"},
            {**FALCON, "event_simpleName": "NetworkReceiveAcceptIP4", "LocalAddressIP4": "192.0.2.1",
             "LocalPort": "443",
             "RemoteAddressIP4": "203.0.113.7", "RemotePort": "50000", "ConnectionDirection": "1"},
            {**FALCON, "event_simpleName": "DnsRequest", "DomainName": "evil.example", "IP4Records": "203.0.113.7;"},
            {"ExternalApiType": "Event_ModuleSummaryInfoEvent", "UTCTimestamp": 1790000000500, "AgentIdString": "a1",
             "SubjectDN": "CN=Tool,C=JP", "IssuerDN": "CN=CA", "SubjectSerialNumber": "0A01",
             "SubjectCertThumbprint": PRINT, "SubjectCertValidTo": "2027-01-01T00:00:00Z"},
        ),
        (
            {"source": "crowdstrike.process", "process": "\\Device\\x.exe", "pid": 77, "command_line": "x -a",
             "time": AT,
             "parent_process": "cmd.exe", "user": "bob", "computer": "PC1"},
            {"category": "connection", "src_ip": "192.0.2.1", "dst_ip": "203.0.113.7", "dst_port": 443,
             "transport": "tcp"},
            {"src_ip": "203.0.113.7", "src_port": 50000, "dst_ip": "192.0.2.1", "dst_port": 443},
            {"category": "dns", "dns_query": "evil.example", "dns_answers": ["203.0.113.7"]},
            {"category": "certificate_service", "cert_subject": "CN=Tool,C=JP", "cert_issuer": "CN=CA",
             "cert_serial": "a01", "cert_sha1": PRINT, "cert_not_after": "2027-01-01T00:00:00Z", "time": AT},
        ),
    ),
    Case(
        "carbon black",
        lines(
            {**CARBON, "type": "endpoint.event.procstart", "childproc_name": "c:\\x.exe", "childproc_pid": 77,
             "childproc_username": "CORP\\bob", "target_cmdline": "x -a"},
            {**CARBON, "type": "endpoint.event.netconn", "local_ip": "192.0.2.1", "local_port": 443,
             "remote_port": 50000,
             "remote_ip": "203.0.113.7", "netconn_inbound": True, "netconn_protocol": "PROTO_TCP"},
            {**CARBON, "type": "endpoint.event.regmod", "regmod_name": "HKLM\\a"},
        ),
        (
            {"process": "c:\\x.exe", "pid": 77, "command_line": "x -a", "parent_process": "c:\\windows\\cmd.exe",
             "parent_pid": 4, "parent_command_line": "cmd /c x", "user": "CORP\\bob", "time": AT},
            {"src_ip": "203.0.113.7", "src_port": 50000, "dst_ip": "192.0.2.1", "dst_port": 443, "transport": "tcp",
             "process": "c:\\windows\\cmd.exe", "process_hash": "bbbb"},
            {"category": "registry", "registry_key": "HKLM\\a", "computer": "CORP\\PC1"},
        ),
    ),
    Case(
        "sentinelone",
        lines(
            {**SENTINEL, "event.category": "process", "event.type": "Process Creation", "tgt.process.pid": 77,
             "tgt.process.image.path": "C:\\x.exe", "tgt.process.cmdline": "x -a"},
            {**SENTINEL, "event.category": "ip", "event.type": "IP Connect", "src.ip.address": "192.0.2.1",
             "dst.ip.address": "203.0.113.7", "dst.port.number": 443, "event.network.connectionStatus": "SUCCESS"},
            {**SENTINEL, "event.category": "dns", "event.type": "DNS Resolved", "event.dns.request": "evil.example"},
        ),
        (
            {"process": "C:\\x.exe", "pid": 77, "command_line": "x -a", "parent_process": "C:\\Windows\\cmd.exe",
             "user": "CORP\\bob", "time": AT},
            {"dst_ip": "203.0.113.7", "dst_port": 443, "outcome": "allow", "process": "C:\\Windows\\cmd.exe", "pid": 4},
            {"category": "dns", "dns_query": "evil.example"},
        ),
    ),
    Case(
        "falco",
        lines(
            {"rule": "Shell", "priority": "Notice", "output": "x", "hostname": "web01",
             "time": "2026-09-21T14:13:20.5Z",
             "output_fields": {"evt.type": "execve", "proc.cmdline": "openssl req", "proc.exepath": "/usr/bin/openssl",
                               "proc.pid": 77, "proc.pname": "bash", "user.name": "bob"}},
            {"rule": "Out", "priority": "Notice", "output": "x", "time": "2026-09-21T14:13:20.5Z",
             "output_fields": {"fd.name": "192.0.2.1:50000->203.0.113.7:443", "proc.name": "curl"}},
        ),
        (
            {"category": "process", "process": "/usr/bin/openssl", "pid": 77, "command_line": "openssl req",
             "user": "bob", "computer": "web01", "action": "Shell", "time": AT},
            {"category": "connection", "src_ip": "192.0.2.1", "dst_ip": "203.0.113.7", "dst_port": 443},
        ),
    ),
    Case(
        "journal",
        lines(
            {**JOURNAL, "SYSLOG_IDENTIFIER": "sudo", "_EXE": "/usr/bin/sudo",
             "MESSAGE": "     bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/openssl req"},
            {**JOURNAL, "SYSLOG_IDENTIFIER": "nginx", "_EXE": "/usr/sbin/nginx", "_CMDLINE": "nginx: worker",
             "_UID": "33",
             "MESSAGE": list(b"odd \xff bytes")},
        ),
        (
            {"source": "linux_syslog.process", "user": "bob", "command_line": "/usr/bin/openssl req", "time": AT,
             "computer": "web01", "pid": 77},
            {"source": "journald.message", "process": "/usr/sbin/nginx", "command_line": "nginx: worker", "user": "33",
             "computer": "web01", "time": AT, "fields.MESSAGE": "odd � bytes"},
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_records_of_each(case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)

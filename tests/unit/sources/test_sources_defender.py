"""Rows of Microsoft Defender's advanced hunting in the shapes in which they leave it; built from its documentation."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from vendor_rows import rows_of

STAMP = "2026-09-21T14:13:20.1234567Z"
TLS = {
    "ActionType": "SslConnectionInspected", "DeviceName": "pc1.corp.example", "LocalIP": "10.0.0.7",
    "LocalPort": "50000",    "RemoteIP": "203.0.113.7", "RemotePort": "443", "ReportId": "9",
    "AdditionalFields": json.dumps({
        "direction": "Out", "server_name": "evil.example", "established": "true", "subject": "CN=evil.example,O=x",
        "issuer": "CN=Fake CA", "ja4": "t13d1516h2_8daaf6152771_b186095e22b6",
    }),
}  # fmt: skip
CASES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "DeviceNetworkEvents": (TLS, {
        "category": "tls", "sni": "evil.example", "cert_subject": "CN=evil.example,O=x", "cert_issuer": "CN=Fake CA",
        "src_ip": "10.0.0.7", "dst_ip": "203.0.113.7", "dst_port": 443, "tls_state": "seen",
        "computer": "pc1.corp.example",        "ja4": "t13d1516h2_8daaf6152771_b186095e22b6", "tls_established": True,
    }),
    "DeviceProcessEvents": ({
        "DeviceName": "pc1.corp.example", "FolderPath": r"C:\Windows\certutil.exe", "FileName": "certutil.exe",
        "ProcessCommandLine": "certutil -urlcache", "ProcessId": "7", "AccountDomain": "corp", "AccountName": "bob",
        "InitiatingProcessFolderPath": r"C:\Windows", "InitiatingProcessFileName": "cmd.exe",
    }, {
        "category": "process", "process": r"C:\Windows\certutil.exe", "command_line": "certutil -urlcache", "pid": 7,
        "user": r"corp\bob", "parent_process": r"C:\Windows\cmd.exe",
    }),
    "EmailEvents": ({
        "NetworkMessageId": "n1", "RecipientEmailAddress": "ann@corp.example", "SenderFromAddress": "bob@evil.example",
        "SenderMailFromAddress": "bounce@evil.example", "Subject": "Pay", "InternetMessageId": "<m1@evil.example>",
        "SenderIPv4": "203.0.113.66", "DeliveryAction": "Delivered", "ThreatTypes": "Phish",
    }, {
        "category": "mail", "mail_from": "bob@evil.example", "mail_sender": "bounce@evil.example",
        "mail_to": "ann@corp.example", "mail_message_id": "m1@evil.example", "src_ip": "203.0.113.66",
        "verdict": "Phish", "outcome": "allow", "event_id": "n1",
    }),
    "EmailUrlInfo": ({
        "NetworkMessageId": "n1", "Url": "https://evil.example/p", "UrlDomain": "evil.example", "UrlLocation": "Body",
    }, {"category": "mail", "mail_urls": ["https://evil.example/p"], "dst_host": "evil.example"}),
    "UrlClickEvents": ({
        "AccountUpn": "ann@corp.example", "Url": "https://evil.example/p", "ActionType": "ClickBlocked",
        "IsClickedThrough": "true", "IPAddress": "192.0.2.9", "NetworkMessageId": "n1",
    }, {"category": "click", "user": "ann@corp.example", "url": "https://evil.example/p", "outcome": "allow"}),
    "DeviceFileCertificateInfo": ({
        "DeviceName": "pc1", "SHA1": "a" * 40, "Signer": "Evil Ltd", "SignerHash": "B" * 40, "Issuer": "Some CA",
        "CertificateSerialNumber": "00ab", "IsTrusted": "0", "CertificateCreationTime": STAMP,
    }, {"cert_subject_cn": "Evil Ltd", "cert_sha1": "b" * 40, "cert_serial": "ab", "cert_validation": "not trusted"}),
}  # fmt: skip


def streamed(table: str, row: dict[str, str]) -> str:
    said = {"Timestamp": STAMP, **row}
    return (
        json.dumps({"time": STAMP, "tenantId": "t", "category": f"AdvancedHunting-{table}", "properties": said}) + "\n"
    )


def answered(table: str, row: dict[str, str]) -> str:
    return json.dumps({"Results": [{"Timestamp": STAMP, **row}]})


def sentinel(table: str, row: dict[str, str]) -> str:
    return json.dumps({"TimeGenerated": STAMP, "Type": table, **row}) + "\n"


def bundled(table: str, row: dict[str, str]) -> str:
    return json.dumps({"records": [json.loads(streamed(table, row))]}) + "\n"


def table_of(table: str, row: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Timestamp", *row])
    writer.writerow([STAMP, *row.values()])
    return out.getvalue()


@pytest.mark.parametrize("shape", [streamed, answered, sentinel, bundled, table_of], ids=lambda each: each.__name__)
@pytest.mark.parametrize("table", CASES)
def test_rows_of_every_table(table: str, shape: Any, tmp_path: Path) -> None:
    row, wanted = CASES[table]
    rows, rejected = rows_of(shape(table, row), tmp_path)
    assert not rejected
    assert {name: rows[0].get(name) for name in wanted} == wanted
    assert rows[0]["time"] == "2026-09-21T14:13:20.123456Z"


def test_what_comes_in_has_its_sides_changed(tmp_path: Path) -> None:
    row = {**TLS, "ActionType": "InboundConnectionAccepted", "AdditionalFields": ""}
    rows, _ = rows_of(streamed("DeviceNetworkEvents", row), tmp_path)
    assert (rows[0]["category"], rows[0]["src_ip"], rows[0]["dst_ip"], rows[0]["dst_port"]) == (
        "connection", "203.0.113.7", "10.0.0.7", 50000,
    )  # fmt: skip


def test_other_tables_are_kept_by_their_general_columns(tmp_path: Path) -> None:
    """A table that has no mapping of its own, and rows of a device's table that came under the name of one of mails."""
    logon = {
        "ActionType": "LogonSuccess", "AccountName": "jane", "AccountDomain": "EX", "IPAddress": "203.0.113.7",
        "Port": "50001", "DestinationIPAddress": "10.0.0.9", "DestinationPort": "389", "DeviceName": "pc1",
    }  # fmt: skip
    strange = {
        "ActionType": "NtAllocateVirtualMemoryApiCall", "DeviceName": "pc1", "LocalIP": "10.0.0.7",
        "RemoteIP": "203.0.113.7", "InitiatingProcessFolderPath": "c:\\x.exe", "InitiatingProcessFileName": "x.exe",
    }  # fmt: skip
    text = streamed("IdentityLogonEvents", logon) + streamed("EmailUrlInfo", strange)
    rows, rejected = rows_of(text, tmp_path)
    assert not rejected
    assert rows[0].items() >= {
        "source": "defender.other", "event_type": "IdentityLogonEvents", "user": "EX\\jane", "src_ip": "203.0.113.7",
        "src_port": 50001, "dst_ip": "10.0.0.9", "dst_port": 389, "computer": "pc1",
    }.items()  # fmt: skip
    assert rows[1].items() >= {
        "source": "defender.connection", "src_ip": "10.0.0.7", "dst_ip": "203.0.113.7", "process": "c:\\x.exe",
    }.items()  # fmt: skip


def test_requests_and_questions_that_were_inspected(tmp_path: Path) -> None:
    ends = {"LocalIP": "192.0.2.1", "LocalPort": 50000, "RemoteIP": "203.0.113.7", "DeviceName": "pc1",
            "Timestamp": "2026-09-21T14:13:21.1234567Z"}  # fmt: skip
    http = {
        "direction": "Out",
        "host": "a.example",
        "method": "GET",
        "uri": "/x",
        "status_code": "200",
        "user_agent": "c",
    }
    dns = {"direction": "Out", "query": "a.example", "qtype_name": "A", "answers": '["203.0.113.7"]'}
    told = (("HttpConnectionInspected", 80, http), ("DnsConnectionInspected", 53, dns))
    documents = [
        {"category": "AdvancedHunting-DeviceNetworkEvents",
         "properties": {**ends, "RemotePort": port, "ActionType": action, "AdditionalFields": json.dumps(more)}}
        for action, port, more in told
    ]  # fmt: skip
    rows, _ = rows_of("\n".join(map(json.dumps, documents)) + "\n", tmp_path)
    request, question = rows
    assert (request["category"], request["dst_host"], request["url"]) == ("http", "a.example", "/x")
    assert (request["http_method"], request["http_status"], request["dst_port"]) == ("GET", 200, 80)
    assert (question["category"], question["dns_query"], question["dns_answers"]) == (
        "dns",
        "a.example",
        ["203.0.113.7"],
    )

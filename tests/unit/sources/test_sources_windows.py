"""Windows events in all their spellings. Events are built from Microsoft's and Sysmon's documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from vendor_rows import rows_of

from certhound.sources.envelopes import windows as envelope

SYSMON = ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational")
SECURITY = ("Microsoft-Windows-Security-Auditing", "Security")
POWERSHELL = ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational")

Data = dict[str, str]


def xml(origin: tuple[str, str], number: int, data: Data, user: str = "") -> str:
    said = "".join(f'<Data Name="{name}">{escape(value)}</Data>' for name, value in data.items())
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f'<Provider Name="{origin[0]}"/><EventID>{number}</EventID>'
        '<TimeCreated SystemTime="2026-09-21T14:13:21.1234567Z"/>'
        f"<Channel>{origin[1]}</Channel><Computer>PC1.corp.example</Computer><Security UserID='{user}'/></System>"
        f"<EventData>{said}</EventData></Event>\n"
    )


def winlogbeat(origin: tuple[str, str], number: int, data: Data) -> str:
    return json.dumps({
        "@timestamp": "2026-09-21T14:13:21.123Z", "event": {"code": str(number)}, "winlog": {
            "event_id": number, "channel": origin[1], "provider_name": origin[0], "computer_name": "PC1.corp.example",
            "event_data": data,
        },
    }) + "\n"  # fmt: skip


def flat(origin: tuple[str, str], number: int, data: Data) -> str:
    return json.dumps({
        "@timestamp": "2026-09-21T14:13:21.123Z", "EventTime": "2026-09-21 16:13:21", "EventID": number,
        "Channel": origin[1], "SourceName": origin[0], "Hostname": "PC1.corp.example", **data,
    }) + "\n"  # fmt: skip


def dumped(origin: tuple[str, str], number: int, data: Data) -> str:
    return json.dumps({"Event": {
        "System": {"EventID": {"#text": number, "#attributes": {"Qualifiers": ""}}, "Channel": origin[1],
                   "Provider": {"#attributes": {"Name": origin[0]}}, "Computer": "PC1.corp.example",
                   "TimeCreated": {"#attributes": {"SystemTime": "2026-09-21T14:13:21.123Z"}}},
        "EventData": data,
    }}) + "\n"  # fmt: skip


def wazuh(origin: tuple[str, str], number: int, data: Data) -> str:
    return json.dumps({"data": {"win": {
        "system": {"eventID": str(number), "channel": origin[1], "providerName": origin[0],
                   "computer": "PC1.corp.example", "systemTime": "2026-09-21T14:13:21.123Z"},
        "eventdata": {name[:1].lower() + name[1:]: value for name, value in data.items()},
    }}}) + "\n"  # fmt: skip


SPELLINGS = [xml, winlogbeat, flat, dumped, wazuh]
KEY = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates"
PRINT = "0123456789ABCDEF0123456789ABCDEF01234567"
CASES: list[tuple[tuple[str, str], int, Data, dict[str, Any]]] = [
    (SYSMON, 1, {
        "UtcTime": "2026-09-21 14:13:20.500", "ProcessId": "4711", "Image": r"C:\Program Files\OpenSSL\openssl.exe",
        "CommandLine": "openssl req -x509", "User": r"CORP\bob", "Hashes": "SHA256=AA", "ParentProcessId": "42",
        "ParentImage": r"C:\Windows\cmd.exe", "ParentCommandLine": "cmd /c x",
     }, {
        "category": "process", "process": r"C:\Program Files\OpenSSL\openssl.exe", "pid": 4711, "user": r"CORP\bob",
        "command_line": "openssl req -x509", "parent_process": r"C:\Windows\cmd.exe", "parent_pid": 42,
        "parent_command_line": "cmd /c x", "process_hash": "SHA256=AA", "time": "2026-09-21T14:13:20.500000Z",
        "computer": "PC1.corp.example", "event_id": "1",
     }),
    (SYSMON, 3, {
        "Image": r"C:\x.exe", "Protocol": "tcp", "SourceIp": "0:0:0:0:0:0:0:1", "SourcePort": "50000",
        "DestinationIp": "203.0.113.7", "DestinationPort": "443", "DestinationHostname": "evil.example",
     }, {
        "category": "connection", "src_ip": "::1", "src_port": 50000, "dst_ip": "203.0.113.7", "dst_port": 443,
        "dst_host": "evil.example", "transport": "tcp",
     }),
    (SYSMON, 13, {
        "EventType": "SetValue", "TargetObject": rf"{KEY}\{PRINT}\Blob", "Details": "Binary Data",
        "Image": r"C:\Windows\certutil.exe",
     }, {
        "category": "registry", "registry_key": rf"{KEY}\{PRINT}\Blob", "registry_value": "Binary Data",
        "cert_sha1": PRINT.lower(), "action": "SetValue",
     }),
    (SYSMON, 22, {
        "QueryName": "evil.example", "QueryResults": "type:  5 cdn.example;::ffff:203.0.113.7;", "Image": r"C:\x.exe",
     }, {"category": "dns", "dns_query": "evil.example", "dns_answers": ["cdn.example", "203.0.113.7"]}),
    (SECURITY, 4688, {
        "SubjectUserName": "PC1$", "SubjectDomainName": "CORP", "NewProcessId": "0x1f4", "ProcessId": "0x2a",
        "NewProcessName": r"C:\Windows\System32\certutil.exe", "CommandLine": "certutil -urlcache -f https://x.example/a",
        "TargetUserName": "bob", "TargetDomainName": "CORP", "ParentProcessName": r"C:\Windows\cmd.exe",
     }, {
        "category": "process", "process": r"C:\Windows\System32\certutil.exe", "pid": 500, "parent_pid": 42,
        "user": r"CORP\bob", "parent_process": r"C:\Windows\cmd.exe",
     }),
    (SECURITY, 4887, {
        "RequestId": "7", "Requester": r"CORP\mallory",
        "Attributes": "CertificateTemplate:User\nSAN:upn=admin@corp.example",
        "Disposition": "3", "Subject": "CN=mallory",
     }, {
        "category": "certificate_service", "user": r"CORP\mallory", "cert_subject": "CN=mallory", "outcome": "allow",
        "action": "certificate issued", "target_user": "upn=admin@corp.example",
     }),
    (SECURITY, 4768, {
        "TargetUserName": "admin", "TargetDomainName": "CORP", "IpAddress": "::ffff:192.0.2.9", "IpPort": "50123",
        "CertIssuerName": "CORP-CA", "CertSerialNumber": "0A00FF", "CertThumbprint": PRINT, "Status": "0x0",
     }, {
        "user": "admin", "src_ip": "192.0.2.9", "src_port": 50123, "cert_issuer": "CORP-CA", "cert_serial": "a00ff",
        "cert_sha1": PRINT.lower(),
     }),
    (("Microsoft-Windows-Kerberos-Key-Distribution-Center", "System"), 39, {
        "AccountName": "admin", "Subject": "CN=mallory", "Issuer": "CORP-CA", "SerialNumber": "0A00FF",
        "Thumbprint": PRINT,
     }, {
        "category": "certificate_service", "user": "admin", "cert_subject": "CN=mallory", "cert_issuer": "CORP-CA",
        "cert_serial": "a00ff", "cert_sha1": PRINT.lower(), "action": "no strong mapping",
     }),
    (SECURITY, 5058, {
        "SubjectUserName": "bob", "SubjectDomainName": "CORP", "KeyName": "k", "KeyFilePath": r"C:\k",
        "ProcessId": "0x1f4",
     }, {"user": "bob", "file_path": r"C:\k", "pid": 500}),
    (SYSMON, 10, {"SourceImage": r"C:\x.exe", "SourceProcessId": "77", "TargetImage": r"C:\lsass.exe"},
     {"process": r"C:\x.exe", "pid": 77}),
    (POWERSHELL, 4104, {
        "MessageNumber": "1", "MessageTotal": "1", "ScriptBlockText": "New-SelfSignedCertificate -DnsName x",
        "ScriptBlockId": "a",
     }, {"category": "script", "script": "New-SelfSignedCertificate -DnsName x", "action": "script block"}),
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0][1].split('/')[0][-8:]}-{case[1]}")
def test_an_event_means_the_same_in_every_spelling(spelling: Any, case: Any, tmp_path: Path) -> None:
    origin, number, data, wanted = case
    rows, rejected = rows_of(spelling(origin, number, data) * 3, tmp_path)
    assert not rejected
    assert len(rows) == 3
    assert {name: rows[0].get(name) for name in wanted} == wanted


def test_local_time_is_the_last_that_counts(tmp_path: Path) -> None:
    event = json.loads(flat(SECURITY, 4689, {"ProcessName": "x"}))
    del event["@timestamp"]
    rows, _ = rows_of(json.dumps(event) + "\n", tmp_path, {"windows": "Europe/Berlin"})
    assert (rows[0]["time"], rows[0]["time_zone_known"]) == ("2026-09-21T14:13:21Z", False)


def test_script_blocks_are_joined_whatever_their_order(tmp_path: Path) -> None:
    parts = ["New-SelfSigned", "Certificate -Dns", "Name x"]
    order = [(3, "a"), (1, "a"), (1, "b"), (2, "a")]
    content = "".join(
        xml(POWERSHELL, 4104, {
            "MessageNumber": str(number), "MessageTotal": "3", "ScriptBlockText": parts[number - 1],
            "ScriptBlockId": block,
        })
        for number, block in order
    )  # fmt: skip
    rows, rejected = rows_of(content, tmp_path)
    assert not rejected
    scripts = {row["script"]: row.get("problem") for row in rows}
    assert scripts == {"".join(parts): None, parts[0]: "1 of 3 parts of the script block are there"}
    assert sum(row["parts"] for row in rows) == len(order)


LIFECYCLE = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-CertificateServicesClient-Lifecycle-System'/><EventID>1006</EventID>"
    "<TimeCreated SystemTime='2026-09-21T14:13:21Z'/>"
    "<Channel>Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational</Channel><Computer>PC1</Computer>"
    "</System><UserData><CertNotificationData ProcessName='powershell.exe' AccountName='CORP\\bob' Context='Machine'>"
    f"<CertificateDetails Thumbprint='{PRINT}'><SubjectNames><SubjectName>CN=www.example</SubjectName>"
    "<SubjectName>www.example</SubjectName></SubjectNames><EKUs><EKU Name='Server' OID='1.3.6.1.5.5.7.3.1'/></EKUs>"
    "<NotValidAfter>2027-09-21T14:13:21Z</NotValidAfter></CertificateDetails></CertNotificationData></UserData>"
    "</Event>\n"
)


def check_lifecycle(row: dict[str, Any]) -> None:
    assert (row["category"], row["action"], row["user"]) == ("certificate_service", "installed", r"CORP\bob")
    assert (row["cert_sha1"], row["cert_subject"], row["cert_san"]) == (
        PRINT.lower(),
        "CN=www.example",
        ["www.example"],
    )
    assert (row["cert_not_after"], row["process"]) == ("2027-09-21T14:13:21Z", "powershell.exe")


def test_a_certificate_was_installed(tmp_path: Path) -> None:
    rows, _ = rows_of(LIFECYCLE, tmp_path)
    check_lifecycle(rows[0])


def test_the_same_out_of_an_evtx_file() -> None:
    """As the evtx library gives its records."""
    document = {"Event": {
        "System": {"Provider": {"#attributes": {"Name": "Microsoft-Windows-CertificateServicesClient-Lifecycle-User"}},
                   "EventID": 1006, "Channel": "x", "Computer": "PC1",
                   "TimeCreated": {"#attributes": {"SystemTime": "2026-09-21T14:13:21Z"}}},
        "UserData": {"CertNotificationData": {
            "#attributes": {"ProcessName": "powershell.exe", "AccountName": "CORP\\bob"},
            "CertificateDetails": {"#attributes": {"Thumbprint": PRINT}, "NotValidAfter": "2027-09-21T14:13:21Z",
                                   "SubjectNames": {"SubjectName": ["CN=www.example", "www.example"]}},
        }},
    }}  # fmt: skip
    record = envelope.from_json(json.dumps(document))
    assert record is not None
    from certhound.sources.vendors.windows import log_of
    from certhound.sources.vendors.windows.events import LIFECYCLE as LOG

    assert log_of(record) is LOG
    subject, process = LOG.columns["cert_subject"], LOG.columns["process"]
    assert callable(subject)
    assert callable(process)
    assert (subject(record), process(record)) == ("CN=www.example", "powershell.exe")


def test_records_of_a_shape_are_read_as_the_first_of_it_was() -> None:
    """Values, nulls, numbers and escapes differ; what the pattern of a shape does not fit is taken apart anew."""
    from certhound.sources.envelopes.evtx_shapes import Shapes

    def document(data: dict[str, Any], moment: str = "2026-09-21T14:13:21.123456Z", name: str = "Event") -> str:
        system = {
            "Provider": {"#attributes": {"Name": SYSMON[0]}}, "EventID": 1, "Version": 5,
            "TimeCreated": {"#attributes": {"SystemTime": moment}}, "EventRecordID": 7, "Correlation": None,
            "Execution": {"#attributes": {"ProcessID": 3, "ThreadID": 4}}, "Channel": SYSMON[1], "Computer": "PC1",
        }  # fmt: skip
        return json.dumps({name: {"System": system, "EventData": data}}, separators=(",", ":"), ensure_ascii=False)

    datas: list[dict[str, Any]] = [
        {"Image": "C:\\Windows\\x.exe", "CommandLine": "a", "ProcessId": 5, "Data": {"#text": ["p", "q"]}},
        {"Image": 'C:\\"q"\\y.exe', "CommandLine": "ü\t\n\\\\host", "ProcessId": 6, "Data": {"#text": ["r", "s"]}},
        {"Image": None, "CommandLine": "", "ProcessId": 6, "Data": {"#text": ["r"]}},
        {"Image": "", "CommandLine": "}}", "ProcessId": -1, "Data": {"#text": ["\u2028", "\\"]}},
    ]
    asked = 0

    def patiently(found: Any) -> dict[str, str] | None:
        nonlocal asked
        asked += 1
        return envelope._flattened(found)

    shapes = Shapes(patiently)
    for data in datas:
        text = document(data)
        expected = envelope._flattened(json.loads(text))
        assert expected is not None
        assert shapes.values_of(text) == expected
    assert asked == 4  # two shapes, each asked about twice
    assert shapes.values_of('{"Event":{"System":{"EventID":1},"TimeCreated":') is None
    renamed = envelope.from_json(document(datas[0], name="Evenu"))
    assert renamed is not None
    assert renamed.values["Image"] == "C:\\Windows\\x.exe"


def test_wazuh_escapes_once_more_and_may_leave_out_the_origin(tmp_path: Path) -> None:
    data = {"commandLine": '\\"C:\\\\Program Files\\\\x.exe\\" -a', "newProcessName": "\\\\\\\\host\\\\x.exe"}
    alert = {
        "timestamp": "2026-09-21T16:13:21.971+0200", "location": "EventChannel",
        "data": {"win": {"system": {"eventID": "4688", "computer": "PC1"}, "eventdata": data}},
    }  # fmt: skip
    rows, _ = rows_of(json.dumps(alert) + "\n", tmp_path)
    assert rows[0]["source"] == "windows.security.process"
    assert rows[0]["command_line"] == r'"C:\Program Files\x.exe" -a'
    assert rows[0]["process"] == r"\\host\x.exe"
    assert rows[0]["time"] == "2026-09-21T14:13:21.971000Z"


def test_of_a_replaced_certificate_the_new_one_counts(tmp_path: Path) -> None:
    start, end = LIFECYCLE.index("<CertificateDetails"), LIFECYCLE.index("</CertNotificationData>")
    details = LIFECYCLE[start:end].replace("CertificateDetails", "NewCertificateDetails")
    old = f"<OldCertificateDetails Thumbprint='{'FF' * 20}'><SubjectNames><SubjectName>CN=old</SubjectName>"
    old += "</SubjectNames></OldCertificateDetails>"
    event = (LIFECYCLE[:start] + old + details + LIFECYCLE[end:]).replace("1006", "1001")
    rows, _ = rows_of(event, tmp_path)
    assert rows[0]["action"] == "replaced"
    assert (rows[0]["cert_sha1"], rows[0]["cert_subject"]) == (PRINT.lower(), "CN=www.example")
    assert rows[0]["fields"]["OldCertificateDetails.@Thumbprint"] == "FF" * 20

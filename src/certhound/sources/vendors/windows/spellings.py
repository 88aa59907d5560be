"""One Windows event in its many spellings: XML and EVTX, Winlogbeat, NXLog, Mordor, evtx_dump, Sentinel, Wazuh,
Velociraptor, ``Get-WinEvent`` as JSON and CSV, and the agents that send text.

All come to the names of the event's own data (``Image``, ``TargetObject``) and of its system part (``System.EventID``).
"""

from __future__ import annotations

import json
import re
from html import unescape

from certhound.sources.envelopes.record import Form, Record
from certhound.sources.vendors.windows import agents, messages

_SYSTEM = {
    "System.EventID": ("winlog.event_id", "Event.System.EventID.#text", "Event.System.EventID", "System.EventID.Value",
                       "data.win.system.eventID", "win.system.eventID", "EventID", "event_id", "EventId", "event.code",
                       "Id", "System.EventID"),
    "System.Channel": ("winlog.channel", "Event.System.Channel", "data.win.system.channel", "win.system.channel",
                       "Channel", "log_name", "LogName", "EventLog", "System.Channel"),
    "System.Provider": ("winlog.provider_name", "Event.System.Provider.#attributes.Name", "System.Provider.Name",
                        "data.win.system.providerName", "win.system.providerName", "SourceName", "source_name",
                        "ProviderName", "Provider", "EventSourceName", "provider_name", "event.provider", "Source"),
    "System.Computer": ("winlog.computer_name", "Event.System.Computer", "System.Computer",
                        "data.win.system.computer", "win.system.computer", "Hostname", "Computer", "computer_name",
                        "MachineName", "host.name", "ComputerName"),
    "System.TimeCreated": ("Event.System.TimeCreated.#attributes.SystemTime", "System.TimeCreated.SystemTime",
                           "data.win.system.systemTime", "win.system.systemTime", "winlog.time_created", "@timestamp",
                           "TimeCreated", "TimeCreated.value", "TimeCreated.DateTime", "SystemTime", "TimeGenerated",
                           "EventTime", "timestamp"),
    "System.UserID": ("winlog.user.identifier", "Event.System.Security.#attributes.UserID", "UserID",
                      "data.win.system.userID", "System.Security.UserID", "UserId.Value", "UserId", "SystemUserId"),
    "System.ProcessID": ("winlog.process.pid", "Event.System.Execution.#attributes.ProcessID",
                         "System.Execution.ProcessID", "ExecutionProcessID", "data.win.system.processID",
                         "win.system.processID", "SystemProcessId"),
    "System.EventRecordID": ("winlog.record_id", "Event.System.EventRecordID", "RecordNumber", "EventRecordID",
                             "data.win.system.eventRecordID", "RecordId", "EventRecordId"),
}  # fmt: skip
"""Where the system part of an event stands, the surest spelling first."""

_DATA = (
    "winlog.event_data.", "winlog.user_data.", "Event.EventData.", "Event.UserData.", "event_data.", "user_data.",
    "EventData.", "UserData.",
)  # fmt: skip
_WAZUH = ("data.win.eventdata.", "win.eventdata.")
_NESTED = ("winlog.event_id", "Event.System.EventID", "Event.System.EventID.#text", "data.win.system.eventID",
           "win.system.eventID", "System.EventID.Value")  # fmt: skip
_ORIGIN = ("Channel", "SourceName", "ProviderName", "EventSourceName", "log_name", "source_name", "LogName", "EventLog")
_MESSAGES = ("Message", "message", "RenderedDescription", "data.win.system.message", "win.system.message")
_SAID = frozenset(
    "SubjectUserName TargetUserName Image NewProcessName ScriptBlockText ProcessGuid RequestId ContextInfo ObjectName "
    "ProcessName IpAddress UtcTime Requester".split()
)
"""Any of these tells that an event came with its data, so that its text need not be taken apart."""

_JSON_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_XML_DATA = re.compile(r"<Data\s+Name\s*=\s*(?:'([^']*)'|\"([^\"]*)\")\s*(?:/>|>(.*?)</Data>)", re.DOTALL)


def normalised(record: Record) -> dict[str, str] | None:
    """The values of a Windows event under its own names; None for a record that is none."""
    form = record.form
    if form is Form.WINDOWS:
        return _with_utc(record.values)
    if form is Form.JSON or form is Form.TABLE:
        made = _of_keys(record)
    else:
        made = agents.values_of(record)
    if made is None or not made.get("System.EventID", "").isdecimal():
        return None
    _from_text(made)
    return _with_utc(made)


def _of_keys(record: Record) -> dict[str, str] | None:
    values = record.values
    nested = any(key in values for key in _NESTED)
    if not nested and not _is_flat(values):
        return None
    made = _named(values)
    if "LogName" in values and "MachineName" in values:  # Get-WinEvent's are those of the process that logged
        for key in ("ProcessId", "ThreadId"):
            if key in made:
                made[f"System.{key[:-1]}D"] = made.pop(key)
    for name, spellings in _SYSTEM.items():
        found = record.get(*spellings)
        if found is not None:
            made[name] = found
    _odd_times(record, made)
    if "EventData" in made:
        _packed(made)
    return made


def _odd_times(record: Record, made: dict[str, str]) -> None:
    said = made.get("System.TimeCreated")
    if said is None:
        local = record.get("TimeGenerated [UTC]")
        if local is not None:
            made["System.TimeCreated"] = f"{local} UTC"
    elif (date := _JSON_DATE.fullmatch(said)) is not None:
        made["System.TimeCreated"] = f"{int(date[1]) / 1000:.3f}"
    elif (
        "winlog.time_created" in record.values and "UtcTime" not in made and "Sysmon" in made.get("System.Channel", "")
    ):
        # Elastic moves Sysmon's own time there, and leaves the time of logging.
        made["System.TimeCreated"] = record.get("@timestamp") or said


def _packed(made: dict[str, str]) -> None:
    """``EventData`` as text: JSON in exports of ``WindowsEvent``, XML in those of ``SecurityEvent`` and ``Event``."""
    said = made["EventData"]
    found: dict[str, str] = {}
    if said.startswith("{"):
        try:
            read = json.loads(said)
        except (ValueError, RecursionError):
            return
        found = {key: value if isinstance(value, str) else json.dumps(value) for key, value in read.items()}
    elif "<Data" in said:
        found = {single or double: unescape(value) for single, double, value in _XML_DATA.findall(said)}
    if found:
        del made["EventData"]
        for key, value in found.items():
            made.setdefault(key, value)


def _from_text(made: dict[str, str]) -> None:
    """What only the text of an event says."""
    message = next((made[key] for key in _MESSAGES if made.get(key)), None)
    if message is None or not _SAID.isdisjoint(made):
        return
    origin = f"{made.get('System.Provider', '')} {made.get('System.Channel', '')}".lower()
    for key, value in messages.values_of(message.strip('"'), made["System.EventID"], origin).items():
        made.setdefault(key, value)
    for name in ("TargetUserName", "IpAddress", "IpPort"):
        said = made.pop(f"leef.{name}", None)
        if said is not None and not (name == "TargetUserName" and "SubjectUserName" in made):
            made.setdefault(name, said)


def _with_utc(values: dict[str, str]) -> dict[str, str]:
    """Sysmon says only in the name of its time that it is UTC."""
    said = values.get("UtcTime", "").strip()
    if said and said[-1].isdigit():
        values["UtcTime"] = f"{said}Z"
    return values


def _is_flat(values: dict[str, str]) -> bool:
    """NXLog, Mordor, Sentinel, old Winlogbeat and Get-WinEvent have the number of the event beside its channel or
    provider.
    """
    if "EventID" in values or "event_id" in values:
        return any(key in values for key in _ORIGIN) or ("EventData" in values and "Provider" in values)
    return ("EventId" in values and "ProviderName" in values) or (
        "Id" in values and "ProviderName" in values and ("LogName" in values or "MachineName" in values)
    )


def _named(values: dict[str, str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for key, value in values.items():
        name = key
        for prefix in _DATA:
            if key.startswith(prefix):
                name = key[len(prefix) :].removesuffix(".#text")
                break
        else:
            for prefix in _WAZUH:
                if key.startswith(prefix):
                    name = key[len(prefix) :]
                    name = name[:1].upper() + name[1:]
                    value = _single(value)
        name = name.replace("#attributes.", "@")
        if name in ("Data", "Data.#text") and value.startswith("["):
            made.update(_unnamed(value))
            continue
        if name not in made or key != name:
            made[name] = value
    return made


def _unnamed(value: str) -> dict[str, str]:
    """Data without names, which JSON has as a list."""
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {"Data": value}
    return {"Data" if place == 1 else f"Data#{place}": str(each) for place, each in enumerate(found, 1)}


_ESCAPED_AGAIN = re.compile(r'(?:[^\\]|\\[\\"])*+')


def _single(value: str) -> str:
    """A value whose backslashes and quotes are all escaped (Wazuh does so once more), without that."""
    if "\\" not in value or _ESCAPED_AGAIN.fullmatch(value) is None:
        return value
    return value.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")

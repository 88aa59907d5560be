"""One Windows event in its many spellings: XML and EVTX, Winlogbeat, NXLog, Mordor, evtx_dump, Sentinel, Wazuh.

All come to the names of the event's own data (``Image``, ``TargetObject``) and of its system part (``System.EventID``).
"""

from __future__ import annotations

from certhound.sources.envelopes.record import Form, Record

_SYSTEM = {
    "System.EventID": ("winlog.event_id", "Event.System.EventID.#text", "Event.System.EventID",
                       "data.win.system.eventID", "win.system.eventID", "EventID", "event_id", "EventId", "event.code"),
    "System.Channel": ("winlog.channel", "Event.System.Channel", "data.win.system.channel", "win.system.channel",
                       "Channel", "log_name", "LogName"),
    "System.Provider": ("winlog.provider_name", "Event.System.Provider.#attributes.Name",
                        "data.win.system.providerName", "win.system.providerName", "SourceName", "source_name",
                        "ProviderName", "Provider", "EventSourceName", "provider_name"),
    "System.Computer": ("winlog.computer_name", "Event.System.Computer", "data.win.system.computer",
                        "win.system.computer", "Hostname", "Computer", "computer_name", "MachineName", "host.name"),
    "System.TimeCreated": ("Event.System.TimeCreated.#attributes.SystemTime", "data.win.system.systemTime",
                           "win.system.systemTime", "winlog.time_created", "@timestamp", "TimeCreated", "SystemTime",
                           "TimeGenerated", "EventTime"),
    "System.UserID": ("winlog.user.identifier", "Event.System.Security.#attributes.UserID", "UserID",
                      "data.win.system.userID"),
    "System.EventRecordID": ("winlog.record_id", "Event.System.EventRecordID", "RecordNumber", "EventRecordID",
                             "data.win.system.eventRecordID"),
}  # fmt: skip
"""Where the system part of an event stands, the surest spelling first."""

_DATA = (
    "winlog.event_data.", "winlog.user_data.", "Event.EventData.", "Event.UserData.", "event_data.", "user_data.",
    "EventData.",
)  # fmt: skip
_WAZUH = ("data.win.eventdata.", "win.eventdata.")
_NESTED = ("winlog.event_id", "Event.System.EventID", "Event.System.EventID.#text", "data.win.system.eventID",
           "win.system.eventID")  # fmt: skip


def normalised(record: Record) -> dict[str, str] | None:
    """The values of a Windows event under its own names; None for a record that is none."""
    if record.form is Form.WINDOWS:
        return _with_utc(record.values)
    values = record.values
    nested = any(key in values for key in _NESTED)
    if not nested and not _is_flat(values):
        return None
    made = _named(values)
    for name, spellings in _SYSTEM.items():
        found = record.get(*spellings)
        if found is not None:
            made[name] = found
    number = made.get("System.EventID", "")
    return _with_utc(made) if number.isdecimal() else None


def _with_utc(values: dict[str, str]) -> dict[str, str]:
    """Sysmon says only in the name of its time that it is UTC."""
    said = values.get("UtcTime", "").strip()
    if said and said[-1].isdigit():
        values["UtcTime"] = f"{said}Z"
    return values


def _is_flat(values: dict[str, str]) -> bool:
    """NXLog, Mordor, Sentinel and old Winlogbeat have the number of the event beside its channel or provider."""
    if "EventID" in values or "event_id" in values:
        return any(
            key in values
            for key in (
                "Channel",
                "SourceName",
                "ProviderName",
                "EventSourceName",
                "log_name",
                "source_name",
                "LogName",
            )
        )
    return "EventId" in values and "ProviderName" in values


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
        name = name.replace("#attributes.", "@")
        if name not in made or key != name:
            made[name] = value
    return made

"""What Windows events say in columns: one log for each kind of event that certhound reads.

Names of data: Microsoft's *Windows security auditing* pages, *about_Logging_Windows*, Sysmon's page, and what is
documented of certificate services (gradenegger.eu, detection-wiki). Process ids of the Security log are hexadecimal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from certhound.sources.envelopes.reads import (
    Source_,
    address,
    fingerprint,
    host,
    integer,
    moment,
    name,
    serial,
    text,
    to_address,
    to_texts,
    words,
)
from certhound.sources.envelopes.record import Record
from certhound.sources.envelopes.vendor import Log

TIME = moment("UtcTime", "System.TimeCreated")
_SYSTEM: dict[str, Source_] = {
    "computer": text("System.Computer"),
    "event_id": text("System.EventID"),
    "event_type": text("System.Channel"),
}
_HIDDEN = frozenset(
    ("System.EventID", "System.Computer", "System.Channel", "UtcTime", "System.Version", "System.Level", "System.Task",
     "System.Opcode", "System.Keywords", "System.ThreadID")
)  # fmt: skip
"""``System.TimeCreated`` is kept in ``fields``: it has a seventh digit, and beside Sysmon's time it is another one."""


def _log(source: str, category: str, columns: Mapping[str, Source_], *, certificate: bool = True) -> Log:
    return Log(f"windows.{source}", category, TIME, {**_SYSTEM, **columns}, _HIDDEN, certificate)


def account(kind: str) -> Callable[[Record], str | None]:
    """``DOMAIN\\user`` of the subject or the target of an event."""

    def read(record: Record) -> str | None:
        user, domain = record.get(f"{kind}UserName"), record.get(f"{kind}DomainName")
        return f"{domain}\\{user}" if user is not None and domain is not None else user

    return read


_subject, _target = account("Subject"), account("Target")


def _actor(record: Record) -> str | None:
    """Who runs the new process: another account than the one that asked for it, where one is named (4688)."""
    return _target(record) or _subject(record) or ecs_user(record)


# --- Sysmon --------------------------------------------------------------------------------------------------------


def ecs_user(record: Record, prefix: str = "user") -> str | None:
    """``DOMAIN\\user`` of Elastic's common schema, into which its pipelines move what an event said."""
    user, domain = record.get(f"{prefix}.name"), record.get(f"{prefix}.domain")
    return f"{domain}\\{user}" if user is not None and domain is not None else user


_SYSMON: dict[str, Source_] = {
    "process": lambda record: _image(record, "Image", "process.executable"),
    "pid": integer("ProcessId", "process.pid"),
    "user": lambda record: record.get("User") or ecs_user(record),
    "command_line": text("CommandLine", "process.command_line"),
    "action": text("EventType"),
}


def _image(record: Record, *keys: str) -> str | None:
    value = record.get(*keys)
    return None if value is None or value.strip("<>& ").lower().startswith(("unknown process", "lt unknown")) else value


def thumbprint_of_key(record: Record) -> str | None:
    """The SHA-1 in the name of a registry key below a certificate store."""
    key = record.get("TargetObject", "ObjectName", "RegistryKey", "registry.path")
    found = _STORE.search(key) if key else None
    return found[1].lower() if found else None


_STORE = re.compile(
    r"(?:System|Enterprise)Certificates\\[^\\]+\\Certificates\\([0-9A-Fa-f]{40})(?:\\|$)", re.IGNORECASE
)


def _answers(record: Record) -> list[str] | None:
    """``type:  5 name;::ffff:203.0.113.7;`` as names and addresses."""
    value = record.get("QueryResults")
    if value is None:
        return to_texts(said) if (said := record.get("dns.resolved_ip")) is not None else None
    parts = [re.sub(r"^type:\s*\d+\s*", "", part.strip()) for part in value.split(";")]
    return [to_address(part) or part for part in parts if part and part != "-"] or None


def _file_log(action: str) -> Log:
    path = text("TargetFilename", "file.path")
    return _log("sysmon.file", "file", {**_SYSMON, "file_path": path, "action": action})


SYSMON: dict[str, Log] = {
    "1": _log("sysmon.process", "process", {
        **_SYSMON, "parent_process": lambda record: _image(record, "ParentImage", "process.parent.executable"),
        "parent_pid": integer("ParentProcessId", "process.parent.pid"),
        "parent_command_line": text("ParentCommandLine", "process.parent.command_line"),
        "process_hash": text("Hashes", "process.hash.sha256", "process.hash.sha1", "process.hash.md5"),
        "action": "process created",
    }),
    "5": _log("sysmon.ended", "other", {**_SYSMON, "action": "process ended"}),
    "3": _log("sysmon.connection", "connection", {
        **_SYSMON, "src_ip": address("SourceIp", "source.ip"), "src_port": integer("SourcePort", "source.port"),
        "dst_ip": address("DestinationIp", "destination.ip"),
        "dst_port": integer("DestinationPort", "destination.port"),
        "transport": words("Protocol", "network.transport", tcp="tcp", udp="udp"),
        "dst_host": text("DestinationHostname", "destination.domain"), "service": text("DestinationPortName"),
        "action": "connected",
    }),
    "11": _file_log("file created"),
    "23": _file_log("file deleted"),
    "26": _file_log("file deleted"),
    "22": _log("sysmon.dns", "dns", {
        **_SYSMON, "dns_query": text("QueryName", "dns.question.name"), "dns_answers": _answers,
        "dst_host": host("QueryName", "dns.question.name"), "action": "name resolved",
    }),
}  # fmt: skip
_REGISTRY = _log("sysmon.registry", "registry", {
    **_SYSMON, "registry_key": text("TargetObject", "registry.path"),
    "registry_value": text("Details", "NewName", "registry.data.strings"),
    "cert_sha1": thumbprint_of_key,
}, certificate=False)  # fmt: skip
SYSMON |= dict.fromkeys(("12", "13", "14"), _REGISTRY)
SYSMON |= {
    "15": _file_log("stream created"), "27": _file_log("executable blocked"), "28": _file_log("shredding blocked"),
    "29": _file_log("executable written"),
}  # fmt: skip
_SYSMON_OTHER = _log("sysmon.other", "other", {
    **_SYSMON, "process": lambda record: _image(record, "Image", "SourceImage", "process.executable"),
    "pid": integer("ProcessId", "SourceProcessId", "process.pid"),
    "user": lambda record: record.get("User", "SourceUser") or ecs_user(record),
    "file_path": text("TargetFilename", "ImageLoaded", "file.path"),
})  # fmt: skip

# --- the Security log ----------------------------------------------------------------------------------------------

_CA_ACTIONS = {
    "4868": "request denied by manager", "4870": "certificate revoked", "4876": "backup started",
    "4877": "backup finished", "4882": "permissions changed", "4885": "audit filter changed",
    "4886": "certificate requested", "4887": "certificate issued", "4888": "request denied", "4889": "request pending",
    "4890": "manager settings changed", "4892": "property changed", "4898": "template loaded",
    "4899": "template updated", "4900": "template security updated", "5123": "responder configuration changed",
    "5124": "responder security updated",
}  # fmt: skip
_ASKED: dict[str, Source_] = {
    "user": text("Requester", "SubjectUserName"),
    "cert_subject": name("Subject"),
    "cert_serial": serial("SerialNumber"),
    "outcome": lambda record: {"4887": "allow", "4888": "block"}.get(record.event_id),
    "action": lambda record: _CA_ACTIONS.get(record.event_id),
    "target_user": lambda record: _requested_name(record),
}


def _requested_name(record: Record) -> str | None:
    """A name that the requester asked for beside the own (``SAN:upn=…``)."""
    said = record.get("Attributes", "SubjectAlternativeName")
    found = re.search(r"(?:san:|SAN:)\s*(.+)", said) if said else None
    return found[1].strip() if found else None


_LOGON: dict[str, Source_] = {
    "src_ip": address("IpAddress", "source.ip"),
    "src_port": integer("IpPort", "source.port"),
    "action": text("Status"),
    "cert_issuer": text("CertIssuerName"),
    "cert_serial": serial("CertSerialNumber"),
    "cert_sha1": fingerprint("CertThumbprint", length=40),
}
SECURITY: dict[str, Log] = {
    "4688": _log("security.process", "process", {
        "process": text("NewProcessName", "process.executable"), "pid": integer("NewProcessId", "process.pid"),
        "parent_process": text("ParentProcessName", "process.parent.executable"),
        "parent_pid": integer("ProcessId", "process.parent.pid"), "user": _actor,
        "command_line": text("CommandLine", "process.command_line"),
        "target_user": _target, "action": "process created",
    }),
    "4689": _log("security.ended", "other", {
        "process": text("ProcessName", "process.executable"), "pid": integer("ProcessId", "process.pid"),
        "user": _subject, "action": "process ended",
    }),
    "4624": _log("security.logon", "other", {
        "user": lambda record: record.get("SubjectUserName"), "target_user": text("TargetUserName"),
        "src_ip": address("IpAddress", "source.ip"), "src_port": integer("IpPort", "source.port"),
        "process": text("ProcessName"), "pid": integer("ProcessId"), "action": "logged on",
    }),
    "4625": _log("security.logon", "other", {
        "user": lambda record: record.get("SubjectUserName"), "target_user": text("TargetUserName"),
        "src_ip": address("IpAddress", "source.ip"), "src_port": integer("IpPort", "source.port"),
        "process": text("ProcessName"), "pid": integer("ProcessId"), "action": "log-on failed",
    }),
    "4657": _log("security.registry", "registry", {
        "process": text("ProcessName"), "pid": integer("ProcessId"), "user": _subject,
        "registry_key": lambda record: _joined_key(record), "registry_value": text("NewValue"),
        "cert_sha1": thumbprint_of_key, "action": text("OperationType"),
    }, certificate=False),
    "4663": _log("security.file", "file", {
        "process": text("ProcessName"), "pid": integer("ProcessId"), "user": _subject, "file_path": text("ObjectName"),
        "action": text("AccessList"),
    }),
    "5156": _log("security.connection", "connection", {
        "process": text("Application"), "pid": integer("ProcessID"), "src_ip": address("SourceAddress"),
        "src_port": integer("SourcePort"), "dst_ip": address("DestAddress"), "dst_port": integer("DestPort"),
        "transport": lambda record: {"6": "tcp", "17": "udp"}.get(record.get("Protocol") or ""),
        "action": "connection permitted", "outcome": "allow",
    }),
}  # fmt: skip
_KERBEROS = _log("security.kerberos", "other", {"user": text("TargetUserName"), **_LOGON}, certificate=False)
SECURITY |= dict.fromkeys(("4768", "4769", "4771"), _KERBEROS)
_CA = _log("security.certificate_services", "certificate_service", _ASKED, certificate=False)
SECURITY |= dict.fromkeys(_CA_ACTIONS, _CA)
_SECURITY_OTHER = _log("security.other", "other", {
    "user": lambda record: record.get("SubjectUserName", "TargetUserName") or ecs_user(record),
    "target_user": lambda record: record.get("TargetUserName") if record.get("SubjectUserName") else None,
    "src_ip": address("IpAddress", "ClientAddress", "source.ip"), "src_port": integer("IpPort", "ClientPort"),
    "process": text("ProcessName", "process.executable"), "pid": integer("ProcessId", "process.pid"),
    "command_line": text("CommandLine", "ServiceFileName"), "file_path": text("KeyFilePath"),
})  # fmt: skip


def _joined_key(record: Record) -> str | None:
    key, value = record.get("ObjectName"), record.get("ObjectValueName")
    return f"{key}\\{value}" if key is not None and value is not None else key


# --- certificates of the host, PowerShell --------------------------------------------------------------------------

_LIFECYCLE_ACTIONS = {
    "1001": "replaced", "1002": "expired", "1003": "about to expire", "1004": "deleted", "1005": "archived",
    "1006": "installed", "1007": "exported",
}  # fmt: skip


_REPLACED = "OldCertificateDetails"
"""What 1001 says of the certificate that is gone; it stays in ``fields``."""


def _named(record: Record, *ends: str) -> str | None:
    """The first value whose key ends so; elements and attributes of UserData have long ones."""
    for end in ends:
        for key, value in record.values.items():
            bare = key.rpartition("#")[0]
            if (bare.endswith(end) or key.endswith(end)) and value.strip() and not key.startswith(_REPLACED):
                return value.strip()
    return None


def _all_named(record: Record, end: str) -> list[str]:
    return [
        value.strip()
        for key, value in record.values.items()
        if key.split("#")[0].endswith(end) and value.strip() and not key.startswith(_REPLACED)
    ]


def _subject_name(record: Record) -> str | None:
    from certhound.sources.envelopes.reads import to_name

    names = _all_named(record, "SubjectName")
    found = next((each for each in names if "=" in each), None)
    return to_name(found) if found else None


LIFECYCLE = _log("certificate_lifecycle", "certificate_service", {
    "action": lambda record: _LIFECYCLE_ACTIONS.get(record.event_id),
    "user": lambda record: _named(record, "@AccountName"),
    "process": lambda record: _named(record, "@ProcessName"),
    "cert_sha1": lambda record: (_named(record, "@Thumbprint") or "").lower() or None,
    "cert_subject": _subject_name,
    "cert_san": lambda record: [each for each in _all_named(record, "SubjectName") if "=" not in each] or None,
    "cert_not_after": lambda record: _moment(_named(record, "NotValidAfter")),
}, certificate=False)  # fmt: skip
CAPI2 = _log("capi2", "certificate_service", {
    "process": lambda record: _named(record, "@ProcessName"),
    "user": text("System.UserID"),
    "cert_subject": lambda record: _cn(_named(record, "Certificate.@subjectName")),
    "cert_sha1": lambda record: (_named(record, "Certificate.@fileRef") or "").lower().removesuffix(".cer") or None,
    "action": lambda record: _named(record, "Result", "Result.@value"),
}, certificate=False)  # fmt: skip


_KDC_ACTIONS = {
    "39": "no strong mapping", "40": "certificate older than the account", "41": "SID does not match",
    "48": "no strong mapping", "49": "certificate older than the account",
}  # fmt: skip
KDC = _log("kdc_certificate", "certificate_service", {
    "action": lambda record: _KDC_ACTIONS.get(record.event_id), "user": text("AccountName", "User", "Data"),
    "cert_subject": name("Subject", "Data#2"), "cert_issuer": text("Issuer", "Data#3"),
    "cert_serial": serial("SerialNumber", "CertSerialNumber", "Data#4"),
    "cert_sha1": fingerprint("Thumbprint", "CertThumbprint", "Data#5", length=40),
}, certificate=False)  # fmt: skip
"""Log-ons with a certificate that the domain controller finds no strong mapping for (KB5014754)."""


def _cn(value: str | None) -> str | None:
    return None if value is None else value if "=" in value else f"CN={value}"


def _moment(value: str | None) -> int | None:
    from certhound.sources.envelopes.reads import to_time

    return to_time(value) if value else None


_PID = integer("System.ProcessID", "process.pid")
"""PowerShell writes its events itself: the process that logged is the one that ran the script."""

SCRIPT = _log("powershell.script", "script", {
    "script": text("ScriptBlockText", "powershell.file.script_block_text"), "file_path": text("Path", "file.path"),
    "user": lambda record: record.get("System.UserID") or ecs_user(record), "pid": _PID, "action": "script block",
})  # fmt: skip
COMMAND = _log("powershell.command", "script", {
    "script": lambda record: _command(record), "command_line": lambda record: _host_application(record),
    "user": lambda record: _context(record, "User", "UserId") or ecs_user(record), "pid": _PID, "action": "command",
})  # fmt: skip


def _command(record: Record) -> str | None:
    """What was run: the payload of 4103, the detail of 800; the other events tell of the engine alone."""
    if record.event_id == "800":
        return record.get("Data#3", "param3", "Data", "param1")
    return record.get("Payload")


def _host_application(record: Record) -> str | None:
    return _context(record, "Host Application", "HostApplication") or record.get("process.command_line")


_CONTEXTS = ("ContextInfo", "Data#2", "param2", "Data#3", "param3", "Data", "Message", "message")


def _context(record: Record, *names: str) -> str | None:
    """A line of the text in which PowerShell tells where a command ran."""
    for value in map(record.get, _CONTEXTS):
        for label in names if value else ():
            found = re.search(rf"^\s*{label}\s*=[ \t]*(.*?)\s*$", value or "", re.MULTILINE)
            if found and found[1]:
                return found[1]
    return None


OTHER = _log("event", "other", {
    "user": lambda record: record.get("SubjectUserName", "User", "AccountName") or ecs_user(record),
    "process": text("Image", "ProcessName", "process.executable"),
    "command_line": text("CommandLine", "process.command_line", "ImagePath"), "action": text("EventType"),
})  # fmt: skip


def log_for(values: Mapping[str, str]) -> Log:
    """Which log an event is, by its provider, its channel and its number."""
    provider, channel = values.get("System.Provider", ""), values.get("System.Channel", "")
    number, said = values.get("System.EventID", ""), f"{provider} {channel}".lower()
    if "sysmon" in said:
        return SYSMON.get(number, _SYSMON_OTHER)
    if "powershell" in said:
        return SCRIPT if number == "4104" else COMMAND
    if "certificateservicesclient-lifecycle" in said or "certificateserviceclient-lifecycle" in said:
        return LIFECYCLE
    if "capi2" in said:
        return CAPI2
    if number in _KDC_ACTIONS and ("key-distribution-center" in said or "kdcsvc" in said):
        return KDC
    if "security-auditing" in said or channel.lower() == "security" or (said == " " and number in SECURITY):
        return SECURITY.get(number, _SECURITY_OTHER)
    return OTHER


LOGS = tuple(dict.fromkeys(
    (*SYSMON.values(), _SYSMON_OTHER, *SECURITY.values(), _SECURITY_OTHER, LIFECYCLE, CAPI2, KDC, SCRIPT, COMMAND,
     OTHER)
))  # fmt: skip

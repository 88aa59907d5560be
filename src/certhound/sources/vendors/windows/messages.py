"""The English text of an event taken apart: what Snare, WinCollect, Splunk's old input and ``Get-WinEvent`` carry.

The labels of a text are those of Microsoft's *Windows security auditing* pages; under which heading a label stands
tells whose it is. Sysmon's texts have the names of its data as labels. Senders keep the lines of a text or put blanks
in their place; where a value ends is told by the next label either way. Texts in other languages say nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

_ACCOUNT = {
    "Security ID": "UserSid", "Account Name": "UserName", "Account Domain": "DomainName", "Logon ID": "LogonId",
    "User Name": "UserName", "Domain": "DomainName", "Supplied Realm Name": "DomainName", "User ID": "Sid",
}  # fmt: skip
_WHOSE = {
    "Subject": "Subject", "Creator Subject": "Subject", "Target Subject": "Target", "New Logon": "Target",
    "Account For Which Logon Failed": "Target", "Target Account": "Target", "Account Information": "Target",
    "New Account": "Target", "Member": "Member", "Account Whose Credentials Were Used": "Target", "User": "Target",
    "New Computer Account": "Target", "Account That Was Locked Out": "Target", "Group": "Target",
    "Deleted Account": "Target", "Computer Account That Was Changed": "Target",
}  # fmt: skip
"""Headings under which accounts stand, and how the names of their data begin."""

_HEADINGS = frozenset((
    *_WHOSE, "Process Information", "Process", "Network Information", "Object", "Logon Information",
    "Change Information", "Certificate Information", "Detailed Authentication Information", "Additional Information",
    "Service Information", "Failure Information", "Application Information", "Filter Information",
    "Access Request Information", "Source", "Template Content", "Template Information", "Attributes Changed",
    "Changed Attributes", "Target Server", "Task Information",
))  # fmt: skip
_LABELS = {
    "New Process ID": "NewProcessId", "New Process Name": "NewProcessName", "Image File Name": "NewProcessName",
    "Token Elevation Type": "TokenElevationType", "Mandatory Label": "MandatoryLabel",
    "Creator Process ID": "ProcessId", "Creator Process Name": "ParentProcessName",
    "Process Command Line": "CommandLine", "Process ID": "ProcessId", "Process Name": "ProcessName",
    "Caller Process ID": "ProcessId", "Caller Process Name": "ProcessName", "Exit Status": "Status",
    "Logon Type": "LogonType", "Logon GUID": "LogonGuid", "Workstation Name": "WorkstationName",
    "Source Workstation": "Workstation", "Logon Account": "TargetUserName", "Error Code": "Status",
    "Source Network Address": "IpAddress", "Client Address": "IpAddress", "Client Port": "IpPort",
    "Source Port": "IpPort", "Source Address": "SourceAddress", "Destination Address": "DestAddress",
    "Destination Port": "DestPort", "Protocol": "Protocol", "Application Name": "Application",
    "Direction": "Direction", "Result Code": "Status", "Failure Code": "Status", "Status": "Status",
    "Sub Status": "SubStatus", "Failure Reason": "FailureReason", "Ticket Options": "TicketOptions",
    "Ticket Encryption Type": "TicketEncryptionType", "Pre-Authentication Type": "PreAuthType",
    "Service Name": "ServiceName", "Service ID": "ServiceSid", "Service File Name": "ServiceFileName",
    "Certificate Issuer Name": "CertIssuerName", "Certificate Serial Number": "CertSerialNumber",
    "Certificate Thumbprint": "CertThumbprint", "Certificate Subject": "Subject",
    "Certificate Issuer": "Issuer", "Object Server": "ObjectServer", "Object Type": "ObjectType",
    "Object Name": "ObjectName", "Object Value Name": "ObjectValueName", "Handle ID": "HandleId",
    "Operation Type": "OperationType", "Old Value Type": "OldValueType", "Old Value": "OldValue",
    "New Value Type": "NewValueType", "New Value": "NewValue", "Accesses": "AccessList",
    "Access Mask": "AccessMask", "Access Reasons": "AccessReason", "Resource Attributes": "ResourceAttributes",
    "Logon Process": "LogonProcessName", "Authentication Package": "AuthenticationPackageName",
    "Transited Services": "TransmittedServices", "Package Name (NTLM only)": "LmPackageName",
    "Key Length": "KeyLength", "Impersonation Level": "ImpersonationLevel", "Elevated Token": "ElevatedToken",
    "Virtual Account": "VirtualAccount", "Restricted Admin Mode": "RestrictedAdminMode",
    "Linked Logon ID": "TargetLinkedLogonId", "Network Account Name": "TargetOutboundUserName",
    "Network Account Domain": "TargetOutboundDomainName", "Privileges": "PrivilegeList",
    "Request ID": "RequestId", "Requester": "Requester", "Attributes": "Attributes", "Disposition": "Disposition",
    "SKI": "SubjectKeyIdentifier", "Serial Number": "SerialNumber", "Certificate Serial": "SerialNumber",
    "Reason": "Reason", "Property": "PropertyName", "Type": "PropertyType", "Value": "PropertyValue",
    "Task Name": "TaskName", "Task Content": "TaskContent", "Share Name": "ShareName", "Share Path": "ShareLocalPath",
    "Relative Target Name": "RelativeTargetName", "Layer Name": "LayerName", "Layer Run-Time ID": "LayerRTID",
    "Filter Run-Time ID": "FilterRTID", "Caller Domain": "SubjectDomainName", "Caller User Name": "SubjectUserName",
    "Caller Logon ID": "SubjectLogonId", "Group Name": "TargetUserName", "Group Domain": "TargetDomainName",
    "Target Server Name": "TargetServerName",
}  # fmt: skip
_SYSMON = (
    "RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine "
    "CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes Hash ParentProcessGuid "
    "ParentProcessId ParentImage ParentCommandLine ParentUser Protocol Initiated SourceIsIpv6 SourceIp SourceHostname "
    "SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort "
    "DestinationPortName TargetFilename CreationUtcTime PreviousCreationUtcTime EventType TargetObject Details NewName "
    "QueryName QueryStatus QueryResults ImageLoaded Signed Signature SignatureStatus SourceProcessGUID "
    "SourceProcessGuid SourceProcessId SourceThreadId SourceImage TargetProcessGUID TargetProcessGuid TargetProcessId "
    "TargetImage GrantedAccess CallTrace SourceUser TargetUser PipeName IsExecutable Archived Contents Configuration "
    "ConfigurationFileHash Operation EventNamespace Name Query Consumer Filter Destination State Version "
    "SchemaVersion StartAddress StartModule StartFunction NewThreadId Device ClientInfo Session Type"
).split()
_FREE = {
    "CommandLine": "CurrentDirectory", "ParentCommandLine": "ParentUser", "Details": "User", "Description": "Product",
    "Contents": "User",
}  # fmt: skip
"""Sysmon's data that people write freely, and what comes next: labels in it are none."""

_CERTIFICATE_SERVICES = frozenset(("4886", "4887", "4888", "4889", "4870", "4868"))
_EXPLAINED = re.compile(
    r"\s(?:This event is generated|Token Elevation Type indicates|The subject fields? indicate|The logon type field|"
    r"Certificate information is only|Pre-authentication types,|If the ticket was|Ticket options, encryption|"
    r"Type 1 is a full token|The Process Information fields|The Network Information fields|The authentication "
    r"information fields|The impersonation level field|The New Logon fields|This will be 0 if)"
)
"""What the texts explain behind their last value."""

_PARAGRAPH = re.compile(r"\n[ \t]*\n")


@lru_cache(8)
def _pattern(sysmon: bool) -> re.Pattern[str]:
    words = _SYSMON if sysmon else {*_LABELS, *_ACCOUNT, *_HEADINGS}
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![^\s])({either})\s?:(?=\s|$)")


def values_of(message: str, number: str, origin: str) -> dict[str, str]:
    """The data of an event by their own names. ``origin``: its provider and channel, in lower case."""
    text = message.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "powershell" in origin:
        return _powershell(text, number)
    if "sysmon" in origin:
        return _sysmon(text)
    return _security(text, number)


def _sysmon(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _pieces(text, _pattern(True), _FREE):
        found.setdefault(name, value)
    return found


def _pieces(text: str, pattern: re.Pattern[str], free: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Labels and the text up to the next one; behind a free one only what must come next ends it."""
    found = pattern.search(text)
    while found is not None:
        name, at = found[1], found.end()
        following = pattern.search(text, at)
        until = free.get(name)
        while until is not None and following is not None and following[1] != until:
            following = pattern.search(text, following.end())
        yield name, text[at : following.start() if following else len(text)].strip()
        found = following


def _security(text: str, number: str) -> dict[str, str]:
    said = text
    lined = "\n" in text
    if not lined and (explained := _EXPLAINED.search(text)) is not None:
        said = text[: explained.start()]
    values: dict[str, str] = {}
    whose = ""
    issues = number in _CERTIFICATE_SERVICES
    for label, value in _pieces(said, _pattern(False), {"Process Command Line": "\n"}):
        if lined:
            value = _PARAGRAPH.split(value, maxsplit=1)[0].strip()
        if issues and label == "Subject":
            values["Subject"] = value
        elif label in _HEADINGS and not value:
            whose = _WHOSE.get(label, "")
        elif label in _ACCOUNT and (whose or label not in _LABELS):
            prefix = whose or "Target"
            values.setdefault(f"{prefix}{_ACCOUNT[label]}", value)
        elif label in _LABELS:
            values.setdefault(_LABELS[label], value)
    if "SourceAddress" in values and "IpPort" in values:
        values["SourcePort"] = values.pop("IpPort")
    return values


_PART = re.compile(r"\s*Creating Scriptblock text \((\d+) of (\d+)\):\s*(.*)", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(r"\s*ScriptBlock ID:\s*([0-9a-fA-F\-]{36})\s*(?:Path:\s*(.*?)\s*)?\Z", re.DOTALL)


def _powershell(text: str, number: str) -> dict[str, str]:
    part = _PART.match(text)
    if part is not None:
        values = {"MessageNumber": part[1], "MessageTotal": part[2], "ScriptBlockText": part[3]}
        end = _BLOCK.search(part[3])
        if end is not None:
            values |= {"ScriptBlockText": part[3][: end.start()], "ScriptBlockId": end[1], "Path": end[2] or ""}
        return values
    if number not in ("4103", "800"):
        return {}
    payload, colon, rest = text.partition("\n\nContext:\n") if number == "4103" else ("", "", "")
    if colon:
        context, _, user_data = rest.partition("\n\nUser Data:")
        return {"Payload": payload.strip(), "ContextInfo": context, "UserData": user_data.strip()}
    flat = re.search(r"\sContext:\s+Severity = ", text)
    if flat is not None:
        context = re.sub(r"\s{2,}(?=[A-Z][\w ]{2,24} = )", "\n", text[flat.start() + len(" Context:") :])
        return {"Payload": text[: flat.start()].strip(), "ContextInfo": context}
    return {}

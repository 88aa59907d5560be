"""CrowdStrike Falcon: events of the Falcon Data Replicator, and what its API tells of detections and modules.

Records name themselves (``event_simpleName``, ``ExternalApiType``). Those of the sensor say by ``ContextTimeStamp``
when it happened, and by ``timestamp`` when the cloud got them. https://falcon.crowdstrike.com (*Events Data
Dictionary*)
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
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
    texts,
    time,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

TIME = moment("ContextTimeStamp", "UTCTimestamp", "timestamp", "_time")
_DEVICE: dict[str, Source_] = {
    "computer": text("ComputerName", "aid", "SensorId", "AgentIdString"),
    "event_type": text("event_simpleName", "ExternalApiType"),
    "action": text("event_simpleName", "PatternDispositionDescription", "ExternalApiType"),
    "user": text("UserName", "UserPrincipal", "UserSid", "UID"),
}
_PROCESS: dict[str, Source_] = {
    **_DEVICE,
    "process": text("ImageFileName", "AssociatedFile", "FileName"),
    "pid": integer("RawProcessId"),
    "command_line": text("CommandLine"),
    "process_hash": text("SHA256HashData", "SHA256String", "SHA1HashData", "MD5HashData"),
    "parent_process": text("ParentImageFileName", "ParentBaseFileName"),
    "parent_command_line": text("ParentCommandLine"),
}
_BY: dict[str, Source_] = {**_DEVICE, "process": text("ContextImageFileName", "ContextBaseFileName", "ImageFileName")}


def _is_inbound(record: Record) -> bool:
    return record.values.get("ConnectionDirection") == "1"


def _side(client: tuple[str, ...], server: tuple[str, ...]) -> Source_:
    """The client's or the server's value: the local side is the client, unless the connection came in."""

    def read(record: Record) -> str | int | None:
        from certhound.sources.envelopes.reads import to_address, to_integer

        said = record.get(*(server if _is_inbound(record) else client))
        return None if said is None else to_integer(said) if "Port" in client[0] else to_address(said)

    return read


_LOCAL, _REMOTE = ("LocalAddressIP4", "LocalAddressIP6", "LocalIP"), ("RemoteAddressIP4", "RemoteAddressIP6")
PROCESS = Log("crowdstrike.process", "process", TIME, _PROCESS)
CONNECTION = Log("crowdstrike.connection", "connection", TIME, {
    **_BY, "src_ip": _side(_LOCAL, _REMOTE), "src_port": _side(("LocalPort",), ("RemotePort",)),
    "dst_ip": _side(_REMOTE, _LOCAL), "dst_port": _side(("RemotePort",), ("LocalPort",)),
    "transport": lambda record: {"6": "tcp", "17": "udp"}.get(record.values.get("Protocol", "")),
})  # fmt: skip
DNS = Log("crowdstrike.dns", "dns", TIME, {
    **_BY, "dns_query": text("DomainName"), "dst_host": host("DomainName"),
    "dns_answers": texts("IP4Records", "IP6Records", "CNAMERecords", separator=";"),
})  # fmt: skip
FILE = Log("crowdstrike.file", "file", TIME, {**_BY, "file_path": text("TargetFileName", "FileName")})
REGISTRY = Log("crowdstrike.registry", "registry", TIME, {
    **_BY, "registry_value": text("RegStringValue", "RegNumericValue", "RegBinaryValue"),
    "registry_key": lambda record: "\\".join(
        part for part in (record.get("RegObjectName"), record.get("RegValueName")) if part is not None
    ) or None,
})  # fmt: skip
SCRIPT = Log("crowdstrike.script", "script", TIME, {**_PROCESS, "script": text("ScriptContent", "CommandHistory")})
SIGNATURE = Log("crowdstrike.file_certificate", "certificate_service", TIME, {
    **_DEVICE, "process_hash": text("SHA256HashData"), "cert_subject": name("SubjectDN"),
    "cert_issuer": name("IssuerDN"), "cert_serial": serial("SubjectSerialNumber"),
    "cert_sha1": fingerprint("SubjectCertThumbprint", length=40),
    "cert_not_before": time("SubjectCertValidFrom"), "cert_not_after": time("SubjectCertValidTo"),
}, certificate=False)  # fmt: skip
OTHER = Log("crowdstrike.event", "other", TIME, {
    **_PROCESS, "src_ip": address("LocalIP", "LocalAddressIP4", "aip"), "verdict": text("DetectName", "PatternId"),
})  # fmt: skip
LOGS = (PROCESS, CONNECTION, DNS, FILE, REGISTRY, SCRIPT, SIGNATURE, OTHER)

_KINDS = (
    (re.compile(r"ProcessRollup|SyntheticProcess|ProcessBlocked"), PROCESS),
    (re.compile(r"Network(?:Connect|ReceiveAccept|Listen|Close)"), CONNECTION),
    (re.compile(r"DnsRequest"), DNS),
    (re.compile(r"Reg(?:Generic|Key|Value|System|Asep|Cred)|AsepValue"), REGISTRY),
    (re.compile(r"Script|CommandHistory"), SCRIPT),
    (re.compile(r"ModuleSummaryInfo"), SIGNATURE),
    (re.compile(r"Written$|File(?:Create|Delete|Open|Renam|Writ)|NewExecutable|NewScript"), FILE),
)


def log_of(record: Record) -> Log | None:
    """Events of the sensor have a name and the agent's id, those of the API the kind of the event."""
    values = record.values
    if "event_simpleName" in values:
        if "aid" not in values and "ComputerName" not in values and "event_platform" not in values:
            return None
        said = values["event_simpleName"]
    elif "ExternalApiType" in values:
        said = values["ExternalApiType"]
    else:
        return None
    return next((log for pattern, log in _KINDS if pattern.search(said)), OTHER)


VENDOR = Vendor(
    name="crowdstrike",
    title="CrowdStrike Falcon",
    forms=frozenset((Form.JSON, Form.TABLE)),
    log_of=log_of,
    logs=LOGS,
    log_source_type="CrowdStrikeFalconHost",
)

PAGE = Page(
    recognise=("JSON of the Falcon Data Replicator (`event_simpleName`, `aid`) and of its API (`ExternalApiType`).",),
    options=("*Falcon Data Replicator* with process, network, DNS, file, registry and script events.",),
    gaps=(
        "Numbers of processes other than `RawProcessId` are Falcon's own, and stay in `fields`.",
        "Network events name the process by a number alone where the feed does not add its name.",
        "Certificates are those that files are signed with; none is of a server.",
    ),
    references=("Events: <https://falcon.crowdstrike.com/documentation/page/e3ce0b24/events-data-dictionary>",),
)

"""Microsoft Defender XDR: rows of advanced hunting, as streamed, as the API and Sentinel give them, and as CSV.

``DeviceNetworkEvents`` with ``SslConnectionInspected`` is the one endpoint record that tells issuer and subject of the
certificate that a host met; they stand as JSON text in ``AdditionalFields``, which the table's page does not list.
https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Source_,
    address,
    fingerprint,
    host,
    integer,
    moment,
    serial,
    text,
    texts,
    time,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.mail.links import unwrapped

TIME = moment("Timestamp", "TimeGenerated", "time")
_DEVICE: dict[str, Source_] = {
    "computer": text("DeviceName"),
    "action": text("ActionType"),
    "event_id": text("ReportId"),
}


def _account(prefix: str) -> Callable[[Record], str | None]:
    def read(record: Record) -> str | None:
        user, domain = record.get(f"{prefix}AccountName"), record.get(f"{prefix}AccountDomain")
        return f"{domain}\\{user}" if user is not None and domain is not None else user

    return read


def _path(folder: str, file: str) -> Callable[[Record], str | None]:
    """``FolderPath`` mostly ends in the file's name, and sometimes does not."""

    def read(record: Record) -> str | None:
        at, name = record.get(folder), record.get(file)
        if at is None or name is None or at.lower().endswith(name.lower()):
            return at if at is not None else name
        return f"{at.rstrip(chr(92))}\\{name}"

    return read


_INITIATOR: dict[str, Source_] = {
    "process": _path("InitiatingProcessFolderPath", "InitiatingProcessFileName"),
    "pid": integer("InitiatingProcessId"),
    "command_line": text("InitiatingProcessCommandLine"),
    "parent_process": text("InitiatingProcessParentFileName"),
    "parent_pid": integer("InitiatingProcessParentId"),
    "user": _account("InitiatingProcess"),
    "process_hash": text("InitiatingProcessSHA256", "InitiatingProcessSHA1"),
}


def _is_inbound(record: Record) -> bool:
    more = record.values.get("+direction", "").lower()
    return record.values.get("ActionType", "").startswith("Inbound") or more == "in"


def _side(
    client: str, server: str, convert: Callable[[Record, str], str | int | None]
) -> Callable[[Record], str | int | None]:
    """The client's or the server's value: the local side is the client, unless the connection came in."""

    def read(record: Record) -> str | int | None:
        return convert(record, server if _is_inbound(record) else client)

    return read


def _address(record: Record, key: str) -> str | None:
    from certhound.sources.envelopes.reads import to_address

    value = record.get(key)
    return to_address(value) if value is not None else None


def _port(record: Record, key: str) -> int | None:
    value = record.get(key)
    return int(value) if value is not None and value.isdecimal() and len(value) < 19 else None


_CONNECTION: dict[str, Source_] = {
    **_DEVICE,
    **_INITIATOR,
    "src_ip": _side("LocalIP", "RemoteIP", _address),
    "src_port": _side("LocalPort", "RemotePort", _port),
    "dst_ip": _side("RemoteIP", "LocalIP", _address),
    "dst_port": _side("RemotePort", "LocalPort", _port),
    "dst_host": host("RemoteUrl", "+server_name"),
    "url": lambda record: (found := record.get("RemoteUrl")) and (found if "/" in found else None),
    "transport": lambda record: {"tcp": "tcp", "udp": "udp"}.get((record.get("Protocol") or "")[:3].lower()),
}


def _dn(key: str) -> Callable[[Record], str | None]:
    def read(record: Record) -> str | None:
        from certhound.sources.envelopes.reads import to_name

        value = record.get(key)
        return to_name(value) if value is not None else None

    return read


def _established(record: Record) -> bool | None:
    return {"true": True, "false": False, "t": True, "f": False}.get(record.values.get("+established", "").lower())


def _state(record: Record) -> str | None:
    if _established(record) is False:
        return "failed"
    return "seen" if record.get("+subject", "+issuer") is not None else None


def _tls_version(record: Record) -> str | None:
    from certhound.sources.envelopes.reads import to_tls_version

    value = record.get("+version", "+tls_version", "+ssl_version")
    return to_tls_version(value) if value is not None else None


LOGS: dict[str, Log] = {
    "DeviceProcessEvents": Log("defender.process", "process", TIME, {
        **_DEVICE, "process": _path("FolderPath", "FileName"), "pid": integer("ProcessId"),
        "command_line": text("ProcessCommandLine"), "user": _account(""), "process_hash": text("SHA256", "SHA1"),
        "parent_process": _path("InitiatingProcessFolderPath", "InitiatingProcessFileName"),
        "parent_pid": integer("InitiatingProcessId"), "parent_command_line": text("InitiatingProcessCommandLine"),
    }),
    "DeviceNetworkEvents": Log("defender.connection", "connection", TIME, _CONNECTION),
    "SslConnectionInspected": Log("defender.tls", "tls", TIME, {
        **_CONNECTION, "sni": text("+server_name"), "cert_subject": _dn("+subject"), "cert_issuer": _dn("+issuer"),
        "tls_established": _established, "tls_state": _state, "tls_version": _tls_version, "cipher": text("+cipher"),
        "ja3": text("+ja3"), "ja3s": text("+ja3s"), "ja4": text("+ja4"), "ja4s": text("+ja4s"),
    }),
    "HttpConnectionInspected": Log("defender.http", "http", TIME, {
        **_CONNECTION, "dst_host": host("+host", "RemoteUrl"), "url": text("+uri", "RemoteUrl"),
        "http_method": text("+method"), "http_status": integer("+status_code"), "user_agent": text("+user_agent"),
        "referrer": text("+referrer"),
    }),
    "DnsConnectionInspected": Log("defender.dns", "dns", TIME, {
        **_CONNECTION, "dst_host": host("+query", "RemoteUrl"), "dns_query": text("+query"),
        "dns_type": text("+qtype_name"), "dns_answers": texts("+answers"),
    }),
    "DeviceFileCertificateInfo": Log("defender.file_certificate", "certificate_service", TIME, {
        **_DEVICE, "process_hash": text("SHA1"), "cert_subject_cn": text("Signer"), "cert_issuer_cn": text("Issuer"),
        "cert_sha1": fingerprint("SignerHash", length=40), "cert_serial": serial("CertificateSerialNumber"),
        "cert_not_before": time("CertificateCreationTime"), "cert_not_after": time("CertificateExpirationTime"),
        "cert_validation": lambda record: _trusted(record), "event_type": "code signing",
    }, certificate=False),
    "DeviceTvmCertificateInfo": Log("defender.store_certificate", "certificate_service", TIME, {
        **_DEVICE, "file_path": text("Path"), "cert_sha1": fingerprint("Thumbprint", length=40),
        "cert_serial": serial("SerialNumber"), "cert_not_before": time("IssueDate"),
        "cert_not_after": time("ExpirationDate"), "cert_subject": _dn("IssuedTo"), "cert_issuer": _dn("IssuedBy"),
        "event_type": "store",
    }, certificate=False),
    "DeviceRegistryEvents": Log("defender.registry", "registry", TIME, {
        **_DEVICE, **_INITIATOR, "registry_value": text("RegistryValueData"),
        "registry_key": lambda record: _joined(record.get("RegistryKey"), record.get("RegistryValueName")),
    }),
    "DeviceFileEvents": Log("defender.file", "file", TIME, {
        **_DEVICE, **_INITIATOR, "file_path": _path("FolderPath", "FileName"), "url": text("FileOriginUrl"),
    }),
    "DeviceEvents": Log("defender.event", "other", TIME, {
        **_CONNECTION, "file_path": _path("FolderPath", "FileName"), "script": text("+scriptcontent"),
    }),
    "Other": Log("defender.other", "other", TIME, {
        **_INITIATOR, "event_type": lambda record: record.values.get("category", "").removeprefix("AdvancedHunting-")
        or record.values.get("Type") or None,
        "computer": text("DeviceName", "TargetDeviceName"), "action": text("ActionType"), "event_id": text("ReportId"),
        "user": lambda record: _somebody(record), "target_user": text("TargetAccountUpn"),
        "src_ip": address("IPAddress", "RemoteIP", "LocalIP"), "src_port": integer("Port", "RemotePort"),
        "dst_ip": address("DestinationIPAddress"), "dst_port": integer("DestinationPort"),
        "url": text("RemoteUrl", "Url"), "dst_host": host("RemoteUrl", "Url"), "file_path": text("FolderPath"),
        "user_agent": text("UserAgent"), "mail_subject": text("Subject", "EmailSubject"),
        "mail_from": text("SenderFromAddress"), "mail_to": text("RecipientEmailAddress"),
        "verdict": text("ThreatTypes", "ThreatFamily", "Title"), "process_hash": text("SHA256", "SHA1"),
    }),
    "EmailEvents": Log("defender.email", "mail", TIME, {
        "mail_from": text("SenderFromAddress"), "mail_sender": text("SenderMailFromAddress"),
        "mail_to": text("RecipientEmailAddress"), "mail_subject": text("Subject"),
        "mail_message_id": lambda record: (record.get("InternetMessageId") or "").strip("<>") or None,
        "src_ip": address("SenderIPv4", "SenderIPv6"), "verdict": text("ThreatTypes"),
        "action": text("DeliveryAction"), "event_id": text("NetworkMessageId"), "event_type": "message",
        "outcome": lambda record: _delivered(record),
    }),
    "EmailUrlInfo": Log("defender.email_url", "mail", TIME, {
        "mail_urls": lambda record: [unwrapped(url)] if (url := record.get("Url")) else None,
        "dst_host": host("UrlDomain", "Url"), "event_id": text("NetworkMessageId"), "event_type": "link",
    }),
    "UrlClickEvents": Log("defender.click", "click", TIME, {
        "user": text("AccountUpn"), "url": lambda record: unwrapped(record.get("Url") or "") or None,
        "dst_host": host("Url"), "src_ip": address("IPAddress"), "action": text("ActionType"),
        "verdict": text("ThreatTypes"), "event_id": text("NetworkMessageId"), "event_type": "click",
        "outcome": lambda record: _clicked(record),
    }),
}  # fmt: skip


def _somebody(record: Record) -> str | None:
    """Whom a row is about: an account with its domain, else its principal name or what is shown of it."""
    return (
        _account("")(record) or record.get("AccountUpn", "AccountDisplayName") or _account("InitiatingProcess")(record)
    )


def _trusted(record: Record) -> str | None:
    return {"1": "trusted", "true": "trusted", "0": "not trusted", "false": "not trusted"}.get(
        (record.get("IsTrusted") or "").lower()
    )


def _delivered(record: Record) -> str | None:
    said = (record.get("DeliveryAction") or "").lower()
    return {"delivered": "allow", "junked": "allow", "blocked": "block", "replaced": "block"}.get(said)


def _clicked(record: Record) -> str | None:
    said = (record.get("ActionType") or "").lower()
    through = (record.get("IsClickedThrough") or "").lower() in ("true", "1")
    return "allow" if through or "allowed" in said else "block" if "block" in said or "error" in said else None


def _joined(key: str | None, value: str | None) -> str | None:
    return f"{key}\\{value}" if key is not None and value is not None else key


_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("DeviceFileCertificateInfo", ("SignerHash", "CertificateSerialNumber")),
    ("DeviceTvmCertificateInfo", ("Thumbprint", "IssuedTo")),
    ("UrlClickEvents", ("AccountUpn", "Url", "IsClickedThrough")),
    ("EmailUrlInfo", ("UrlDomain", "UrlLocation", "NetworkMessageId")),
    ("EmailEvents", ("RecipientEmailAddress", "NetworkMessageId", "SenderFromAddress")),
    ("DeviceRegistryEvents", ("RegistryKey", "DeviceName")),
    ("DeviceNetworkEvents", ("RemoteIP", "DeviceName", "LocalIP")),
    ("DeviceProcessEvents", ("ProcessCommandLine", "DeviceName", "FolderPath")),
    ("DeviceFileEvents", ("FolderPath", "DeviceName", "FileName", "InitiatingProcessId")),
)
"""Columns by which a row without a table's name is told (the API and CSV give none)."""


_OF_MAIL = frozenset(("EmailEvents", "EmailUrlInfo", "UrlClickEvents"))
_OTHER = frozenset(
    "AlertInfo AlertEvidence DeviceLogonEvents DeviceImageLoadEvents DeviceInfo DeviceNetworkInfo CloudAppEvents "
    "IdentityLogonEvents IdentityQueryEvents IdentityDirectoryEvents EmailAttachmentInfo "
    "EmailPostDeliveryEvents".split()
)
"""Tables of Sentinel that are kept by their general columns."""


def _table(values: Mapping[str, str]) -> str | None:
    streamed = values.get("category", "").startswith("AdvancedHunting-")
    named = values.get("category", "").removeprefix("AdvancedHunting-") or values.get("Type", "")
    if named in LOGS and (named not in _OF_MAIL or "DeviceName" not in values or "NetworkMessageId" in values):
        return named
    if "Timestamp" not in values and "TimeGenerated" not in values:
        return "Other" if streamed else None
    told = next((table for table, marks in _MARKS if all(mark in values for mark in marks)), None)
    if named in LOGS:  # rows of another table under the name of one of mails
        return told or "DeviceEvents"
    return "Other" if streamed or named in _OTHER else told


def log_of(record: Record) -> Log | None:
    """The table is named in what is streamed and in Sentinel, else told by its columns."""
    values = record.values
    if values.get("category", "").startswith("AdvancedHunting-"):
        values = record.values = {key.removeprefix("properties."): value for key, value in values.items()}
    table = _table(values)
    if table is None:
        return None
    if table == "DeviceEvents":
        _take_apart(values)
    if table == "DeviceNetworkEvents" and (action := values.get("ActionType", "")) in _INSPECTED:
        _take_apart(values)
        return LOGS[action]
    return LOGS[table]


_INSPECTED = frozenset(("SslConnectionInspected", "HttpConnectionInspected", "DnsConnectionInspected"))
"""Network events that tell in ``AdditionalFields`` what was seen on the wire."""


def _take_apart(values: dict[str, str]) -> None:
    """``AdditionalFields`` is JSON as text, or has been read as an object already; its keys come behind a ``+``."""
    for key in [each for each in values if each.startswith("AdditionalFields.")]:
        values["+" + key.removeprefix("AdditionalFields.").lower()] = values.pop(key)
    said = values.get("AdditionalFields")
    if not said:
        return
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return
    if isinstance(found, dict):
        del values["AdditionalFields"]
        for key, value in found.items():
            if value is not None:
                words = value if isinstance(value, str) else json.dumps(value)
                values["+" + key.lower()] = words


VENDOR = Vendor(
    name="defender",
    title="Microsoft Defender XDR",
    forms=frozenset((Form.JSON, Form.TABLE)),
    log_of=log_of,
    logs=tuple(LOGS.values()),
    log_source_type="Microsoft365Defender",
    rank=20,
)

PAGE = Page(
    recognise=(
        "Rows of advanced hunting: streamed (`category` AdvancedHunting-…), from the API (`Results`), of Sentinel "
        "(`Type`), "
        "as CSV. Where no table is named it is told by its columns.",
    ),
    options=(
        "Streaming of the tables to an event hub or storage; network events with `SslConnectionInspected` come "
        "from network "
        "inspection on onboarded devices.",
    ),
    gaps=(
        "`SslConnectionInspected` has no process, no serial, no validity and no hash: issuer and subject alone.",
        "`SHA1` in `DeviceFileCertificateInfo` is that of the file.",
        "`EmailUrlInfo` has a row a link; it is tied to its mail by `NetworkMessageId`.",
    ),
    references=("Tables: <https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables>",),
    unconfirmed=("The keys in `AdditionalFields` of `SslConnectionInspected` are not on the table's page.",),
)

"""Cisco Secure Firewall: ``%FTD-…`` and ``%NGIPS-…`` with keys and values, ``%ASA-…`` messages in prose.

https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide.html
https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/b_syslog.html
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Read,
    Source_,
    address,
    double,
    fingerprint,
    integer,
    moment,
    name,
    serial,
    text,
    texts,
    tls_version,
    to_address,
)
from certhound.sources.envelopes.record import Form, Header, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, cipher, host_of, port_of, to_outcome, transport

_TAG = re.compile(r"%?\b(ASA|FTD|NGIPS|FWSM|PIX)-(?:[A-Za-z]+-)?(\d)-(\d{6})\b:?\s*")
_PAIR = re.compile(r"(?:^|,\s+)([A-Z][A-Za-z0-9_]*(?: [A-Z][A-Za-z]*)?):\s(?!\s)")


def _pairs(body: str) -> dict[str, str]:
    """``Key: value, Key: value``; a value may hold commas, so a pair begins where a comma and a key stand."""
    pieces = _PAIR.split(body)
    return {key: value.strip() for key, value in zip(pieces[1::2], pieces[2::2], strict=True)}


def _action(record: Record) -> str | None:
    """The rule's action; one writer puts ``<br/>`` before it."""
    said = record.get("AccessControlRuleAction", "InlineResult", "FileAction", "Action", "SSLActualAction")
    return None if said is None else said.removeprefix("<br/>").strip() or None


def _outcome(record: Record) -> str | None:
    said = _action(record)
    return None if said is None else to_outcome(said)


def _host(record: Record) -> str | None:
    get = record.get
    return host_of(get("SSLServerName"), get("ReferencedHost"), get("URL", "URI"))


def _url(record: Record) -> str | None:
    return record.get("URL", "URI")


_STATUS = {"valid": "valid", "not checked": None, "no certificate": None}


def _validation(record: Record) -> str | None:
    said = record.get("SSLServerCertStatus")
    return None if said is None else _STATUS.get(said.lower(), said)


def _state(record: Record) -> str | None:
    action = (record.get("SSLActualAction") or "").lower()
    flow = (record.get("SSLFlowStatus") or "").lower()
    if "block" in action or "fail" in flow:
        return "failed"
    if record.get("SSLCertificate", "SSLCertificateFingerprint") is not None:
        return None
    return "resigned" if action.startswith("decrypt") else None


_KINDS: dict[str, str] = {
    "430001": "intrusion", "430002": "connection started", "430003": "connection finished", "430004": "file",
    "430005": "malware",
}  # fmt: skip
_KEYED: dict[str, Source_] = {
    "log_source": lambda record: record.header.host or record.get("DeviceName"),
    "event_id": lambda record: record.event_id,
    "event_type": lambda record: _KINDS.get(record.event_id),
    "action": _action,
    "outcome": _outcome,
    "src_ip": address("SrcIP"),
    "src_port": integer("SrcPort"),
    "dst_ip": address("DstIP"),
    "dst_port": integer("DstPort"),
    "src_nat_ip": address("NAT_InitiatorIP", "NATInitiatorIP"),
    "dst_nat_ip": address("NAT_ResponderIP", "NATResponderIP"),
    "transport": transport("Protocol"),
    "service": text("ApplicationProtocol"),
    "bytes_out": integer("InitiatorBytes"),
    "bytes_in": integer("ResponderBytes"),
    "duration_s": double("ConnectionDuration"),
    "session_uid": text("ConnectionID"),
    "user": account("User"),
    "dst_host": _host,
    "url": _url,
    "http_status": integer("HTTPResponse"),
    "user_agent": text("UserAgent"),
    "referrer": text("HTTPReferer", "HTTP_Referer"),
    "file_path": text("FileName"),
    "verdict": text("ThreatName", "Message", "URLSICategory", "IPReputationSICategory", "DNSSICategory"),
}
_KEYED_TLS: dict[str, Source_] = _KEYED | {
    "sni": text("SSLServerName"),
    "tls_version": tls_version("SSLVersion"),
    "cipher": cipher("SSLCipherSuite"),
    "tls_state": _state,
    "cert_validation": _validation,
    "cert_sha1": fingerprint("SSLCertificate", "SSLCertificateFingerprint", length=40),
}
_FIRST = moment("FirstPacketSecond")
CONNECTION = Log("cisco_firewall.connection", "connection", _FIRST, _KEYED)
CONNECTION_TLS = Log("cisco_firewall.connection", "tls", _FIRST, _KEYED_TLS)
DNS = Log(
    "cisco_firewall.connection",
    "dns",
    _FIRST,
    _KEYED | {"dns_query": text("DNSQuery"), "dns_type": text("DNSRecordType"), "dns_answers": texts("DNSResponse")},
)
FILE = Log("cisco_firewall.file", "verdict", _FIRST, _KEYED)

_DONE: dict[str, str] = {"built": "allow", "teardown": "allow", "est-allowed": "allow", "accessed": "allow"}
_PROSE: dict[str, Source_] = {
    "event_id": lambda record: record.event_id,
    "event_type": lambda record: record.product or None,
    "action": text("action"),
    "outcome": Read(("action",), lambda value: _DONE.get(value.lower()) or to_outcome(value)),
    "src_ip": address("src"),
    "src_port": integer("src_port"),
    "dst_ip": address("dst"),
    "dst_port": integer("dst_port"),
    "src_nat_ip": address("src_nat"),
    "dst_nat_ip": address("dst_nat"),
    "transport": transport("protocol"),
    "bytes_in": integer("bytes"),
    "duration_s": double("duration"),
    "session_uid": text("connection"),
    "user": account("user"),
    "dst_host": lambda record: host_of(record.get("url")) or host_of(record.get("dst_name")),
    "url": text("url"),
}
MESSAGE = Log("cisco_firewall.asa", "connection", moment(), _PROSE)
MESSAGE_WEB = Log("cisco_firewall.asa", "http", moment(), _PROSE)
MESSAGE_TLS = Log(
    "cisco_firewall.asa",
    "tls",
    moment(),
    _PROSE
    | {
        "tls_version": tls_version("version"),
        "cipher": text("cipher"),
        "tls_state": text("state"),
        "cert_validation": text("validation"),
        "cert_subject": name("subject"),
        "cert_issuer": name("issuer"),
        "cert_serial": serial("serial"),
    },
)
EVENT = Log("cisco_firewall.asa", "other", moment(), _PROSE)

_ADDRESS = r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f]|[\w.\-]+"


def _end(side: str) -> str:
    """One end of a connection: ``interface:address/port``."""
    return rf"(?:[\w.\-]+:(?=[\w.:\-]*[/\w]))??(?P<{side}>{_ADDRESS})(?![\w:\-])(?:/(?P<{side}_port>\w+))?"


def _listed(side: str) -> str:
    """One end as access lists name it: ``interface/address(port)``."""
    return rf"(?:[\w.\-]+/)(?P<{side}>{_ADDRESS})(?:\((?P<{side}_port>\d+)\))?"


_MAPPED = r"(?: \((?P<%s_nat>[^()/ ]+)(?:/\d+)?\))?"
_BETWEEN = re.compile(
    rf"(?:for|from|src|client|server|peer) {_end('a')}{_MAPPED % 'a'}"
    r"(?:\s?\((?P<a_user>[^()]*)\)| (?P<a_word>[\w@.\\\-]+)(?= to ))?"
    rf",? ?(?:to|dst) {_end('b')}{_MAPPED % 'b'}",
)
_ARROW = re.compile(rf"{_listed('a')}(?:\([^()]*\))? -> {_listed('b')}")
_ICMP = re.compile(
    r"faddr (?P<a>[0-9A-Fa-f:.]+)/\d+(?:\((?P<a_user>[^()]*)\))? gaddr (?P<b_nat>[0-9A-Fa-f:.]+)/\d+ "
    r"laddr (?P<b>[0-9A-Fa-f:.]+)/"
)
_PROTOCOL = re.compile(r"\b(TCP|UDP|ICMP|ICMPv6|GRE|ESP|SCTP|IGMP|protocol \d+)\b", re.IGNORECASE)
_ACTION = re.compile(
    r"\b(permitted|denied|est-allowed|Built|Teardown|Deny|Denied|discarded|dropped|monitored|Accessed|"
    r"Access denied|bypass|failed|validated|completed)\b"
)
_URL = re.compile(
    r"Access(?:ed| denied)(?: JAVA)? URL (?:(?P<user>[^\s@:/]+)@)?(?:(?P<dst>[0-9A-Fa-f.:]+?):(?=[a-z/]))?(?P<url>\S+)"
)
_WEB_ENDS = re.compile(r"SRC (?P<src>\S+) DEST (?P<dst>\S+)")
_WEB_CLIENT = re.compile(r"(?:^|\s)(?:[^\s@]+@)?(?P<src>[0-9A-Fa-f.:]+)(?:\((?P<user>[^()]*)\))? Accessed")
_TOLD = {
    "duration": re.compile(r"duration (?:(\d+)d ?)?(\d+):(\d\d):(\d\d)"),
    "bytes": re.compile(r"\bbytes (\d+)"),
    "connection": re.compile(r"connection (\d+)\b"),
    "user": re.compile(r"(?:for user|user(?:name)?(?:\s?=|:)|uname:|\buser) ['\"<]?([\w.@\\\-]+)", re.IGNORECASE),
    "serial": re.compile(r"serial number:\s*([0-9A-Fa-f:]+)"),
    "subject": re.compile(r"subject[ _]name:\s*(.*?)(?:, issuer[ _]name:|\.?$)"),
    "issuer": re.compile(r"issuer[ _]name:\s*(.*?)\.?$"),
    "version": re.compile(r"\b((?:D?TLS|SSL)v?\d(?:\.\d)?)\b"),
    "cipher": re.compile(r"[Cc]ipher\s*:?\s*([A-Z0-9]+(?:[\-_][A-Z0-9]+)+)"),
}
_LAST_USER = re.compile(r"\((?!type\b)([^()/]+)\)\s*$")


def _ends(body: str, number: str) -> dict[str, str]:
    """Both ends of a connection by client and server, as far as the message tells which is which."""
    found = _ARROW.search(body) or _BETWEEN.search(body) or _ICMP.search(body)
    if found is None:
        return {}
    parts = found.groupdict()
    get = parts.get
    ends = {}
    for side in ("a", "b"):
        port = get(f"{side}_port")
        place = get(side) or ""
        ends[side] = {
            "" if to_address(place) is not None else "_name": place,
            "_port": _WELL_KNOWN.get(port or "", port),
            "_nat": get(f"{side}_nat"),
        }
    ports = [int(each) if (each := ends[side]["_port"]) and each.isdecimal() else 0 for side in "ab"]
    turned = (
        " outbound " in body[:60]
        or " with server " in body[:80]
        or (number in _NO_DIRECTION and 0 < ports[0] < 1024 <= ports[1])
    )
    client, server = ("b", "a") if turned else ("a", "b")
    values = {
        f"{word}{key}": value
        for word, side in (("src", client), ("dst", server))
        for key, value in ends[side].items()
        if value
    }
    for key in ("src_nat", "dst_nat"):
        if values.get(key) == values.get(key[:3]):
            values.pop(key, None)
    if (user := get("a_user") or get("a_word")) and "type" not in user:
        values["user"] = user
    return values


_WELL_KNOWN = {"https": "443", "http": "80", "ssh": "22", "telnet": "23", "domain": "53", "www": "80", "ftp": "21"}
_NO_DIRECTION = frozenset(("302014", "302016", "302018", "302304"))
"""Messages about the end of a connection: the server is then told by its port."""


def _prose(body: str, number: str) -> dict[str, str]:
    values = _ends(body, number)
    for key, pattern in _TOLD.items():
        if (found := pattern.search(body)) is not None:
            values.setdefault(key, found[1] or "")
    if (found := _TOLD["duration"].search(body)) is not None:
        days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
        values["duration"] = str(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    if number.startswith("304"):
        for pattern in (_URL, _WEB_ENDS, _WEB_CLIENT):
            if (found := pattern.search(body)) is not None:
                values |= {key: value for key, value in found.groupdict().items() if value}
        if (url := values.get("url")) is not None and (port := port_of(url)) is not None:
            values["dst_port"] = str(port)
        values["protocol"] = "tcp"
    elif (found := _PROTOCOL.search(body)) is not None:
        values["protocol"] = found[1].removeprefix("protocol ")
    if (found := _ACTION.search(body)) is not None:
        values["action"] = found[1]
    if number.startswith("3020") and (found := _LAST_USER.search(body)) is not None:
        values.setdefault("user", found[1])
    user = values.get("user", "")
    values["user"] = user.removeprefix("LOCAL\\")
    return values


def _tls(values: dict[str, str], body: str, number: str) -> None:
    """What messages about handshakes (725…) and certificates (717…) say of the session."""
    values["protocol"] = "tcp"
    if number in ("725006", "725014") or "handshake failed" in body or "SSL lib error" in body:
        values["state"] = "failed"
    if number.startswith("717"):
        words = body.partition("serial number:")[0].strip().rstrip(".,")
        values["validation"] = words[:200]
        values["action"] = "failed" if "fail" in words.lower() else "validated" if "success" in words else ""


def _of_message(record: Record, body: str) -> Log:
    number = record.event_id
    values = _prose(body, number)
    if number.startswith(("725", "717")):
        _tls(values, body, number)
    record.values = {key: value for key, value in values.items() if value} | {"message": body}
    if number.startswith("304"):
        return MESSAGE_WEB
    about_certificate = number.startswith("717") and ("subject" in values or "serial" in values)
    if about_certificate or number in ("725002", "725006", "725014", "725016"):
        return MESSAGE_TLS
    return MESSAGE if "src" in values and "dst" in values else EVENT


def log_of(record: Record) -> Log | None:
    """A tag such as ``%FTD-1-430003`` near the beginning."""
    if record.form is not Form.TEXT and record.form is not Form.KEY_VALUE:
        return None
    found = _TAG.search(record.payload, 0, 300)
    if found is None:
        return None
    record.event_id, record.product = found[3], f"{found[1]}-{found[2]}-{found[3]}"
    body = record.payload[found.end() :].strip()
    header = record.header
    if header.host is None and header.app is not None and "%" not in header.app and header.app != "EventPriority":
        record.header = Header(header.kind, header.time, header.app, None, None, None, header.priority, header.data)
    values = _pairs(body) if found[3].startswith("43000") else {}
    if len(values) < 3:
        return _of_message(record, body)
    record.values = values
    if "DNSQuery" in values:
        return DNS
    told = record.get("SSLVersion", "SSLCertificate", "SSLServerName", "SSLServerCertStatus", "SSLCipherSuite")
    if told is not None:
        return CONNECTION_TLS
    return FILE if found[3] in ("430001", "430004", "430005") else CONNECTION


VENDOR = Vendor(
    name="cisco_firewall",
    title="Cisco Secure Firewall (FTD, Firepower, ASA)",
    forms=frozenset({Form.TEXT, Form.KEY_VALUE}),
    log_of=log_of,
    logs=(CONNECTION, CONNECTION_TLS, DNS, FILE, MESSAGE, MESSAGE_WEB, MESSAGE_TLS, EVENT),
    log_source_type="Cisco Firepower Threat Defense",
    rank=-2,
)

PAGE = Page(
    recognise=(
        "Syslog whose message begins with `%FTD-`, `%NGIPS-`, `%ASA-`, `%FWSM-` or `%PIX-`, a severity and a number "
        "of six digits.",
    ),
    options=(
        "Access control policy > Logging: send connection events by syslog, at the beginning or the end of a "
        "connection but not both; an SSL policy, so that `SSLVersion`, `SSLServerName`, `SSLServerCertStatus` and "
        "`SSLCertificate` are filled.",
        "Platform settings > Syslog: RFC 5424 time stamps, which state the zone.",
        "ASA: `logging list … message 725001-725016`, `717001-717064` for TLS sessions with the device itself.",
    ),
    gaps=(
        "`SSLCertificate` is the SHA-1 of the certificate; names, serial and validity are not logged by syslog.",
        "Of ASA messages the ends of a connection, user, duration and URL are read; their text is kept as `message`.",
        "Messages about the end of a connection do not say who opened it: where one port alone is below 1024, it is "
        "taken for the server's.",
    ),
    references=(
        "FTD: <https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide.html>",
        "ASA: <https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/b_syslog.html>",
    ),
    unconfirmed=("Words of `SSLServerCertStatus` when several faults are reported at once.",),
)

"""Cisco Umbrella (Secure Access): DNS, proxy, IP, firewall and intrusion logs, CSV without a header or below one.

https://docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning
"""

from __future__ import annotations

import csv
import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read, Source_, address, integer, moment, text
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import decision, host_of, port_of, transport

DNS_COLUMNS = (
    "timestamp", "identity", "identities", "internal ip", "external ip", "action", "query type", "response code",
    "domain", "categories", "identity type", "identity types", "blocked categories", "rule id",
    "destination countries", "organization id",
)  # fmt: skip
PROXY_COLUMNS = (
    "timestamp", "identity", "internal ip", "external ip", "destination ip", "content type", "verdict", "url",
    "referer", "user agent", "status code", "request size", "response size", "response body size", "sha-256",
    "categories", "av detections", "puas", "amp disposition", "amp malware name", "amp score", "identity type",
    "blocked categories", "identities", "identity types", "request method", "dlp status", "certificate errors",
    "file name", "ruleset id", "rule id", "destination list ids", "isolate action", "file action", "warn status",
)  # fmt: skip
IP_COLUMNS = (
    "timestamp", "identity", "source ip", "source port", "destination ip", "destination port", "categories",
    "identity type",
)  # fmt: skip
FIREWALL_COLUMNS = (
    "timestamp", "origin id", "identity", "identity type", "direction", "protocol", "packet size", "source ip",
    "source port", "destination ip", "destination port", "data center", "rule id", "verdict", "fqdns",
    "destination list ids",
)  # fmt: skip
INTRUSION_COLUMNS = (
    "timestamp", "identity", "identity type", "generator id", "signature id", "signature message",
    "signature list id", "severity", "attack classification", "cves", "protocol", "session id", "source ip",
    "source port", "destination ip", "destination port", "action",
)  # fmt: skip

_ADDRESS = r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]+|\d{1,3}(?:\.\d{1,3}){3})"
_STAMP = re.compile(r'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"?,')
_BOTH = re.compile(_ADDRESS)


def _is_address(cell: str) -> bool:
    return not cell or _BOTH.fullmatch(cell) is not None


def _user(value: str) -> str | None:
    """``Doe, Jane (jane@example.org)`` by the address in brackets; another identity as it stands."""
    found = re.fullmatch(r".*\(([^()@\s]+@[^()@\s]+)\)", value)
    return found[1] if found else value


_IDENTITY: dict[str, Source_] = {
    "user": Read(("identity", "policy identity", "most granular identity"), _user),
}
_STATED = moment("timestamp", "time", "date")


def _utc(record: Record) -> None:
    """The service writes UTC and says so nowhere in the record."""
    stamp = record.values.get("timestamp", "")
    if len(stamp) == 19 and stamp[-1:].isdecimal():
        record.values["timestamp"] = f"{stamp}Z"


def _query(value: str) -> str:
    return value.rstrip(".") or value


def _kind_of_query(value: str) -> str:
    """``1 (A)`` is A."""
    found = re.fullmatch(r"\d+ \((\w+)\)", value)
    return found[1] if found else value


DNS = Log(
    "cisco_umbrella.dns",
    "dns",
    _STATED,
    _IDENTITY
    | {
        "event_type": text("identity type"),
        "action": text("action"),
        "outcome": decision("action"),
        "src_ip": address("internal ip", "external ip"),
        "src_nat_ip": address("external ip"),
        "dns_query": Read(("domain",), _query),
        "dns_type": Read(("query type",), _kind_of_query),
        "dst_host": lambda record: host_of(record.get("domain")),
        "verdict": text("blocked categories", "categories"),
    },
)
_PROXY: dict[str, Source_] = _IDENTITY | {
    "event_type": text("identity type"),
    "action": text("verdict", "action"),
    "outcome": decision("verdict", "action"),
    "src_ip": address("internal ip", "external ip"),
    "src_nat_ip": address("external ip"),
    "dst_ip": address("destination ip"),
    "dst_port": lambda record: port_of(record.get("url") or ""),
    "transport": "tcp",
    "dst_host": lambda record: host_of(record.get("url")),
    "url": text("url"),
    "http_method": text("request method"),
    "http_status": integer("status code"),
    "user_agent": Read(("user agent",), lambda value: value.strip() or None),
    "referrer": text("referer", "referrer"),
    "bytes_out": integer("request size"),
    "bytes_in": integer("response size"),
    "verdict": text("amp malware name", "av detections", "blocked categories", "categories"),
}
PROXY = Log("cisco_umbrella.proxy", "http", _STATED, _PROXY)
PROXY_TLS = Log(
    "cisco_umbrella.proxy",
    "tls",
    _STATED,
    _PROXY | {"cert_validation": text("certificate errors"), "tls_state": "failed"},
)
_FLOW: dict[str, Source_] = _IDENTITY | {
    "action": text("verdict", "action"),
    "outcome": decision("verdict", "action"),
    "src_ip": address("source ip"),
    "src_port": integer("source port"),
    "dst_ip": address("destination ip"),
    "dst_port": integer("destination port"),
    "transport": transport("protocol"),
}
IP = Log("cisco_umbrella.ip", "connection", _STATED, _FLOW | {"event_type": text("identity type")})
FIREWALL = Log(
    "cisco_umbrella.firewall",
    "connection",
    _STATED,
    _FLOW | {"event_type": text("direction"), "event_id": text("rule id")},
)
INTRUSION = Log(
    "cisco_umbrella.intrusion",
    "verdict",
    _STATED,
    _FLOW
    | {
        "event_type": text("attack classification"),
        "event_id": text("signature id"),
        "verdict": text("signature message"),
    },
)


def _is_verdict(cell: str) -> bool:
    return cell.lower() in ("allowed", "blocked", "proxied", "allow", "block", "isolated", "warned")


def _layout(cells: list[str]) -> tuple[tuple[str, ...], Log] | None:
    """Which log a row is of, by what stands where; new columns are always put behind the old ones."""
    size = len(cells)
    if size >= 10 and _is_verdict(cells[5]) and _is_address(cells[3]) and _is_address(cells[4]):
        return DNS_COLUMNS, DNS
    if size >= 19 and _is_verdict(cells[6]) and all(_is_address(cell) for cell in cells[2:5]):
        failed = size > 27 and cells[27].strip()
        return PROXY_COLUMNS, PROXY_TLS if failed else PROXY
    if size >= 14 and cells[4].endswith("BOUND") and _is_address(cells[7]) and _is_address(cells[9]):
        return FIREWALL_COLUMNS, FIREWALL
    if size >= 17 and cells[3].isdecimal() and _is_address(cells[12]) and _is_address(cells[14]) and cells[12]:
        return INTRUSION_COLUMNS, INTRUSION
    if 7 <= size <= 12 and cells[2] and _is_address(cells[2]) and _is_address(cells[4]) and cells[5].isdecimal():
        return IP_COLUMNS, IP
    return None


def _of_text(record: Record) -> Log | None:
    payload = record.payload
    found = _STAMP.search(payload, 0, 200)
    if found is None:
        return None
    cells = next(csv.reader([payload[found.start() :].rstrip()], skipinitialspace=True), [])
    layout = _layout(cells)
    if layout is None:
        return None
    names, log = layout
    record.values = dict(zip(names, cells, strict=False))
    record.values |= {f"#{index + 1}": cells[index] for index in range(len(names), len(cells))}
    _utc(record)
    return log


_SPELLINGS = {
    "most granular identity": "identity", "policy identity": "identity", "internalip": "internal ip",
    "internal client ip": "internal ip", "external client ip": "external ip", "externalip": "external ip",
    "querytype": "query type", "responsecode": "response code", "destinationip": "destination ip",
    "useragent": "user agent", "statuscode": "status code", "requestsize": "request size", "sha256": "sha-256",
    "responsesize": "response size", "requestmethod": "request method", "certificateerrors": "certificate errors",
    "mostgranularidentity": "identity", "policyidentity": "identity", "blockedcategories": "blocked categories",
    "sourceip": "source ip", "sourceport": "source port", "destinationport": "destination port",
    "identitytype": "identity type", "identitytypes": "identity types", "query-type": "query type",
    "internalclientip": "internal ip", "externalclientip": "external ip", "policyidentitytype": "identity type",
    "ampmalwarename": "amp malware name", "avdetections": "av detections", "datacenter": "data center",
}  # fmt: skip
_WRAPPED = {"dnslogs": DNS, "proxylogs": PROXY, "iplogs": IP, "cloudfirewalllogs": FIREWALL}


def _named(record: Record) -> Log | None:
    """A row below a header, or as QRadar wraps it: ``EventType`` says the log."""
    values = {}
    for key, value in record.values.items():
        lowered = key.lower().replace("_", " ")
        values[_SPELLINGS.get(lowered, lowered)] = value
    log = _WRAPPED.get(values.get("eventtype", "").lower().replace(" ", ""))
    if log is None:
        log = DNS if "query type" in values else PROXY if "url" in values else IP
    record.values = values
    _utc(record)
    failed = log is PROXY and record.get("certificate errors") is not None
    return PROXY_TLS if failed else log


def log_of(record: Record) -> Log | None:
    """Rows without a header are told by their columns; with one, or as JSON, by names that Umbrella has."""
    if record.form is Form.TEXT or record.form is Form.KEY_VALUE:
        return _of_text(record) if record.text[:1] in ('"', "2", "1", "[") else None
    values = record.values
    if "sourceFile" in values and ("InternalIp" in values or "InternalClientIp" in values or "SourceIp" in values):
        return _named(record)
    granular = "Most Granular Identity" in values or "Policy Identity" in values or "most_granular_identity" in values
    return _named(record) if granular else None


VENDOR = Vendor(
    name="cisco_umbrella",
    title="Cisco Umbrella",
    forms=frozenset({Form.TEXT, Form.KEY_VALUE, Form.TABLE, Form.JSON}),
    log_of=log_of,
    logs=(DNS, PROXY, PROXY_TLS, IP, FIREWALL, INTRUSION),
    log_source_type="Cisco Umbrella",
    rank=20,
)

PAGE = Page(
    recognise=(
        "CSV without a header: a time, then by what stands where (a verdict behind two or three addresses, "
        "`INBOUND` or `OUTBOUND` in the fifth column, …); later versions of a log have more columns behind.",
        "CSV with a header and JSON: `Most Granular Identity` or `Policy Identity`; QRadar's JSON: `sourceFile` with "
        "`InternalIp`.",
    ),
    options=(
        "Admin > Log Management, your own bucket, and schema version 5 or later: the column *certificate errors* of "
        "the proxy log comes with it.",
    ),
    gaps=(
        "No certificate is described; *certificate errors* of the proxy log are the verdict, and only a record that "
        "has some counts as a TLS session.",
        "`src_ip` is the internal address where it is known, else the external one of the site.",
        "A value that holds a line break splits its row in two; both are kept.",
    ),
    references=("Log formats: <https://docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning>",),
    unconfirmed=("Names that QRadar gives the columns, other than those that its guide shows.",),
)

"""Our own events as Ariel has them: which of our columns each Ariel column and custom property is made of.

Every mapping is an expression of the query tree over the table ``events``. Received times are not known, so that start
and storage time are the time of the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache

from certhound.model.addresses import PRIVATE, THIS_LINK
from certhound.model.columns import EVENTS, Kind
from certhound.model.profile import Profile
from certhound.query import tree as t

_KIND = {column.name: column.kind for column in EVENTS.columns}

QIDS = dict(
    zip(
        ("tls", "http", "dns", "connection", "process", "file", "registry", "script", "certificate_service", "mail",
         "click", "verdict", "ct_entry", "other"),
        range(2_000_001, 2_000_015),
        strict=True,
    )
)  # fmt: skip
OWN_CATEGORIES = {
    "tls": 18001, "http": 18002, "dns": 18081, "connection": 4005, "process": 8110, "file": 8029, "registry": 8012,
    "script": 8111, "certificate_service": 19002, "mail": 18003, "click": 18004, "verdict": 7001, "ct_entry": 19003,
    "other": 10000,
}  # fmt: skip
_FLOWS = ("tls", "connection")
"""Categories whose records are flows too."""

_TYPES: tuple[tuple[str, int], ...] = (
    ("zeek", 4101),
    ("windows", 12),
    ("suricata", 506),
    ("zscaler", 331),
    ("pan", 206),
    ("palo", 206),
    ("forti", 73),
    ("squid", 46),
    ("bluecoat", 103),
    ("checkpoint", 3),
    ("cisco", 41),
    ("umbrella", 431),
    ("linux", 11),
    ("audit", 11),
    ("osquery", 444),
    ("microsoft", 397),
    ("proofpoint", 332),
    ("cloudflare", 458),
    ("netskope", 381),
)
"""Beginnings of our source names, and QRadar's log source type; what is none of them is certhound's own."""
_OWN_TYPE = 4102

_TRANSPORTS = {"tcp": 6, "udp": 17, "icmp": 1, "sctp": 132}

PROPERTIES: dict[str, str] = {
    "URL": "url",
    "URL Host": "dst_host",
    "HTTP Method": "http_method",
    "HTTP Status": "http_status",
    "User Agent": "user_agent",
    "Referrer": "referrer",
    "Action": "action",
    "Outcome": "outcome",
    "Event Type": "event_type",
    "EventID": "event_id",
    "Machine Identifier": "computer",
    "Target User": "target_user",
    "Process Path": "process",
    "Process ID": "pid",
    "Process CommandLine": "command_line",
    "Parent Process Path": "parent_process",
    "Parent Process ID": "parent_pid",
    "Parent Process CommandLine": "parent_command_line",
    "Process Hash": "process_hash",
    "ScriptBlock Text": "script",
    "File Path": "file_path",
    "Registry Key": "registry_key",
    "Registry Value": "registry_value",
    "Sender": "mail_from",
    "Envelope Sender": "mail_sender",
    "Recipient": "mail_to",
    "Subject": "mail_subject",
    "Message ID": "mail_message_id",
    "Mail URLs": "mail_urls",
    "Verdict": "verdict",
    "DNS Query": "dns_query",
    "DNS Query Type": "dns_type",
    "tls server name indication": "sni",
    "tls ja3 hash": "ja3",
    "tls ja3s hash": "ja3s",
    "tls ja4 hash": "ja4",
    "tls ja4s hash": "ja4s",
    "suspect content descriptions": "cert_validation",
    "TLS Version": "tls_version",
    "TLS Cipher": "cipher",
    "TLS State": "tls_state",
    "TLS Established": "tls_established",
    "Certificate Subject": "cert_subject",
    "Certificate Issuer": "cert_issuer",
    "Certificate Serial Number": "cert_serial",
    "Certificate SHA256": "cert_sha256",
    "Certificate SHA1": "cert_sha1",
    "Certificate Not Before": "cert_not_before",
    "Certificate Not After": "cert_not_after",
    "Certificate SAN": "cert_san",
    "Certificate ID": "certificate_id",
    "Community ID": "community_id",
    "Session ID": "session_uid",
    "Category Word": "category",
    "Record Format": "source",
}
"""Custom properties of the site ``certhound``, each with our column."""


def _column(name: str) -> t.Expr:
    """Our column in the type that Ariel has for it: times in milliseconds, lists as text."""
    match _KIND[name]:
        case Kind.TIME:
            return t.Call("epoch_ms", (t.Column(name),))
        case Kind.LIST:
            return t.Call("list_join", (t.Column(name), _text(", ")))
        case _:
            return t.Column(name)


def _text(value: str) -> t.Expr:
    return t.Literal(value, Kind.TEXT)


def _int(value: int) -> t.Expr:
    return t.Literal(value, Kind.INT)


def _false() -> t.Expr:
    return t.Literal(False, Kind.BOOL)


def _of_word(column: str, numbers: Mapping[str, int], default: int | None) -> t.Expr:
    branches = tuple((t.Compare(t.Op.EQ, t.Column(column), _text(word)), _int(n)) for word, n in numbers.items())
    return t.Case(branches, t.Literal(default, Kind.INT))


def _device_type() -> t.Expr:
    starts = (*_vendor_types(), *_TYPES)
    branches = tuple((t.Match(t.Column("source"), t.Like((start, t.Wild.ANY)), True), _int(n)) for start, n in starts)
    return t.Case(branches, _int(_OWN_TYPE))


@cache
def _vendor_types() -> tuple[tuple[str, int], ...]:
    """The types that vendor sources name, by the beginnings of their records' sources."""
    from certhound.qradar.catalogue.console import stock
    from certhound.sources.vendors import vendors

    numbers = {name: number for number, name in stock().names["log_source_types"].items()}
    stated = [(f"{vendor.name}.", numbers.get(vendor.log_source_type)) for vendor in vendors()]
    return tuple((start, number) for start, number in stated if number is not None)


def log_source() -> t.Expr:
    """What a log source is called: the sensor's name, else the format."""
    return t.Call("coalesce", (t.Column("log_source"), t.Column("source"), _text("unknown")))


def _log_source_id(names: Iterable[str]) -> t.Expr:
    pairs = json.dumps([[name, str(number)] for number, name in enumerate(names, 1)], ensure_ascii=False)
    return t.Cast(t.Call("lookup", (log_source(), _text(pairs))), Kind.INT)


def _direction(profile: Profile) -> t.Expr:
    """L2L, L2R, R2L or R2R by the profile's own networks; absent where an address is."""
    networks = [str(each) for each in (*(profile.networks or PRIVATE), *THIS_LINK)]

    def is_own(column: str) -> t.Expr:
        return t.disjunction([t.Call("cidr_match", (t.Column(column), _text(each))) for each in networks])

    def side(column: str) -> t.Expr:
        absent = (t.IsNull(t.Column(column)), t.Literal(None, Kind.TEXT))
        return t.Case((absent, (is_own(column), _text("L"))), _text("R"))

    return t.Call("concat", (side("src_ip"), _text("2"), side("dst_ip")))


def _shared() -> dict[str, t.Expr]:
    time = _column("time")
    category = _of_word("category", OWN_CATEGORIES, 10000)
    return {
        "starttime": time,
        "endtime": time,
        "sourceip": t.Column("src_ip"),
        "sourceport": t.Column("src_port"),
        "destinationip": t.Column("dst_ip"),
        "destinationport": t.Column("dst_port"),
        "protocolid": _of_word("transport", _TRANSPORTS, None),
        "qid": _of_word("category", QIDS, QIDS["other"]),
        "category": category,
        "credibility": _int(5),
        "severity": _int(3),
        "relevance": _int(5),
        "domainid": _int(0),
        "processorid": _int(0),
        "isduplicate": _false(),
        "hasoffense": _false(),
        **{name.lower(): _column(column) for name, column in PROPERTIES.items()},
    }


def event_columns(profile: Profile, sources: list[str]) -> dict[str, t.Expr]:
    """Columns of Ariel's ``events``. ``sources``: the names of the log sources, numbered from 1."""
    category = _of_word("category", OWN_CATEGORIES, 10000)
    return {
        **_shared(),
        "devicetime": _column("time"),
        "devicetype": _device_type(),
        "logsourceid": _log_source_id(sources),
        "logsourceidentifier": log_source(),
        "highlevelcategory": t.Call("subtract", (category, t.Call("modulo", (category, _int(1000))))),
        "magnitude": _int(4),
        "eventcount": _int(1),
        "eventdirection": _direction(profile),
        "sourceaddress": t.Column("src_ip"),
        "destinationaddress": t.Column("dst_ip"),
        "postnatsourceip": t.Column("src_nat_ip"),
        "postnatdestinationip": t.Column("dst_nat_ip"),
        "username": t.Column("user"),
        "qideventid": t.Column("event_id"),
        "qideventcategory": t.Column("event_type"),
        "payload": t.Column("payload"),
        "duration": _milliseconds("duration_s"),
        "collectorid": _int(0),
        "hasidentity": t.Not(t.IsNull(t.Column("user"))),
        "isunparsed": t.Not(t.IsNull(t.Column("parse_error"))),
        "iscreevent": _false(),
        "islogonly": _false(),
        "istruncated": _false(),
        "hastlv": _false(),
        "storedforperformance": _false(),
        "fields": t.Column("fields"),
    }


def flow_columns(profile: Profile) -> dict[str, t.Expr]:
    """Columns of Ariel's ``flows``, of TLS and connection records."""
    tls = t.Or(
        (
            t.Compare(t.Op.EQ, t.Column("category"), _text("tls")),
            t.Match(t.Column("service"), t.Like((t.Wild.ANY, "ssl", t.Wild.ANY)), True),
            t.Match(t.Column("service"), t.Like((t.Wild.ANY, "tls", t.Wild.ANY)), True),
        )
    )
    lasted = t.Call("coalesce", (_milliseconds("duration_s"), _int(0)))
    return {
        **_shared(),
        "flowtype": _int(0),
        "firstpackettime": _column("time"),
        "lastpackettime": t.Call("add", (_column("time"), lasted)),
        "sourcebytes": t.Column("bytes_out"),
        "destinationbytes": t.Column("bytes_in"),
        "sourcepackets": t.Cast(t.Column("fields", "orig_pkts"), Kind.INT),
        "destinationpackets": t.Cast(t.Column("fields", "resp_pkts"), Kind.INT),
        "applicationid": t.Case(((tls, _int(2)),), _int(1)),
        "flowdirection": _direction(profile),
        "flowsource": log_source(),
        "flowinterface": log_source(),
        "fields": t.Column("fields"),
    }


def is_flow() -> t.Expr:
    return t.In(t.Column("category"), tuple(_text(each) for each in _FLOWS))


def _milliseconds(column: str) -> t.Expr:
    thousand = t.Literal(1000.0, Kind.DOUBLE)
    return t.Cast(t.Call("multiply", (t.Column(column), thousand)), Kind.INT)

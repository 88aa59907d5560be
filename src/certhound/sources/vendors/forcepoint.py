"""Forcepoint and Websense web security: CEF (also without its first word), LEEF and key=value; Forcepoint's firewall.

https://www.websense.com/content/support/library/web/v85/siem/siem.pdf
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read, Source_, address, integer, moment, text, words
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, decision, host_of, port_of, to_account, transport

_LOOSE_USER = re.compile(r"\buser=((?:LDAP|WinNT)://.*?) (?:login_?ID|src_host|src_ip|src_port)=", re.IGNORECASE)
"""An LDAP path has blanks and ``=`` of its own."""


def to_user(value: str) -> str | None:
    """The name at the end of ``LDAP://server OU=…,DC=…/Jane Doe`` and ``WinNT://DOMAIN/jane``; others as they stand."""
    scheme, found, rest = value.partition("://")
    if found and scheme.upper() in ("LDAP", "WINNT", "NTLM", "RADIUS"):
        path, slash, user = rest.rpartition("/")
        if slash:
            return to_account(f"{path}\\{user}" if scheme.upper() != "LDAP" and "=" not in path else user)
    return to_account(value)


def _user(*keys: str) -> Read:
    return Read(keys, to_user)


def _host(*keys: str) -> Source_:
    return lambda record: host_of(*(record.get(key) for key in keys))


def _port(stated: str, url: str) -> Source_:
    def read(record: Record) -> int | None:
        port = record.get(stated)
        if port is not None and port.isdecimal() and len(port) <= 5 and port != "0":
            return int(port)
        address_ = record.get(url)
        return port_of(address_) if address_ is not None else None

    return read


WEB_CEF = Log(
    "forcepoint.web",
    "http",
    moment("rt", "end", "start"),
    {
        "log_source": lambda record: record.header.host or record.get("dvchost", "dvc"),
        "event_type": lambda record: record.event_name or None,
        "event_id": lambda record: record.event_id or None,
        "action": text("act"),
        "outcome": decision("act"),
        "src_ip": address("src"),
        "src_port": integer("spt"),
        "dst_ip": address("dst"),
        "dst_port": _port("dpt", "request"),
        "transport": "tcp",
        "service": text("app"),
        "bytes_in": integer("in"),
        "bytes_out": integer("out"),
        "user": _user("suser", "suid", "loginID", "duser"),
        "dst_host": _host("dhost", "request"),
        "url": text("request"),
        "http_method": text("requestMethod"),
        "user_agent": text("requestClientApplication"),
        "referrer": text("refererUrl", "requestContext"),
        "verdict": text("cat"),
        "computer": text("shost"),
    },
)
WEB_LEEF = Log(
    "forcepoint.web",
    "http",
    moment("devTime"),
    {
        "event_type": lambda record: record.event_id or None,
        "action": lambda record: record.get("action") or record.event_id.partition(":")[2] or None,
        "outcome": lambda record: (
            "block" if "block" in record.event_id else "allow" if "permit" in record.event_id else None
        ),
        "src_ip": address("src"),
        "src_port": integer("srcPort"),
        "dst_ip": address("dst"),
        "dst_port": _port("dstPort", "url"),
        "transport": "tcp",
        "bytes_out": integer("srcBytes"),
        "bytes_in": integer("dstBytes"),
        "user": _user("usrName", "loginID"),
        "dst_host": _host("dhost", "url"),
        "url": text("url"),
        "http_method": text("method"),
        "http_status": integer("httpStatus", "proxyStatus-code"),
        "user_agent": text("userAgent"),
        "verdict": text("cat"),
    },
)
WEB_PAIRS = Log(
    "forcepoint.web",
    "http",
    moment("time", "timestamp"),
    {
        "event_type": text("disposition"),
        "action": text("action"),
        "outcome": decision("action"),
        "src_ip": address("src_ip", "src_host"),
        "src_port": integer("src_port"),
        "dst_ip": address("dst_ip"),
        "dst_port": _port("dst_port", "url"),
        "transport": "tcp",
        "bytes_out": integer("bytes_out"),
        "bytes_in": integer("bytes_in"),
        "user": _user("user", "login_id", "loginID"),
        "dst_host": _host("dst_host", "url"),
        "url": text("url"),
        "http_method": text("http_method", "method"),
        "http_status": integer("http_response"),
        "user_agent": text("http_user_agent", "user_agent"),
        "verdict": text("category"),
        "computer": text("src_host"),
    },
)
_FIREWALL: dict[str, Source_] = {
    "log_source": lambda record: record.get("dvchost", "deviceExternalId", "dvc") or record.header.host,
    "event_type": lambda record: record.event_name or None,
    "event_id": lambda record: record.event_id or None,
    "action": text("act"),
    "outcome": words("act", allow="allow", permit="allow", discard="block", refuse="block", terminate="block",
                     terminate_failed="allow", terminate_passive="allow", block="block"),
    "src_ip": address("src"),
    "src_port": integer("spt"),
    "dst_ip": address("dst"),
    "dst_port": integer("dpt"),
    "src_nat_ip": address("sourceTranslatedAddress"),
    "dst_nat_ip": address("destinationTranslatedAddress"),
    "transport": transport("proto"),
    "service": text("app", "destinationServiceName"),
    "bytes_in": integer("in"),
    "bytes_out": integer("out"),
    "user": account("suser", "duser"),
    "dst_host": _host("dhost", "request"),
    "url": text("request"),
    "verdict": text("cs1"),
}  # fmt: skip
FIREWALL = Log("forcepoint.firewall", "connection", moment("rt", "start", "end"), _FIREWALL)
EVENT = Log("forcepoint.event", "other", moment("rt", "start", "end"), _FIREWALL)


def log_of(record: Record) -> Log | None:
    """CEF and LEEF by vendor and product; key=value by ``vendor=Websense`` or ``Forcepoint`` beside ``product``."""
    if record.form in (Form.CEF, Form.LEEF):
        vendor, product = record.vendor.lower(), record.product.lower()
        if vendor not in ("forcepoint", "websense"):
            return None
        if product in (
            "firewall",
            "ngfw",
            "alert",
            "audit",
            "ips",
            "sginode",
            "inspection",
            "log server",
            "management server",
        ):
            return FIREWALL if record.get("src") and record.get("dst") else EVENT
        if "security" in product or "web" in product or "csg" in product or "cloud" in product:
            return WEB_CEF if record.form is Form.CEF else WEB_LEEF
        return EVENT if record.form is Form.CEF else None
    values = record.values
    if "vendor" not in values or "product" not in values or "disposition" not in values:
        return None
    if values["vendor"] not in ("Websense", "Forcepoint"):
        return None
    found = _LOOSE_USER.search(record.text)
    if found is not None:
        values["user"] = found[1]
    return WEB_PAIRS


VENDOR = Vendor(
    name="forcepoint",
    title="Forcepoint and Websense web security, Forcepoint firewall",
    forms=frozenset({Form.CEF, Form.LEEF, Form.KEY_VALUE}),
    log_of=log_of,
    logs=(WEB_CEF, WEB_LEEF, WEB_PAIRS, FIREWALL, EVENT),
    log_source_type="Forcepoint V Series",
)

PAGE = Page(
    recognise=(
        "CEF (also `0|Forcepoint|…` without the word `CEF:`) and LEEF: vendor `Forcepoint` or `Websense`.",
        "Key=value: `vendor=Websense` or `Forcepoint` with `product` and `disposition`.",
    ),
    options=("Web > Settings > General > SIEM Integration: any of the formats; CEF has the time of the record.",),
    gaps=(
        "No field tells of TLS or of a certificate.",
        "`user` is the name at the end of an LDAP path; the path is kept in `fields` only where another key has it.",
        "LEEF and key=value have no time of their own; that of the syslog header is taken.",
        "`verdict` is the number of the category.",
    ),
    references=("SIEM integration: <https://www.websense.com/content/support/library/web/v85/siem/siem.pdf>",),
)

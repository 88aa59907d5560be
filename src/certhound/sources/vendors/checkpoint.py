"""Check Point: Log Exporter (syslog with structured data, bars, CEF, LEEF, JSON) and the older exports.

https://support.checkpoint.com/results/sk/sk144192 (fields), https://sc1.checkpoint.com/documents/latest/ (Log Exporter)
"""

from __future__ import annotations

import re
from dataclasses import replace

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read, Source_, address, double, integer, moment, text, to_integer
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, decision, host_of, to_port, transport


def _dst_port(record: Record) -> int | None:
    """``service`` is the destination's port, mostly as a number, at times as the name of a service."""
    for key in ("dpt", "dstPort", "service", "d_port", "svc"):
        if (port := to_port(record.get(key))) is not None:
            return port
    return None


def _url(record: Record) -> str | None:
    return record.get("resource", "request", "url", "matched_url")


def _host(record: Record) -> str | None:
    get = record.get
    names = ("sni", "tls_server_host_name", "http_host", "dst_domain_name", "dhost")
    url = _url(record)
    return host_of(*(get(each) for each in names), url if url and ("://" in url or "/" in url) else None)


def _validation(record: Record) -> str | None:
    """What HTTPS inspection said of the certificate: its validity, then the error."""
    told = (record.get("certificate_validity"), record.get("https_validation"))
    return ", ".join(each for each in told if each) or None


def _state(record: Record) -> str | None:
    inspection = (record.get("https_inspection_action") or "").lower()
    if inspection.startswith(("error", "drop", "block", "reject")):
        return "failed"
    return "resigned" if inspection.startswith("inspect") else None


_USERS = ("user", "src_user_name", "suser", "usrName", "user_name", "administrator", "duser", "src_user")
_COLUMNS: dict[str, Source_] = {
    "log_source": lambda record: (
        record.get("hostname", "dvchost") or record.header.host or record.get("origin", "orig")
    ),
    "event_type": text("product", "cat", "Product", "ProductName"),
    "event_id": lambda record: record.get("log_id", "logid", "protection_id") or record.event_id or None,
    "action": text("action", "act", "Action", "rule_action", "https_inspection_action"),
    "outcome": decision("action", "act", "Action", "rule_action"),
    "src_ip": address("proxy_src_ip", "src", "client_ip"),
    "src_port": integer("s_port", "spt", "srcPort", "sport_svc"),
    "dst_ip": address("dst"),
    "dst_port": _dst_port,
    "src_nat_ip": address("xlatesrc", "sourceTranslatedAddress"),
    "dst_nat_ip": address("xlatedst", "destinationTranslatedAddress"),
    "transport": transport("proto"),
    "service": text("service_id", "app", "appi_name"),
    "bytes_out": integer("sent_bytes", "client_inbound_bytes", "out"),
    "bytes_in": integer("received_bytes", "server_inbound_bytes", "in"),
    "duration_s": double("elapsed"),
    "session_uid": text("loguid"),
    "user": account(*_USERS),
    "computer": text("src_machine_name", "machine", "shost"),
    "dst_host": _host,
    "url": _url,
    "http_method": text("method", "requestMethod"),
    "http_status": Read(("http_status",), to_integer),
    "user_agent": text("user_agent", "requestClientApplication"),
    "referrer": text("referrer", "http_referer"),
    "verdict": text("verdict", "protection_name", "malware_action", "app_category", "matched_category"),
}
_TIME = moment("time", "rt", "devTime", "Time", "deviceCustomDate1")
CONNECTION = Log("checkpoint.firewall", "connection", _TIME, _COLUMNS)
WEB = Log("checkpoint.url_filtering", "http", _TIME, _COLUMNS)
VERDICT = Log("checkpoint.threat", "verdict", _TIME, _COLUMNS)
OTHER = Log("checkpoint.other", "other", _TIME, _COLUMNS)
TLS = Log(
    "checkpoint.https_inspection",
    "tls",
    _TIME,
    _COLUMNS | {"sni": text("sni", "tls_server_host_name"), "cert_validation": _validation, "tls_state": _state},
)

_THREATS = ("threat", "anti", "smartdefense", "ips", "sandblast", "harmony", "dlp", "new anti", "forensics", "malware")
_WEB = ("url filtering", "application control", "content awareness")
_FIREWALL = ("firewall", "vpn-1", "fg vpn", "connectra")
_TLS_CLUES = ("https_inspection_action", "https_validation", "certificate_validity", "tls_server_host_name", "sni")


def _kind(record: Record) -> Log:
    product = (record.get("product", "cat", "Product", "ProductName") or record.product).lower()
    if product == "https inspection" or any(record.get(key) is not None for key in _TLS_CLUES):
        return TLS
    if product.startswith(_THREATS):
        return VERDICT
    if product.startswith(_WEB) or record.get("resource") is not None:
        return WEB
    return CONNECTION if any(each in product for each in _FIREWALL) else OTHER


_COLONS = re.compile(r'([A-Za-z_][\w.\- ]{0,63}?)::?"((?:[^"\\]|\\.)*+)"[;\s]*')
_BRACKET = re.compile(r'(?:syslog)?\s*\[(?=[A-Za-z_][\w.\- ]{0,63}::?")')
_OLD_TIME = re.compile(r"(\d{1,2})([A-Z][a-z]{2})(\d{4}) +(\d{1,2}:\d\d:\d\d)")
_ODD_ZONE = re.compile(r"(.*T[\d:.]+)-(-)(\d{1,2}:\d\d)")
_ESCAPED = re.compile(r'\\(["\\\]])')
_ROW = re.compile(r'"\d+"\s"\d{1,2}[A-Z][a-z]{2}\d{4}"\s"\d{1,2}:\d\d:\d\d"\s')
_ROW_COLUMNS = "num date time i/f_name origin type action service s_port src dst proto rule".split()


def _of_text(record: Record) -> Log | None:
    """``[action:"Accept"; src:"192.0.2.1"; …]``, which is no structured data of RFC 5424; and rows in quotes."""
    body = record.text.strip()
    if (start := _BRACKET.match(body)) is None:
        return _of_row(record)
    values = {key.strip(): _ESCAPED.sub(r"\1", value) for key, value in _COLONS.findall(body, start.end())}
    if "product" not in values and "loguid" not in values:
        return None
    record.values = values
    return _kind(record)


def _of_row(record: Record) -> Log | None:
    """What SmartView Tracker exports: number, date, time, interface, origin, type, action, service and so on."""
    if _ROW.match(record.text) is None:
        return None
    words = record.cells(record.text[record.text.index('"', 1) + 1])
    if len(words) < len(_ROW_COLUMNS) + 1:
        return None
    values = dict(zip(_ROW_COLUMNS, words, strict=False))
    values |= {f"#{index + 1}": words[index] for index in range(len(_ROW_COLUMNS), len(words))}
    values["time"] = f"{values.pop('date')} {values['time']}"
    record.values = values
    _repair_time(values)
    return CONNECTION


def _repair_time(values: dict[str, str]) -> None:
    """``26Sep2026 20:18:31``, as the older exports have it."""
    if (stated := _OLD_TIME.fullmatch(values.get("time", ""))) is not None:
        values["time"] = f"{stated[1]}-{stated[2]}-{stated[3]} {stated[4]}"


def _repair_header(record: Record) -> None:
    """A zone of ``--5:00``, as R80's Log Exporter writes it west of Greenwich."""
    if "--" in (record.header.time or "") and (odd := _ODD_ZONE.fullmatch(record.header.time or "")) is not None:
        record.header = replace(record.header, time=f"{odd[1]}{odd[2]}{odd[3]:0>5}")


_CLUES = ("loguid", "originsicname", "origin_sic_name", "sequencenum", "ifdir", "__policy_id_tag")
_OLDER_CLUES = ("NAT_rulenum", "UUid", "layer_name", "ProductFamily", "sport_svc", "ROW_END")


def log_of(record: Record) -> Log | None:
    """LEEF and CEF by the vendor; pairs by ``product`` beside fields of the Log Exporter."""
    form, values = record.form, record.values
    if form in (Form.CEF, Form.LEEF):
        return _kind(record) if record.vendor == "Check Point" else None
    if form is Form.TEXT or (form is Form.KEY_VALUE and _BRACKET.match(record.text) is not None):
        return _of_text(record)
    exported = "product" in values and any(key in values for key in _CLUES)
    exported |= "ProductName" in values and any(key in values for key in _OLDER_CLUES)
    older = "orig" in values and ("i/f_dir" in values or "loc" in values)
    if not exported and not older and record.header.app != "CheckPoint":
        return None
    _repair_time(values)
    _repair_header(record)
    return _kind(record)


VENDOR = Vendor(
    name="checkpoint",
    title="Check Point",
    forms=frozenset({Form.KEY_VALUE, Form.CEF, Form.LEEF, Form.JSON, Form.TABLE, Form.TEXT}),
    log_of=log_of,
    logs=(CONNECTION, WEB, VERDICT, TLS, OTHER),
    log_source_type="CheckPoint",
)

PAGE = Page(
    recognise=(
        'RFC 5424 with the fields as structured data, or as `[action:"Accept"; …]` behind the header; program '
        "`CheckPoint`.",
        "Pairs with bars, blanks or tabs between, and JSON: `product` with `loguid`, `originsicname`, `sequencenum` or "
        "`ifdir`.",
        "Rows of words in quotes, beginning with number, date, time, interface, origin, type, action (SmartView "
        "Tracker).",
        "LEEF and CEF: vendor `Check Point`.",
    ),
    options=(
        "Log Exporter: `cp_log_export add … format generic` (or `syslog`, `cef`, `leef`, `json`) and `read-mode "
        "semi-unified`.",
        "Security policy, HTTPS Inspection: track *Log* in its rules; without it nothing about TLS is logged.",
    ),
    gaps=(
        "No field names the certificate. All that is said of it are `certificate_validity` and `https_validation`.",
        "`loguid` comes again when a connection is updated, and each update is a record.",
        "`service` is the destination's port; where a service's name stands there the port is absent.",
        "Behind a proxy `proxy_src_ip` is taken for the client.",
    ),
    references=("Fields: <https://support.checkpoint.com/results/sk/sk144192>",),
)

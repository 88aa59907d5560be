"""Palo Alto Networks: PAN-OS (CSV, LEEF, CEF), Strata Logging Service (CEF, LEEF, JSON), the console's CSV export.

https://docs.paloaltonetworks.com/pan-os/11-0/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions
https://docs.paloaltonetworks.com/strata-logging-service/log-reference
"""

from __future__ import annotations

import re
from collections.abc import Callable

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
    to_time,
    to_tls_version,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, host_of, to_outcome, transport
from certhound.sources.vendors.paloalto.names import FIELDS, NAMES, TYPES

_PRECISE = ("high_res_timestamp", "PanOSTimeGeneratedHighResolution", "TimeGeneratedHighResolution",
            "TimeGeneratedHighResolution", "High Res Timestamp")  # fmt: skip
_TIMES = (
    moment("high_res_timestamp", "time_generated", "receive_time"),
    moment("start", "rt", "PanOSTimeGenerated", "PanOSTimeGeneratedHighResolution", zones=("dtz",)),
    moment("devTime", "GenerateTime", "TimeGenerated", "ReceiveTime", "TimeReceived"),
    moment("TimeGenerated", "EventTime", "TimeReceived", "LogTime"),
    moment("High Res Timestamp", "Generate Time", "Receive Time"),
)
STYLES = ("csv", "cef", "leef", "json", "export")
_STYLE_OF = {Form.TEXT: 0, Form.KEY_VALUE: 0, Form.CEF: 1, Form.LEEF: 2, Form.JSON: 3, Form.TABLE: 4}


def _keys(field: str, style: int) -> tuple[str, ...]:
    said = FIELDS[field][style]
    return (said,) if style == 4 else tuple(said.split())


_KNOWN = tuple({field: _keys(field, style) for field in FIELDS} for style in range(len(STYLES)))
_BY_FORM = {form: _KNOWN[style] for form, style in _STYLE_OF.items()}


def _get(record: Record, field: str) -> str | None:
    return record.get(*_BY_FORM[record.form][field])


_THREAT_ID = re.compile(r"\((\d{1,12})\)\s*\Z")
_NEITHER = frozenset(("null", "Null", "N/A", "Unknown", "unknown", "0", "None", "none"))


def _said(record: Record, field: str) -> str | None:
    """A field's value, unless it is one of the words by which a decryption log says nothing."""
    value = _get(record, field)
    return None if value is None or value in _NEITHER else value


def _outcome(record: Record) -> str | None:
    action = _get(record, "action")
    if action is None:
        return None
    return "block" if action.lower() == "sinkhole" else to_outcome(action)


def _subtype(record: Record) -> str:
    return (_get(record, "subtype") or record.event_name).lower()


def _kind(record: Record) -> str | None:
    """``TRAFFIC``, ``THREAT`` …; in CEF it is the event's id or its name."""
    stated = _get(record, "type")
    return stated or next((each for each in (record.event_id, record.event_name) if each in TYPES), None)


def _event_type(record: Record) -> str | None:
    kind, subtype = _kind(record), _get(record, "subtype")
    if subtype is None and record.form is Form.CEF:
        subtype = next((each for each in (record.event_id, record.event_name) if each and each != kind), None)
    return subtype if subtype and subtype != "0" else kind


def _event_id(record: Record) -> str | None:
    """The number in ``Some Threat(9999)``, else the name of a system event, else the type."""
    threat = _get(record, "threat")
    number = _THREAT_ID.search(threat) if threat else None
    return number[1] if number else _get(record, "event") or _kind(record)


def _url(record: Record) -> str | None:
    value = _get(record, "misc")
    return None if value is None else value.strip().strip('"')


_LIKE_URL = re.compile(r"(?:[a-z]{3,5}://)?[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)+(?::\d{1,5})?/")


def _threat_url(record: Record) -> str | None:
    """The URL of a threat record, whose field holds the name of a file as often."""
    url = _url(record)
    return url if url is not None and _LIKE_URL.match(url) else None


def _threat_host(record: Record) -> str | None:
    return host_of(_threat_url(record))


def _file(record: Record) -> str | None:
    return _get(record, "file") if _subtype(record) in ("file", "virus", "wildfire", "wildfire-virus", "data") else None


def _validation(record: Record) -> str | None:
    """The firewall's word for the chain; with its error where that is about the certificate."""
    chain, error = _said(record, "chain"), _said(record, "error")
    if error is not None and (_said(record, "index") or "").lower() == "certificate":
        return f"{chain}: {error}" if chain else error
    return chain or _said(record, "root") or error


def _cipher(record: Record) -> str | None:
    """TLS 1.3's suites are named whole by cipher and hash; older ones lack the server's key, so words are joined."""
    encryption, hashed = _said(record, "encryption"), _said(record, "hash")
    if encryption is None:
        return None
    if (_said(record, "version") or "").endswith("1.3"):
        return "_".join(("TLS", encryption, *([hashed] if hashed else [])))
    return "_".join(each for each in (_said(record, "exchange"), encryption, hashed) if each)


def _state(record: Record) -> str | None:
    if _outcome(record) == "block" or _said(record, "index") is not None:
        return "failed"
    if _said(record, "cn") or _said(record, "fingerprint"):
        return None
    return "resigned" if (_said(record, "proxy") or "").lower().startswith(("forward", "inbound")) else None


_OFFSET = re.compile(r"(?:[+-]\d\d:?\d\d|Z)\Z")


def _date(field: str) -> Callable[[Record], int | None]:
    """A date of the certificate: an epoch, or the device's local time, whose zone the precise time tells."""

    def date(record: Record) -> int | None:
        value = _said(record, field)
        if value is None:
            return None
        if not value.strip().isdecimal():
            zone = _OFFSET.search(record.values.get(_PRECISE[_STYLE_OF[record.form]], ""))
            value = f"{value.strip()} {zone[0]}" if zone else value
        return to_time(value)

    return date


def _columns(style: int, *groups: str) -> dict[str, Source_]:
    def keys(field: str) -> tuple[str, ...]:
        return _KNOWN[style][field]

    columns: dict[str, Source_] = {
        "log_source": lambda record: _get(record, "device") or record.header.host,
        "event_type": _event_type,
        "event_id": _event_id,
        "action": text(*keys("action")),
        "outcome": _outcome,
        "user": account(*keys("srcuser")),
    }
    if "session" in groups:
        columns |= {
            "src_ip": address(*keys("src")), "src_port": integer(*keys("sport")),
            "dst_ip": address(*keys("dst")), "dst_port": integer(*keys("dport")),
            "src_nat_ip": address(*keys("natsrc")), "dst_nat_ip": address(*keys("natdst")),
            "transport": transport(*keys("proto")), "service": text(*keys("app")),
            "session_uid": text(*keys("session")), "target_user": account(*keys("dstuser")),
        }  # fmt: skip
    if "traffic" in groups:
        columns |= {"bytes_out": integer(*keys("sent")), "bytes_in": integer(*keys("received")),
                    "duration_s": double(*keys("elapsed"))}  # fmt: skip
    if "url" in groups:
        columns |= {
            "url": _url, "dst_host": lambda record: host_of(_url(record)),
            "http_method": Read(keys("method"), str.upper),
            "user_agent": text(*keys("agent")), "referrer": text(*keys("referer")), "verdict": text(*keys("category")),
        }  # fmt: skip
    if "threat" in groups:
        columns |= {"file_path": _file, "url": _threat_url, "dst_host": _threat_host, "verdict": text(*keys("threat"))}
    if "tls" in groups:
        columns |= {
            "sni": text(*keys("sni")), "dst_host": lambda record: host_of(_said(record, "sni")),
            "tls_version": Read(keys("version"), _version), "cipher": _cipher, "tls_state": _state,
            "cert_validation": _validation, "cert_sha256": fingerprint(*keys("fingerprint"), length=64),
            "cert_subject": name(*keys("cn")), "cert_issuer": name(*keys("issuer")),
            "cert_serial": serial(*keys("serial")), "cert_not_before": _date("before"),
            "cert_not_after": _date("after"),
        }  # fmt: skip
    if "host" in groups:
        columns |= {"src_ip": address(*keys("public")), "computer": text(*keys("machine"))}
    return columns


def _version(value: str) -> str | None:
    return None if value in _NEITHER else to_tls_version(value)


def _styles(log: str, category: str, *groups: str) -> tuple[Log, ...]:
    return tuple(
        Log(f"paloalto.{log}", category, _TIMES[style], _columns(style, *groups)) for style in range(len(STYLES))
    )


TRAFFIC = _styles("traffic", "connection", "session", "traffic")
THREAT = _styles("threat", "verdict", "session", "threat")
URL = _styles("url", "http", "session", "url")
DECRYPTION = _styles("decryption", "tls", "session", "tls")
HOST = _styles("globalprotect", "other", "host")
OTHER = _styles("other", "other", "host")
_BY_TYPE = {"TRAFFIC": TRAFFIC, "THREAT": THREAT, "URL": URL, "DECRYPTION": DECRYPTION, "GLOBALPROTECT": HOST,
            "WILDFIRE": THREAT, "DATA": THREAT, "FILE": THREAT, "TUNNEL": TRAFFIC, "START": TRAFFIC,
            "END": TRAFFIC, "SCTP": TRAFFIC, "GTP": TRAFFIC}  # fmt: skip

_START = re.compile(
    r"[:\s]*(?:\d{1,3}|-)?,(?:\d{4}/\d\d?/\d\d?|\d\d?/\d\d?/\d\d(?:\d\d)?)[^,]{0,24},[^,]{0,40},\"?([A-Z][A-Z\-]{1,19})\"?,"
)
_PRECISE_CELL = re.compile(r",(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[+-]\d\d:\d\d|Z))(?=,|$)")


def _log(kind: str, subtype: str, style: int) -> Log:
    found = _BY_TYPE.get(kind, OTHER)
    return (URL if found is THREAT and subtype == "url" else found)[style]


_SPELLINGS = {
    "USER-ID": "USERID",
    "HIP-MATCH": "HIPMATCH",
    "AUTH": "AUTHENTICATION",
    "START": "TUNNEL",
    "END": "TUNNEL",
}
"""The types of a tunnel's inspection are the ends of its sessions."""


def _of_csv(record: Record) -> Log | None:
    found = _START.match(record.text)
    if found is None or found[1] not in TYPES:
        return None
    kind = _SPELLINGS.get(found[1], found[1])
    cells = record.cells()
    names = NAMES.get(kind) or NAMES["THREAT" if kind in ("URL", "WILDFIRE", "DATA", "FILE") else ""]
    values = dict(zip(names, cells, strict=False))
    for index in range(len(names), len(cells)):
        if cells[index]:
            values[f"#{index + 1}"] = cells[index]
    precise = _PRECISE_CELL.search(record.text, found.end())
    if precise is not None:
        values["high_res_timestamp"] = precise[1]
    record.values = values
    record.form = Form.TEXT
    return _log(kind, values.get("subtype", ""), 0)


def log_of(record: Record) -> Log | None:
    """CSV by its fourth value; LEEF and CEF by the vendor; JSON and exports by keys that only they have."""
    form = record.form
    if form is Form.TEXT or form is Form.KEY_VALUE:
        return _of_csv(record) if record.text[:1] in "0123456789,: -" else None
    if form is Form.CEF:
        if record.vendor != "Palo Alto Networks":
            return None
        kind, subtype = record.event_id, record.event_name.lower()
        if kind not in TYPES:
            kind, subtype = record.event_name.upper(), record.event_id.lower()
        return _log(kind, subtype, 1)
    if form is Form.LEEF:
        if record.vendor != "Palo Alto Networks":
            return None
        return _log((_get(record, "type") or record.event_id).upper(), (_get(record, "subtype") or "").lower(), 2)
    named = record.values.get("LogType") if form is Form.JSON else record.values.get("Type")
    if named is None or named.upper() not in TYPES:
        return None
    if form is Form.TABLE:
        return _log(named, _subtype(record), 4) if "Generate Time" in record.values else None
    known = record.values.keys() & {"DeviceSN", "TimeGenerated", "LogSourceID", "TimeReceived"}
    return _log(named.upper(), _subtype(record), 3) if known else None


VENDOR = Vendor(
    name="paloalto",
    title="Palo Alto Networks firewalls",
    forms=frozenset({Form.TEXT, Form.KEY_VALUE, Form.CEF, Form.LEEF, Form.JSON, Form.TABLE}),
    log_of=log_of,
    logs=(*TRAFFIC, *THREAT, *URL, *DECRYPTION, *HOST, *OTHER),
    log_source_type="Palo Alto PA Series",
)

PAGE = Page(
    recognise=(
        "CSV, behind any syslog header: the second value is a date, the fourth `TRAFFIC`, `THREAT`, `DECRYPTION` …",
        "LEEF and CEF: vendor `Palo Alto Networks`. The type stands in the event's id, its name, `cat` or `LogType`.",
        "JSON of Strata Logging Service: `LogType` with `DeviceSN`, `TimeGenerated` or `TimeReceived`.",
        "The console's CSV export: columns `Type` and `Generate Time`.",
    ),
    options=(
        "Objects > Log Forwarding: add `decryption` (PAN-OS 10.0 and later) to the profile that the rules use. Without "
        "the decryption log no certificate arrives at all.",
        "Policies > Decryption, in each rule, Options: *Log Unsuccessful SSL Handshake* is on by default, *Log "
        "Successful SSL Handshake* is not. Rules of action *no decrypt* have both, too.",
        "Objects > Log Forwarding: `url` of `threat`, and *Log at Session End* in the security rules.",
        "Custom formats: keep the names of the vendor's own LEEF and CEF templates.",
    ),
    gaps=(
        "Subject, issuer and root are common names only, cut at 64 characters; the lengths beside them tell how long "
        "they were.",
        "Where TLS 1.3 was not decrypted, and where a session was resumed, there is no certificate.",
        "Times are the firewall's local time without a zone, except the high-resolution time stamp of PAN-OS 10.0 and "
        "later, which is taken for the time and for the zone of the certificate's dates. Otherwise set the zone of "
        "the source `paloalto`.",
        "Key exchange, cipher and hash stand apart, and the server's kind of key is missing: only TLS 1.3 suites have "
        "their IANA name.",
        "A session that the decryption log gives an error for counts as failed in the ledger.",
    ),
    references=(
        "Decryption log fields: <https://docs.paloaltonetworks.com/pan-os/11-0/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions/decryption-log-fields>",
        "Strata Logging Service: <https://docs.paloaltonetworks.com/strata-logging-service/log-reference>",
    ),
    unconfirmed=("Titles of the decryption columns in the console's CSV export.",),
)

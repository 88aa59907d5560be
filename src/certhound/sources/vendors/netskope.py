"""Netskope: transaction events (W3C, CSV, or rows without a header) and events and alerts of its API as JSON.

https://docs.netskope.com/en/transaction-event-fields/, https://docs.netskope.com/en/get-events-data/
"""

from __future__ import annotations

import csv
import json
import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Read,
    Source_,
    address,
    double,
    integer,
    moment,
    name,
    text,
    time,
    to_address,
    to_tls_version,
)
from certhound.sources.envelopes.record import ABSENT, Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import decision, host_of, joined_url, to_cipher, transport

COLUMNS = (
    "date time time-taken cs-bytes sc-bytes bytes c-ip s-ip cs-username cs-method cs-uri-scheme cs-uri-query "
    "cs-user-agent cs-content-type sc-status sc-content-type cs-dns cs-host cs-uri cs-uri-port cs-referer "
    "x-cs-session-id x-cs-access-method x-cs-app x-s-country x-s-latitude x-s-longitude x-s-location x-s-region "
    "x-s-zipcode x-c-country x-c-latitude x-c-longitude x-c-location x-c-region x-c-zipcode x-c-os x-c-browser "
    "x-c-browser-version x-c-device x-cs-site x-cs-timestamp x-cs-page-id x-cs-userip x-cs-traffic-type "
    "x-cs-tunnel-id x-category x-other-category x-type x-server-ssl-err x-client-ssl-err x-transaction-id "
    "x-request-id x-cs-sni x-cs-domain-fronted-sni x-category-id x-other-category-id x-sr-headers-name "
    "x-sr-headers-value x-cs-ssl-ja3 x-sr-ssl-ja3s x-ssl-bypass x-ssl-bypass-reason x-r-cert-subject-cn "
    "x-r-cert-issuer-cn x-r-cert-startdate x-r-cert-enddate x-r-cert-valid x-r-cert-expired x-r-cert-untrusted-root "
    "x-r-cert-incomplete-chain x-r-cert-self-signed x-r-cert-revoked x-r-cert-revocation-check x-r-cert-mismatch "
    "x-cs-ssl-fronting-error x-cs-ssl-handshake-error x-sr-ssl-handshake-error x-sr-ssl-client-certificate-error "
    "x-sr-ssl-malformed-ssl x-s-custom-signing-ca-error x-cs-ssl-engine-action x-cs-ssl-engine-action-reason "
    "x-sr-ssl-engine-action x-sr-ssl-engine-action-reason x-ssl-policy-src-ip x-ssl-policy-dst-ip "
    "x-ssl-policy-dst-host x-ssl-policy-dst-host-source x-ssl-policy-categories x-ssl-policy-action x-ssl-policy-name "
    "x-cs-ssl-version x-cs-ssl-cipher x-sr-ssl-version x-sr-ssl-cipher x-cs-src-ip-egress x-s-dp-name x-cs-src-ip "
    "x-cs-src-port x-cs-dst-ip x-cs-dst-port x-sr-src-ip x-sr-src-port x-sr-dst-ip x-sr-dst-port x-cs-ip-connect-xff "
    "x-cs-ip-xff x-cs-connect-host x-cs-connect-port x-cs-connect-user-agent x-cs-url x-cs-uri-path "
    "x-cs-http-version rs-status x-cs-app-category x-cs-app-cci x-cs-app-ccl x-cs-app-tags x-cs-app-suite "
    "x-cs-app-instance-id x-cs-app-instance-name x-cs-app-instance-tag x-cs-app-activity x-cs-app-from-user "
    "x-cs-app-to-user x-cs-app-object-type x-cs-app-object-name x-cs-app-object-id x-rs-file-type x-rs-file-category "
    "x-rs-file-language x-rs-file-size x-rs-file-md5 x-rs-file-sha256 x-error x-c-local-time x-policy-action "
    "x-policy-name x-policy-src-ip x-policy-dst-ip x-policy-dst-host x-policy-dst-host-source "
    "x-policy-justification-type x-policy-justification-reason x-sc-notification-name"
).split()
"""The columns of the newest format whose order is documented; the older ones have fewer of them, newer ones more."""

_ROW = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d([ ,\t])\d\d:\d\d:\d\d\1(?:-|\d+)\1(?:-|\d+)\1")
_WORD = re.compile(r'"((?:[^"\\]|\\.|"")*)"(?=[\s]|$)|(\S+)')
_UNSAID = ABSENT | {"NotEstablished", "NotSet", "Unavailable"}


def _said(record: Record, *keys: str) -> str | None:
    """What says anything; ``NotChecked``, ``NoSSL`` and the like do not."""
    return next((value for key in keys if (value := record.get(key)) is not None and value not in _UNSAID), None)


def _url(record: Record) -> str | None:
    whole = _said(record, "x-cs-url")
    if whole is not None:
        return whole
    path, host = _said(record, "cs-uri"), _said(record, "cs-host", "cs-dns")
    if path is None or host is None:
        return path
    query = None if "?" in path else _said(record, "cs-uri-query")
    return joined_url(_said(record, "cs-uri-scheme"), host, _said(record, "cs-uri-port"), path, query)


def _host(record: Record) -> str | None:
    return host_of(_said(record, "cs-host", "cs-dns", "x-cs-sni", "x-cs-connect-host"), _said(record, "x-cs-url"))


_FAULTS = {
    "x-r-cert-expired": "expired", "x-r-cert-self-signed": "self-signed", "x-r-cert-untrusted-root": "untrusted root",
    "x-r-cert-incomplete-chain": "incomplete chain", "x-r-cert-revoked": "revoked", "x-r-cert-mismatch": "mismatch",
}  # fmt: skip
_YES, _NO = frozenset(("yes", "true", "1")), frozenset(("no", "false", "0"))


def _validation(record: Record) -> str | None:
    """What was wrong with the certificate, in words; else whether it was valid; and the server's error."""
    words = [word for key, word in _FAULTS.items() if (_said(record, key) or "").lower() in _YES]
    valid = (_said(record, "x-r-cert-valid") or "").lower()
    if not words and valid in _YES | _NO:
        words = ["valid" if valid in _YES else "invalid"]
    error = _said(record, "x-server-ssl-err")
    if error is not None and error.lower() not in _NO:
        words.append(error)
    return ", ".join(words) or None


_HANDSHAKES = ("x-server-ssl-err", "x-client-ssl-err", "x-cs-ssl-handshake-error", "x-sr-ssl-handshake-error")


def _state(record: Record) -> str | None:
    if any((value := _said(record, key)) is not None and value.lower() not in _NO for key in _HANDSHAKES):
        return "failed"
    if _said(record, "x-r-cert-subject-cn") is not None:
        return None
    return "resigned" if (_said(record, "x-ssl-policy-action") or "").lower() == "decrypt" else None


def _version(record: Record) -> str | None:
    said = _said(record, "x-sr-ssl-version", "x-cs-ssl-version")
    return None if said is None else to_tls_version(said)


def _cipher(record: Record) -> str | None:
    said = _said(record, "x-sr-ssl-cipher", "x-cs-ssl-cipher")
    return None if said is None else to_cipher(said)


def _milliseconds(value: str) -> float | None:
    return int(value) / 1000 if value.isdecimal() else None


_WEB: dict[str, Source_] = {
    "log_source": text("x-s-dp-name"),
    "event_type": text("x-type"),
    "action": text("x-policy-action", "x-ssl-policy-action"),
    "outcome": decision("x-policy-action", "x-ssl-policy-action"),
    "src_ip": address("x-cs-userip", "x-cs-src-ip", "c-ip"),
    "src_port": integer("x-cs-src-port"),
    "src_nat_ip": address("c-ip", "x-cs-src-ip-egress"),
    "dst_ip": address("s-ip", "x-cs-dst-ip", "x-sr-dst-ip"),
    "dst_port": integer("cs-uri-port", "x-cs-dst-port", "x-sr-dst-port"),
    "transport": "tcp",
    "bytes_out": integer("cs-bytes"),
    "bytes_in": integer("sc-bytes"),
    "duration_s": Read(("time-taken",), _milliseconds),
    "session_uid": text("x-transaction-id"),
    "user": text("cs-username"),
    "dst_host": _host,
    "url": _url,
    "http_method": text("cs-method"),
    "http_status": integer("sc-status"),
    "user_agent": text("cs-user-agent"),
    "referrer": text("cs-referer"),
    "verdict": text("x-category"),
    "computer": text("x-c-hostname"),
}
_TLS: dict[str, Source_] = _WEB | {
    "sni": text("x-cs-sni"),
    "tls_version": _version,
    "cipher": _cipher,
    "ja3": text("x-cs-ssl-ja3"),
    "ja3s": text("x-sr-ssl-ja3s"),
    "tls_state": _state,
    "cert_validation": _validation,
    "cert_subject": name("x-r-cert-subject-cn"),
    "cert_issuer": name("x-r-cert-issuer-cn"),
    "cert_not_before": time("x-r-cert-startdate"),
    "cert_not_after": time("x-r-cert-enddate"),
}
_STAMP = moment("x-cs-timestamp", ("date", "time"))
WEB = Log("netskope.transaction", "http", _STAMP, _WEB)
TLS = Log("netskope.transaction", "tls", _STAMP, _TLS)


def _api_host(record: Record) -> str | None:
    return host_of(_said(record, "domain"), _said(record, "url"), _said(record, "page"), _said(record, "dsthost"))


def _api_server(record: Record) -> str | None:
    for key in ("dstip", "dsthost", "malsite_ip_host"):
        value = _said(record, key)
        if value is not None and (found := to_address(value)) is not None:
            return found
    return None


def _verdict(record: Record) -> str | None:
    """What an engine found: the malware, the kind of bad site, else the kind of alert."""
    found = _said(record, "malware_name", "malsite_category", "malware_type", "alert_type", "alert_name")
    if found is None or not found.startswith("["):
        return found
    try:
        return ", ".join(str(each) for each in json.loads(found)) or None
    except ValueError:
        return found


_API: dict[str, Source_] = {
    "log_source": lambda record: record.get("netskope_pop") or record.header.host,
    "event_type": text("activity", "alert_type", "type", "audit_log_event"),
    "event_id": text("alert_name"),
    "action": text("action"),
    "outcome": decision("action"),
    "src_ip": address("srcip", "userip"),
    "src_port": integer("srcport"),
    "dst_ip": _api_server,
    "dst_port": integer("dstport"),
    "transport": transport("ip_protocol"),
    "bytes_out": integer("client_bytes"),
    "bytes_in": integer("server_bytes"),
    "duration_s": double("conn_duration", "session_duration"),
    "user": text("user", "ur_normalized", "userkey", "userPrincipalName"),
    "computer": text("hostname"),
    "dst_host": _api_host,
    "url": text("url"),
    "user_agent": text("useragent"),
    "referrer": text("referer"),
    "ja3": text("ja3"),
    "ja3s": text("ja3s"),
    "verdict": _verdict,
}
_API_TIME = moment("timestamp", "_insertion_epoch_timestamp")
PAGE_EVENT = Log("netskope.web", "http", _API_TIME, _API)
CONNECTION = Log("netskope.connection", "connection", _API_TIME, _API)
ALERT = Log("netskope.alert", "verdict", _API_TIME, _API)
OTHER = Log("netskope.other", "other", _API_TIME, _API)
_BY_TYPE = {
    "page": PAGE_EVENT, "application": PAGE_EVENT, "nspolicy": PAGE_EVENT, "policy": PAGE_EVENT,
    "connection": CONNECTION, "network": CONNECTION, "malsite": ALERT, "malware": ALERT, "ctep": ALERT,
    "remediation": ALERT, "quarantine": ALERT, "compromised credential": ALERT, "breach": ALERT,
}  # fmt: skip
_KEYS = (
    "ur_normalized",
    "userkey",
    "netskope_pop",
    "_insertion_epoch_timestamp",
    "organization_unit",
    "audit_log_event",
)


def _rows(text_: str, separator: str) -> list[str]:
    if separator == " ":
        return [found[1] if found[1] is not None else found[2] for found in _WORD.finditer(text_)]
    return next(csv.reader([text_], delimiter=separator), [])


def _of_text(record: Record) -> Log | None:
    """A row without its header, told by its beginning and by the one value of ``x-type``."""
    if "http_transaction" not in record.payload:
        return None
    found = _ROW.search(record.payload, 0, 300)
    if found is None:
        return None
    cells = _rows(record.payload[found.start() :].rstrip(), found[1])
    if len(cells) < 50 or cells[COLUMNS.index("x-type")] != "http_transaction":
        return None
    record.values = dict(zip(COLUMNS, cells, strict=False))
    record.values |= {f"#{index + 1}": cells[index] for index in range(len(COLUMNS), len(cells))}
    return _kind(record)


def _kind(record: Record) -> Log:
    values = record.values
    if "date" in values and values.get("time", "")[-1:].isdecimal():
        values["time"] += "Z"  # date and time are UTC
    told = _said(record, "x-cs-ssl-version", "x-sr-ssl-version", "x-r-cert-subject-cn", "x-cs-sni", "x-ssl-bypass")
    return TLS if told is not None or _validation(record) is not None else WEB


def log_of(record: Record) -> Log | None:
    """Rows have ``x-cs-timestamp`` or ``x-cs-traffic-type``; JSON ``ccl`` or a tenant's key beside the user's names."""
    values = record.values
    if record.form is Form.TEXT or record.form is Form.KEY_VALUE:
        return _of_text(record)
    if "x_cs_timestamp" in values or "x_cs_traffic_type" in values:
        record.values = values = {key.replace("_", "-"): value for key, value in values.items()}
    if "x-cs-timestamp" in values or "x-cs-traffic-type" in values:
        return _kind(record)
    if record.form is Form.W3C or "timestamp" not in values or "type" not in values:
        return None
    if sum(key in values for key in _KEYS) < 2 and not ("access_method" in values and "ccl" in values):
        return None
    return _BY_TYPE.get(values["type"].lower(), OTHER)


VENDOR = Vendor(
    name="netskope",
    title="Netskope",
    forms=frozenset({Form.W3C, Form.TABLE, Form.TEXT, Form.KEY_VALUE, Form.JSON}),
    log_of=log_of,
    logs=(WEB, TLS, PAGE_EVENT, CONNECTION, ALERT, OTHER),
    log_source_type="Netskope Active",
    rank=5,
)

PAGE = Page(
    recognise=(
        "Transaction events: W3C or CSV with `x-cs-timestamp` or `x-cs-traffic-type`; rows without a header begin with "
        "date and time and have `http_transaction` in the 49th column.",
        "Events and alerts as JSON: `timestamp` and `type` with two of `ur_normalized`, `userkey`, `netskope_pop`, "
        "`organization_unit`, or `access_method` with `ccl`.",
    ),
    options=(
        "Subscribe to transaction events (Netskope Log Streaming): the events of the API say nothing about TLS.",
        "Choose the newest format, and let the `#Fields` line be part of the files.",
    ),
    gaps=(
        "There is no serial and no fingerprint of the certificate; subject and issuer are common names.",
        "`tls_version` and `cipher` are those between Netskope and the server, else those of the client; `ja3` is of "
        "the client, `ja3s` of the server.",
        "Columns behind those whose order is documented are kept under `#n`.",
        "`src_ip` of API events is `srcip`, the address that Netskope sees; `userip`, the machine's own, is kept in "
        "`fields`.",
    ),
    references=(
        "Transaction event fields: <https://docs.netskope.com/en/transaction-event-fields/>",
        "REST API events: <https://docs.netskope.com/en/get-events-data/>",
    ),
    unconfirmed=("Values of `x-r-cert-valid` and its companions other than `Yes`, `No` and placeholders.",),
)

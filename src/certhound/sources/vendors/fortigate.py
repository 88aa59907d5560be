"""Fortinet FortiGate (and FortiProxy, which writes the same): traffic, UTM and event logs, key=value, CSV, CEF, JSON.

https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

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
    time,
    tls_version,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, cipher, host_of, to_outcome, transport

_CEF_PREFIXES = ("FTNTFGT", "FortinetFortiGate", "ad.", "")
_CEF_NAMES = {
    "srcip": "src", "srcport": "spt", "dstip": "dst", "dstport": "dpt", "action": "act", "url": "request",
    "hostname": "dhost", "sentbyte": "out", "rcvdbyte": "in", "sessionid": "externalId", "devname": "dvchost",
    "httpmethod": "requestMethod", "agent": "requestClientApplication", "service": "app", "proto": "proto",
    "transip": "sourceTranslatedAddress", "tranip": "destinationTranslatedAddress", "duration": "cn1Duration",
}  # fmt: skip
"""Fields that FortiOS gives a standard name in CEF; the others have a prefix."""


@cache
def _names(cef: bool, *fields: str) -> tuple[str, ...]:
    if not cef:
        return fields
    keys = [_CEF_NAMES[each] for each in fields if each in _CEF_NAMES]
    return (*keys, *(prefix + each for each in fields for prefix in _CEF_PREFIXES))


def _field(record: Record, *fields: str) -> str | None:
    return record.get(*_names(record.form is Form.CEF, *fields))


def _host(record: Record) -> str | None:
    url = _field(record, "url")
    absolute = None if url is None or url.startswith("/") else url
    return host_of(_field(record, "sni"), _field(record, "hostname"), absolute, _field(record, "dstname"))


_WORDS = {"timeout": "allow", "server-rst": "allow", "client-rst": "allow", "dns": "allow"}


def _outcome(record: Record) -> str | None:
    action, utm = _field(record, "action"), _field(record, "utmaction")
    if utm is not None and to_outcome(utm) == "block":
        return "block"
    return None if action is None else _WORDS.get(action.lower()) or to_outcome(action)


def _validation(record: Record) -> str | None:
    """What FortiOS made of the certificate or the handshake; plain information is no verdict."""
    kind = _field(record, "eventtype") or ""
    if "handshake" in kind or "cert-info" in kind:
        return None
    return _field(record, "reason", "eventsubtype") or kind or None


def _state(record: Record) -> str | None:
    if _outcome(record) == "block":
        return "failed"
    if _field(record, "certhash", "cn", "scertcname") is not None:
        return None
    inspected = _field(record, "mitm") == "yes" or _field(record, "action") in ("inspected", "inspect")
    return "resigned" if inspected else None


_SAN_SEPARATORS = re.compile(r"[,;\s]+")


def _alternative_names(value: str) -> list[str] | None:
    return [each for each in _SAN_SEPARATORS.split(value) if each] or None


def _columns(cef: bool) -> dict[str, Source_]:
    def keys(*fields: str) -> tuple[str, ...]:
        return _names(cef, *fields)

    return {
        "log_source": lambda record: _field(record, "devname") or record.header.host or record.get("deviceExternalId"),
        "event_type": text(*keys("eventtype", "subtype", "type")),
        "event_id": text(*keys("logid", "log_id")),
        "action": text(*keys("action", "utmaction")),
        "outcome": _outcome,
        "src_ip": address(*keys("srcip")),
        "src_port": integer(*keys("srcport")),
        "dst_ip": address(*keys("dstip")),
        "dst_port": integer(*keys("dstport")),
        "transport": transport(*keys("proto")),
        "user": account(*(("duser", "suser") if cef else ()), *keys("user", "unauthuser")),
    }


def _session(cef: bool) -> dict[str, Source_]:
    def keys(*fields: str) -> tuple[str, ...]:
        return _names(cef, *fields)

    return _columns(cef) | {
        "src_nat_ip": address(*keys("transip")),
        "dst_nat_ip": address(*keys("tranip")),
        "service": text(*keys("service", "app")),
        "bytes_out": integer(*keys("sentbyte")),
        "bytes_in": integer(*keys("rcvdbyte")),
        "duration_s": double(*keys("duration")),
        "session_uid": text(*keys("sessionid")),
        "dst_host": _host,
    }


def _web(cef: bool) -> dict[str, Source_]:
    def keys(*fields: str) -> tuple[str, ...]:
        return _names(cef, *fields)

    return _session(cef) | {
        "url": text(*keys("url")),
        "http_method": text(*keys("httpmethod")),
        "user_agent": text(*keys("agent")),
        "referrer": text(*keys("referralurl")),
    }


def _tls(cef: bool) -> dict[str, Source_]:
    def keys(*fields: str) -> tuple[str, ...]:
        return _names(cef, *fields)

    return _web(cef) | {
        "sni": text(*keys("sni")),
        "tls_version": tls_version(*keys("tlsver")),
        "cipher": cipher(*keys("cipher")),
        "tls_state": _state,
    }


def _ssl(cef: bool) -> dict[str, Source_]:
    def keys(*fields: str) -> tuple[str, ...]:
        return _names(cef, *fields)

    return _tls(cef) | {
        "cert_validation": _validation,
        "cert_sha1": fingerprint(*keys("certhash"), length=40),
        "cert_subject": name(*keys("cn")),
        "cert_issuer": name(*keys("issuer")),
        "cert_serial": serial(*keys("sn")),
        "cert_not_before": time(*keys("notbefore")),
        "cert_not_after": time(*keys("notafter")),
        "cert_san": Read(keys("san"), _alternative_names),
    }


def _app_tls(cef: bool) -> dict[str, Source_]:
    return _tls(cef) | {
        "cert_subject": name(*_names(cef, "scertcname")),
        "cert_issuer": name(*_names(cef, "scertissuer")),
    }


def _dns(cef: bool) -> dict[str, Source_]:
    return _session(cef) | {
        "dns_query": text(*_names(cef, "qname")),
        "dns_type": text(*_names(cef, "qtype")),
        "dns_answers": Read(_names(cef, "ipaddr"), _alternative_names),
    }


def _verdict(cef: bool) -> dict[str, Source_]:
    return _web(cef) | {"verdict": text(*_names(cef, "virus", "attack", "dtype", "filtertype"))}


_TIMES = (
    moment("eventtime", ("date", "time"), "itime", zones=("tz",)),
    moment(
        "FTNTFGTeventtime", "FortinetFortiGateeventtime", "ad.eventtime", "eventtime", "rt", "start", "end",
        ("FTNTFGTdate", "FTNTFGTtime"), zones=("FTNTFGTtz", "FortinetFortiGatetz", "ad.tz"),
    ),
)  # fmt: skip


def _both(log: str, category: str, columns: Mapping[bool, dict[str, Source_]]) -> tuple[Log, Log]:
    """The log by FortiOS' own names, and by those of CEF."""
    return Log(f"fortigate.{log}", category, _TIMES[False], columns[False]), Log(
        f"fortigate.{log}", category, _TIMES[True], columns[True]
    )


TRAFFIC = _both("traffic", "connection", {each: _session(each) for each in (False, True)})
WEB = _both("webfilter", "http", {each: _web(each) for each in (False, True)})
SSL = _both("ssl", "tls", {each: _ssl(each) for each in (False, True)})
APP = _both("app", "connection", {each: _web(each) for each in (False, True)})
APP_TLS = _both("app", "tls", {each: _app_tls(each) for each in (False, True)})
DNS = _both("dns", "dns", {each: _dns(each) for each in (False, True)})
VERDICT = _both("utm", "verdict", {each: _verdict(each) for each in (False, True)})
EVENT = _both("event", "other", {each: _columns(each) for each in (False, True)})

_BY_SUBTYPE = {"webfilter": WEB, "ssl": SSL, "app-ctrl": APP, "dns": DNS}
_OTHER_DEVICES = ("FV", "FE", "FAZ", "FL-", "FAC", "FMG", "FCT")
"""Serial numbers of FortiWeb, FortiMail, FortiAnalyzer and others of the house begin so; they log otherwise."""


def _log(record: Record, kind: str, subtype: str) -> Log:
    cef = record.form is Form.CEF
    if kind == "traffic":
        return TRAFFIC[cef]
    if kind in ("utm", "webfilter", "app-ctrl", "dns") or subtype in _BY_SUBTYPE:
        found = _BY_SUBTYPE.get(subtype) or _BY_SUBTYPE.get(kind, VERDICT)
        if found is APP and _field(record, "scertcname", "scertissuer") is not None:
            found = APP_TLS
        return found[cef]
    return VERDICT[cef] if kind in ("attack", "virus", "ips", "dlp", "emailfilter", "anomaly") else EVENT[cef]


def log_of(record: Record) -> Log | None:
    """FortiOS' records have a ``logid``, ``type`` and ``subtype``; in CEF the device says what it is."""
    values = record.values
    if record.form is Form.CEF:
        if record.vendor != "Fortinet" or not record.product.lower().startswith(("fortigate", "fortiproxy", "fortios")):
            return None
        kind, _, subtype = (values.get("cat") or record.event_name).partition(":")
        return _log(record, kind, _field(record, "subtype") or subtype.partition(" ")[0])
    if "logid" not in values and "log_id" not in values:
        return None
    if "type" not in values or "subtype" not in values or values.get("devid", "").startswith(_OTHER_DEVICES):
        return None
    return _log(record, values["type"], values["subtype"])


VENDOR = Vendor(
    name="fortigate",
    title="Fortinet FortiGate",
    forms=frozenset({Form.KEY_VALUE, Form.CEF, Form.JSON, Form.TABLE}),
    log_of=log_of,
    logs=(*TRAFFIC, *WEB, *SSL, *APP, *APP_TLS, *DNS, *VERDICT, *EVENT),
    log_source_type="Fortinet FortiGate Security Gateway",
)

PAGE = Page(
    recognise=(
        "Key=value, with blanks or commas between, JSON and CSV below a header: the keys `logid`, `type` and "
        "`subtype`, and no `devid` of a FortiWeb, FortiMail or FortiAnalyzer.",
        "CEF: vendor `Fortinet`, product `Fortigate`; fields without a name of CEF have the prefix `FTNTFGT` or "
        "`FortinetFortiGate`.",
    ),
    options=(
        "`config firewall ssl-ssh-profile`, in the profile that the policies use: `set ssl-anomaly-log enable` "
        "(`ssl-anomalies-log` up to 6.4), `set ssl-exemption-log enable`, `set ssl-negotiation-log enable`, "
        "`set ssl-server-cert-log enable` (certificate hash, names, serial, validity) and "
        "`set ssl-handshake-log enable` (SNI, version, cipher suite).",
        "`set utm-status enable` and an SSL inspection profile on the policy: without inspection there is no SSL log. "
        "Certificate inspection suffices.",
        "`config log syslogd filter`: `set severity information`, because SSL records are of that level.",
        "Send `tz`, which FortiOS does from 6.2 on; else set the zone of the source `fortigate`.",
    ),
    gaps=(
        "Certificates stand only in records of subtype `ssl`; `sn` elsewhere is a device, `subject` that of a mail.",
        "Subject and issuer are common names only, cut at 64 characters, `san` at 448 to 512; the hash is SHA-1.",
        "With handshake and certificate records both switched on one session gives two records, and the ledger counts "
        "both; `sessionid` ties them.",
        "The records of anomalies up to FortiOS 6.2 have a verdict (`reason`) and no certificate.",
        "`url` is kept as logged: mostly a path, while the name stands in `hostname` and becomes `dst_host`.",
    ),
    references=(
        "FortiOS Log Message Reference: <https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference>",
        "SSL logging: <https://docs.fortinet.com/document/fortigate/6.4.0/new-features/644768>",
    ),
)

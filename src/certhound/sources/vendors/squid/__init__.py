"""Squid: access.log in the formats that ship and in own ones, with what ssl_bump knows of the server's certificate.

http://www.squid-cache.org/Doc/config/logformat/
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Read,
    Source_,
    moment,
    text,
    tls_version,
    to_address,
    to_integer,
    to_name,
)
from certhound.sources.envelopes.record import ABSENT, Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, cipher, host_of, port_of, to_port
from certhound.sources.vendors.squid.fields import BUMP_MODES, RESULT, by_shape, common, native

_SPELLINGS: dict[str, str] = {
    "client": "client src src_ip client_ip clientip c-ip client_address remote_ip source_ip srcip >a",
    "client_port": "client_port sport src_port c-port source_port srcport >p",
    "server": "server dst dst_ip dest_ip server_ip s-ip destination_ip peer_ip dstip serverip <a",
    "server_port": "server_port dport dst_port dest_port s-port destination_port dstport <p",
    "action": "action result result_code squid_result squid_status cache_status code Ss vendor_action",
    "status": "status http_status status_code http_code sc-status >Hs",
    "method": "method http_method request_method cs-method rm",
    "url": "url uri request_url request cs-url ru",
    "user": "user username user_name cs-username un",
    "hierarchy": "hierarchy hier hierarchy_code hierarchy_status Sh",
    "bytes": "bytes size bytes_in sc-bytes reply_size response_size <st bytes_out",
    "sent": "request_size cs-bytes bytes_sent req_size >st",
    "elapsed": "elapsed duration response_time time-taken tr elapsed_ms duration_ms",
    "agent": "agent user_agent useragent ua http_user_agent cs-user-agent {User-Agent}>h",
    "referer": "referer referrer http_referer http_referrer cs-referer {Referer}>h",
    "sni": "sni ssl_sni tls_sni server_name ssl::>sni ssl_client_sni",
    "bump": "bump bump_mode ssl_bump ssl_bump_mode ssl::bump_mode sslbump bumpmode",
    "subject": "subject cert_subject server_subject ssl_cert_subject server_cert_subject ssl::<cert_subject ssubject "
    "cert_subj server_cert",
    "issuer": "issuer cert_issuer server_issuer ssl_cert_issuer server_cert_issuer ssl::<cert_issuer sissuer",
    "errors": "errors cert_errors ssl_cert_errors ssl_errors server_cert_errors ssl::<cert_errors certerrors",
    "error": "error err err_code err_detail error_detail error_code errcode",
    "version": "version stls tls tls_version ssl_version server_tls server_tls_version negotiated_version "
    "ssl::<negotiated_version ssl::>negotiated_version tlsver",
    "cipher": "cipher sciph ssl_cipher tls_cipher server_cipher negotiated_cipher ssl::<negotiated_cipher "
    "ssl::>negotiated_cipher",
    "mime": "mime mime_type content_type mt",
    "time": "time ts timestamp datetime @timestamp tl date tg time_local",
}
_NAMES = {key: field for field, said in _SPELLINGS.items() for key in said.split()}
_FACTS = ("subject", "issuer", "errors", "version", "cipher")


def _named(values: dict[str, str]) -> dict[str, str]:
    """The values by our names for Squid's codes; what has none keeps its own."""
    named: dict[str, str] = {}
    for key, value in values.items():
        ours = _NAMES.get(key, key)
        named[key if ours in named else ours] = value
    result = RESULT.fullmatch(named.get("action", ""))
    if result is not None and (result[2] or result[3]):
        named["action"] = result[1]
        if result[2]:
            named.setdefault("status", result[2])
        if result[3]:
            named.setdefault("hierarchy", result[3])
    hierarchy, slash, peer = named.get("hierarchy", "").partition("/")
    if slash:
        named["hierarchy"] = hierarchy
        named.setdefault("server", peer)
    return named


def _get(record: Record, field: str) -> str | None:
    value = record.values.get(field)
    return None if value is None or value in ABSENT else value


def _action(record: Record) -> str | None:
    """The result code. ``NONE`` is one, and not the word for no value."""
    return record.values.get("action")


_REFUSED = ("ERR_SECURE_CONNECT_FAIL", "ERR_ACCESS_DENIED", "ERR_SECURE_ACCEPT_FAIL")


def _error(record: Record) -> str | None:
    error = _get(record, "error")
    return None if error == "-/-" else error


def _outcome(record: Record) -> str | None:
    """Blocked where Squid denied, terminated, or refused the server's certificate."""
    values = record.values
    action, error = values.get("action", ""), values.get("error", "")
    if "DENIED" in action or error.startswith(_REFUSED) or values.get("bump") == "terminate":
        return "block"
    if "errors" in values and _get(record, "errors") is not None and _failed(record):
        return "block"
    if not action.startswith(("TCP", "UDP", "NONE_NONE")):
        return None
    return "allow" if action != "NONE_NONE" or (to_integer(values.get("status", "0")) or 0) < 400 else None


def _joined_port(record: Record, field: str) -> int | None:
    """A port that was written behind its address."""
    host, colon, port = (_get(record, field) or "").rpartition(":")
    return to_port(port) if colon and to_address(host) is not None and host.count(":") != 1 else None


def _src_port(record: Record) -> int | None:
    return to_port(_get(record, "client_port")) or _joined_port(record, "client")


def _server(record: Record) -> str | None:
    server = _get(record, "server")
    return None if server is None else to_address(server)


def _dst_port(record: Record) -> int | None:
    stated = to_port(_get(record, "server_port")) or _joined_port(record, "server")
    url = _get(record, "url")
    return stated or (port_of(url) if url else None)


def _host(record: Record) -> str | None:
    url = _get(record, "url")
    return host_of(None if url is None or url.startswith(("/", "error:")) else url, _get(record, "sni"))


def _duration(value: str) -> float | None:
    number = to_integer(value)
    return None if number is None or number < 0 else number / 1000


def to_squid_name(value: str) -> str | None:
    """A name as Squid writes it: ``/C=DE/O=a\\\\/b/CN=x``, where a backslash keeps a slash in its value."""
    return to_name(value.replace("\\/", "\\2F") if "\\/" in value else value)


def _failed(record: Record) -> bool:
    error = _get(record, "error") or ""
    bump = _get(record, "bump")
    if error.startswith(("ERR_SECURE_CONNECT_FAIL", "ERR_SECURE_ACCEPT_FAIL")) or bump == "terminate":
        return True
    nobody = _get(record, "hierarchy") == "HIER_NONE"
    if _get(record, "errors") is None:
        return nobody and bump in ("bump", "server-first", "stare") and _get(record, "subject") is None
    return nobody or ("version" in record.values and _get(record, "version") is None)


def _state(record: Record) -> str | None:
    if _failed(record):
        return "failed"
    if _get(record, "subject") is not None:
        return None
    return "resigned" if _get(record, "bump") in ("bump", "server-first", "client-first") else None


_COLUMNS: dict[str, Source_] = {
    "event_type": text("hierarchy"),
    "event_id": _error,
    "action": _action,
    "outcome": _outcome,
    "src_ip": Read(("client",), to_address),
    "src_port": _src_port,
    "dst_ip": _server,
    "dst_port": _dst_port,
    "transport": "tcp",
    "bytes_out": Read(("sent",), to_integer),
    "bytes_in": Read(("bytes",), to_integer),
    "duration_s": Read(("elapsed",), _duration),
    "user": account("user"),
    "dst_host": _host,
    "url": text("url"),
    "http_method": text("method"),
    "http_status": Read(("status",), to_integer),
    "user_agent": text("agent"),
    "referrer": text("referer"),
    "sni": text("sni"),
    "tls_version": tls_version("version"),
    "cipher": cipher("cipher"),
    "cert_subject": Read(("subject",), to_squid_name),
    "cert_issuer": Read(("issuer",), to_squid_name),
    "cert_validation": text("errors"),
}
_TIME = moment("time")
_SAID = frozenset(("action", "server", "client_port", "server_port", "error"))
WEB = Log("squid.access", "http", _TIME, _COLUMNS, _SAID)
TLS = Log("squid.access", "tls", _TIME, _COLUMNS | {"tls_state": _state}, _SAID)

_TAG = re.compile(r"\(?squid[\w-]{0,20}\)?(?:\[\d+\])?:\s+")
"""Squid's children name themselves ``(squid-1)``, which no reader of syslog headers takes for a program."""
_LINE = re.compile(
    r"[\s\"\[]*(?:\d{9,10}\.\d|\d{4}-\d\d-\d\d|\d\d/[A-Z][a-z]{2}/\d{4}:|[0-9A-Fa-f:.]{3,45}[\s,:])|\S+ \S+ \S+ \["
)
_PROXY = re.compile(
    r"(?:^|[\s,\"|:])(?:(?:TCP|NONE|UDP)_[A-Z_]+(?:[/:\s,\"|]|$)|NONE/\d{3}|HIER_[A-Z]+|"
    r"(?:splice|bump|peek|stare|terminate)[\s,\"|])"
)
_URL = re.compile(r"(?:^|[\s,\"|])(?:[A-Z]{3,9})[\s,|\"]+(?:https?://|\S+:\d{2,5}|error:)")


def _kind(record: Record) -> Log:
    """A TLS session is told by the line of the CONNECT: the requests inside of it only repeat what it says."""
    bump = _get(record, "bump")
    told = any(_get(record, field) is not None for field in _FACTS)
    if not told and bump not in BUMP_MODES:
        return WEB
    method = _get(record, "method")
    if method is not None and method != "CONNECT":
        return WEB
    action = _action(record) or ""
    opened = action in ("NONE_NONE", "NONE") and bump in ("splice", "peek") and not told
    return WEB if opened else TLS  # a spliced session has a second line when its tunnel ends


_CLUES = frozenset(key for field in ("action", "bump") for key in _SPELLINGS[field].split())


def _line(record: Record) -> str:
    """The text without the tag of one of Squid's children."""
    tag = _TAG.match(record.text)
    return record.text if tag is None else record.text[tag.end() :]


def _of_text(record: Record) -> Log | None:
    line = _line(record)
    if _LINE.match(line) is None:
        return None
    values = native(line) or common(line)
    if values is None:
        if ":" not in line or _URL.search(line) is None:
            return None
        values = by_shape(line)
        if "url" not in values or "client" not in values:
            return None
    record.values = values
    record.form = Form.TEXT
    return _kind(record)


def _of_keys(record: Record) -> Log | None:
    """Keys that an administrator chose: told by a result code, or by a mode of ssl_bump."""
    values = record.values
    if not any((word := values[key]) in BUMP_MODES or "_" in word for key in values.keys() & _CLUES):
        return None
    named = _named(values)
    result = RESULT.fullmatch(named.get("action", ""))
    if (result is None or "_" not in result[1]) and named.get("bump") not in BUMP_MODES:
        return None
    if "url" not in named:
        return None
    record.values = named
    return _kind(record)


def log_of(record: Record) -> Log | None:
    """Lines by their columns or the shape of their words; pairs by a result code such as ``TCP_MISS``."""
    form = record.form
    if form is Form.TEXT:
        return _of_text(record)
    if form is not Form.KEY_VALUE:
        return _of_keys(record) if not record.values.keys().isdisjoint(_CLUES) else None
    if "TCP_" not in record.text and "NONE" not in record.text:
        return None
    line = _line(record)
    values = native(line) or common(line)
    if values is not None:
        record.values = values
        return _kind(record)
    if _PROXY.search(record.before) is not None:
        record.values = by_shape(record.before) | _named(record.values)
    return _of_keys(record)


VENDOR = Vendor(
    name="squid",
    title="Squid",
    forms=frozenset({Form.TEXT, Form.KEY_VALUE, Form.JSON, Form.TABLE}),
    log_of=log_of,
    logs=(WEB, TLS),
    log_source_type="Squid Web Proxy",
    rank=60,
)

PAGE = Page(
    recognise=(
        "Lines of the formats `squid`, `common` and `combined`, with further columns behind them.",
        "Lines of an own `logformat` with blanks or commas between: by a result code such as `TCP_MISS` or a mode of "
        "`ssl_bump`, with a method and a URL.",
        "Key=value, JSON, CSV with a header: by the same, under any of the usual names (`action`, `bump`, `sni`, "
        "`cert_subject`, `server_subject` …) or Squid's codes themselves (`ssl::<cert_subject`).",
    ),
    options=(
        "`logformat certs %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt %ssl::bump_mode %ssl::>sni "
        '"%ssl::<cert_subject" "%ssl::<cert_issuer" %ssl::<cert_errors %ssl::<negotiated_version '
        "%ssl::<negotiated_cipher %err_code/%err_detail`, and `access_log … certs`.",
        "Better JSON or key=value with the names above: a line with blanks in a name can only be guessed at.",
        "`ssl_bump peek step1`, `ssl_bump stare step2` or `bump`: with `splice` after step 1 Squid never sees a "
        "certificate.",
        "`strip_query_terms off`, if whole URLs are wanted. `%>p` and `%<p` tie a record to a session of a sensor.",
    ),
    gaps=(
        "Neither serial, validity nor fingerprint can be logged.",
        "`%ssl::>cert_…` is the client's certificate, `%ssl::<cert_…` the server's.",
        "A session counts once, by the line of its CONNECT; requests inside of it repeat its certificate and are "
        "category `http`. Of a spliced session the line counts that ends the tunnel.",
        "Where several TLS versions are logged in a line without names, the first one is taken.",
        "Cipher suites have OpenSSL's names up to TLS 1.2.",
        "A CONNECT without any column of ssl_bump says nothing of TLS and does not count as a session.",
    ),
    references=(
        "Log formats: <http://www.squid-cache.org/Doc/config/logformat/>",
        "Inspection: <http://www.squid-cache.org/Doc/config/ssl_bump/>",
    ),
)

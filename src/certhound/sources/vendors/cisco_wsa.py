"""Cisco Secure Web Appliance (WSA, IronPort): access logs like Squid's, W3C logs, lines about the system.

https://www.cisco.com/c/en/us/td/docs/security/wsa/wsa-15-0/user-guide/wsa-userguide-15-0.html (Monitor System Activity)
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Read, Source_, moment, text, to_address, to_integer, to_tls_version
from certhound.sources.envelopes.record import Form, Record, split_row
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import account, cipher, host_of, port_of, to_outcome

_LINE = re.compile(
    r"\s*(?:[A-Z][a-z]+: )?(?P<time>\d{9,10}\.\d{1,6})\s+(?P<elapsed>-?\d+) (?P<client>\S+) "
    r"(?P<result>[A-Z_]+)/(?P<status>\d{1,3}) "
    r'(?P<bytes>\d+|-) (?P<method>\S+) (?P<url>\S+) (?P<user>"[^"]*"|\S+) (?P<hierarchy>[A-Z_]+)/(?P<server>\S+) '
    r"(?P<mime>\S+) (?P<acl_tag>[A-Z][A-Z0-9_]*-\S*) <(?P<verdicts>.*)>(?P<more>.*)",
    re.DOTALL,
)
_DECISION = re.compile(r"([A-Z][A-Z_]*?)(?:_\d+)?-")
_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_LEVELS = frozenset(("Info", "Warning", "Critical", "Debug", "Trace", "Alert"))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_W3C = {
    "timestamp": "time", "x-elapsed-time": "elapsed", "c-ip": "client", "sc-bytes": "bytes", "cs-bytes": "sent",
    "cs-method": "method", "cs-url": "url", "cs-username": "user", "cs-auth-username": "user",
    "cs-mime-type": "mime", "x-acltag": "acl_tag", "cs(User-Agent)": "agent", "x-webcat-code-abbr": "category",
    "x-wbrs-score": "reputation", "sc-http-status": "status", "sc-result-code": "result", "s-ip": "server",
    "cs(Referer)": "referer", "s-computerName": "proxy",
}  # fmt: skip


def _decision(record: Record) -> str | None:
    """What the appliance decided: the beginning of the ACL tag, without the number of the rule."""
    found = _DECISION.match(record.values.get("acl_tag", ""))
    return found[1] if found else None


def _outcome(record: Record) -> str | None:
    decision = _decision(record)
    if decision is None:
        return "block" if "DENIED" in record.values.get("result", "") else None
    if decision.startswith(("BLOCK", "DROP")):
        return "block"
    if decision.startswith(("ALLOW", "DEFAULT_CASE", "DECRYPT", "PASSTHRU", "MONITOR", "OTHER", "WARN", "REDIRECT")):
        return "allow"
    return to_outcome(decision)


def _host(record: Record) -> str | None:
    return host_of(record.get("url"))


def _dst_port(record: Record) -> int | None:
    url = record.get("url")
    return port_of(url) if url else None


def _server(record: Record) -> str | None:
    server = record.get("server")
    return None if server is None else to_address(server)


def _duration(value: str) -> float | None:
    number = to_integer(value)
    return None if number is None or number < 0 else number / 1000


def _state(record: Record) -> str | None:
    decision = _decision(record) or ""
    if decision.startswith(("DROP", "BLOCK")):
        return "failed"
    return "resigned" if decision.startswith("DECRYPT") else None


_COLUMNS: dict[str, Source_] = {
    "log_source": lambda record: record.header.host or record.get("proxy"),
    "event_type": lambda record: record.values.get("result"),  # NONE is a code here
    "action": _decision,
    "outcome": _outcome,
    "src_ip": Read(("client",), to_address),
    "dst_ip": _server,
    "dst_port": _dst_port,
    "transport": "tcp",
    "bytes_in": Read(("bytes",), to_integer),
    "bytes_out": Read(("sent",), to_integer),
    "duration_s": Read(("elapsed",), _duration),
    "user": account("user"),
    "dst_host": _host,
    "url": text("url"),
    "http_method": text("method"),
    "http_status": Read(("status",), to_integer),
    "user_agent": text("agent"),
    "referrer": text("referer"),
    "verdict": text("category"),
}
_TIME = moment("time", ("date", "time"))
WEB = Log("cisco_wsa.access", "http", _TIME, _COLUMNS, frozenset({"server"}))
TLS = Log(
    "cisco_wsa.access",
    "tls",
    _TIME,
    _COLUMNS
    | {
        "tls_state": _state,
        "tls_version": Read(("x-ssl-version", "cs-ssl-version", "tls_version"), to_tls_version),
        "cipher": cipher("x-ssl-cipher", "cs-ssl-cipher"),
        "cert_validation": text("x-cert-error", "x-ssl-server-certificate-error"),
    },
    frozenset({"server"}),
)
SYSTEM = Log("cisco_wsa.system", "other", moment("time"), {"event_type": text("level")})


def _kind(record: Record) -> Log:
    """HTTPS that was decrypted or passed through tells of TLS: by its CONNECT or its ``tunnel://``."""
    decision, url = _decision(record) or "", record.values.get("url", "")
    opened = record.values.get("method") in ("CONNECT", "TCP_CONNECT") or url.startswith("tunnel://")
    return TLS if opened and decision.startswith(("DECRYPT", "PASSTHRU", "DROP")) else WEB


def _of_line(record: Record) -> Log | None:
    found = _LINE.match(record.text)
    if found is None:
        return None
    values = {key: value for key, value in found.groupdict().items() if value}
    values["user"] = values["user"].strip('"')
    if (realm := values["user"].rpartition("@"))[0] and "\\" in realm[0]:
        values["user"] = realm[0]  # DOMAIN\user@realm: the realm is the appliance's own
        values["realm"] = realm[2]
    verdicts = split_row(values.pop("verdicts", ""))
    if verdicts:
        values["category"] = verdicts[0].strip('"')
        values |= {f"verdict{index + 1}": each for index, each in enumerate(verdicts) if each not in ("-", "")}
    for quoted, _ in _WORDS.findall(values.get("more", "")):
        if ("/" in quoted and " " in quoted) or quoted.startswith(("Mozilla", "Opera", "curl")):
            values["agent"] = quoted
    record.values = values
    record.form = Form.TEXT
    return _kind(record)


def _of_w3c(record: Record) -> Log | None:
    values = record.values
    if "x-acltag" not in values and "x-resultcode-httpstatus" not in values:
        return None
    for name, ours in _W3C.items():
        if name in values:
            values[ours] = values.pop(name)
    if "x-resultcode-httpstatus" in values:
        values["result"], _, values["status"] = values.pop("x-resultcode-httpstatus").partition("/")
    if "x-hierarchy-origin" in values:
        values["hierarchy"], _, values["server"] = values.pop("x-hierarchy-origin").partition("/")
    return _kind(record)


def _of_system(record: Record) -> Log | None:
    """``Mon May 04 12:59:58 2020 Info: …``, whose time and level the header's reader has taken already."""
    stated, level = record.header.time or "", record.header.app or ""
    if level not in _LEVELS or not stated.startswith(_DAYS) or not stated[-4:].isdecimal():
        return None
    record.values = {"level": level, "message": record.text, "time": stated}
    return SYSTEM


def log_of(record: Record) -> Log | None:
    """Lines like Squid's with an ACL tag and verdicts in ``<…>``; W3C with ``x-acltag``."""
    if record.form is Form.W3C or record.form is Form.TABLE:
        return _of_w3c(record)
    text = record.text
    if "> " not in text and not text.rstrip().endswith(">"):
        return _of_system(record) if record.header.time is not None else None
    return _of_line(record) if " <" in text else None


VENDOR = Vendor(
    name="cisco_wsa",
    title="Cisco Secure Web Appliance (WSA)",
    forms=frozenset({Form.TEXT, Form.KEY_VALUE, Form.W3C, Form.TABLE}),
    log_of=log_of,
    logs=(WEB, TLS, SYSTEM),
    log_source_type="IronPort",
    rank=5,
)

PAGE = Page(
    recognise=(
        "Lines like Squid's, then an ACL tag such as `DEFAULT_CASE_12-…` and verdicts in `<…>`, of any number.",
        "W3C logs: `#Fields` with `x-acltag` or `x-resultcode-httpstatus`.",
        "Lines of the system: `Mon May 04 12:59:58 2020 Info: …`.",
    ),
    options=(
        "System Administration > Log Subscriptions, `accesslogs`: style *Squid* or *W3C*; add custom fields for the "
        "user agent (`%u`) and the destination's address (`%k`).",
        "Security Services > HTTPS Proxy: without it only `CONNECT` is seen.",
        "Send QRadar the W3C style, whose columns have names.",
    ),
    gaps=(
        "No field of the access log tells of the certificate, and there is no code for one that could be added.",
        "A record counts as a TLS session where the appliance decrypted, dropped or passed through a CONNECT.",
        "The verdicts in `<…>` are kept as `verdict1`, `verdict2` …, because their number depends on the version.",
        "`action` is the decision in the ACL tag, `event_type` the result code.",
    ),
    references=(
        "User guide, Monitor System Activity Through Logs: <https://www.cisco.com/c/en/us/support/security/web-security-appliance/products-user-guide-list.html>",
    ),
    unconfirmed=("Names of W3C fields about TLS (`x-ssl-version`, `x-ssl-cipher`).",),
)

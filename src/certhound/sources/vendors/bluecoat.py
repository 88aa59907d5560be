"""Blue Coat, Symantec, Broadcom ProxySG, Edge SWG and Cloud SWG: ELFF, key=value, JSON, lines without a header.

https://techdocs.broadcom.com/us/en/symantec-security-software/web-and-network-security/edge-swg/7-3/log-fields-and-subst.html
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Read,
    Source_,
    integer,
    moment,
    name,
    text,
    to_address,
    to_integer,
    to_tls_version,
)
from certhound.sources.envelopes.record import Form, Header, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import decision, host_of, joined_url, port_of, to_account, to_cipher, to_port

_CLOCK = re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?")


def _server(record: Record) -> str | None:
    """The origin's address: ``r-ip`` or the supplier's; ``s-ip`` is the proxy itself."""
    for key in ("r-ip", "s-supplier-ip", "r-supplier-ip", "s-supplier-name", "cs-uri-address", "x-dns-cs-address"):
        value = record.get(key)
        if value is not None and (found := to_address(value)) is not None:
            return found
    return None


def _client(record: Record) -> str | None:
    for key in ("c-ip", "cs-ip", "x-client-address", "c-dns"):
        value = record.get(key)
        if value is not None and (found := to_address(value)) is not None:
            return found
    return None


def _host(record: Record) -> str | None:
    return host_of(record.get("cs-host", "cs-uri-host", "x-http-connect-host"), _whole(record))


def _whole(record: Record) -> str | None:
    return record.get("cs-uri", "c-url", "c-uri", "cs-url", "x-cs-uri")


def _url(record: Record) -> str | None:
    """The URL where it is logged whole, else put together from its parts."""
    get = record.get
    whole = get("cs-uri", "cs-url")
    if whole is not None:
        return whole
    host = get("cs-host", "cs-uri-host")
    if host is None:
        return _whole(record)
    path = get("cs-uri-path", "cs-uri-stem", "c-uri-path")
    return joined_url(get("cs-uri-scheme", "c-uri-scheme"), host, get("cs-uri-port"), path, get("cs-uri-query"))


def _port(record: Record) -> int | None:
    stated = to_port(record.get("cs-uri-port", "r-port", "s-port-origin"))
    if stated:
        return stated
    scheme = record.get("cs-uri-scheme")
    return port_of(_whole(record) or f"{scheme}://x" if scheme else _whole(record) or "")


def _user(record: Record) -> str | None:
    """The user; a short name with the domain where that is logged beside it."""
    user = record.get("cs-username", "cs-userdn", "cs-user", "x-cs-user")
    if user is None:
        return None
    domain = record.get("x-cs-auth-domain", "cs-auth-domain")
    return to_account(f"{domain}\\{user}" if domain and "\\" not in user and "@" not in user else user)


_NOTHING = frozenset(("none", "-", "unknown", "ssl_version_unknown", ""))


def _told(record: Record, *keys: str) -> str | None:
    for key in keys:
        value = record.values.get(key)
        if value is not None and value.strip().lower() not in _NOTHING:
            return value.strip()
    return None


def _validation(record: Record) -> str | None:
    """The proxy's verdict on the server's certificate, and the errors that it saw."""
    told = (
        _told(record, "x-rs-certificate-validate-status"),
        _told(record, "x-rs-certificate-observed-errors"),
        _told(record, "x-rs-ocsp-error"),
    )
    return ", ".join(dict.fromkeys(each for each in told if each)) or None


def _version(record: Record) -> str | None:
    told = _told(record, "x-rs-connection-negotiated-ssl-version", "x-cs-connection-negotiated-ssl-version")
    return None if told is None else to_tls_version(told)


def _cipher(record: Record) -> str | None:
    told = _told(record, "x-rs-connection-negotiated-cipher", "x-cs-connection-negotiated-cipher")
    return None if told is None else to_cipher(told)


_SSL_EXCEPTIONS = ("ssl_", "server_certificate", "invalid_server_cert", "untrusted", "client_certificate")


def _state(record: Record) -> str | None:
    exception = (_told(record, "x-exception-id") or "").lower()
    if exception.startswith(_SSL_EXCEPTIONS):
        return "failed"
    if _told(record, "x-rs-certificate-subject", "x-rs-certificate-hostname"):
        return None
    both = _told(record, "x-rs-connection-negotiated-ssl-version") and _told(
        record, "x-cs-connection-negotiated-ssl-version"
    )
    keyring = _told(record, "x-sc-connection-issuer-keyring", "x-sc-connection-issuer-keyring-alias")
    return "resigned" if both or keyring else None


def _duration(value: str) -> float | None:
    number = to_integer(value)
    return None if number is None or number < 0 else number / 1000


_TIME = moment(
    ("date", "time"), "timestamp", "x-timestamp-unix", "gmttime", "x-timestamp", "localtime", "x-cookie-date"
)
_COLUMNS: dict[str, Source_] = {
    "log_source": lambda record: (
        record.header.host or record.get("s-computername", "x-bluecoat-appliance-name", "s-ip")
    ),
    "event_type": text("s-action"),
    "event_id": text("x-exception-id"),
    "action": text("sc-filter-result", "s-action"),
    "outcome": decision("sc-filter-result"),
    "src_ip": _client,
    "src_port": integer("c-port"),
    "dst_ip": _server,
    "dst_port": _port,
    "transport": "tcp",
    "service": text("cs-uri-scheme", "s-sitename", "service.name"),
    "bytes_out": integer("cs-bytes"),
    "bytes_in": integer("sc-bytes"),
    "duration_s": Read(("time-taken",), _duration),
    "session_uid": text("x-bluecoat-transaction-uuid", "x-bluecoat-transaction-id"),
    "user": _user,
    "dst_host": _host,
    "url": _url,
    "http_method": text("cs-method"),
    "http_status": integer("sc-status"),
    "user_agent": text("cs(User-Agent)", "cs-User-Agent", "cs-user-agent", "cs(user-agent)"),
    "referrer": text("cs(Referer)", "cs-Referer", "cs-referer", "cs(referer)"),
    "verdict": text("x-virus-id", "cs-categories", "sc-filter-category"),
}
_TLS: dict[str, Source_] = _COLUMNS | {
    "tls_version": _version,
    "cipher": _cipher,
    "tls_state": _state,
    "cert_validation": _validation,
    "cert_subject": name("x-rs-certificate-subject", "x-rs-certificate-hostname"),
    "cert_issuer": name("x-rs-certificate-issuer"),
}
WEB = Log("bluecoat.proxy", "http", _TIME, _COLUMNS)
TLS = Log("bluecoat.proxy", "tls", _TIME, _TLS)

_MAIN = (
    "time-taken c-ip cs-username cs-auth-group x-exception-id sc-filter-result cs-categories cs(Referer) sc-status "
    "s-action cs-method rs(Content-Type) cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query cs-uri-extension "
    "cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id"
).split()
_SUPPLIER = "s-supplier-name s-supplier-ip s-supplier-country s-supplier-failures".split()
_UNSEEN_BY_TUNNELS = frozenset(("cs(Referer)", "cs-uri-path", "cs-uri-query"))
_THREATS = "cs-threat-source cs-threat-id rs-threat-source rs-threat-id".split()
_ERRORS = (
    "x-rs-certificate-observed-errors x-cs-ocsp-error x-rs-ocsp-error x-rs-connection-negotiated-cipher-strength "
    "x-rs-certificate-hostname x-rs-certificate-hostname-category cs-threat-risk x-rs-certificate-hostname-threat-risk"
).split()
_SSL = (
    "time-taken c-ip s-action x-rs-certificate-validate-status x-rs-certificate-observed-errors x-cs-ocsp-error "
    "x-rs-ocsp-error cs-host s-supplier-name x-rs-connection-negotiated-ssl-version x-rs-connection-negotiated-cipher "
    "x-rs-connection-negotiated-cipher-size x-rs-certificate-hostname x-rs-certificate-hostname-category "
    "x-cs-connection-negotiated-ssl-version x-cs-connection-negotiated-cipher x-cs-connection-negotiated-cipher-size "
    "x-cs-certificate-subject s-ip s-sitename"
).split()
_LINE = re.compile(
    r"(?:(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) )?\d{1,9} [0-9A-Fa-f.:]{3,45} "
    r"(?:(?:TCP|SSL)_\w+ (CERT_\w+|none|-) |.*? (OBSERVED|PROXIED|DENIED) )"
)
_WORD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_GLUED = re.compile(r"(?:<\d{1,3}>)?\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?)\s*(\S*)")
_CLUES = ("sc-filter-result", "s-action", "x-rs-certificate-validate-status", "x-bluecoat-request-tenant-id")


def _names(words: list[str], word: str) -> list[str] | None:
    """The columns of the presets about requests, told by where the verdict stands and what is behind it.

    *bcreporterssl_v1* has the status where the others have the referrer.
    """
    verdict = words.index(word) if word in words else -1
    if verdict not in (5, 9):
        return None
    names = _MAIN if verdict == 5 else [*_MAIN[:4], *_SUPPLIER, *_MAIN[4:]]
    if verdict + 2 < len(words) and words[verdict + 2].isdecimal():
        names = [each for each in names if each not in _UNSEEN_BY_TUNNELS]
        threats = len(words) >= len(names) + len(_THREATS) + len(_ERRORS)
        return [*names, *(_THREATS if threats else ()), *_ERRORS]
    return names


def _of_text(record: Record) -> Log | None:
    """The presets *main*, *bcreportermain_v1*, *bcreporterssl_v1* and *ssl* without their header."""
    found = _LINE.match(record.text)
    if found is None:
        return None
    words = [word[0] if word[0] or not word[1] else word[1] for word in _WORD.findall(record.text)]
    if found[1]:
        words = words[2:]
    names = _SSL if found[3] else _names(words, found[4])
    if names is None or (found[3] and len(words) < len(_SSL) - 2):
        return None
    record.values = dict(zip(names, words, strict=False))
    record.values |= {f"#{index + 1}": words[index] for index in range(len(names), len(words))}
    if found[1]:
        record.values |= {"date": found[1], "time": f"{found[2]}Z"}
    elif record.header.time is not None and record.header.time[:4].isdecimal():
        record.values["timestamp"] = f"{record.header.time}Z".replace("ZZ", "Z")
    return _kind(record)


def _kind(record: Record) -> Log:
    told = _told(
        record, "x-rs-connection-negotiated-ssl-version", "x-rs-certificate-validate-status",
        "x-rs-certificate-hostname", "x-rs-certificate-observed-errors", "x-rs-certificate-subject",
        "x-cs-connection-negotiated-ssl-version",
    )  # fmt: skip
    return TLS if told or (_told(record, "x-exception-id") or "").lower().startswith("ssl_") else WEB


def log_of(record: Record) -> Log | None:
    """Records have names of ELFF, and the verdict or an action, which no other writer of ELFF has."""
    values = record.values
    if record.form is Form.TEXT:
        return _of_text(record) if record.text[:1].isdecimal() else None
    if not any(key in values for key in _CLUES) or "x-acltag" in values:
        return None
    if record.form is not Form.W3C and not any(key in values for key in ("c-ip", "cs-host", "cs-method")):
        return None
    clock = values.get("time")
    if clock is not None and "date" in values and _CLOCK.fullmatch(clock):
        values["time"] = f"{clock}Z"  # ELFF's date and time are UTC
    if record.header.time is None and record.before and (found := _GLUED.match(record.before)) is not None:
        record.header = Header("rfc3164", found[1], found[2] or None)
    return _kind(record)


VENDOR = Vendor(
    name="bluecoat",
    title="Blue Coat, Symantec and Broadcom ProxySG, Edge SWG, Cloud SWG",
    forms=frozenset({Form.W3C, Form.KEY_VALUE, Form.JSON, Form.TABLE, Form.TEXT}),
    log_of=log_of,
    logs=(WEB, TLS),
    log_source_type="Blue Coat SG Appliance",
    rank=10,
)

PAGE = Page(
    recognise=(
        "ELFF: the `#Fields` line has `sc-filter-result` or `s-action`. It may change in the middle of a file.",
        "Key=value and JSON with the same names (Splunk format, Cloud SWG).",
        "Without a header only the presets *main*, *bcreportermain_v1*, *bcreporterssl_v1* and *ssl* can be told.",
    ),
    options=(
        "Configuration > Access Logging > Formats: add to the format `x-rs-certificate-subject`, "
        "`x-rs-certificate-hostname`, `x-rs-certificate-validate-status`, `x-rs-certificate-observed-errors`, "
        "`x-rs-ocsp-error`, `x-rs-connection-negotiated-ssl-version`, `x-rs-connection-negotiated-cipher`, "
        "`x-cs-connection-negotiated-ssl-version` and `x-sc-connection-issuer-keyring`; or log the facility *ssl* too.",
        "Add `r-ip` or `s-supplier-ip`, `cs-uri-port` and `c-port`, so that a record can be tied to a session of a "
        "sensor.",
        "Keep the `#Fields` line: where lines are sent as syslog, use the key=value format.",
    ),
    gaps=(
        "No field has the serial, validity or fingerprint of the server's certificate; the issuer is not logged.",
        "Without `x-rs-certificate-subject` the subject is the name of `x-rs-certificate-hostname` alone.",
        "A record is a transaction; it counts as a TLS session where it has a version or a fact about the certificate.",
        "`tls_version` and `cipher` are those between proxy and server, else those of the client. `s-ip` is the proxy.",
    ),
    references=(
        "Log fields: <https://techdocs.broadcom.com/us/en/symantec-security-software/web-and-network-security/edge-swg/7-3/log-fields-and-subst.html>",
    ),
    unconfirmed=("Values of `x-exception-id` for handshakes that failed are those beginning with `ssl_`.",),
)
